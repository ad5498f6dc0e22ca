import type { Vec } from '../core/memory.ts';
import { type NarrowFormat, roundToNearest } from '../core/rounding.ts';
import type { NewtonSchulzScratch } from './newtonSchulz.ts';
import { a, b, c } from './quintic.ts';

/** How the iteration is rounded. */
export interface RoundedIteration {
  readonly format: NarrowFormat;
  /** Every partial sum of a product is rounded to the format too; else a product is summed exactly and rounded once. */
  readonly accumulate: boolean;
}

/** What the iteration is made of: the size, how it is divided by its norm, and how often it is done. */
export interface Iteration {
  readonly n: number;
  readonly m: number;
  readonly steps: number;
  readonly eps: number;
  readonly clampNorm: boolean;
}

/**
 * The Newton-Schulz iteration as the authors' code computes it in bfloat16 (Jordan et al. 2024, muon.py), X [n, m] with n <= m: every
 * operation on matrices is rounded to the format, to the nearest. The constants keep their bits.
 *
 *     X = round(X);  X = round(X / round(round(||X||_F) + eps))
 *     steps times:  A = round(X X^T),  B = round(round(b A) + round(round(c A) A)),  X = round(round(a X) + round(B X))
 *
 * A product that is not accumulated in the format is summed in float64 and rounded once; hardware sums bfloat16 in float32, in orders of
 * its own, and some libraries in bfloat16. With `accumulate`, s = round(s + x y) from the first term on, the product exact. The result is in the matrix that is returned.
 */
export function iterateRounded(
  scratch: NewtonSchulzScratch,
  { n, m, steps, eps, clampNorm }: Iteration,
  { format, accumulate }: RoundedIteration,
): Float64Array {
  const { A, B, C } = scratch;
  let { X, next } = scratch;
  const round = (x: number) => roundToNearest(x, format);
  const product = accumulate ? accumulated(round) : summed(round);
  let square = 0;
  for (let i = 0; i < n * m; i++) {
    X[i] = round(X[i]);
    square += X[i] * X[i];
  }
  const norm = round(Math.sqrt(square));
  const divisor = clampNorm ? Math.max(norm, round(eps)) : round(norm + eps);
  for (let i = 0; i < n * m; i++) X[i] = round(X[i] / divisor);
  for (let t = 0; t < steps; t++) {
    product(A, X, X, { n, k: m, m: n, row: 1, column: m });
    for (let i = 0; i < n * n; i++) C[i] = round(c * A[i]);
    product(B, C, A, { n, k: n, m: n, row: n, column: 1 });
    for (let i = 0; i < n * n; i++) B[i] = round(round(b * A[i]) + B[i]);
    product(next, B, X, { n, k: n, m, row: m, column: 1 });
    for (let i = 0; i < n * m; i++) next[i] = round(round(a * X[i]) + next[i]);
    [X, next] = [next, X];
  }
  return X;
}

/** P [n, k] Q: element (r, j) of Q, of k rows and m columns, lies at r * row + j * column. */
interface ProductSize {
  readonly n: number;
  readonly k: number;
  readonly m: number;
  readonly row: number;
  readonly column: number;
}

type Product = (out: Vec, P: Vec, Q: Vec, size: ProductSize) => void;

function summed(round: (x: number) => number): Product {
  return (out, P, Q, { n, k, m, row, column }) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let r = 0; r < k; r++) sum += P[i * k + r] * Q[r * row + j * column];
        out[i * m + j] = round(sum);
      }
    }
  };
}

function accumulated(round: (x: number) => number): Product {
  return (out, P, Q, { n, k, m, row, column }) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let r = 0; r < k; r++) sum = round(sum + P[i * k + r] * Q[r * row + j * column]);
        out[i * m + j] = sum;
      }
    }
  };
}
