import { InvalidInput } from '../core/check.ts';
import { atan2, exp, log } from '../core/math.ts';
import { normalQuantile, normalSf } from './distributions.ts';
import { requireSample } from './hypothesis.ts';
import { mean, sum } from './moments.ts';
import { ascending } from './ranks.ts';

/** c_0 + c_1 x + c_2 x^2 + ... */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, coefficient) => value * x + coefficient, 0);
}

// Royston's fitted polynomials (1995): of the two outermost weights in 1 / sqrt(n), of the normalised logarithm of 1 - W
const OUTERMOST = [0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056];
const SECOND = [0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633];
const SMALL = {
  shift: [-2.273, 0.459],
  mean: [0.544, -0.39978, 0.025054, -6.714e-4],
  logDeviation: [1.3822, -0.77857, 0.062767, -0.0020322],
};
const LARGE = {
  mean: [-1.5861, -0.31082, -0.083751, 0.0038915],
  logDeviation: [-0.4803, -0.082676, 0.0030302],
};

/**
 * The test of normality of S. S. Shapiro and M. B. Wilk (1965) with the approximations of P. Royston (Algorithm AS R94, 1995), which are good
 * for n from 3 to 5000. A small W and p speak against normality.
 * @throws InvalidInput for fewer than 3 or more than 5000 values, a NaN or an infinity, or values that are all equal.
 */
export function shapiroWilk(values: readonly number[]): { readonly w: number; readonly p: number } {
  requireSample('sample', values, 3);
  const sorted = values.toSorted(ascending);
  const n = sorted.length;
  if (n > 5000) throw new InvalidInput(`invalid sample: got ${n} values, expected at most 5000`);
  if (!Number.isFinite(sorted[n - 1] - sorted[0]) || sorted[0] === sorted[n - 1])
    throw new InvalidInput(
      `invalid sample: got values from ${sorted[0]} to ${sorted[n - 1]}, expected finite ones that are not all equal`,
    );
  const scaled = sorted.map((value) => (value - sorted[0]) / (sorted[n - 1] - sorted[0]));
  const centre = mean(scaled);
  const weighted = sum(shapiroWeights(n).map((weight, i) => weight * (scaled[n - 1 - i] - scaled[i])));
  const squares = sum(scaled.map((value) => (value - centre) * (value - centre)));
  const w = Math.min(1, (weighted * weighted) / squares);
  return { w, p: shapiroP(w, n) };
}

/** Of the differences of the order statistics, from the outermost pair inwards. */
function shapiroWeights(n: number): number[] {
  if (n === 3) return [Math.SQRT1_2];
  const scores = Array.from(
    { length: Math.floor(n / 2) },
    (_, i) => -normalQuantile((i + 1 - 0.375) / (n + 0.25)),
  );
  const squares = 2 * sum(scores.map((score) => score * score));
  const root = 1 / Math.sqrt(n);
  const fixed = (n > 5 ? [OUTERMOST, SECOND] : [OUTERMOST]).map(
    (coefficients, i) => polynomial(coefficients, root) + scores[i] / Math.sqrt(squares),
  );
  const left = squares - 2 * sum(fixed.map((_, i) => scores[i] * scores[i]));
  const factor = Math.sqrt(left / (1 - 2 * sum(fixed.map((weight) => weight * weight))));
  return scores.map((score, i) => fixed[i] ?? score / factor);
}

function shapiroP(w: number, n: number): number {
  const asin = (x: number) => atan2(x, Math.sqrt((1 - x) * (1 + x)));
  if (n === 3) return Math.max(0, (6 / Math.PI) * (asin(Math.sqrt(w)) - asin(Math.sqrt(0.75))));
  const y = log(1 - w);
  if (n > 11) {
    const deviation = exp(polynomial(LARGE.logDeviation, log(n)));
    return normalSf((y - polynomial(LARGE.mean, log(n))) / deviation);
  }
  const shift = polynomial(SMALL.shift, n);
  if (y >= shift) return 0;
  return normalSf((-log(shift - y) - polynomial(SMALL.mean, n)) / exp(polynomial(SMALL.logDeviation, n)));
}
