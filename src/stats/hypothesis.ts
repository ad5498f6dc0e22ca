import { InvalidInput } from '../core/check.ts';
import { normalCdf, normalSf } from './distributions.ts';

/**
 * What speaks against the null hypothesis: `greater` that the first sample (or the difference) tends to be larger, `less` smaller,
 * `two-sided` either.
 */
export type Alternative = 'two-sided' | 'less' | 'greater';

/**
 * The p-value from P(statistic <= observed) and P(statistic >= observed) under the null hypothesis. Two-sided: twice the smaller
 * tail, at most 1.
 */
export function pOfTails(alternative: Alternative, lower: number, upper: number): number {
  if (alternative === 'less') return lower;
  if (alternative === 'greater') return upper;
  return Math.min(1, 2 * Math.min(lower, upper));
}

/** The p-value of a statistic that is standard normal under the null hypothesis. */
export function pOfNormal(alternative: Alternative, z: number): number {
  return pOfTails(alternative, normalCdf(z), normalSf(z));
}

/** @throws InvalidInput if a sample has fewer than `least` values or holds a NaN. Infinities are values. */
export function requireSample(what: string, values: readonly number[], least: number): void {
  if (values.length < least)
    throw new InvalidInput(
      `invalid ${what}: got ${values.length} values, expected ${least} or more; add seeds`,
    );
  if (values.some(Number.isNaN))
    throw new InvalidInput(
      `invalid ${what}: got NaN, expected numbers; give a run without a result as Infinity or leave it out`,
    );
}

/** @throws InvalidInput for a confidence that is not strictly between 0 and 1. */
export function requireConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new InvalidInput(`invalid confidence: got ${confidence}, expected a number between 0 and 1`);
}

/**
 * a - b pair by pair, where two equal infinities differ by 0: two diverged runs are equally bad.
 * @throws InvalidInput if the samples have different lengths.
 */
export function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length)
    throw new InvalidInput(`invalid pairs: got ${a.length} and ${b.length} values, expected equally many`);
  return a.map((value, i) => (value === b[i] ? 0 : value - b[i]));
}
