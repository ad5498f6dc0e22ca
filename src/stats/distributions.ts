import { InvalidInput } from '../core/check.ts';
import { exp, log } from '../core/math.ts';
import {
  betaTails,
  betaTerm,
  gammaTails,
  gammaTerm,
  quantileOfTails,
  type Tails,
} from './specialFunctions.ts';

/*
 * Distribution functions, survival functions (sf = 1 - cdf, with full relative accuracy where the cdf is next to 1) and quantiles.
 * Relative error below 1e-11, in the tails too, down to the smallest normal number (2e-308). NaN gives NaN as an argument; a parameter
 * outside its range throws InvalidInput.
 */

function requirePositive(what: string, value: number): void {
  if (!(value > 0)) throw new InvalidInput(`invalid ${what}: got ${value}, expected a number above 0`);
}

function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1))
    throw new InvalidInput(`invalid probability: got ${p}, expected a number from 0 to 1`);
}

/** P(Z <= z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return normalSf(-z);
}

/** P(Z > z) of the standard normal distribution. */
export function normalSf(z: number): number {
  if (Number.isNaN(z)) return z;
  const { lower, upper } = gammaTails(0.5, (z * z) / 2); // P(z^2 / 2), the chi-square distribution of z^2
  return z >= 0 ? upper / 2 : 0.5 + lower / 2;
}

/** The z with P(Z <= z) = p. -Infinity at 0, Infinity at 1; exactly 0 at 0.5. @throws InvalidInput for p outside [0, 1]. */
export function normalQuantile(p: number): number {
  requireProbability(p);
  return symmetricQuantile(p, (tails) => Math.SQRT2 * exp(logGammaQuantile(tails, 0.5) / 2));
}

/** P(T <= t) of Student's distribution with df > 0 degrees of freedom (Infinity: normal). */
export function studentCdf(t: number, df: number): number {
  return studentSf(-t, df);
}

/** P(T > t) of Student's distribution. */
export function studentSf(t: number, df: number): number {
  requirePositive('degrees of freedom', df);
  if (Number.isNaN(t) || df === Number.POSITIVE_INFINITY) return normalSf(t);
  const square = (t / df) * t; // t^2 / df
  const y = square === Number.POSITIVE_INFINITY ? 1 : square / (1 + square);
  const { lower, upper } = betaTails(1 / (1 + square), y, df / 2, 0.5);
  return t >= 0 ? lower / 2 : 0.5 + upper / 2;
}

/** The t with P(T <= t) = p; exactly 0 at 0.5. @throws InvalidInput for p outside [0, 1] or df <= 0. */
export function studentQuantile(p: number, df: number): number {
  requireProbability(p);
  requirePositive('degrees of freedom', df);
  if (df === Number.POSITIVE_INFINITY) return normalQuantile(p);
  return symmetricQuantile(p, ({ lower, upper }) => {
    const logit = betaLogitQuantile({ lower: upper, upper: lower }, df / 2, 0.5); // of df / (df + t^2)
    return Math.sqrt(df) * exp(-logit / 2);
  });
}

/** The quantile of a distribution that is symmetric about 0, from that of its magnitude. */
function symmetricQuantile(p: number, ofMagnitude: (tails: Tails) => number): number {
  if (p === 0.5) return 0;
  if (p === 0 || p === 1) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const magnitude = ofMagnitude({ lower: 2 * Math.abs(p - 0.5), upper: 2 * Math.min(p, 1 - p) });
  return p < 0.5 ? -magnitude : magnitude;
}

/** P(X <= x) of the chi-square distribution with df > 0 degrees of freedom; 0 for x <= 0. */
export function chiSquareCdf(x: number, df: number): number {
  return chiSquareTails(x, df).lower;
}

/** P(X > x) of the chi-square distribution. */
export function chiSquareSf(x: number, df: number): number {
  return chiSquareTails(x, df).upper;
}

/** The x with P(X <= x) = p of the chi-square distribution. @throws InvalidInput for p outside [0, 1] or df <= 0. */
export function chiSquareQuantile(p: number, df: number): number {
  requireProbability(p);
  requirePositive('degrees of freedom', df);
  if (p === 0 || p === 1) return p === 0 ? 0 : Number.POSITIVE_INFINITY;
  return 2 * exp(logGammaQuantile({ lower: p, upper: 1 - p }, df / 2));
}

function chiSquareTails(x: number, df: number): Tails {
  requirePositive('degrees of freedom', df);
  if (Number.isNaN(x)) return { lower: x, upper: x };
  return x <= 0 ? { lower: 0, upper: 1 } : gammaTails(df / 2, x / 2);
}

/** P(X <= x) of Fisher's F distribution with dfn and dfd > 0 degrees of freedom; 0 for x <= 0. */
export function fCdf(x: number, dfn: number, dfd: number): number {
  return fTails(x, dfn, dfd).lower;
}

/** P(X > x) of Fisher's F distribution. */
export function fSf(x: number, dfn: number, dfd: number): number {
  return fTails(x, dfn, dfd).upper;
}

/** The x with P(X <= x) = p of Fisher's F distribution. @throws InvalidInput for p outside [0, 1] or degrees of freedom <= 0. */
export function fQuantile(p: number, dfn: number, dfd: number): number {
  requireProbability(p);
  requirePositive('degrees of freedom', dfn);
  requirePositive('degrees of freedom', dfd);
  if (p === 0 || p === 1) return p === 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(betaLogitQuantile({ lower: p, upper: 1 - p }, dfn / 2, dfd / 2)) * (dfd / dfn);
}

function fTails(x: number, dfn: number, dfd: number): Tails {
  requirePositive('degrees of freedom', dfn);
  requirePositive('degrees of freedom', dfd);
  if (Number.isNaN(x)) return { lower: x, upper: x };
  if (x <= 0) return { lower: 0, upper: 1 };
  const ratio = x * (dfn / dfd);
  const share = ratio === Number.POSITIVE_INFINITY ? 1 : ratio / (1 + ratio);
  return betaTails(share, 1 / (1 + ratio), dfn / 2, dfd / 2);
}

/** P(X <= x) of the beta distribution with a, b > 0, which is I_x(a, b). */
export function betaCdf(x: number, a: number, b: number): number {
  requirePositive('shape', a);
  requirePositive('shape', b);
  return Number.isNaN(x) ? x : betaTails(x, 1 - x, a, b).lower;
}

/** The x with P(X <= x) = p of the beta distribution. @throws InvalidInput for p outside [0, 1] or shapes <= 0. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireProbability(p);
  requirePositive('shape', a);
  requirePositive('shape', b);
  if (p === 0 || p === 1) return p;
  return logistic(betaLogitQuantile({ lower: p, upper: 1 - p }, a, b));
}

/**
 * P(X <= k) for X successes of n with probability p, which is I_(1-p)(n - k, k + 1).
 * @throws InvalidInput for p outside [0, 1] or an n that is no whole number >= 0.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  requireProbability(p);
  if (!(Number.isInteger(n) && n >= 0))
    throw new InvalidInput(`invalid number of trials: got ${n}, expected a whole number >= 0`);
  if (Number.isNaN(k)) return k;
  const whole = Math.floor(k);
  if (whole < 0 || whole >= n) return whole < 0 ? 0 : 1;
  return betaTails(p, 1 - p, whole + 1, n - whole).upper;
}

function logistic(u: number): number {
  return 1 / (1 + exp(-u));
}

/** log(x / (1 - x)) of the x at which the beta distribution has these tails: exact to relative 1e-13 in x and in 1 - x. */
function betaLogitQuantile(wanted: Tails, a: number, b: number): number {
  const at = (u: number) => betaTails(logistic(u), logistic(-u), a, b);
  const slope = (u: number) => betaTerm(logistic(u), logistic(-u), a, b);
  return quantileOfTails(wanted, at, slope, [-745, 745, log(a / b)]);
}

/** log x of the x at which the gamma distribution of shape a has these tails. */
function logGammaQuantile(wanted: Tails, a: number): number {
  const at = (u: number) => gammaTails(a, exp(u));
  return quantileOfTails(wanted, at, (u) => gammaTerm(a, exp(u)), [-745, log(a + 1) + 7, log(a)]);
}
