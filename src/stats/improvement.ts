import { InvalidInput } from '../core/check.ts';
import { requireSample } from './hypothesis.ts';
import { ascending } from './ranks.ts';
import { type BootstrapInterval, type BootstrapOptions, stratifiedBootstrap } from './resampling.ts';

/** The runs of two methods on one workload; smaller is better, a diverged run is Infinity. */
export interface Arms {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * P(A better than B) = P(a < b) + P(a = b) / 2 over all pairs of a run of each: U / (n m), Mann and Whitney's
 * statistic as an effect size (Vargha and Delaney's A, which is of (b, a) where larger is better). Smaller is better; two diverged runs are equal. Throws on an
 * empty sample and on NaN.
 */
export function probabilityOfImprovement(a: readonly number[], b: readonly number[]): number {
  requireSample('first arm', a, 1);
  requireSample('second arm', b, 1);
  return winShare(a, b.toSorted(ascending));
}

/** The mean over `a` of the share of `sorted` above it, equal values by half. */
function winShare(a: readonly number[], sorted: readonly number[]): number {
  let wins = 0;
  for (const value of a)
    wins += sorted.length - (firstIndex(sorted, value, false) + firstIndex(sorted, value, true)) / 2;
  return wins / (a.length * sorted.length);
}

/** The first index whose value is at least `value` (or above it): a binary search. */
function firstIndex(sorted: readonly number[], value: number, above: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value || (above && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Cliff's delta of losses, P(a < b) - P(a > b) = 2 P(A better) - 1: 1 if every run of A is better, -1 if every one is worse (N. Cliff
 * 1993). Of scores, where larger is better, Cliff's own sign is that of (b, a).
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  return 2 * probabilityOfImprovement(a, b) - 1;
}

/**
 * The mean over workloads of {@link probabilityOfImprovement}, every workload with the same weight (Agarwal et al.
 * 2021, "Deep reinforcement learning at the edge of the statistical precipice"), with a stratified bootstrap
 * interval: runs are drawn within each arm of each workload. Cliff's delta and its interval are 2 x - 1 of the ends.
 * Throws if there are no workloads.
 */
export function improvementInterval(
  workloads: readonly Arms[],
  options: BootstrapOptions = {},
): BootstrapInterval {
  if (workloads.length === 0)
    throw new InvalidInput('invalid workloads: got none, expected at least one with runs of both methods');
  const strata = workloads.flatMap(({ a, b }) => [a, b]);
  return stratifiedBootstrap(strata, meanOverWorkloads, options);
}

/** Strata 2 w and 2 w + 1 are the arms of workload w. */
function meanOverWorkloads(strata: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let i = 0; i < strata.length; i += 2) sum += winShare(strata[i], strata[i + 1].toSorted(ascending));
  return sum / (strata.length / 2);
}
