import { InvalidInput } from '../core/check.ts';
import { log1p, tanh } from '../core/math.ts';
import type { Interval } from './bootstrap.ts';
import { normalQuantile, studentCdf, studentSf } from './distributions.ts';
import { type Alternative, pOfTails, requireConfidence, requireSample } from './hypothesis.ts';
import { mean } from './moments.ts';
import { midRanks } from './ranks.ts';

export interface CorrelationResult {
  readonly coefficient: number;
  readonly p: number;
}

/**
 * Pearson's r, with the p-value of Student's t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom. NaN if x or y is constant or
 * holds an infinity; p is 1 for n = 2 (two points are always on a line).
 * @throws InvalidInput for different lengths, fewer than 2 pairs or a NaN; so do the others.
 */
export function pearson(
  x: readonly number[],
  y: readonly number[],
  alternative: Alternative = 'two-sided',
): CorrelationResult {
  requirePairs(x, y);
  const r = productMoment(x, y);
  return { coefficient: r, p: pOfCorrelation(r, x.length, alternative) };
}

/** Spearman's rho, Pearson's r of the mid-ranks, with the same approximate p-value. Infinities rank last. */
export function spearman(
  x: readonly number[],
  y: readonly number[],
  alternative: Alternative = 'two-sided',
): CorrelationResult {
  requirePairs(x, y);
  const rho = productMoment(midRanks(x).ranks, midRanks(y).ranks);
  return { coefficient: rho, p: pOfCorrelation(rho, x.length, alternative) };
}

/**
 * The interval tanh(atanh(r) -+ z / sqrt(n - 3)) of Pearson's r (R. A. Fisher 1921); [-1, 1] for n <= 3, [r, r] for r = -1 and r = 1.
 * @throws InvalidInput for a confidence outside (0, 1).
 */
export function fisherInterval(r: number, n: number, confidence = 0.95): Interval {
  requireConfidence(confidence);
  if (Number.isNaN(r)) return [r, r];
  if (Math.abs(r) >= 1) return [r, r];
  if (n <= 3) return [-1, 1];
  const centre = (log1p(r) - log1p(-r)) / 2;
  const half = -normalQuantile((1 - confidence) / 2) / Math.sqrt(n - 3);
  return [tanh(centre - half), tanh(centre + half)];
}

function productMoment(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const r = xy / Math.sqrt(xx) / Math.sqrt(yy);
  return Math.min(1, Math.max(-1, r)); // NaN stays NaN
}

function pOfCorrelation(r: number, n: number, alternative: Alternative): number {
  if (Number.isNaN(r) || n === 2) return Number.isNaN(r) ? r : 1;
  const t = r * Math.sqrt((n - 2) / ((1 - r) * (1 + r)));
  return pOfTails(alternative, studentCdf(t, n - 2), studentSf(t, n - 2));
}

/** @throws InvalidInput for different lengths, fewer than 2 pairs or a NaN. */
export function requirePairs(x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length)
    throw new InvalidInput(`invalid pairs: got ${x.length} and ${y.length} values, expected equally many`);
  requireSample('x', x, 2);
  requireSample('y', y, 2);
}
