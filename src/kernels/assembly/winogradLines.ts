/**
 * The six matrices of F(4x4, 3x3), each as a function of one line of a tile: `from` and `to` are four lanes of the
 * line's first element, the steps lead to the next. A tile is transformed line by line along both axes.
 *
 * For the points 0, p, -p, q, -q and infinity, with d a line of 6 inputs, g of 3 weights, y of 4 outputs:
 *   y = A^T [(G g) * (B^T d)]
 *   B^T: row of a point x_i holds the coefficients of prod over j != i of (x - x_j)
 *   G:   row of x_i is (1, x_i, x_i^2) / prod over j != i of (x_i - x_j)
 *   A^T: column of x_i is (1, x_i, x_i^2, x_i^3)
 * The gradients of these three products are the same with every matrix transposed.
 *
 * p = 3/4 and q = 3/2 in place of the usual 1 and 2: B and A stay exact in float32 and the rounding error falls to half
 * (docs/performance.md).
 *
 * Winograd 1980; Lavin and Gray 2016, "Fast algorithms for convolutional neural networks"; on the points Barabasz et
 * al. 2020, "Error analysis and improving the accuracy of Winograd convolution for deep neural networks".
 */
import { WINOGRAD_FACTORS } from './simd';

const p: f32 = 0.75;
const q: f32 = 1.5;
const p2: f32 = p * p;
const q2: f32 = q * q;

// The factors lie in memory, because a load is faster than what V8 makes of a constant vector (three instructions each time).
const P: usize = WINOGRAD_FACTORS;
const Q: usize = WINOGRAD_FACTORS + 4;
const P2: usize = WINOGRAD_FACTORS + 8;
const Q2: usize = WINOGRAD_FACTORS + 12;
/** x^4 - SUM x^2 + PRODUCT = (x^2 - p^2) (x^2 - q^2) */
const SUM: usize = WINOGRAD_FACTORS + 16;
const PRODUCT: usize = WINOGRAD_FACTORS + 20;
/** 1 / prod over j != i of (x_i - x_j) for 0, for both p and for both q. */
const G0: usize = WINOGRAD_FACTORS + 24;
const GP: usize = WINOGRAD_FACTORS + 28;
const GQ: usize = WINOGRAD_FACTORS + 32;

/** To be called before any line. */
export function setFactors(): void {
  store<f32>(P, p);
  store<f32>(Q, q);
  store<f32>(P2, p2);
  store<f32>(Q2, q2);
  store<f32>(SUM, p2 + q2);
  store<f32>(PRODUCT, p2 * q2);
  store<f32>(G0, 1.0 / (p2 * q2));
  store<f32>(GP, 1.0 / (2.0 * p2 * (p2 - q2)));
  store<f32>(GQ, 1.0 / (2.0 * q2 * (q2 - p2)));
}

function times(factor: usize, x: v128): v128 {
  return f32x4.mul(v128.load32_splat(factor), x);
}

/** By way of memory a sum would wait for the store before it. `adds` is a constant where this is called. */
export function put(adds: bool, to: usize, x: v128): void {
  v128.store(to, adds ? f32x4.add(v128.load(to), x) : x);
}

/** A class because TypeScript allows `@inline` on methods only: called twelve times a tile, a line must not be a call. */
export class Line {
  /** B^T, 6 to 6: a line of an image. */
  @inline
  static input(from: usize, step: usize, to: usize, toStep: usize): void {
    const d0 = v128.load(from);
    from += step;
    const d1 = v128.load(from);
    from += step;
    const d2 = v128.load(from);
    from += step;
    const d3 = v128.load(from);
    from += step;
    const d4 = v128.load(from);
    from += step;
    const d5 = v128.load(from);
    const evenP = f32x4.sub(d4, times(Q2, d2));
    const oddP = times(P, f32x4.sub(d3, times(Q2, d1)));
    const evenQ = f32x4.sub(d4, times(P2, d2));
    const oddQ = times(Q, f32x4.sub(d3, times(P2, d1)));
    v128.store(to, f32x4.add(f32x4.sub(d4, times(SUM, d2)), times(PRODUCT, d0)));
    to += toStep;
    v128.store(to, f32x4.add(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.sub(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.add(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.sub(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.add(f32x4.sub(d5, times(SUM, d3)), times(PRODUCT, d1)));
  }

  /** A^T, 6 to 4: a line of an output. */
  @inline
  static output(from: usize, step: usize, to: usize, toStep: usize): void {
    const m0 = v128.load(from);
    from += step;
    const m1 = v128.load(from);
    from += step;
    const m2 = v128.load(from);
    from += step;
    const m3 = v128.load(from);
    from += step;
    const m4 = v128.load(from);
    from += step;
    const m5 = v128.load(from);
    const evenP = f32x4.add(m1, m2);
    const oddP = times(P, f32x4.sub(m1, m2));
    const evenQ = f32x4.add(m3, m4);
    const oddQ = times(Q, f32x4.sub(m3, m4));
    v128.store(to, f32x4.add(f32x4.add(m0, evenP), evenQ));
    to += toStep;
    v128.store(to, f32x4.add(oddP, oddQ));
    to += toStep;
    v128.store(to, f32x4.add(times(P2, evenP), times(Q2, evenQ)));
    to += toStep;
    v128.store(to, f32x4.add(f32x4.add(times(P2, oddP), times(Q2, oddQ)), m5));
  }

  /** A, 4 to 6: a line of an output's gradient. */
  @inline
  static outputGradient(from: usize, step: usize, to: usize, toStep: usize): void {
    const y0 = v128.load(from);
    from += step;
    const y1 = v128.load(from);
    from += step;
    const y2 = v128.load(from);
    from += step;
    const y3 = v128.load(from);
    const evenP = f32x4.add(y0, times(P2, y2));
    const oddP = times(P, f32x4.add(y1, times(P2, y3)));
    const evenQ = f32x4.add(y0, times(Q2, y2));
    const oddQ = times(Q, f32x4.add(y1, times(Q2, y3)));
    v128.store(to, y0);
    to += toStep;
    v128.store(to, f32x4.add(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.sub(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.add(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.sub(evenQ, oddQ));
    to += toStep;
    v128.store(to, y3);
  }

  /** B, 6 to 6: a line of an image's gradient, added to what is there or in its place. */
  @inline
  static inputGradient(from: usize, step: usize, to: usize, toStep: usize, adds: bool): void {
    const v0 = v128.load(from);
    from += step;
    const v1 = v128.load(from);
    from += step;
    const v2 = v128.load(from);
    from += step;
    const v3 = v128.load(from);
    from += step;
    const v4 = v128.load(from);
    from += step;
    const v5 = v128.load(from);
    const evenP = f32x4.add(v1, v2);
    const oddP = times(P, f32x4.sub(v1, v2));
    const evenQ = f32x4.add(v3, v4);
    const oddQ = times(Q, f32x4.sub(v3, v4));
    put(adds, to, times(PRODUCT, v0));
    to += toStep;
    put(adds, to, f32x4.sub(f32x4.sub(times(PRODUCT, v5), times(Q2, oddP)), times(P2, oddQ)));
    to += toStep;
    put(adds, to, f32x4.neg(f32x4.add(f32x4.add(times(SUM, v0), times(Q2, evenP)), times(P2, evenQ))));
    to += toStep;
    put(adds, to, f32x4.sub(f32x4.add(oddP, oddQ), times(SUM, v5)));
    to += toStep;
    put(adds, to, f32x4.add(f32x4.add(v0, evenP), evenQ));
    to += toStep;
    put(adds, to, v5);
  }

  /** G, 3 to 6: a line of a weight. */
  @inline
  static weight(from: usize, step: usize, to: usize, toStep: usize): void {
    const g0 = v128.load(from);
    from += step;
    const g1 = v128.load(from);
    from += step;
    const g2 = v128.load(from);
    const evenP = f32x4.add(g0, times(P2, g2));
    const oddP = times(P, g1);
    const evenQ = f32x4.add(g0, times(Q2, g2));
    const oddQ = times(Q, g1);
    v128.store(to, times(G0, g0));
    to += toStep;
    v128.store(to, times(GP, f32x4.add(evenP, oddP)));
    to += toStep;
    v128.store(to, times(GP, f32x4.sub(evenP, oddP)));
    to += toStep;
    v128.store(to, times(GQ, f32x4.add(evenQ, oddQ)));
    to += toStep;
    v128.store(to, times(GQ, f32x4.sub(evenQ, oddQ)));
    to += toStep;
    v128.store(to, g2);
  }

  /** G^T, 6 to 3: a line of a weight's gradient. */
  @inline
  static weightGradient(from: usize, step: usize, to: usize, toStep: usize): void {
    const u0 = v128.load(from);
    from += step;
    const u1 = v128.load(from);
    from += step;
    const u2 = v128.load(from);
    from += step;
    const u3 = v128.load(from);
    from += step;
    const u4 = v128.load(from);
    from += step;
    const u5 = v128.load(from);
    const evenP = times(GP, f32x4.add(u1, u2));
    const oddP = times(GP, f32x4.sub(u1, u2));
    const evenQ = times(GQ, f32x4.add(u3, u4));
    const oddQ = times(GQ, f32x4.sub(u3, u4));
    v128.store(to, f32x4.add(f32x4.add(times(G0, u0), evenP), evenQ));
    to += toStep;
    v128.store(to, f32x4.add(times(P, oddP), times(Q, oddQ)));
    to += toStep;
    v128.store(to, f32x4.add(f32x4.add(times(P2, evenP), times(Q2, evenQ)), u5));
  }
}
