import { largest, smallest } from '../../stats/summary.ts';
import { GUARD_UP_TO, LIMITER_ABOVE } from '../clipAttribution.ts';
import { shareText } from '../figures/clipActing.ts';
import { count, formatNumber, formatPercent } from '../format.ts';
import {
  type ClipHealth,
  clipHealth,
  type GradientHealth,
  gradientHealth,
  SPIKE,
  SPIKE_NEIGHBOURS,
} from '../gradientHealth.ts';
import { type Html, html } from '../html.ts';
import type { Method } from '../methods.ts';
import { type Head, tableBlock } from './tableBlock.ts';

type Column<R> = readonly [head: Head, cell: (row: R) => string, note?: (row: R) => string];

const COLUMNS: readonly Column<GradientHealth>[] = [
  ['Median norm', ({ norm }) => formatNumber(norm)],
  ['95th percentile / median', ({ tail }) => formatNumber(tail)],
  ['Trend', ({ trend }) => formatNumber(trend)],
  ['Exactly zero', ({ zero }) => shareText(zero.low, zero.high)],
  ['Spikes', ({ spikes }) => String(spikes)],
  ['First / last layer', ({ firstToLast }) => numberOrNone(firstToLast)],
  ['Update / weight', ({ updateRatio }) => numberOrNone(updateRatio)],
];

const CLIP_COLUMNS: readonly Column<ClipHealth>[] = [
  [{ text: 'Clip' }, ({ clip }) => clip.role],
  ['Clipped, first tenth', ({ clip }) => shareText(clip.start.low, clip.start.high)],
  ['Clipped, rest', ({ clip }) => shareText(clip.rest.low, clip.rest.high)],
  ['Shrunk by', ({ clip }) => factor(clip.typical), ({ clip }) => most(clip.most)],
];

/**
 * The gradient of each method in numbers, and in a table of its own what the clips did. Null where no run recorded the
 * norm of the gradient or a clip.
 */
export function gradientHealthTable(methods: readonly Method[]): Html | null {
  const rows = methods.map(gradientHealth).filter((row) => row !== null);
  const clipped = methods.map(clipHealth).filter((row) => row !== null);
  if (rows.length === 0 && clipped.length === 0) return null;
  return html`<section aria-labelledby="gradient-health-title">
<h2 id="gradient-health-title">Gradient health</h2>
${rows.length === 0 ? null : [tableOf('Gradient health', COLUMNS, rows), notes(notesOf(seedsOf(rows)))]}
${clipped.length === 0 ? null : [tableOf('Clips', CLIP_COLUMNS, clipped), notes(CLIP_NOTES)]}
</section>
`;
}

function seedsOf(rows: readonly GradientHealth[]): string {
  const seeds = rows.map((row) => row.seeds);
  const [fewest, most] = [smallest(seeds), largest(seeds)];
  if (most === 1) return 'one seed';
  return fewest === most ? count(most, 'seed') : `${fewest} to ${count(most, 'seed')}`;
}

function notes(sentences: readonly string[]): Html {
  return html`<p><small>${sentences.join(' ')}</small></p>`;
}

function tableOf<R extends { readonly method: string }>(
  label: string,
  columns: readonly Column<R>[],
  rows: readonly R[],
): Html {
  const body = rows.map(
    (row) =>
      html`<tr><th scope="row">${row.method}</th>${columns.map((column) => cellOf(column, row))}</tr>\n`,
  );
  return tableBlock(label, [{ text: 'Method' }, ...columns.map(([head]) => head)], body);
}

const notesOf = (over: string) => [
  `Of the figures’ setting of each method, median over ${over}, from the buckets of steps to which a record reduces its series.`,
  'Median norm: of the whole gradient before clipping, over the buckets’ medians; so is the 95th percentile.',
  'Trend: the exponent a of norm ~ step^a, fitted to the buckets’ medians in logarithms.',
  'Exactly zero: the share of such steps, as far as the buckets tell.',
  `Spikes: buckets with a norm of more than ${SPIKE} times the median of the ${2 * SPIKE_NEIGHBOURS + 1} buckets around, or one that is not finite.`,
  'First / last layer: norm of the gradient of the weights of the first convolution (or dense layer) over that of the last dense layer; far below 1 it vanishes on its way back, far above 1 it explodes.',
  'Update / weight: norm of the update over that of the parameters.',
];

const CLIP_NOTES = [
  'Clipped: share of the steps of all seeds at which the clip changed the gradient, as far as the buckets tell.',
  'Shrunk by: norm before over norm after, the median over the buckets in which most steps were clipped of the ratio of the bucket’s medians, and the largest ratio of a bucket’s largest norms.',
  `Clip: a limiter acts at more than ${formatPercent(LIMITER_ABOVE)} of the steps after the first tenth (the middle of the bounds counts), so that it sets the size of the steps; a guard at up to ${formatPercent(GUARD_UP_TO)}, on spikes or at the start; mixed between these; idle: it never acted.`,
];

function cellOf<R>([head, cell, note]: Column<R>, row: R): Html {
  const small = note?.(row) ?? '';
  return html`<td${typeof head === 'string' ? null : { html: ' class="text"' }}>${cell(row)}${small === '' ? null : html`<small>${small}</small>`}</td>`;
}

function numberOrNone(value: number): string {
  return Number.isNaN(value) ? '–' : formatNumber(value);
}

function factor(value: number): string {
  return Number.isNaN(value) ? '–' : `${formatNumber(value)} times`;
}

function most(value: number): string {
  return Number.isNaN(value) ? '' : `up to ${formatNumber(value)}`;
}
