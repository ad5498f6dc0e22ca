import { InvalidInput } from '../core/check.ts';
import { exp, expm1 } from '../core/math.ts';
import { normalCdf, studentQuantile } from './distributions.ts';
import { requireCount, requireLevel, requirePositive } from './requirements.ts';

/**
 * P(T <= t) of the noncentral t distribution, T = (Z + delta) / s with Z standard normal and df s^2 chi-square:
 *
 *     integral of Phi(t s - delta) f(s) ds,   f(s) proportional to s^(df - 1) exp(-df s^2 / 2)
 *
 * by the trapezoidal rule in u = log s, divided by the same sum of the density alone, so that no gamma function is
 * needed. The integrand is analytic and falls off at both ends, for which the rule converges exponentially (Trefethen
 * and Weideman 2014). Absolute error below 1e-12 for df >= 1 and |delta| <= 40, as the test measures it.
 */
export function noncentralStudentCdf(t: number, df: number, delta: number): number {
  return noncentralTail(t, df, delta, 1);
}

/** P(T > t): see {@link noncentralStudentCdf}. */
export function noncentralStudentSf(t: number, df: number, delta: number): number {
  return noncentralTail(t, df, delta, -1);
}

function noncentralTail(t: number, df: number, delta: number, side: 1 | -1): number {
  const logDensity = (u: number) => df * (u - expm1(2 * u) / 2); // 0 at its largest, u = 0
  const to = Math.min(Math.sqrt(NEGLIGIBLE / df), 2.5);
  let from = -to;
  while (logDensity(from) > -NEGLIGIBLE) from *= 1.25;
  // half of the narrowest width: of the density, 1 / sqrt(2 df), and of Phi(t s - delta) about its middle, 1 / |delta|
  const width = Math.max(1 / 2000, Math.min(0.2, 1 / Math.sqrt(2 * df), 1 / Math.abs(delta)));
  const points = Math.ceil((to - from) / (width / 2));
  let sum = 0;
  let weights = 0;
  for (let i = 0; i <= points; i++) {
    const u = from + (i * (to - from)) / points;
    const weight = exp(logDensity(u));
    weights += weight;
    const z = side * (t * exp(u) - delta);
    if (z > -40) sum += z > 9 ? weight : weight * normalCdf(z); // beyond, Phi is 0 or 1 to the last bit
  }
  return sum / weights;
}

/** Densities below exp(-40) of the largest are left out. */
const NEGLIGIBLE = 40;

/** An experiment to plan: a difference of means worth seeing, and how much runs differ by their seed. */
export interface PowerQuestion {
  /** The smallest difference that should be found, in the units of the metric. */
  readonly difference: number;
  /** Standard deviation of the paired differences if `paired`, else of the runs within each arm. */
  readonly deviation: number;
  readonly paired: boolean;
  readonly alpha?: number;
}

/**
 * Power of the two-sided t test with n seeds an arm: P(|T| > t_(1 - alpha/2)), T noncentral t with delta = d sqrt(n)
 * and df = n - 1 if paired, delta = d sqrt(n / 2) and df = 2 n - 2 if not, d = difference / deviation (Cohen 1988; as
 * TTestPower and TTestIndPower of statsmodels). The signed-rank test needs about 1 / 0.955 as many seeds if
 * differences are normal (its asymptotic efficiency is 3 / pi), and at least {@link seedsForSignificance}.
 */
export function powerOfTTest(n: number, question: PowerQuestion): number {
  const { alpha = 0.05, paired } = question;
  checkQuestion(question);
  requireCount('number of seeds', n, 2);
  const d = question.difference / question.deviation;
  const df = paired ? n - 1 : 2 * n - 2;
  const delta = Math.abs(d) * Math.sqrt(paired ? n : n / 2);
  if (delta === Number.POSITIVE_INFINITY) return 1;
  const critical = -studentQuantile(alpha / 2, df);
  return noncentralStudentSf(critical, df, delta) + noncentralStudentCdf(-critical, df, delta);
}

/** More seeds than this are not a plan. */
const MOST_SEEDS = 1_000_000;

/**
 * The smallest number of seeds (an arm) whose {@link powerOfTTest} is at least `power`, at least 2: doubled until it
 * is enough, then bisected, power being monotone in n. Infinity if the difference is 0 or more than a million seeds
 * are needed. Throws on a level outside (0, 1), a deviation that is not above 0 and a difference that is not finite.
 */
export function seedsFor(question: PowerQuestion & { readonly power?: number }): number {
  const { power = 0.8 } = question;
  checkQuestion(question);
  requireLevel('power', power);
  if (question.difference === 0) return Number.POSITIVE_INFINITY;
  let enough = 2;
  while (powerOfTTest(enough, question) < power) {
    enough *= 2;
    if (enough > MOST_SEEDS) return Number.POSITIVE_INFINITY;
  }
  let few = Math.max(1, enough / 2);
  while (enough - few > 1) {
    const middle = (enough + few) >> 1;
    if (powerOfTTest(middle, question) < power) few = middle;
    else enough = middle;
  }
  return enough;
}

/** Seeds that are there, and what they are asked for. */
export interface DetectableQuestion {
  /** As in {@link PowerQuestion}. */
  readonly deviation: number;
  /** Seeds, an arm if they are not paired. */
  readonly seeds: number;
  /** True unless given. */
  readonly paired?: boolean;
  readonly power?: number;
  /** For one of m comparisons alpha / m, the bar of Holm's smallest p. */
  readonly alpha?: number;
}

/**
 * The smallest difference, in units of the metric, that {@link powerOfTTest} gives `power` for: doubled until it is enough, then
 * bisected to the last bit, power being monotone in the difference. What is smaller such seeds would more often miss. It is a
 * property of seeds and spread, not of the difference that was observed (Hoenig and Heisey 2001).
 * @throws InvalidInput for fewer than 2 seeds, a level outside (0, 1), power up to alpha, and a deviation that is not above 0.
 */
export function detectableDifference(question: DetectableQuestion): number {
  const { deviation, seeds, paired = true, power = 0.8, alpha = 0.05 } = question;
  requirePositive('deviation', deviation, '; take it from a pilot of a few seeds');
  requireLevel('power', power);
  requireLevel('alpha', alpha);
  if (power <= alpha)
    throw new InvalidInput(
      `invalid power: got ${power}, expected more than alpha, ${alpha}: no difference at all has that much`,
    );
  const isEnough = (d: number) =>
    powerOfTTest(seeds, { difference: d, deviation: 1, paired, alpha }) >= power;
  let high = 1;
  while (!isEnough(high)) high *= 2;
  let low = 0;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high * deviation;
}

function checkQuestion({ difference, deviation, alpha = 0.05 }: PowerQuestion): void {
  requireLevel('alpha', alpha);
  if (!Number.isFinite(difference))
    throw new InvalidInput(`invalid difference: got ${difference}, expected a finite number`);
  requirePositive('deviation', deviation, '; take it from a pilot of a few seeds');
}

/**
 * The smallest two-sided p that the exact signed-rank test can give with n differences that are not 0: 2 / 2^n, when
 * all have the same sign (1 for n = 0 and n = 1). Ties do not change it.
 */
export function minimumSignedRankP(n: number): number {
  requireCount('number of differences', n, 0);
  return n === 0 ? 1 : 2 / 2 ** n;
}

/**
 * The smallest n for which an exact two-sided signed-rank test can give p <= alpha after Holm's correction for
 * `comparisons` tests: 2 / 2^n <= alpha / comparisons, the bar for the smallest p of the family. 6 for one test at
 * 0.05, 9 for 11 and 12 for 66 (all pairs of 12 methods).
 */
export function seedsForSignificance(comparisons: number, alpha = 0.05): number {
  requireCount('number of comparisons', comparisons, 1);
  requireLevel('alpha', alpha);
  let n = 1;
  while (minimumSignedRankP(n) * comparisons > alpha) n++;
  return n;
}
