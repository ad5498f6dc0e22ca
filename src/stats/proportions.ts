import { InvalidInput } from '../core/check.ts';
import { exp } from '../core/math.ts';
import type { Interval } from './bootstrap.ts';
import { betaQuantile, binomialCdf, chiSquareSf, normalQuantile } from './distributions.ts';
import { type Alternative, requireConfidence } from './hypothesis.ts';
import { deviance, stirlingError } from './specialFunctions.ts';

function requireCounts(k: number, n: number): void {
  if (!(Number.isInteger(k) && Number.isInteger(n) && n >= 1 && k >= 0 && k <= n))
    throw new InvalidInput(
      `invalid counts: got ${k} of ${n}, expected whole numbers, 0 <= k <= n and n >= 1`,
    );
}

/** What half of 1 - confidence stands at in the normal distribution. */
function normalWidth(confidence: number): number {
  requireConfidence(confidence);
  return -normalQuantile((1 - confidence) / 2);
}

/**
 * The exact interval of a proportion (C. Clopper and E. Pearson 1934), which covers with at least the stated confidence: the beta quantiles
 * B(alpha / 2; k, n - k + 1) and B(1 - alpha / 2; k + 1, n - k). From 0 for k = 0, to 1 for k = n.
 * @throws InvalidInput for counts that are none or a confidence outside (0, 1); so do the other intervals.
 */
export function clopperPearson(k: number, n: number, confidence = 0.95): Interval {
  requireCounts(k, n);
  requireConfidence(confidence);
  const tail = (1 - confidence) / 2;
  return [
    k === 0 ? 0 : betaQuantile(tail, k, n - k + 1),
    k === n ? 1 : 1 - betaQuantile(tail, n - k, k + 1), // by symmetry: 1 - tail would lose digits
  ];
}

/** E. B. Wilson's interval (1927): the proportions that a normal test with their own variance does not reject. */
export function wilson(k: number, n: number, confidence = 0.95): Interval {
  requireCounts(k, n);
  const z = normalWidth(confidence);
  const share = k / n;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
}

/** The interval of A. Agresti and B. Coull (1998): Wald's with z^2 / 2 successes and failures added; cut off at 0 and 1. */
export function agrestiCoull(k: number, n: number, confidence = 0.95): Interval {
  requireCounts(k, n);
  const z = normalWidth(confidence);
  const size = n + z * z;
  return waldOf((k + (z * z) / 2) / size, size, z);
}

/** Wald's interval, k/n -+ z sqrt(k/n (1 - k/n) / n), cut off at 0 and 1: of no width for k = 0 and k = n. Here to be compared with. */
export function wald(k: number, n: number, confidence = 0.95): Interval {
  requireCounts(k, n);
  return waldOf(k / n, n, normalWidth(confidence));
}

function waldOf(share: number, n: number, z: number): Interval {
  const half = z * Math.sqrt((share * (1 - share)) / n);
  return [Math.max(0, share - half), Math.min(1, share + half)];
}

/** Jeffreys' interval: quantiles of the posterior beta(k + 1/2, n - k + 1/2), without exception at k = 0 and k = n (statsmodels). */
export function jeffreys(k: number, n: number, confidence = 0.95): Interval {
  requireCounts(k, n);
  requireConfidence(confidence);
  const tail = (1 - confidence) / 2;
  return [betaQuantile(tail, k + 0.5, n - k + 0.5), 1 - betaQuantile(tail, n - k + 0.5, k + 0.5)];
}

/**
 * The exact binomial test that the proportion is p0; with p0 = 1/2 the sign test. Two-sided: the probability of all counts that are
 * at most as probable as k, those within a factor of 1 + 1e-7 included (R, SciPy).
 * @throws InvalidInput for counts that are none or p0 outside [0, 1].
 */
export function binomialTest(k: number, n: number, p0 = 0.5, alternative: Alternative = 'two-sided'): number {
  requireCounts(k, n);
  const atMost = binomialCdf(k, n, p0);
  const atLeast = binomialCdf(n - k, n, 1 - p0);
  if (alternative !== 'two-sided') return alternative === 'less' ? atMost : atLeast;
  const limit = binomialProbability(k, n, p0) * (1 + 1e-7);
  const asRare = (i: number) => binomialProbability(i, n, p0) <= limit;
  if (k === n * p0) return 1;
  if (k < n * p0) {
    const first = firstWhole(Math.ceil(n * p0), n, asRare);
    return Math.min(1, atMost + (first > n ? 0 : binomialCdf(n - first, n, 1 - p0)));
  }
  const fails = firstWhole(Math.ceil(n * (1 - p0)), n, (i) => asRare(n - i)); // counted from the other end
  return Math.min(1, atLeast + (fails > n ? 0 : binomialCdf(n - fails, n, p0)));
}

/** The smallest whole number from `from` to `to` of which `holds` is true, given that it then stays true; to + 1 if of none. */
function firstWhole(from: number, to: number, holds: (i: number) => boolean): number {
  let low = from;
  let high = to + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** P(X = k), by the saddle point (Loader 2000). */
function binomialProbability(k: number, n: number, p: number): number {
  if (p === 0 || p === 1) return k === n * p ? 1 : 0;
  if (k === 0 || k === n) return exp(-deviance(n, n * (k === 0 ? 1 - p : p)));
  const stirling = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const exponent = stirling - deviance(k, n * p) - deviance(n - k, n * (1 - p));
  return exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

export interface McNemarResult {
  /** NaN of the exact test. */
  readonly chi2: number;
  readonly p: number;
}

/**
 * McNemar's test (1947) of paired yes-or-no results, from the b pairs with yes, no and the c pairs with no, yes. `exact` is the sign test;
 * `chi-square` is (b - c)^2 / (b + c), `corrected` (|b - c| - 1)^2 / (b + c), both with one degree of freedom. p is 1 without such pairs.
 * @throws InvalidInput for counts that are none.
 */
export function mcnemarTest(
  b: number,
  c: number,
  method: 'exact' | 'chi-square' | 'corrected' = 'exact',
): McNemarResult {
  if (b === 0 && c === 0) return { chi2: method === 'exact' ? Number.NaN : 0, p: 1 };
  requireCounts(Math.min(b, c), b + c);
  if (method === 'exact')
    return { chi2: Number.NaN, p: Math.min(1, 2 * binomialCdf(Math.min(b, c), b + c, 0.5)) };
  const distance = Math.abs(b - c) - (method === 'corrected' ? 1 : 0);
  const chi2 = (distance * distance) / (b + c);
  return { chi2, p: chiSquareSf(chi2, 1) };
}
