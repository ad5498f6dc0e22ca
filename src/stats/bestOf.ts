import { requireSample } from './hypothesis.ts';
import { ascending } from './ranks.ts';
import { requireCount } from './requirements.ts';
import { type BootstrapOptions, bootstrapCurve } from './resampling.ts';

/**
 * Probability that x_(i), the i-th smallest of n, is the smallest of k drawn without replacement: C(n - i, k - 1) /
 * C(n, k), for i = 1 … n; 0 for i > n - k + 1.
 */
export function bestOfWeights(n: number, k: number): Float64Array {
  const weights = new Float64Array(n);
  weights[0] = k / n;
  // C(n-i-1, k-1) / C(n-i, k-1) = (n - i - k + 1) / (n - i): no binomial is ever formed, so none overflows
  for (let i = 1; i < n && i <= n - k; i++) weights[i] = (weights[i - 1] * (n - i - k + 1)) / (n - i);
  return weights;
}

/**
 * Expected smallest loss of k trials, from n >= k trials that were made:
 *
 *     sum_i C(n - i, k - 1) / C(n, k) x_(i)
 *
 * the mean of the minimum over all subsets of size k, a U-statistic, unbiased (Tang et al. 2020, "Showing your work
 * doesn't always work", there for the maximum). Its variance grows with k and at k = n it is one single number, the
 * smallest of all: show it for k <= n / 2 and never read it beyond n. Infinity as soon as k trials or fewer can all
 * diverge, that is when at least k of the n did; {@link medianBestOf} stays finite for longer. Throws if k is not a
 * whole number from 1 to n, or a loss is NaN.
 */
export function expectedBestOf(losses: readonly number[], k: number): number {
  checkTrials(losses, k);
  const sorted = losses.toSorted(ascending);
  return weightedSum(sorted, bestOfWeights(sorted.length, k));
}

/**
 * sum w x with weights that sum to 1, as x_(1) + sum w (x - x_(1)): exact for equal values. Infinite values of weight
 * 0 do not count.
 */
function weightedSum(sorted: readonly number[], weights: Float64Array): number {
  const smallest = sorted[0];
  if (!Number.isFinite(smallest)) return smallest;
  let sum = 0;
  for (let i = 1; i < sorted.length; i++) if (weights[i] > 0) sum += weights[i] * (sorted[i] - smallest);
  return smallest + sum;
}

/**
 * Median of the smallest loss over all subsets of size k: the x_(i) at which 1 - C(n - i, k) / C(n, k) passes 1/2, or
 * the mean of x_(i) and x_(i+1) if it is just 1/2, as for an ordinary median (k = 1 is the median). Finite while more
 * than half of the subsets hold a run that did not diverge. Throws as {@link expectedBestOf}.
 */
export function medianBestOf(losses: readonly number[], k: number): number {
  checkTrials(losses, k);
  const sorted = losses.toSorted(ascending);
  return weightedMedian(sorted, bestOfWeights(sorted.length, k));
}

function weightedMedian(sorted: readonly number[], weights: Float64Array): number {
  let below = 0;
  for (let i = 0; i < sorted.length; i++) {
    below += weights[i];
    if (Math.abs(below - 0.5) < 1e-12 && i + 1 < sorted.length && weights[i + 1] > 0)
      return sorted[i] === sorted[i + 1] ? sorted[i] : (sorted[i] + sorted[i + 1]) / 2;
    if (below > 0.5) return sorted[i];
  }
  return sorted[sorted.length - 1];
}

/**
 * Expected smallest of k drawn *with* replacement: sum_i x_(i) (((n - i + 1) / n)^k - ((n - i) / n)^k), the
 * V-statistic of Dodge et al. 2019 ("Show your work"). Defined for every k, biased upwards for losses (it draws a
 * trial twice), and it never leaves a diverged run out. For comparison with published curves; Dodge et al. 2021 found
 * that its bias costs fewer wrong conclusions than the variance of the unbiased one.
 */
export function expectedBestOfWithReplacement(losses: readonly number[], k: number): number {
  requireSample('losses', losses, 1);
  requireCount('number of trials', k, 1);
  const n = losses.length;
  const sorted = losses.toSorted(ascending);
  const weights = Float64Array.from(sorted, (_, i) => power((n - i) / n, k) - power((n - i - 1) / n, k));
  return weightedSum(sorted, weights);
}

/** base^k for a whole k by repeated squaring. */
function power(base: number, k: number): number {
  let result = 1;
  for (let square = base, rest = k; rest > 0; rest = Math.floor(rest / 2), square *= square)
    if (rest % 2 === 1) result *= square;
  return result;
}

function checkTrials(losses: readonly number[], k: number): void {
  requireSample('losses', losses, 1);
  requireCount('number of trials', k, 1, losses.length);
}

/** The best of `trials` trials and its interval. */
export interface BestOfPoint {
  readonly trials: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BestOfOptions extends BootstrapOptions {
  /** Numbers of trials; 1 … n / 2 if not given, about 64 of them in equal ratios if that is more. */
  readonly trials?: readonly number[];
  readonly statistic?: 'mean' | 'median';
}

/**
 * What k trials are worth: {@link expectedBestOf} (or {@link medianBestOf}) over k, with a pointwise percentile band
 * from a bootstrap of the n trials. The same resamples serve every k, so the band has no crossings.
 */
export function bestOfCurve(losses: readonly number[], options: BestOfOptions = {}): BestOfPoint[] {
  const trials = options.trials ?? defaultTrials(losses.length);
  for (const k of trials) checkTrials(losses, k);
  const weights = trials.map((k) => bestOfWeights(losses.length, k));
  const summarise = options.statistic === 'median' ? weightedMedian : weightedSum;
  const curve = (values: readonly number[]) => {
    const sorted = values.toSorted(ascending);
    return weights.map((w) => summarise(sorted, w));
  };
  return bootstrapCurve(losses, curve, options).map((interval, i) => ({
    trials: trials[i],
    value: interval.estimate,
    low: interval.low,
    high: interval.high,
  }));
}

/** 1 … n / 2 (at least 1), thinned to equal ratios beyond 64. */
export function defaultTrials(n: number): number[] {
  const last = Math.max(1, Math.floor(n / 2));
  const trials: number[] = [];
  for (let k = 1; k < last; k = last <= 64 ? k + 1 : Math.max(k + 1, Math.round(k * 1.08))) trials.push(k);
  return [...trials, last];
}
