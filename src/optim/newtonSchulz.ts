import { gramOfAxis, multiply, multiplyCommuting, setDiagonal } from '../core/matrix.ts';
import type { Vec } from '../core/memory.ts';
import { iterateRounded, type RoundedIteration } from './newtonSchulzRounded.ts';
import { a, b, c } from './quintic.ts';

/** Below this many elements the iteration is done as it is written; above, through the Gram matrix. */
const LARGE = 16384;

export interface NewtonSchulzOptions {
  /** Iterations. Default 5. */
  readonly steps?: number;
  /** Keeps the norm away from 0. Default 1e-7. */
  readonly eps?: number;
  /** The norm is max(||G||, eps), as in PyTorch, instead of ||G|| + eps. Default false. */
  readonly clampNorm?: boolean;
  /** In fewer bits, as the authors' code is; in float64 unless given. See {@link iterateRounded}. */
  readonly rounded?: RoundedIteration | undefined;
}

/** Room for matrices of up to rows x columns: made once in `init`. */
export interface NewtonSchulzScratch {
  readonly X: Float64Array;
  readonly next: Float64Array;
  readonly A: Float64Array;
  readonly B: Float64Array;
  readonly C: Float64Array;
  readonly D: Float64Array;
}

/** The room for matrices of the given sizes, each [rows, columns]; they take turns in it. */
export function newtonSchulzScratch(sizes: readonly (readonly [number, number])[]): NewtonSchulzScratch {
  const whole = Math.max(0, ...sizes.map(([rows, columns]) => rows * columns));
  const square = Math.max(0, ...sizes.map(([rows, columns]) => Math.min(rows, columns) ** 2));
  const floats = (length: number) => new Float64Array(length);
  return {
    X: floats(whole),
    next: floats(whole),
    A: floats(square),
    B: floats(square),
    C: floats(square),
    D: floats(square),
  };
}

/**
 * Nearly the orthogonal factor U V^T of G = U S V^T, in place (Jordan et al. 2024, Muon): G [rows, columns] at `offset`.
 *
 *     X = G / (||G||_F + eps), transposed where rows > columns
 *     steps times:  A = X X^T,  B = b A + c A A,  X = a X + B X
 *
 * The singular values of the result lie between 0.68 and 1.14 where those of X were above 0.003, not at 1. The sources run
 * it in bfloat16; here it is float64 for every engine, unless it is to be rounded. A zero matrix stays zero.
 *
 * A large matrix is never multiplied in the loop: the X of every step is Q X_1 with Q a polynomial of A_1 = X_1 X_1^T, so
 * A_{t+1} = P A_t P and Q <- P Q with P = a I + b A_t + c A_t A_t. For 128 x 1600 that is a quarter of the operations, and
 * it differs from the loop as written by rounding only: elements by 2e-14 for Gaussian matrices, 4e-13 for nearly singular ones.
 */
export function newtonSchulz(
  G: Vec,
  offset: number,
  rows: number,
  columns: number,
  options: NewtonSchulzOptions,
  scratch: NewtonSchulzScratch,
): void {
  const { steps = 5, eps = 1e-7, clampNorm = false, rounded } = options;
  const { X } = scratch;
  let square = 0;
  for (let i = 0; i < rows * columns; i++) square += G[offset + i] * G[offset + i];
  const norm = Math.sqrt(square);
  const divisor = rounded !== undefined ? 1 : clampNorm ? Math.max(norm, eps) : norm + eps;
  const tall = rows > columns;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      X[tall ? j * rows + i : i * columns + j] = G[offset + i * columns + j] / divisor;
    }
  }
  const n = tall ? columns : rows;
  const m = tall ? rows : columns;
  const result =
    rounded !== undefined
      ? iterateRounded(scratch, { n, m, steps, eps, clampNorm }, rounded)
      : n * m >= LARGE && m >= 2 * n
        ? throughGram(scratch, n, m, steps)
        : asWritten(scratch, n, m, steps);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      G[offset + i * columns + j] = result[tall ? j * rows + i : i * columns + j];
    }
  }
}

function asWritten(scratch: NewtonSchulzScratch, n: number, m: number, steps: number): Float64Array {
  const { A, B } = scratch;
  let { X, next } = scratch;
  for (let t = 0; t < steps; t++) {
    gramOfAxis(A, X, { before: 1, size: n, after: m });
    multiply(B, A, A, n, n, n);
    for (let i = 0; i < n * n; i++) B[i] = b * A[i] + c * B[i];
    multiply(next, B, X, n, n, m);
    for (let i = 0; i < n * m; i++) next[i] += a * X[i];
    [X, next] = [next, X];
  }
  return X;
}

function throughGram(scratch: NewtonSchulzScratch, n: number, m: number, steps: number): Float64Array {
  const { X, next } = scratch;
  let { A, B: Q, C: P, D: product } = scratch;
  gramOfAxis(A, X, { before: 1, size: n, after: m });
  setDiagonal(Q, n);
  for (let t = 0; t < steps; t++) {
    multiplyCommuting(P, A, A, n);
    for (let i = 0; i < n * n; i++) P[i] = b * A[i] + c * P[i];
    for (let i = 0; i < n; i++) P[i * n + i] += a;
    multiplyCommuting(product, P, Q, n);
    [Q, product] = [product, Q];
    if (t + 1 === steps) break;
    multiplyCommuting(product, P, A, n);
    multiplyCommuting(A, product, P, n);
  }
  multiply(next, Q, X, n, n, m);
  return next;
}
