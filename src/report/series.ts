import { exp, log } from '../core/math.ts';
import type { RunRecord } from '../run/record.ts';
import { largest, median, smallest } from '../stats/summary.ts';
import type { BucketedChannel } from '../train/series.ts';
import { type Measure, resultsOf, type Setting, type Split } from './methods.ts';

/**
 * A quantity over time, over the seeds of a setting: the median, the smallest and the largest value at each place.
 * From where it diverged on, a run counts as infinitely large in the median; the band is that of the finite values.
 * NaN where nothing was measured, Infinity where half of the runs or more have diverged.
 */
export interface Curve {
  /** Epochs or steps for evaluations; the last step of each bucket for what is measured in every step. */
  readonly x: readonly number[];
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What the horizontal axis of a curve can count: epochs, or what had been spent by then. */
export const TIMES = ['epoch', 'step', 'samples', 'gradientEvaluations', 'flops'] as const;
export type Time = (typeof TIMES)[number];

/** How buckets lie: of equal width, or of equal ratio, for a logarithmic axis. */
export type Spacing = 'linear' | 'log';

/** The evaluations of a split where the longest run of the setting has them, in at most `points` buckets of neighbours. */
export function evaluationCurve(
  setting: Setting,
  split: Split,
  measure: Measure,
  time: 'epoch' | 'step' = 'epoch',
  points = Number.POSITIVE_INFINITY,
  spacing: Spacing = 'linear',
): Curve {
  const curve = curveOver(
    resultsOf(setting),
    ({ series: { evaluations } }) => {
      const values = evaluations[split][measure].map(finiteOrWorst);
      return { step: evaluations.step, median: values, min: values, max: values };
    },
    points,
    spacing,
  );
  return time === 'step' ? curve : { ...curve, x: placesOf(setting, curve.x)[time] };
}

/**
 * A channel of the step series in at most `points` buckets of neighbouring steps: the median over the seeds of the
 * medians in the bucket, and the smallest and largest single value of any seed in it, so that no spike is lost. The
 * record has the steps in buckets of equal width; with the spacing `log` neighbours are joined to buckets whose ends
 * lie in equal ratios, where there are enough of them.
 */
export function stepCurve(
  setting: Setting,
  channel: string,
  points: number,
  spacing: Spacing = 'linear',
): Curve {
  const records = resultsOf(setting).filter((record) => record.series.steps.channels[channel] !== undefined);
  return curveOver(
    records,
    ({ series: { steps } }) => ({ step: steps.step, ...steps.channels[channel] }),
    points,
    spacing,
  );
}

/**
 * What had been spent at each of some steps, by the evaluations of the longest run of the setting; between them and
 * after the last one in proportion to the steps.
 */
export function placesOf(setting: Setting, steps: readonly number[]): Record<Time, readonly number[]> {
  const { evaluations } = longestOf(resultsOf(setting), (record) => record.series.evaluations.step).series;
  const at = (time: Time) => steps.map((step) => between(evaluations.step, evaluations[time], step));
  return {
    epoch: at('epoch'),
    step: steps,
    samples: at('samples'),
    gradientEvaluations: at('gradientEvaluations'),
    flops: at('flops'),
  };
}

/** The value at `place` of the line through the points (`x`, `y`); beyond them the outermost pieces go on. */
function between(x: readonly number[], y: readonly number[], place: number): number {
  const after = x.findIndex((value) => value >= place);
  if (x[after] === place || x.length < 2) return y[Math.max(0, after)] ?? 0;
  const i = after < 0 ? x.length - 1 : Math.max(1, after);
  return y[i - 1] + ((place - x[i - 1]) / (x[i] - x[i - 1])) * (y[i] - y[i - 1]);
}

/** What one run measured, in buckets that end at `step`. */
interface Measured extends BucketedChannel {
  readonly step: readonly number[];
}

function curveOver(
  records: readonly RunRecord[],
  measuredOf: (record: RunRecord) => Measured,
  points: number,
  spacing: Spacing,
): Curve {
  if (records.length === 0) return { x: [], median: [], low: [], high: [] };
  const runs = records.map((record) => ({ record, measured: measuredOf(record) }));
  const step = runs.reduce<readonly number[]>(
    (longest, { measured }) => (measured.step.length > longest.length ? measured.step : longest),
    [],
  );
  const ends = spacing === 'log' ? inRatios(step, points) : every(step, Math.ceil(step.length / points) || 1);
  const columns = ends.map((end, i) => {
    const start = i === 0 ? Number.NEGATIVE_INFINITY : ends[i - 1];
    const buckets = runs.map(({ record, measured }) => bucketOf(record, measured, start, end));
    return {
      median: medianOf(buckets.map((bucket) => bucket.median)),
      low: lowOf(buckets.map((bucket) => bucket.low)),
      high: highOf(buckets.map((bucket) => bucket.high)),
    };
  });
  return { x: ends, ...transpose(columns) };
}

/** The names of the channels that any of the runs has, in the order of the first that has them. */
export function channelsOf(settings: readonly Setting[], prefix: string): string[] {
  const names = new Set<string>();
  for (const setting of settings) {
    for (const record of resultsOf(setting)) {
      for (const name of Object.keys(record.series.steps.channels))
        if (name.startsWith(prefix)) names.add(name);
    }
  }
  return [...names];
}

/** What one run measured in the steps after `start` up to and including `end`. */
function bucketOf(record: RunRecord, { step, ...channel }: Measured, start: number, end: number) {
  const inside = step.flatMap((at, i) => (at > start && at <= end ? [i] : []));
  const pick = (statistic: keyof BucketedChannel) =>
    inside.map((i) => channel[statistic][i]).filter((value) => !Number.isNaN(value));
  return {
    median: hasDiverged(record, end) ? Number.POSITIVE_INFINITY : median(pick('median')),
    low: lowOf(pick('min')),
    high: highOf(pick('max')),
  };
}

function hasDiverged({ outcome }: RunRecord, step: number): boolean {
  return outcome.kind === 'diverged' && outcome.step <= step;
}

function finiteOrWorst(value: number): number {
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}

function medianOf(values: readonly number[]): number {
  return median(values.filter((value) => !Number.isNaN(value)));
}

function lowOf(values: readonly number[]): number {
  const low = smallest(values.filter(Number.isFinite));
  return Number.isFinite(low) ? low : Number.NaN;
}

function highOf(values: readonly number[]): number {
  const high = largest(values.filter(Number.isFinite));
  return Number.isFinite(high) ? high : Number.NaN;
}

/** Every `stride`-th value, and the last. */
function every(values: readonly number[], stride: number): number[] {
  return values.filter((_, i) => (i + 1) % stride === 0 || i === values.length - 1);
}

/** At most `points` of the values, in equal ratios as far as there are any; the first one above zero and the last are among them. */
function inRatios(values: readonly number[], points: number): number[] {
  const first = values.findIndex((value) => value > 0);
  if (first < 0 || values.length <= points) return [...values];
  const [low, high] = [values[first], values[values.length - 1]];
  const room = Math.max(1, points - 1 - first);
  const bounds = Array.from({ length: room + 1 }, (_, i) =>
    i === room ? high : low * exp((i / room) * log(high / low)) * (1 - 1e-9),
  );
  const ends = bounds.map((bound) => values.find((value) => value >= bound)!);
  return [...new Set([...values.slice(0, first), ...ends])];
}

function longestOf(
  records: readonly RunRecord[],
  seriesOf: (record: RunRecord) => readonly number[],
): RunRecord {
  return records.reduce((longest, record) =>
    seriesOf(record).length > seriesOf(longest).length ? record : longest,
  );
}

function transpose(columns: readonly { median: number; low: number; high: number }[]): Omit<Curve, 'x'> {
  return {
    median: columns.map((column) => column.median),
    low: columns.map((column) => column.low),
    high: columns.map((column) => column.high),
  };
}
