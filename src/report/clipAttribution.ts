import type { RunRecord } from '../run/record.ts';
import { largest, median } from '../stats/summary.ts';
import type { BucketedChannel } from '../train/series.ts';
import { resultsOf, type Setting } from './methods.ts';

/** A part of something of which a record keeps buckets alone: as exact as they allow, between `low` and `high`. */
export interface Share {
  readonly low: number;
  readonly high: number;
}

/** How a clip took part in training. */
export type ClipRole = 'limiter' | 'mixed' | 'guard' | 'idle';

/** What the clip of a setting did, over the steps of all its seeds. */
export interface ClipAttribution {
  /** The share of the steps at which it changed the gradient: in the first tenth of the steps, and in the rest. */
  readonly start: Share;
  readonly rest: Share;
  /**
   * By how much it shrank the gradient, norm before / norm after. `typical`: median over the buckets in which most steps
   * were clipped of the bucket's median before / its median after, NaN without such a bucket. `most`: the largest of
   * largest before / largest after.
   */
  readonly typical: number;
  readonly most: number;
  readonly role: ClipRole;
}

/** Above this share of the steps after the first tenth a clip sets the size of the steps. */
export const LIMITER_ABOVE = 0.5;
/** Up to this share it does no more than catch spikes. */
export const GUARD_UP_TO = 0.1;

const ACTED = 'clip.acted';

interface Bucket {
  readonly start: number;
  readonly end: number;
  /** Steps of which the bucket holds a value. */
  readonly steps: number;
  readonly acted: Share;
  readonly typical: number;
  readonly most: number;
}

/** What the clip of a setting did; null where no run recorded a clip (`clip none`, or a record without step series). */
export function clipAttribution(setting: Setting): ClipAttribution | null {
  const runs = resultsOf(setting).map(bucketsOf);
  const buckets = runs.flat();
  if (buckets.length === 0) return null;
  const tenth = 0.1 * largest(buckets.map(({ end }) => end));
  const start = shareOf(buckets.filter(({ end }) => end <= tenth));
  const rest = shareOf(buckets.filter(({ end }) => end > tenth));
  const acting = buckets.filter(({ acted }) => acted.high > 0);
  const finite = (values: readonly number[]) => values.filter(Number.isFinite);
  const most = finite(acting.map((bucket) => bucket.most));
  return {
    start,
    rest,
    typical: median(finite(acting.filter(isMostlyClipped).map((bucket) => bucket.typical))),
    most: most.length === 0 ? Number.NaN : largest(most),
    role: acting.length === 0 ? 'idle' : roleOf(middleOf(rest)),
  };
}

/** The share of the steps after `start` up to and including `end` at which the clip acted; NaN twice where nothing is known. */
export function clipShare(setting: Setting, start: number, end: number): Share {
  const buckets = resultsOf(setting).flatMap(bucketsOf);
  return shareOf(buckets.filter((bucket) => bucket.end > start && bucket.end <= end));
}

/** The last steps of the buckets of the longest run that recorded a clip. */
export function clipSteps(setting: Setting): number[] {
  const runs = resultsOf(setting).map((record) => bucketsOf(record).map(({ end }) => end));
  return runs.reduce((longest, ends) => (ends.length > longest.length ? ends : longest), []);
}

export function middleOf({ low, high }: Share): number {
  return (low + high) / 2;
}

/**
 * How many of `n` numbers, each 0 or 1, are 1, given their median, smallest and largest: from, to. Exact up to n = 4, and where all are
 * equal or half of them are 1.
 */
export function onesBetween(n: number, median: number, min: number, max: number): readonly [number, number] {
  if (max === 0) return [0, 0];
  if (min === 1) return [n, n];
  if (median === 0.5) return [n / 2, n / 2];
  const fewest = Math.ceil(n / 2) - 1; // the most that the smaller half can hold
  return median === 0 ? [1, fewest] : [n - fewest, n - 1];
}

/** At more than half of its steps: its medians are of clipped steps then. */
function isMostlyClipped({ acted, steps }: Bucket): boolean {
  return acted.low > steps / 2;
}

function roleOf(share: number): ClipRole {
  if (share > LIMITER_ABOVE) return 'limiter';
  return share > GUARD_UP_TO ? 'mixed' : 'guard';
}

/** Buckets in which nothing was recorded, or a step was skipped, are left out. */
function bucketsOf({ series, steps }: RunRecord): Bucket[] {
  const { step, channels } = series.steps;
  const acted = channels[ACTED];
  if (acted === undefined) return [];
  const { 'clip.normBefore': before, 'clip.normAfter': after, nonFinite } = channels;
  return step.flatMap((end, i) => {
    const start = i === 0 ? 0 : step[i - 1];
    const n = Math.min(end, steps) - start; // the step at which a run diverged was not made
    if (n < 1 || Number.isNaN(acted.max[i]) || (nonFinite?.max[i] ?? 0) > 0) return [];
    const [low, high] = onesBetween(n, acted.median[i], acted.min[i], acted.max[i]);
    const ratio = (of: keyof BucketedChannel) =>
      (before?.[of][i] ?? Number.NaN) / (after?.[of][i] ?? Number.NaN);
    return [{ start, end, steps: n, acted: { low, high }, typical: ratio('median'), most: ratio('max') }];
  });
}

function shareOf(buckets: readonly Bucket[]): Share {
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const steps = sum((bucket) => bucket.steps);
  return { low: sum(({ acted }) => acted.low) / steps, high: sum(({ acted }) => acted.high) / steps };
}
