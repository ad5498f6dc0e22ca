import { normalQuantile, studentCdf, studentQuantile, studentSf } from '../stats/distributions.ts';
import type { TTestResult } from '../stats/tTest.ts';
import { OneOf } from './answers.ts';

/** The exact quantile, or CDFLIB's where that is what was recorded. */
export function studentQuantiles(p: number, df: number): OneOf {
  return new OneOf(studentQuantile(p, df), cdflibStudentQuantile(p, df));
}

/** The ends of the interval of a t-test, exact or with CDFLIB's quantile. */
export function studentInterval(
  { df, interval: [low, high] }: Pick<TTestResult, 'df' | 'interval'>,
  confidence: number,
): readonly OneOf[] {
  const p = (1 + confidence) / 2;
  const centre = low + (high - low) / 2;
  const half = (high - low) / 2 / studentQuantile(p, df);
  // the search for the lower quantile does not end at minus the upper one
  const found = [cdflibStudentQuantile(p, df), -cdflibStudentQuantile(1 - p, df)].map((t) => half * t);
  return [
    new OneOf(low, ...found.map((distance) => centre - distance)),
    new OneOf(high, ...found.map((distance) => centre + distance)),
  ];
}

/** The relative accuracy to which CDFLIB solves for a quantile. */
const CDFLIB_TOLERANCE = 1e-8;

/**
 * Student's quantile as CDFLIB (B. Brown, J. Lovato, K. Russell 1993) finds it, and with it SciPy up to 1.10: the point where its search stops, which
 * may be 1e-8 of the value away from the quantile, where vectors allow 1e-10. So the same search is made here: a bracket in growing
 * steps from a Cornish-Fisher expansion, then algorithm R of J. Bus and T. Dekker (1975). What is more than 1e-8 away from the exact quantile is not
 * given out; the exact one is instead.
 */
export function cdflibStudentQuantile(p: number, df: number): number {
  const exact = studentQuantile(p, df);
  if (!Number.isFinite(exact) || p === 0.5) return exact;
  const excess = (t: number) => (p <= 0.5 ? studentCdf(t, df) - p : 1 - p - studentSf(t, df));
  const found = zeroByDekker(excess, bracket(excess, cornishFisher(p, df)));
  return Math.abs(found - exact) <= CDFLIB_TOLERANCE * Math.abs(exact) ? found : exact;
}

/** The start: z + (z^3 + z) / (4 df) + ... up to df^-4 (Abramowitz and Stegun 26.7.5). */
function cornishFisher(p: number, df: number): number {
  const z = normalQuantile(p);
  const s = z * z;
  const terms = [
    (s + 1) / 4,
    ((5 * s + 16) * s + 3) / 96,
    (((3 * s + 19) * s + 17) * s - 15) / 384,
    ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160,
  ];
  return terms.reduce((t, term, i) => t + (term * z) / [df, df * df, df * df * df, df * df * df * df][i], z);
}

/** From the start by steps that grow fivefold until the sign changes. */
function bracket(f: (t: number) => number, start: number): readonly [low: number, high: number] {
  const upwards = f(start) < 0;
  let step = Math.max(0.5, 0.5 * Math.abs(start));
  let [from, to] = [start, start];
  do {
    from = to;
    to = upwards ? from + step : from - step;
    step *= 5;
  } while (upwards ? f(to) < 0 : f(to) > 0);
  return upwards ? [from, to] : [to, from];
}

interface Point {
  readonly x: number;
  readonly f: number;
}

/** Where the bracket has become narrower than the tolerance: `b` is the best point, `c` the other end, `a` and `d` the points before. */
function zeroByDekker(f: (t: number) => number, [low, high]: readonly [number, number]): number {
  const point = (x: number): Point => ({ x, f: f(x) });
  let b = point(low);
  let a = point(high);
  let c = a;
  let d: Point | undefined;
  let extrapolations = 0;
  let scale = high; // as CDFLIB has it: the first tolerance is that of the bracket's upper end, unless it is the better one
  for (;;) {
    if (Math.abs(c.f) < Math.abs(b.f)) {
      if (c !== a) d = a;
      [a, b] = [b, c];
      c = a;
      scale = b.x;
    }
    const half = (c.x + b.x) / 2 - b.x;
    const tolerance = 0.5 * CDFLIB_TOLERANCE * Math.abs(scale);
    if (!(Math.abs(half) > tolerance)) return b.x;
    const step = extrapolations > 3 ? half : dekkerStep(a, b, d, half, tolerance, extrapolations === 3);
    d = a;
    a = b;
    b = point(b.x + step);
    scale = b.x;
    if (c.f * b.f >= 0) {
      c = a;
      extrapolations = 0;
    } else extrapolations = step === half ? 0 : extrapolations + 1;
  }
}

/** From `b` towards the zero of the secant through `a` and `b`, or of the hyperbola through `a`, `b` and `d` where there is one. */
function dekkerStep(
  a: Point,
  b: Point,
  d: Point | undefined,
  half: number,
  tolerance: number,
  doubled: boolean,
): number {
  let p = (b.x - a.x) * b.f;
  let q = a.f - b.f;
  if (d !== undefined) {
    const slopeB = (d.f - b.f) / (d.x - b.x);
    const slopeA = (d.f - a.f) / (d.x - a.x);
    p *= slopeA;
    q = slopeB * a.f - slopeA * b.f;
  }
  if (p < 0) [p, q] = [-p, -q];
  if (doubled) p *= 2;
  const least = half < 0 ? -tolerance : tolerance;
  if (p === 0 || p <= q * least) return least;
  return p < half * q ? p / q : half;
}
