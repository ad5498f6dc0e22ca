/**
 * The matrices of one line of a tile at stride 2, as winogradLines.ts has them for stride 1. A line of 9 inputs d falls into
 * the even ones, e, and the odd ones, o:
 *   y[p] = (e[p] g[0] + e[p + 1] g[2]) + o[p] g[1], p < 4
 * The bracket is a convolution with stride 1, by F(4, 2) at the points p, -p, q, -q and infinity: 5 multiplications. The
 * odd inputs need the 4 of the definition and no transform. Together 9 in place of 12.
 *
 *   B^T: row of a point x_i holds the coefficients of prod over j != i of (x - x_j)
 *   G:   row of x_i is (1, x_i) / prod over j != i of (x_i - x_j)
 *   A^T: column of x_i is (1, x_i, x_i^2, x_i^3)
 *
 * With p = 1/2 and q = 1 (so that nothing is multiplied by q) A and B are exact in float32.
 */
import { WINOGRAD_FACTORS } from './simd';
import { put } from './winogradLines';

const p: f32 = 0.5;
const p2: f32 = p * p;

// in memory for the reason that winogradLines.ts gives
const P: usize = WINOGRAD_FACTORS;
const P2: usize = WINOGRAD_FACTORS + 4;
/** x^4 - SUM x^2 + p^2 = (x^2 - p^2) (x^2 - 1) */
const SUM: usize = WINOGRAD_FACTORS + 8;
/** 1 / prod over j != i of (x_i - x_j) for p, and x_i times it; both for q. For -p and -q the first is negative. */
const G0P: usize = WINOGRAD_FACTORS + 12;
const G2P: usize = WINOGRAD_FACTORS + 16;
const GQ: usize = WINOGRAD_FACTORS + 20;

/** To be called before any line. */
export function setFactors(): void {
  store<f32>(P, p);
  store<f32>(P2, p2);
  store<f32>(SUM, p2 + 1.0);
  store<f32>(G0P, 1.0 / (2.0 * p * (p2 - 1.0)));
  store<f32>(G2P, 1.0 / (2.0 * (p2 - 1.0)));
  store<f32>(GQ, 1.0 / (2.0 * (1.0 - p2)));
}

function times(factor: usize, x: v128): v128 {
  return f32x4.mul(v128.load32_splat(factor), x);
}

/** The elements of a line: first the five of the points, then the four odd ones, each group with a step of its own. */
export class PhaseLine {
  /** B^T, 5 to 5: the even inputs. */
  @inline
  static input(from: usize, step: usize, to: usize, toStep: usize): void {
    const e0 = v128.load(from);
    from += step;
    const e1 = v128.load(from);
    from += step;
    const e2 = v128.load(from);
    from += step;
    const e3 = v128.load(from);
    from += step;
    const e4 = v128.load(from);
    const evenP = f32x4.sub(e3, e1);
    const oddP = times(P, f32x4.sub(e2, e0));
    const evenQ = f32x4.sub(e3, times(P2, e1));
    const quarter = times(P2, e0);
    const oddQ = f32x4.sub(e2, quarter);
    v128.store(to, f32x4.add(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.sub(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.add(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.sub(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.add(f32x4.sub(e4, times(SUM, e2)), quarter));
  }

  /** A^T, 5 to 4, and the products of the odd inputs. */
  @inline
  static output(from: usize, step: usize, odd: usize, to: usize, toStep: usize): void {
    const m0 = v128.load(from);
    from += step;
    const m1 = v128.load(from);
    from += step;
    const m2 = v128.load(from);
    from += step;
    const m3 = v128.load(from);
    from += step;
    const m4 = v128.load(from);
    const evenP = f32x4.add(m0, m1);
    const oddP = times(P, f32x4.sub(m0, m1));
    const evenQ = f32x4.add(m2, m3);
    const oddQ = f32x4.sub(m2, m3);
    v128.store(to, f32x4.add(f32x4.add(evenP, evenQ), v128.load(odd)));
    to += toStep;
    odd += step;
    v128.store(to, f32x4.add(f32x4.add(oddP, oddQ), v128.load(odd)));
    to += toStep;
    odd += step;
    v128.store(to, f32x4.add(f32x4.add(times(P2, evenP), evenQ), v128.load(odd)));
    to += toStep;
    odd += step;
    v128.store(to, f32x4.add(f32x4.add(f32x4.add(times(P2, oddP), oddQ), m4), v128.load(odd)));
  }

  /** A, 4 to 5. */
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
    const evenQ = f32x4.add(y0, y2);
    const oddQ = f32x4.add(y1, y3);
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

  /** B, 5 to 5: the gradient of the even inputs, added to what is there or in its place. */
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
    const evenP = f32x4.add(v0, v1);
    const oddP = times(P, f32x4.sub(v0, v1));
    const evenQ = f32x4.add(v2, v3);
    const oddQ = f32x4.sub(v2, v3);
    put(adds, to, f32x4.sub(times(P2, f32x4.sub(v4, oddQ)), oddP));
    to += toStep;
    put(adds, to, f32x4.neg(f32x4.add(evenP, times(P2, evenQ))));
    to += toStep;
    put(adds, to, f32x4.sub(f32x4.add(oddP, oddQ), times(SUM, v4)));
    to += toStep;
    put(adds, to, f32x4.add(evenP, evenQ));
    to += toStep;
    put(adds, to, v4);
  }

  /** G, 3 to 6: five for the even inputs, then the weight of the odd ones. */
  @inline
  static weight(from: usize, step: usize, to: usize, toStep: usize): void {
    const g0 = v128.load(from);
    from += step;
    const g1 = v128.load(from);
    from += step;
    const g2 = v128.load(from);
    const evenP = times(G2P, g2);
    const oddP = times(G0P, g0);
    const evenQ = times(GQ, g2);
    const oddQ = times(GQ, g0);
    v128.store(to, f32x4.add(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.sub(evenP, oddP));
    to += toStep;
    v128.store(to, f32x4.add(evenQ, oddQ));
    to += toStep;
    v128.store(to, f32x4.sub(evenQ, oddQ));
    to += toStep;
    v128.store(to, g2);
    to += toStep;
    v128.store(to, g1);
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
    const oddP = times(G0P, f32x4.sub(u0, u1));
    const oddQ = times(GQ, f32x4.sub(u2, u3));
    const evenP = times(G2P, f32x4.add(u0, u1));
    const evenQ = times(GQ, f32x4.add(u2, u3));
    v128.store(to, f32x4.add(oddP, oddQ));
    to += toStep;
    v128.store(to, u5);
    to += toStep;
    v128.store(to, f32x4.add(f32x4.add(evenP, evenQ), u4));
  }

  /** The four odd elements of a line go as they are, or are added. */
  @inline
  static copy(from: usize, step: usize, to: usize, toStep: usize, adds: bool): void {
    put(adds, to, v128.load(from));
    to += toStep;
    from += step;
    put(adds, to, v128.load(from));
    to += toStep;
    from += step;
    put(adds, to, v128.load(from));
    to += toStep;
    from += step;
    put(adds, to, v128.load(from));
  }
}
