import { canonicalJson } from '../../core/json.ts';
import type { RunRecord } from '../../run/record.ts';
import { largest, smallest } from '../../stats/summary.ts';
import { count, formatNumber, formatRate, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { learningRateOf, seedOf } from '../methods.ts';
import { tableBlock } from './tableBlock.ts';

/** More lines than this are folded away. */
const MOST_LINES_OPEN = 12;
/** More lines than this are not on the page: the table of runs has them. */
const MOST_LINES = 100;

export interface EndingOptions {
  /** The command line that runs a run again. */
  readonly again?: ((record: RunRecord) => string) | undefined;
  /** Gives a record its step series: asked for the first run of a line that diverged. */
  readonly complete?: ((record: RunRecord) => RunRecord) | undefined;
}

/**
 * The runs that did not complete, with where and why, and how to see them again. Runs of a method at one learning rate
 * that diverged for the same reason share a line, numbers in the reason aside; so do those of a method that failed or were lost with the
 * same message.
 */
export function endings(
  records: readonly RunRecord[],
  nameOf: (record: RunRecord) => string | null,
  options: EndingOptions = {},
): Html | null {
  const lines = gathered(records, nameOf);
  if (lines.length === 0) return null;
  const kinds = new Set(lines.map(({ runs }) => runs[0].outcome.kind));
  const shown = lines.slice(0, MOST_LINES);
  const table = tableBlock(
    'Runs that did not complete',
    HEADS,
    shown.map((line) => rowOf(line, options)),
  );
  const ended = lines.reduce((sum, { runs }) => sum + runs.length, 0);
  const left = lines.slice(MOST_LINES);
  const leftRuns = left.reduce((sum, { runs }) => sum + runs.length, 0);
  return html`<section aria-labelledby="endings-title">
<h2 id="endings-title">${titleOf(kinds)}</h2>
<p>${SENTENCES.filter(([kind]) => kinds.has(kind)).map(([, sentence]) => `${sentence} `)}${kinds.has('diverged') ? BEFORE : null}</p>
${lines.length > MOST_LINES_OPEN ? html`<details><summary>${count(ended, 'run')} in ${count(lines.length, 'line')}</summary>${table}</details>` : table}
${left.length > 0 ? html`<p>Not listed: ${count(leftRuns, 'more run')} in ${count(left.length, 'line')}; <code>runs.csv</code> has them all.</p>` : null}
</section>`;
}

const HEADS = [
  { text: 'Method' },
  'Learning rate',
  'Seed',
  'Step',
  { text: 'Reason' },
  'Loss before',
  'Gradient norm before',
  { text: 'Run' },
];

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

const BEFORE =
  'Loss and gradient norm before: the largest value in the last bucket of steps that ended before that step (in the first bucket: the smallest), of the run with the lowest seed.';

/** `Diverged and failed runs` */
function titleOf(kinds: ReadonlySet<Kind>): string {
  const names = SENTENCES.flatMap(([kind]) => (kinds.has(kind) ? [kind as string] : []));
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
  return `${list[0].toUpperCase()}${list.slice(1)} runs`;
}

type Kind = RunRecord['outcome']['kind'];

/** Runs that ended alike, the lowest seed first. */
interface Line {
  readonly method: string;
  readonly runs: readonly RunRecord[];
}

function gathered(
  records: readonly RunRecord[],
  nameOf: (record: RunRecord) => string | null,
): readonly Line[] {
  const groups = new Map<string, { method: string; runs: RunRecord[] }>();
  for (const record of records) {
    const { outcome } = record;
    if (outcome.kind === 'completed') continue;
    const method = nameOf(record) ?? '';
    const why =
      outcome.kind === 'diverged'
        ? [learningRateOf(record), outcome.reason.replace(NUMBERS, '0')]
        : [outcome.message];
    const key = canonicalJson([method, outcome.kind, ...why]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { method, runs: [record] });
    else group.runs.push(record);
  }
  return [...groups.values()].map(({ method, runs }) => ({
    method,
    runs: runs.toSorted((a, b) => seedOf(a) - seedOf(b)),
  }));
}

/** Losses stand in reasons: `the training loss 24059.36 is above the bound of 10000`. */
const NUMBERS = /\d+(\.\d+)?(e[+-]?\d+)?/g;

function rowOf({ method, runs }: Line, { again, complete }: EndingOptions): Html {
  const [first] = runs;
  const { outcome, id } = first;
  const steps = runs.flatMap((run) => (run.outcome.kind === 'diverged' ? [run.outcome.step] : []));
  const rates = [...new Set(runs.map(learningRateOf))];
  const seeds = [...new Set(runs.map(seedOf))];
  const whole = outcome.kind === 'diverged' ? (complete?.(first) ?? first) : null;
  const before = (channel: string) => (whole === null ? '–' : valueBefore(whole, channel));
  const command = 'message' in outcome ? again?.(first) : undefined; // what diverged is stored, and not run again
  const others = runs.length > 1 ? html`<small>and ${count(runs.length - 1, 'other')}</small>` : null;
  return html`<tr><th scope="row">${method}</th><td>${rates.length === 1 ? formatRate(rates[0]) : count(rates.length, 'rate')}</td><td>${rangesOf(seeds)}${runs.length > 1 ? html`<small>${count(runs.length, 'run')}</small>` : null}</td><td>${rangeText(steps)}</td><td class="text wrap">${visibleLines(reasonOf(outcome))}${command === undefined ? null : html`<small><code>${command}</code></small>`}</td><td>${before('loss')}</td><td>${before('gradNorm')}</td><td class="text"><code>${id.slice(0, 13)}</code>${others}</td></tr>\n`;
}

/** Of the finite values: the largest of the last bucket that ended before the run diverged, or else the smallest of the first bucket. */
function valueBefore({ series, outcome }: RunRecord, channel: string): string {
  const { step, channels } = series.steps;
  const found = channels[channel];
  if (found === undefined || outcome.kind !== 'diverged') return '–';
  const finiteOf = (i: number) => [found.min[i], found.median[i], found.max[i]].filter(Number.isFinite);
  for (let i = step.length - 1; i >= 0; i--) {
    const finite = step[i] < outcome.step ? finiteOf(i) : [];
    if (finite.length > 0) return formatNumber(largest(finite));
  }
  const first = finiteOf(0);
  return first.length > 0 ? formatNumber(smallest(first)) : '–';
}

function reasonOf(outcome: RunRecord['outcome']): string {
  if (outcome.kind === 'diverged') return outcome.reason;
  return outcome.kind === 'completed' ? '' : `${outcome.kind}: ${outcome.message}`;
}

function rangeText(steps: readonly number[]): string {
  if (steps.length === 0) return '–';
  const [low, high] = [smallest(steps), largest(steps)];
  return low === high ? String(low) : `${low}–${high}`;
}

/** More stretches of seeds than this are counted instead. */
const MOST_STRETCHES = 6;

/** `0–3, 7` */
function rangesOf(seeds: readonly number[]): string {
  const stretches: [number, number][] = [];
  for (const seed of seeds.toSorted((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else stretches.push([seed, seed]);
  }
  if (stretches.length > MOST_STRETCHES) return count(seeds.length, 'seed');
  return stretches.map(([low, high]) => (low === high ? String(low) : `${low}–${high}`)).join(', ');
}
