import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { short } from '../certify/verifyRecord.ts';
import { InvalidInput } from '../core/check.ts';
import { count, visible, visibleLines } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { type RunRecord, runId } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import { selectedRuns } from './recordedRuns.ts';
import { type FiledRun, readRuns } from './runFile.ts';
import { storedExperiment } from './storedExperiment.ts';
import { findRun } from './storeShowCommand.ts';

/** Records that a command is about, wherever they are: of each run one. */
export interface RecordSource {
  /** What it is, for messages. */
  readonly name: string;
  readonly ids: readonly string[];
  /** With its series. */
  readonly record: (id: string) => RunRecord;
  readonly experiment?: LoadedExperiment;
  /** Where checkpoints may be. */
  readonly store?: Store;
  readonly close: () => void;
}

export interface SourceOptions {
  readonly store: string;
  /** The records of this version of the engine; those of the present one where there are such, unless given. */
  readonly engine?: string;
}

/** A run, recorded or not. */
export interface NamedRun {
  /** `run r0123… of results/store.sqlite`, `run r0123… of a.json`. */
  readonly name: string;
  readonly spec: RunSpec;
  readonly record?: RunRecord;
}

/**
 * The records of a run (the beginning of its id), of an experiment or plan, of a store, or of a file of exported records, of which `#` and
 * the beginning of an id choose one.
 * @throws InvalidInput if the target is none of these, or holds nothing.
 */
export async function openRecords(target: string, options: SourceOptions): Promise<RecordSource> {
  const { path, prefix } = partsOf(target);
  if (!isFile(path)) {
    if (isId(target)) return ofRun(target, options);
    if (!isCode(path)) throw unknownRun(path);
  }
  if (isStore(path))
    return prefix === '' ? ofStore(path, options) : ofRun(prefix, { ...options, store: path });
  if (isJson(path)) {
    const runs = runsOf(path);
    const recorded = runs.flatMap((run) => ('record' in run ? [run.record] : []));
    if (recorded.length === runs.length) return ofFile(path, prefix, recorded, options);
    if (recorded.length > 0)
      throw new InvalidInput(
        `invalid file: ${path} has records and specs without one; make two files of them`,
      );
  }
  if (prefix !== '') throw new InvalidInput(`invalid run: ${target} names a run in a file of no records`);
  return await ofExperiment(path, options);
}

/**
 * One run by the beginning of its id in a store, or of a file with records or specs, where it has several with `#` and the beginning of
 * an id behind its name. Of the records of several engines it is that of the present one, else the latest.
 * @throws InvalidInput if there is no such run, or several.
 */
export function namedRun(text: string, options: SourceOptions): NamedRun {
  const { path, prefix } = partsOf(text);
  const isOfStore = isStore(path);
  if (isFile(path) && !isOfStore) return ofRuns(path, prefix, runsOf(path), options);
  if (isOfStore && prefix === '')
    throw new InvalidInput(
      `invalid run: ${path} is a store; name one of its runs, for example ${path}#r0123`,
    );
  if (!isOfStore && !isId(text)) throw unknownRun(path);
  const source = isOfStore ? ofRun(prefix, { ...options, store: path }) : ofRun(text, options);
  try {
    const record = source.record(source.ids[0]);
    return { name: source.name, spec: specOf(record.spec, source.name), record };
  } finally {
    source.close();
  }
}

/** @throws InvalidInput unless there is one run, with `--only` or without. */
export function theOne(source: RecordSource, only: string | undefined): RunRecord {
  const ids = selectedRuns(source, only);
  if (ids.length === 1) return source.record(ids[0]);
  throw new InvalidInput(
    `ambiguous run: ${source.name} has ${count(ids.length, 'run')} of these, for example ${ids.slice(0, 3).map(short).join(', ')}; ` +
      'name one by the beginning of its id, or choose it with --only',
  );
}

/** `file#r01`: where a file has several runs, one of them. */
export function partsOf(text: string): { readonly path: string; readonly prefix: string } {
  const [, path = text, prefix = ''] = /^(.*)#(r[0-9a-z]*)$/s.exec(text) ?? [];
  return isFile(text) ? { path: text, prefix: '' } : { path, prefix };
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

const isId = (text: string) => /^r[0-9a-f]*$/.test(text);
const isJson = (path: string) => ['.json', '.jsonl'].includes(extname(path));
const isCode = (path: string) => /\.[cm]?[jt]s$/.test(path) || statSync(path, { throwIfNoEntry: false });

function unknownRun(path: string): InvalidInput {
  const hint = /^[0-9a-f]{2,64}$/.test(path)
    ? `ids begin with an r, did you mean r${path}?`
    : "expected the beginning of a run's id (r and hexadecimal digits), or a file with a spec, with exported records (.jsonl) or with " +
      'vectors (.json)';
  return new InvalidInput(`unknown run: there is no file ${visible(path)}; ${hint}`);
}

function runsOf(path: string): readonly FiledRun[] {
  const file = readRuns(path);
  if (file.kind === 'runs') return file.runs;
  throw new InvalidInput(`invalid run: ${path} holds vectors, expected the spec of a run, or records`);
}

function specOf(spec: unknown, place: string): RunSpec {
  try {
    return parseSpec(spec, `spec in ${place}: spec`);
  } catch (cause) {
    throw cause instanceof InvalidInput ? new InvalidInput(visibleLines(cause.message), { cause }) : cause;
  }
}

function ofRuns(
  path: string,
  prefix: string,
  runs: readonly FiledRun[],
  { engine }: SourceOptions,
): NamedRun {
  const all = runs.map((run): NamedRun & { readonly id: string } => {
    const spec = specOf('record' in run ? run.record.spec : run.spec, run.place);
    const id = runId(spec);
    const name = `run ${short(id)} of ${path}`;
    return { id, name, spec, ...('record' in run ? { record: run.record } : {}) };
  });
  const found = all.filter(({ id }) => id.startsWith(prefix));
  const ids = [...new Set(found.map(({ id }) => id))];
  if (ids.length === 1) {
    const records = found.flatMap(({ record }) => record ?? []);
    const record = records.length === 0 ? undefined : ofEngine(records, path, engine);
    const [{ name, spec }] = found;
    return { name, spec, ...(record && { record }) };
  }
  const example = all[0] === undefined ? '' : `; name one by its id, for example ${path}#${short(all[0].id)}`;
  throw new InvalidInput(
    ids.length === 0
      ? `unknown run: ${path} has no run whose id begins with ${prefix}${example}`
      : `ambiguous run: ${path}${prefix && `#${prefix}`} stands for ${ids.length} of ${count(runs.length, 'run')}, expected one${example}`,
  );
}

/** Of the records of one run in a file. */
function ofEngine(records: readonly RunRecord[], path: string, engine: string | undefined): RunRecord {
  const wanted = engine ?? engineDigest();
  const found = records.filter((record) => record.engine.startsWith(wanted));
  const latest = records[records.length - 1];
  const same = found.length > 0 ? found : records.filter((record) => record.engine === latest.engine);
  if (same.length === 1) return same[0];
  throw new InvalidInput(
    `ambiguous records: ${path} has the run ${short(latest.id)} twice; choose those of one engine with --engine`,
  );
}

function ofRun(prefix: string, options: SourceOptions): RecordSource {
  const store = openStore(options.store, { write: false });
  return closingAtErrors(store, () => {
    const rows = findRun(store, prefix);
    return {
      ...picked(store, [rows[0].id], options),
      name: `run ${rows[0].id.slice(0, 12)} of ${store.path}`,
    };
  });
}

function ofStore(path: string, options: SourceOptions): RecordSource {
  const store = openStore(path, { write: false });
  return closingAtErrors(store, () => {
    const ids = [...new Set(Array.from(store.rows(), ({ id }) => id))].reverse();
    return { ...picked(store, ids, options), name: path };
  });
}

async function ofExperiment(file: string, options: SourceOptions): Promise<RecordSource> {
  const experiment = await loadExperiment(file);
  const store = openStore(options.store, { write: false });
  return closingAtErrors(store, () => {
    const engines = new Set([engineDigest(), ...Array.from(store.rows(), ({ engine }) => engine)]);
    const { planned } = storedExperiment(experiment, store, { engines: [...engines] });
    const source = picked(store, planned, options);
    return { ...source, name: `${file} in ${store.path}`, experiment };
  });
}

/** Of each of the runs the record of the engine that is asked for, of the present one, or the latest. */
function picked(store: Store, ids: readonly string[], { engine }: SourceOptions): Omit<RecordSource, 'name'> {
  requireDigest(engine);
  const engines = new Map<string, string>();
  for (const id of ids) {
    const there = store.enginesOf(id);
    const found =
      engine === undefined
        ? (there.find((one) => one === engineDigest()) ?? there.at(-1))
        : there.find((one) => one.startsWith(engine));
    if (found !== undefined) engines.set(id, found);
  }
  if (engines.size === 0)
    throw new InvalidInput(
      `no records: ${store.path} has none${engine === undefined ? '' : ` of the engine ${engine}`} of what is asked for; ` +
        `thalweg store list --store ${store.path} shows what it has`,
    );
  return {
    ids: [...engines.keys()],
    record: (id) => store.get(id, engines.get(id) as string) as RunRecord,
    store,
    close: store.close,
  };
}

function requireDigest(engine: string | undefined): void {
  if (engine !== undefined && !/^[0-9a-f]{4,64}$/.test(engine))
    throw new InvalidInput(
      `invalid --engine: got ${engine}, expected the first four or more hexadecimal digits of a digest as thalweg store list shows them`,
    );
}

function ofFile(
  path: string,
  prefix: string,
  records: readonly RunRecord[],
  { engine }: SourceOptions,
): RecordSource {
  requireDigest(engine);
  const byId = new Map<string, RunRecord[]>();
  for (const record of records) {
    if (!record.id.startsWith(prefix)) continue;
    if (engine !== undefined && !record.engine.startsWith(engine)) continue;
    byId.set(record.id, [...(byId.get(record.id) ?? []), record]);
  }
  if (byId.size === 0)
    throw new InvalidInput(
      `no records: ${path} has none${prefix && ` whose id begins with ${prefix}`}${engine === undefined ? '' : ` of the engine ${engine}`}; ` +
        `it has, for example, ${short(records[0].id)} of the engine ${short(records[0].engine)}`,
    );
  const chosen = new Map(Array.from(byId, ([id, of]) => [id, ofEngine(of, path, engine)]));
  return {
    name: path,
    ids: [...chosen.keys()],
    record: (id) => chosen.get(id) as RunRecord,
    close: () => {},
  };
}

function isStore(path: string): boolean {
  if (!isFile(path)) return false;
  const head = Buffer.alloc(15);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, 15, 0);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1') === 'SQLite format 3' || extname(path) === '.sqlite';
}

function closingAtErrors<T>(store: Store, work: () => T): T {
  try {
    return work();
  } catch (error) {
    store.close();
    throw error;
  }
}
