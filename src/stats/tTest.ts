import { InvalidInput } from '../core/check.ts';
import type { Interval } from './bootstrap.ts';
import { fSf, studentCdf, studentQuantile, studentSf } from './distributions.ts';
import {
  type Alternative,
  pairedDifferences,
  pOfTails,
  requireConfidence,
  requireSample,
} from './hypothesis.ts';
import { mean, sum, variance } from './moments.ts';

/*
 * Tests for values that are normal or many. Of values without any spread t is infinite, or NaN (with p NaN) if there is
 * no difference either. Infinite values have no mean and give NaN: use ranks for samples with diverged runs.
 */

export interface TTestOptions {
  readonly alternative?: Alternative;
  /** Of the two-sided interval, 0.95 by default. */
  readonly confidence?: number;
}

export interface TTestResult {
  readonly t: number;
  readonly df: number;
  readonly p: number;
  /** Of the mean or of the difference of means, two-sided. */
  readonly interval: Interval;
}

/** Student's test that the mean of one sample is mu. @throws InvalidInput for fewer than 2 values or a NaN. */
export function oneSampleTTest(values: readonly number[], mu = 0, options: TTestOptions = {}): TTestResult {
  requireSample('sample', values, 2);
  const n = values.length;
  return tTest(mean(values), mu, Math.sqrt(variance(values) / n), n - 1, options);
}

/** The one-sample test of a - b, pair by pair. @throws InvalidInput for different lengths, fewer than 2 pairs or a NaN. */
export function pairedTTest(
  a: readonly number[],
  b: readonly number[],
  options: TTestOptions = {},
): TTestResult {
  return oneSampleTTest(pairedDifferences(a, b), 0, options);
}

/** Student's test that two samples of equal variance have the same mean. @throws InvalidInput for fewer than 2 values or a NaN. */
export function studentTTest(
  a: readonly number[],
  b: readonly number[],
  options: TTestOptions = {},
): TTestResult {
  const pooled = pooledVariance(a, b);
  const error = Math.sqrt(pooled * (1 / a.length + 1 / b.length));
  return tTest(mean(a) - mean(b), 0, error, a.length + b.length - 2, options);
}

/**
 * B. L. Welch's test (1947) that two samples have the same mean, whatever their variances, with the degrees of freedom of
 * Satterthwaite: (u + v)^2 / (u^2 / (n - 1) + v^2 / (m - 1)), u = var(a) / n, v = var(b) / m.
 * @throws InvalidInput for fewer than 2 values or a NaN.
 */
export function welchTTest(
  a: readonly number[],
  b: readonly number[],
  options: TTestOptions = {},
): TTestResult {
  requireSample('first sample', a, 2);
  requireSample('second sample', b, 2);
  const u = variance(a) / a.length;
  const v = variance(b) / b.length;
  const df =
    u + v === 0
      ? a.length + b.length - 2
      : ((u + v) * (u + v)) / ((u * u) / (a.length - 1) + (v * v) / (b.length - 1));
  return tTest(mean(a) - mean(b), 0, Math.sqrt(u + v), df, options);
}

function tTest(
  estimate: number,
  mu: number,
  error: number,
  df: number,
  { alternative = 'two-sided', confidence = 0.95 }: TTestOptions,
): TTestResult {
  requireConfidence(confidence);
  const t = (estimate - mu) / error;
  if (Number.isNaN(t) && error !== 0) return { t, df, p: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const half = -studentQuantile((1 - confidence) / 2, df) * error;
  const p = Number.isNaN(t) ? t : pOfTails(alternative, studentCdf(t, df), studentSf(t, df));
  return { t, df, p, interval: [estimate - half, estimate + half] };
}

function pooledVariance(a: readonly number[], b: readonly number[]): number {
  requireSample('first sample', a, 2);
  requireSample('second sample', b, 2);
  const squares = (a.length - 1) * variance(a) + (b.length - 1) * variance(b);
  return squares / (a.length + b.length - 2);
}

/** Cohen's d, the difference of means in pooled standard deviations. @throws InvalidInput for fewer than 2 values or a NaN. */
export function cohensD(a: readonly number[], b: readonly number[]): number {
  return (mean(a) - mean(b)) / Math.sqrt(pooledVariance(a, b));
}

/** Hedges' g, d (1 - 3 / (4 (n + m) - 9)): d without most of its bias in small samples. */
export function hedgesG(a: readonly number[], b: readonly number[]): number {
  return cohensD(a, b) * (1 - 3 / (4 * (a.length + b.length) - 9));
}

export interface FTestResult {
  readonly f: number;
  readonly p: number;
  readonly df: readonly [between: number, within: number];
}

/**
 * One-way analysis of variance: do k groups of equal variance have the same mean? f is Infinity if only the groups differ, NaN if
 * all values are equal.
 * @throws InvalidInput for fewer than 2 groups, an empty group, no more values than groups, or a NaN.
 */
export function oneWayAnova(groups: readonly (readonly number[])[]): FTestResult {
  const n = groups.reduce((total, group) => total + group.length, 0);
  if (groups.length < 2 || n <= groups.length)
    throw new InvalidInput(
      `invalid groups: got ${groups.length} with ${n} values, expected 2 or more groups with more values than groups`,
    );
  for (const [i, group] of groups.entries()) requireSample(`group ${i}`, group, 1);
  const centre = mean(groups.flat());
  const means = groups.map(mean);
  const between = sum(groups.map(({ length }, i) => length * (means[i] - centre) * (means[i] - centre)));
  const within = sum(
    groups.flatMap((group, i) => group.map((value) => (value - means[i]) * (value - means[i]))),
  );
  const df = [groups.length - 1, n - groups.length] as const;
  const f = between / df[0] / (within / df[1]);
  return { f, p: fSf(f, ...df), df };
}
