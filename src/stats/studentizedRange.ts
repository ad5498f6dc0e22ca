import { InvalidInput } from '../core/check.ts';
import { exp, wholePower } from '../core/math.ts';
import { normalCdf } from './distributions.ts';

const STEP = 1 / 16; // of the trapezoidal rule, which is accurate to 1e-14 for a function as smooth as this
const END = 9; // the normal density is 1e-18 there

/**
 * The distribution function of the range of k standard normal values and its derivative:
 * k times the integral of phi(z) (Phi(z) - Phi(z - q))^(k - 1), over all z.
 */
function rangeOfNormals(q: number, k: number): { readonly cdf: number; readonly density: number } {
  let cdf = 0;
  let density = 0;
  for (let z = -END; z <= END + q; z += STEP) {
    const within = normalCdf(z) - normalCdf(z - q);
    const power = wholePower(within, k - 2);
    cdf += phi(z) * power * within;
    density += phi(z) * phi(z - q) * power;
  }
  return { cdf: k * STEP * cdf, density: k * (k - 1) * STEP * density };
}

function phi(z: number): number {
  return exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The upper alpha quantile q of the studentized range of k means with infinite degrees of freedom, by Newton's method. Two treatments of a Friedman
 * test differ by Nemenyi's test if their mean ranks differ by q / sqrt(2) sqrt(k (k + 1) / (6 n)) or more. Relative error below 1e-10.
 * @throws InvalidInput for k that is no whole number >= 2 or alpha outside (0, 1).
 */
export function studentizedRangeQuantile(alpha: number, k: number): number {
  if (!(Number.isInteger(k) && k >= 2 && alpha > 0 && alpha < 1))
    throw new InvalidInput(
      `invalid studentized range: got k ${k} and alpha ${alpha}, expected a whole number >= 2 and a number between 0 and 1`,
    );
  let low = 0;
  let high = 40;
  let q = 3;
  for (let i = 0; i < 100; i++) {
    const { cdf, density } = rangeOfNormals(q, k);
    const excess = cdf - (1 - alpha);
    if (excess < 0) low = q;
    else high = q;
    let next = q - excess / density;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - q) <= 1e-13 * q) return next;
    q = next;
  }
  return q;
}

/** Nemenyi's critical difference of mean ranks of k treatments over n blocks (Demsar 2006). */
export function criticalDifference(alpha: number, k: number, n: number): number {
  return (studentizedRangeQuantile(alpha, k) / Math.SQRT2) * Math.sqrt((k * (k + 1)) / (6 * n));
}
