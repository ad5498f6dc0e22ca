import { log } from '../core/math.ts';
import type { RunRecord } from '../run/record.ts';
import { quantile } from '../stats/quantiles.ts';
import { median } from '../stats/summary.ts';
import type { BucketedChannel } from '../train/series.ts';
import { type ClipAttribution, clipAttribution, type Share } from './clipAttribution.ts';
import { type Method, resultsOf } from './methods.ts';

/**
 * The gradient of a method at its best setting in a few numbers, each the median over the seeds. They are made of the
 * buckets to which a record reduces its steps: what is said of single steps is so from their smallest and largest values.
 */
export interface GradientHealth {
  readonly method: string;
  readonly seeds: number;
  /** Median over the buckets of the median norm of the whole gradient before clipping. */
  readonly norm: number;
  /** The 95th percentile (type 7) of the buckets' medians over their median. */
  readonly tail: number;
  /** The exponent a of the fit norm ~ step^a: least squares of ln(median norm) over ln(step), a point a bucket. */
  readonly trend: number;
  /** The share of the steps at which the gradient was exactly zero. */
  readonly zero: Share;
  /** Buckets with a spike, see {@link spikesOf}. */
  readonly spikes: number;
  /** The norm of the first layer's weights' gradient over that of the last layer's: median over the buckets; NaN where there are none. */
  readonly firstToLast: number;
  /** The norm of the update over that of the parameters: median over the buckets. */
  readonly updateRatio: number;
}

/** What the clip of a method did at its best setting. */
export interface ClipHealth {
  readonly method: string;
  readonly clip: ClipAttribution;
}

/** Null where no run of the best setting has recorded a clip, whether it has recorded norms or not. */
export function clipHealth({ label: method, best }: Method): ClipHealth | null {
  const clip = best === null ? null : clipAttribution(best);
  return clip === null ? null : { method, clip };
}

/** A spike is a norm of more than this many times the median around it. */
export const SPIKE = 10;
/** The median around a bucket is that of so many buckets on both sides, and of its own. */
export const SPIKE_NEIGHBOURS = 5;

/** Null where no run of the best setting has recorded the norm of the gradient. */
export function gradientHealth({ label, best }: Method): GradientHealth | null {
  if (best === null) return null;
  const runs = resultsOf(best).filter(({ series }) => series.steps.channels.gradNorm !== undefined);
  if (runs.length === 0) return null;
  const over = (of: (record: RunRecord) => number) => medianOfNumbers(runs.map(of));
  const zeros = runs.map(zeroShare);
  return {
    method: label,
    seeds: runs.length,
    norm: over((record) => median(mediansOf(record, 'gradNorm'))),
    tail: over((record) => tailOf(mediansOf(record, 'gradNorm'))),
    trend: over(trendOf),
    zero: {
      low: medianOfNumbers(zeros.map(({ low }) => low)),
      high: medianOfNumbers(zeros.map(({ high }) => high)),
    },
    spikes: over((record) => spikesOf(record.series.steps.channels.gradNorm)),
    firstToLast: firstToLast(runs),
    updateRatio: over((record) => median(mediansOf(record, 'updateRatio'))),
  };
}

/** The finite medians of a channel's buckets. */
function mediansOf({ series }: RunRecord, channel: string): number[] {
  return (series.steps.channels[channel]?.median ?? []).filter(Number.isFinite);
}

function medianOfNumbers(values: readonly number[]): number {
  return median(values.filter((value) => !Number.isNaN(value)));
}

function tailOf(values: readonly number[]): number {
  return quantile(values, 0.95) / median(values);
}

/** NaN with fewer than two buckets with a positive norm. */
function trendOf({ series }: RunRecord): number {
  const { step, channels } = series.steps;
  const points = channels.gradNorm.median.flatMap((norm, i) =>
    norm > 0 && Number.isFinite(norm) ? [[log(step[i]), log(norm)] as const] : [],
  );
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const squares = points.reduce((sum, point) => sum + (point[0] - x) * (point[0] - x), 0);
  const products = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return points.length < 2 || squares === 0 ? Number.NaN : products / squares;
}

/**
 * The share of the steps at which the norm was exactly zero, as far as the buckets tell. A bucket whose probe did not look at every step
 * counts for all of its steps.
 */
function zeroShare({ series }: RunRecord): Share {
  const { step, channels } = series.steps;
  const { median: middle, min, max } = channels.gradNorm;
  let [low, high, all] = [0, 0, 0];
  for (let i = 0; i < step.length; i++) {
    if (Number.isNaN(min[i])) continue;
    const n = step[i] - (i === 0 ? 0 : step[i - 1]);
    const [from, to] = zerosBetween(n, middle[i], min[i], max[i]);
    low += from;
    high += to;
    all += n;
  }
  return { low: low / all, high: high / all };
}

/** How many of n numbers that are not negative are zero, given their median, smallest and largest. */
export function zerosBetween(n: number, middle: number, min: number, max: number): readonly [number, number] {
  if (max === 0) return [n, n];
  if (min > 0) return [0, 0];
  return middle === 0 ? [Math.floor(n / 2) + 1, n - 1] : [1, Math.floor(n / 2)];
}

/**
 * The number of buckets whose largest norm is more than {@link SPIKE} times the median of the medians of the
 * {@link SPIKE_NEIGHBOURS} buckets on either side and its own; or is not finite.
 */
export function spikesOf({ median: middle, max }: BucketedChannel): number {
  return max.filter((value, i) => {
    if (!Number.isFinite(middle[i]) && Number.isNaN(value)) return false; // nothing was measured
    const around = middle.slice(Math.max(0, i - SPIKE_NEIGHBOURS), i + SPIKE_NEIGHBOURS + 1);
    return !(value <= SPIKE * medianOfNumbers(around));
  }).length;
}

function firstToLast(runs: readonly RunRecord[]): number {
  const ends = endLayers(Object.keys(runs[0].series.steps.channels));
  if (ends === null) return Number.NaN;
  const [first, last] = ends;
  const ratios = runs.map(({ series }) => {
    const [a, b] = [series.steps.channels[first]?.median ?? [], series.steps.channels[last]?.median ?? []];
    const known = a.map((norm, i) => norm / b[i]).filter((ratio) => !Number.isNaN(ratio));
    return median(known);
  });
  return medianOfNumbers(ratios);
}

/**
 * The channels of the first and of the last layer with weights: of those outside of any block the convolution with the lowest number
 * (without one, the dense layer) and the dense layer with the highest. A record keeps no order of layers; in the models here a network
 * begins and ends so. Null without two such layers.
 */
export function endLayers(channels: readonly string[]): readonly [string, string] | null {
  const layers = channels.flatMap((channel) => {
    const found = /^gradNorm\/(conv|dense)(\d+)\.weight$/.exec(channel);
    return found === null ? [] : [{ channel, stem: found[1], number: Number(found[2]) }];
  });
  const sorted = layers.toSorted((a, b) =>
    a.stem === b.stem ? a.number - b.number : a.stem === 'conv' ? -1 : 1,
  );
  return sorted.length < 2 ? null : [sorted[0].channel, sorted[sorted.length - 1].channel];
}
