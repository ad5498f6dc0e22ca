import { InvalidInput } from '../core/check.ts';
import { mean } from './moments.ts';
import { ascending } from './ranks.ts';
import { median } from './summary.ts';

/** The nine definitions of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", 1996. */
export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** The plotting positions of the continuous types: the quantile stands at alpha + p (n + 1 - alpha - beta), counted from 1. */
const POSITIONS: Readonly<Record<number, readonly [alpha: number, beta: number]>> = {
  4: [0, 1], // linear interpolation of the empirical distribution function
  5: [0.5, 0.5], // Hazen
  6: [0, 0], // Weibull; Minitab, SPSS
  7: [1, 1], // NumPy, R, Excel
  8: [1 / 3, 1 / 3], // unbiased for the median, whatever the distribution
  9: [3 / 8, 3 / 8], // nearly unbiased for a normal distribution
};

/** np within this share of a whole number counts as whole: 0.1 * 30 should not be 3.0000000000000004. */
const WHOLE = 4 * Number.EPSILON;

/**
 * The p-quantile of a sample, by default of type 7 (NumPy, R): linear between the order statistics around position 1 + p (n - 1). Infinity is a
 * value like others, and what lies between it and a number is infinite. NaN of an empty sample, of one with a NaN, and between
 * -Infinity and Infinity.
 * @throws InvalidInput for p outside [0, 1] or an unknown type.
 */
export function quantile(values: readonly number[], p: number, type: QuantileType = 7): number {
  return sortedQuantile(values.toSorted(ascending), p, type);
}

/** {@link quantile} of values in ascending order. */
export function sortedQuantile(sorted: readonly number[], p: number, type: QuantileType = 7): number {
  if (!(p >= 0 && p <= 1))
    throw new InvalidInput(`invalid quantile: got ${p}, expected a number from 0 to 1`);
  if (sorted.length === 0 || sorted.some(Number.isNaN)) return Number.NaN;
  const n = sorted.length;
  const at = (position: number) => sorted[Math.min(Math.max(position, 1), n) - 1];
  if (type === 1 || type === 2 || type === 3) {
    const below = wholeBelow(n * p);
    const whole = below.rest === 0;
    if (type === 2) return whole ? between(at(below.whole), at(below.whole + 1), 0.5) : at(below.whole + 1);
    if (type === 1) return at(whole ? below.whole : below.whole + 1);
    const nearest = wholeBelow(n * p - 0.5); // a tie between two goes to the even one
    return at(nearest.rest === 0 && nearest.whole % 2 === 0 ? nearest.whole : nearest.whole + 1);
  }
  const positions = POSITIONS[type];
  if (positions === undefined)
    throw new InvalidInput(`invalid type of quantile: got ${type}, expected 1 to 9; 7 is NumPy's`);
  const [alpha, beta] = positions;
  const { whole, rest } = wholeBelow(alpha + p * (n + 1 - alpha - beta));
  return between(at(whole), at(whole + 1), rest);
}

function wholeBelow(position: number): { readonly whole: number; readonly rest: number } {
  const nearest = Math.floor(position + 0.5);
  if (Math.abs(position - nearest) <= WHOLE * Math.max(1, nearest)) return { whole: nearest, rest: 0 };
  const whole = Math.floor(position);
  return { whole, rest: position - whole };
}

/** low + share (high - low), from the nearer end; exact for equal and for infinite ends. */
function between(low: number, high: number, share: number): number {
  if (low === high || share === 0) return low;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return low + high;
  const distance = high - low;
  if (!Number.isFinite(distance)) return low * (1 - share) + high * share;
  return share < 0.5 ? low + share * distance : high - (1 - share) * distance;
}

/**
 * The mean without the floor(share n) smallest and as many largest values (SciPy's `trim_mean`). NaN of nothing.
 * @throws InvalidInput for a share outside [0, 0.5).
 */
export function trimmedMean(values: readonly number[], share: number): number {
  if (!(share >= 0 && share < 0.5))
    throw new InvalidInput(`invalid share to trim: got ${share}, expected a number from 0 to below 0.5`);
  const cut = Math.floor(share * values.length);
  return mean(values.toSorted(ascending).slice(cut, values.length - cut));
}

/**
 * IQM, the mean of the middle half: floor(n / 4) values are left out at each end, so that a quarter of diverged runs does not move
 * it and fewer than 4 values are simply averaged (Agarwal et al., "Deep reinforcement learning at the edge of the statistical
 * precipice", 2021). Infinite when more than that are; NaN of nothing and where a NaN is.
 */
export function interquartileMean(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Number.NaN : trimmedMean(values, 0.25);
}

/** The distance of the quartiles of type 7. NaN where both are infinite. */
export function interquartileRange(values: readonly number[], type: QuantileType = 7): number {
  return quantile(values, 0.75, type) - quantile(values, 0.25, type);
}

/** The median of |x - median|, without the factor 1.4826 that makes it the standard deviation of a normal distribution. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const centre = median(values);
  return median(values.map((value) => (value === centre ? 0 : Math.abs(value - centre))));
}
