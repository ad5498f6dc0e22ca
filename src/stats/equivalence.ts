import { studentQuantile, studentSf } from './distributions.ts';
import { requireSample } from './hypothesis.ts';
import { mean, variance } from './moments.ts';
import { requireLevel, requirePositive } from './requirements.ts';

/** Two one-sided tests of whether a mean difference lies within -delta … delta. */
export interface Equivalence {
  /** p <= alpha. */
  readonly equivalent: boolean;
  /** The larger of the two one-sided p. */
  readonly p: number;
  /** Of the hypotheses that the difference is -delta or less, and delta or more. */
  readonly pLower: number;
  readonly pUpper: number;
  readonly difference: number;
  /** The interval of confidence 1 - 2 alpha; equivalence is that it lies inside -delta … delta. */
  readonly low: number;
  readonly high: number;
  readonly degreesOfFreedom: number;
}

export interface EquivalenceOptions {
  /** The largest difference that does not matter, chosen before the runs, in units of the metric. */
  readonly delta: number;
  readonly alpha?: number;
}

/**
 * TOST of paired differences (Schuirmann 1987): with standard error s / sqrt(n) and df = n - 1, p is the larger of
 * P(T > (mean + delta) / se) and P(T > (delta - mean) / se). "Not significantly different" is no evidence of
 * equality; this is. An infinite difference is never equivalent (p = 1). Differences that are all equal have no
 * standard error: p is then 0 inside the bounds, 1 on them and outside. Throws on fewer than 2 differences, on NaN
 * and if delta is not a finite number above 0.
 */
export function pairedEquivalence(differences: readonly number[], options: EquivalenceOptions): Equivalence {
  requireSample('differences', differences, 2);
  if (!differences.every(Number.isFinite)) return neverEquivalent(options);
  const { centre, squaredError } = moments(differences);
  return twoOneSided(centre, Math.sqrt(squaredError), differences.length - 1, options);
}

/**
 * TOST of two independent samples of unequal variances: se^2 = s_a^2 / n + s_b^2 / m, degrees of freedom by
 * Satterthwaite 1946 (Welch's t). Otherwise as {@link pairedEquivalence}.
 */
export function welchEquivalence(
  a: readonly number[],
  b: readonly number[],
  options: EquivalenceOptions,
): Equivalence {
  requireSample('first sample', a, 2);
  requireSample('second sample', b, 2);
  if (![...a, ...b].every(Number.isFinite)) return neverEquivalent(options);
  const { centre: first, squaredError: va } = moments(a);
  const { centre: second, squaredError: vb } = moments(b);
  const sum = va + vb;
  const df =
    sum === 0
      ? a.length + b.length - 2
      : (sum * sum) / ((va * va) / (a.length - 1) + (vb * vb) / (b.length - 1));
  return twoOneSided(first - second, Math.sqrt(sum), df, options);
}

/**
 * Does an interval lie inside -delta … delta? With a bootstrap interval of confidence 1 - 2 alpha of a difference
 * this is the equivalence test at level alpha for any statistic. Throws if an end is NaN.
 */
export function intervalInside({ low, high }: { low: number; high: number }, delta: number): boolean {
  requireDelta(delta);
  requireSample('ends of the interval', [low, high], 2);
  return low > -delta && high < delta;
}

function twoOneSided(
  difference: number,
  standardError: number,
  df: number,
  { delta, alpha = 0.05 }: EquivalenceOptions,
): Equivalence {
  requireDelta(delta);
  requireLevel('alpha', alpha);
  // without spread a positive distance is infinitely many standard errors, one of 0 or less is none
  const tail = (distance: number) =>
    standardError > 0 ? studentSf(distance / standardError, df) : distance > 0 ? 0 : 1;
  const pLower = tail(difference + delta);
  const pUpper = tail(delta - difference);
  const p = Math.max(pLower, pUpper);
  const half = -studentQuantile(alpha, df) * standardError;
  return {
    equivalent: p <= alpha,
    p,
    pLower,
    pUpper,
    difference,
    low: difference - half,
    high: difference + half,
    degreesOfFreedom: df,
  };
}

function neverEquivalent({ delta, alpha = 0.05 }: EquivalenceOptions): Equivalence {
  requireDelta(delta);
  requireLevel('alpha', alpha);
  return {
    equivalent: false,
    p: 1,
    pLower: 1,
    pUpper: 1,
    difference: Number.NaN,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
    degreesOfFreedom: Number.NaN,
  };
}

function moments(values: readonly number[]): { centre: number; squaredError: number } {
  // of equal values the mean may be off by a rounding, and the variance would not be 0
  if (values.every((value) => value === values[0])) return { centre: values[0], squaredError: 0 };
  return { centre: mean(values), squaredError: variance(values) / values.length };
}

function requireDelta(delta: number): void {
  requirePositive('delta', delta, ', the largest difference that does not matter');
}
