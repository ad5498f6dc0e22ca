import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { formatNumber, visible } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { RecordRow } from '../store/records.ts';
import { openStore, type Store } from '../store/store.ts';
import { shellWord } from './commandLine.ts';

export interface StoreShowOptions {
  readonly store: string;
  readonly json?: boolean;
  /** Only the spec, as a plan of one run. */
  readonly spec?: boolean;
}

/** `thalweg store show`: all about one run but the raw series. */
export function storeShowCommand(prefix: string, options: StoreShowOptions): void {
  const store = openStore(options.store, { write: false });
  try {
    const rows = findRun(store, prefix);
    const row = rows.find(({ engine }) => engine === engineDigest()) ?? rows[0];
    const record = store.get(row.id, row.engine) as RunRecord;
    const series = Object.fromEntries(summaries(record.series));
    if (options.spec) console.log(canonicalJson(record.spec));
    else if (options.json)
      console.log(canonicalJson({ ...record, series, reproduce: commandFor(record, store) }));
    else console.log(describeRun(record, row, rows, store));
  } finally {
    store.close();
  }
}

/** The records of the one run whose id begins so, of whatever engine, the latest first. */
export function findRun(store: Store, prefix: string): RecordRow[] {
  const rows = /^r[0-9a-f]*$/.test(prefix) ? store.rowsOf(prefix) : [];
  const ids = [...new Set(rows.map(({ id }) => id))];
  if (ids.length === 1) return rows;
  if (ids.length > 1) {
    const some = ids.slice(0, 5).map((id) => id.slice(0, prefix.length + 8));
    throw new InvalidInput(
      `ambiguous run: ${ids.length} runs in ${store.path} begin with ${prefix}, for example ${some.join(', ')}; give more of the id`,
    );
  }
  throw new InvalidInput(
    `unknown run: ${store.path} has none whose id begins with ${prefix}; thalweg store list --store ${store.path} shows what it has`,
  );
}

function describeRun(record: RunRecord, row: RecordRow, rows: readonly RecordRow[], store: Store): string {
  const { id, spec, engine, outcome, series, schema, environment, ...totals } = record;
  const others = rows.filter((each) => each !== row).map((each) => `${each.engine} (${each.outcome})`);
  const here = engine === engineDigest() ? 'this one' : 'another version, which counts no more';
  const step = 'step' in outcome ? ` at step ${outcome.step}` : '';
  return [
    `run ${id}`,
    ...pairs({
      outcome: `${outcome.kind}${step}${row.reason === null ? '' : `: ${row.reason}`}`,
      engine: `${engine} (${here})`,
      ...(others.length > 0 ? { 'also of': others.join(', ') } : {}),
      ...totals,
      ...environment,
      schema,
      content: `${row.content}, ${row.size} bytes`,
    }),
    'spec',
    ...pairs(spec),
    ...describeSeries(series),
    'to run it again beside what is stored',
    `  ${commandFor(record, store)}`,
  ].join('\n');
}

/** Nothing of a run that never came to its first evaluation. */
function describeSeries(series: RunRecord['series']): string[] {
  const lines = [...summaries(series)].flatMap(([path, { count, first, last, smallest, largest }]) => {
    const [from, to, low, high] = [first, last, smallest, largest].map(formatNumber);
    const range = `from ${from} to ${to}, smallest ${low}, largest ${high}`;
    return count === 0 ? [] : [`  ${visible(path)}: ${count} values, ${range}`];
  });
  return lines.length === 0 ? [] : ['series', ...lines];
}

function pairs(values: object): string[] {
  return Object.entries(values).map(
    ([key, value]) => `  ${key}: ${visible(typeof value === 'string' ? value : canonicalJson(value))}`,
  );
}

/** By a plan of one run. */
function commandFor({ id, spec }: RunRecord, store: Store): string {
  if (spec.optimizer.kind === 'module')
    return 'thalweg run its experiment: a plan cannot carry the file of the optimizer';
  const name = id.slice(0, 12);
  return (
    `npx thalweg store show ${id} --spec --store ${shellWord(store.path)} > ${name}.jsonl && ` +
    `npx thalweg run ${name}.jsonl --store ${name}.sqlite --out ${name}`
  );
}

interface Summary {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** Of the values that are not NaN. */
  readonly smallest: number;
  readonly largest: number;
}

/** Every array of numbers by its path; of a channel one entry, from its medians and its true extremes. */
function summaries(tree: unknown, path = '', into = new Map<string, Summary>()): Map<string, Summary> {
  if (tree === null || typeof tree !== 'object') return into;
  if (Array.isArray(tree)) return into.set(path, summaryOf(tree, tree, tree));
  const { median, min, max } = tree as Readonly<Record<string, unknown>>;
  if (Array.isArray(median) && Array.isArray(min) && Array.isArray(max))
    return into.set(path, summaryOf(median, min, max));
  for (const [key, value] of Object.entries(tree))
    summaries(value, path === '' ? key : `${path}.${key}`, into);
  return into;
}

function summaryOf(values: readonly number[], low: readonly number[], high: readonly number[]): Summary {
  const extreme = (of: readonly number[], beats: (a: number, b: number) => boolean) =>
    of.reduce((best, x) => (Number.isNaN(best) || beats(x, best) ? x : best), Number.NaN);
  return {
    count: values.length,
    first: values[0] ?? Number.NaN,
    last: values.at(-1) ?? Number.NaN,
    smallest: extreme(low, (a, b) => a < b),
    largest: extreme(high, (a, b) => a > b),
  };
}
