import { exp, log } from '../core/math.ts';

/** The sum, with the rounding errors of the additions added up beside it (Neumaier 1974); plain where it is not finite. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
}

/** Arithmetic mean. NaN of nothing; infinite if a value is, NaN if two are of opposite sign. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** The k-th central moment, the mean of (x - mean)^k for k = 2, 3, 4. */
function centralMoment(values: readonly number[], k: 2 | 3 | 4): number {
  const centre = mean(values);
  return mean(
    values.map((value) => {
      const d = value - centre;
      return k === 2 ? d * d : k === 3 ? d * d * d : d * d * (d * d);
    }),
  );
}

/**
 * The variance with divisor n - ddof: `ddof` 1 (default) is the unbiased one (R, Excel), 0 that of the values themselves (NumPy's
 * default). NaN for n <= ddof and where a value is infinite.
 */
export function variance(values: readonly number[], ddof = 1): number {
  const n = values.length;
  return n > ddof ? (centralMoment(values, 2) * n) / (n - ddof) : Number.NaN;
}

/** The square root of the {@link variance}. */
export function standardDeviation(values: readonly number[], ddof = 1): number {
  return Math.sqrt(variance(values, ddof));
}

/** m_3 / m_2^(3/2), not corrected for bias (SciPy's default). NaN if all values are equal. */
export function skewness(values: readonly number[]): number {
  const second = centralMoment(values, 2);
  return centralMoment(values, 3) / (second * Math.sqrt(second));
}

/** m_4 / m_2^2 - 3, not corrected for bias: 0 for a normal distribution. NaN if all values are equal. */
export function excessKurtosis(values: readonly number[]): number {
  const second = centralMoment(values, 2);
  return centralMoment(values, 4) / (second * second) - 3;
}

/** exp of the mean of the logarithms. NaN if a value is negative, 0 if one is 0. */
export function geometricMean(values: readonly number[]): number {
  return exp(mean(values.map(log)));
}
