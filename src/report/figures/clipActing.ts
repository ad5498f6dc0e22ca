import type { Json } from '../../core/json.ts';
import { largest } from '../../stats/summary.ts';
import { clipAttribution, clipShare, clipSteps, middleOf } from '../clipAttribution.ts';
import { axesTitle, chart, type Figure, NAME_LINE, twoLines } from '../figure.ts';
import { formatPercent } from '../format.ts';
import type { Method } from '../methods.ts';
import { AT_BEST_RATE, bestSettings, candidatesOf, seedsEach } from './candidates.ts';

/** Columns of the heat map. */
const COLUMNS = 25;

/** The cells of one method, in arrays. */
interface Row {
  readonly method: string;
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly share: readonly number[];
  readonly text: readonly string[];
}

/** At which share of the steps the clip of each method acted, over the steps: a row a method that has a clip. */
export function clipActing(methods: readonly Method[], shown = AT_BEST_RATE): Figure | null {
  const candidates = candidatesOf(methods).filter(({ best }) => clipAttribution(best) !== null);
  if (candidates.length === 0) return null;
  const rows = candidates.map(({ label, best }): Row => {
    const steps = clipSteps(best);
    const width = Math.ceil(steps.length / COLUMNS);
    const ends = steps.filter((_, i) => (i + 1) % width === 0 || i === steps.length - 1);
    const starts = [0, ...ends.slice(0, -1)];
    const shares = ends.map((end, i) => clipShare(best, starts[i], end));
    const text = shares.map(({ low, high }) => shareText(low, high));
    return { method: label, start: starts, end: ends, share: shares.map(middleOf), text };
  });
  const seeds = seedsEach(bestSettings(candidates));
  const caption = [
    `Share of the steps at which the clip changed the gradient, ${shown}, over all seeds (${seeds}).`,
    'A record keeps the median, the smallest and the largest value of a bucket of steps, which bound the share; the colour is the middle of the bounds.',
  ].join(' ');
  const labels = rows.map(({ method }) => method);
  const labelWidth = 16 + 7 * Math.min(NAME_LINE, Math.max(...labels.map((label) => label.length)));
  const rowHeight = labels.some((label) => label.length > NAME_LINE) ? 34 : 24;
  const layout = { panels: 1, minWidth: 170, maxWidth: 760, axis: labelWidth };
  const spec = chart(`When clips acted. ${caption}`, layout, {
    title: axesTitle('share of steps clipped by step'),
    data: { name: 'clips', values: rows as unknown as Json },
    transform: [{ flatten: ['start', 'end', 'share', 'text'] }, { filter: 'isValid(datum.share)' }],
    width: 560,
    height: Math.max(40, rowHeight * labels.length),
    layer: [{ mark: { type: 'rect' }, encoding: encodingOf(rows, labels, labelWidth - 8) }],
  });
  return { id: 'clip-acting', title: 'When clips acted', caption, spec };
}

function encodingOf(rows: readonly Row[], labels: readonly string[], labelLimit: number): Json {
  return {
    x: {
      field: 'start',
      type: 'quantitative',
      title: null,
      scale: { domain: [0, largest(rows.flatMap((row) => row.end))], nice: false },
      axis: { tickCount: 4, grid: false, format: '~s' },
    },
    x2: { field: 'end' },
    y: {
      field: 'method',
      type: 'nominal',
      title: null,
      scale: { domain: [...labels], paddingInner: 0.12, paddingOuter: 0 },
      axis: { labelExpr: twoLines('datum.label'), labelLimit, ticks: false, domain: false, grid: false },
    },
    color: {
      field: 'share',
      type: 'quantitative',
      title: null,
      scale: { domain: [0, 1], scheme: 'viridis' },
      legend: { gradientLength: 120, gradientThickness: 10, format: '.0%', values: [0, 0.5, 1] },
    },
    tooltip: [
      { field: 'method', title: 'method' },
      { field: 'text', title: 'steps clipped' },
      { field: 'end', type: 'quantitative', title: 'up to step' },
    ],
  };
}

/** `12.3%`, or `12.3% to 40.0%` where the buckets tell no more. */
export function shareText(low: number, high: number): string {
  if (!Number.isFinite(low)) return '–';
  const [from, to] = [formatPercent(low), formatPercent(high)];
  return from === to ? from : `${from} to ${to}`;
}
