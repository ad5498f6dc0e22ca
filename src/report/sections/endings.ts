import { canonicalJson } from '../../core/json.ts';
import type { RunRecord } from '../../run/record.ts';
import { count, formatRate, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { learningRateOf, seedOf } from '../methods.ts';

/** More runs than this that diverged or failed are folded away. */
const MOST_ENDINGS_SHOWN = 12;

/** Every run that did not complete, with where and why, and how to see it again. */
export function endings(
  records: readonly RunRecord[],
  nameOf: (record: RunRecord) => string | null,
  again?: (record: RunRecord) => string,
): Html | null {
  const ended = records
    .filter((record) => record.outcome.kind !== 'completed')
    .map((record) => ({ method: nameOf(record) ?? '', record }));
  if (ended.length === 0) return null;
  const rows = gathered(ended);
  const table = html`<div class="scroll" tabindex="0" role="region" aria-label="Runs that did not complete">
<table>
<thead><tr><th scope="col" class="text">Method</th><th scope="col">Learning rate</th><th scope="col">Seed</th><th scope="col">Step</th><th scope="col" class="text">Reason</th><th scope="col" class="text">Run</th></tr></thead>
<tbody>
${rows.map((row) => endingRow(row, again))}</tbody>
</table>
</div>`;
  const kinds = new Set(ended.map(({ record }) => record.outcome.kind));
  return html`<section aria-labelledby="endings-title">
<h2 id="endings-title">${titleOf(kinds)}</h2>
<p>${SENTENCES.filter(([kind]) => kinds.has(kind)).map(([, sentence]) => `${sentence} `)}</p>
${rows.length > MOST_ENDINGS_SHOWN ? html`<details><summary>${count(ended.length, 'run')}</summary>${table}</details>` : table}
</section>`;
}

const SENTENCES: readonly (readonly [Kind, string])[] = [
  [
    'diverged',
    'A run that diverges is a result: the loss or the gradient was no longer finite, or the loss passed its bound.',
  ],
  [
    'failed',
    'A run that failed could not be carried out; it counts as infinitely bad where a target was declared.',
  ],
  [
    'lost',
    'A run that was lost came to no end, for example because its worker died; it is no result and is tried again.',
  ],
];

/** `Diverged and failed runs` */
function titleOf(kinds: ReadonlySet<Kind>): string {
  const names = SENTENCES.flatMap(([kind]) => (kinds.has(kind) ? [kind as string] : []));
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
  return `${list[0].toUpperCase()}${list.slice(1)} runs`;
}

type Kind = RunRecord['outcome']['kind'];

interface Ending {
  readonly method: string;
  readonly record: RunRecord;
  /** Other runs of the method that ended so with the same message. */
  readonly more: number;
}

/** A line a diverged run, and one for all runs of a method that failed or were lost with the same message. */
function gathered(ended: readonly Omit<Ending, 'more'>[]): Ending[] {
  const groups = new Map<string, Ending>();
  for (const { method, record } of ended) {
    const { outcome, id } = record;
    const key = 'message' in outcome ? canonicalJson([method, outcome.kind, outcome.message]) : id;
    const first = groups.get(key);
    groups.set(key, first === undefined ? { method, record, more: 0 } : { ...first, more: first.more + 1 });
  }
  return [...groups.values()];
}

function endingRow({ method, record, more }: Ending, again?: (record: RunRecord) => string): Html {
  const { outcome, id } = record;
  const step = outcome.kind === 'diverged' ? String(outcome.step) : '–';
  const command = 'message' in outcome ? again?.(record) : undefined;
  return html`<tr><th scope="row">${method}</th><td>${formatRate(learningRateOf(record))}</td><td>${seedOf(record)}</td><td>${step}</td><td class="text wrap">${visibleLines(reasonOf(outcome, more))}${command === undefined ? null : html`<small><code>${command}</code></small>`}</td><td class="text"><code>${id.slice(0, 13)}</code></td></tr>\n`;
}

function reasonOf(outcome: RunRecord['outcome'], more: number): string {
  if (outcome.kind === 'diverged') return outcome.reason;
  if (outcome.kind === 'completed') return '';
  const others = more > 0 ? ` (and in ${more} more ${more > 1 ? 'runs' : 'run'})` : '';
  return `${outcome.kind}: ${outcome.message}${others}`;
}
