import type { Vec } from '../core/memory.ts';
import { elementsOf, type Shape } from '../core/shape.ts';
import type { WindowGeometry } from '../kernels/kernels.ts';
import type { Flops } from './flops.ts';
import type { Layer, LayerPlan } from './layer.ts';
import { type Pair, pair, poolGeometry } from './window.ts';

export interface AvgPoolOptions {
  /** Rows and columns of the window. */
  readonly size: Pair;
  /** The size if it is not given: windows that touch and do not overlap. */
  readonly stride?: Pair;
  /** At most half the size. */
  readonly padding?: Pair;
  /** Whether zeros of the padding count in the mean: PyTorch does so by default, TensorFlow never. */
  readonly countPadding?: boolean;
  /** Whether rows and columns left over below and to the right get a window of their own (PyTorch's ceil_mode). */
  readonly ceil?: boolean;
}

/**
 * The mean of each window and channel. What a window of `ceil` has beyond the padding never counts.
 * @throws InvalidInput if a size is not a whole number, the padding is too large or the window does not fit.
 */
export function avgPool(options: AvgPoolOptions): LayerPlan {
  const { size, stride = size, padding = 0, countPadding = true, ceil = false } = options;
  return (inShape) => {
    const g = poolGeometry('avgPool', inShape, { size, stride, padding, ceil });
    if (!ceil || !countPadding) return averageLayer('avgPool', inShape, g, countPadding);
    const [padH, padW] = pair('avgPool padding', padding, 0);
    return meansLayer('avgPool', inShape, {
      rows: windows(g.P, g.strideH, g.R, padH, g.H),
      columns: windows(g.Q, g.strideW, g.S, padW, g.W),
    });
  };
}

/** The mean of each channel over the whole image: H x W x C becomes 1 x 1 x C (Lin, Chen and Yan 2014). */
export function globalAvgPool(): LayerPlan {
  return (inShape) => {
    const size = [inShape.H, inShape.W] as const;
    const g = poolGeometry('globalAvgPool', inShape, { size, stride: 1, padding: 0 });
    return averageLayer('globalAvgPool', inShape, g, true);
  };
}

/**
 * Means over as many windows as the output is to have: row p is the mean of the rows floor(p*H/P) to ceil((p+1)*H/P) - 1, so
 * that windows differ in size by one and may share a row. PyTorch's AdaptiveAvgPool2d. Plain loops in both engines.
 */
export function adaptiveAvgPool({ size }: { readonly size: Pair }): LayerPlan {
  return (inShape) => {
    const [P, Q] = pair('adaptiveAvgPool size', size, 1);
    return meansLayer('adaptiveAvgPool', inShape, {
      rows: parts(P, inShape.H),
      columns: parts(Q, inShape.W),
    });
  };
}

function averageLayer(stem: string, inShape: Shape, g: WindowGeometry, countPadding: boolean): Layer {
  return {
    stem,
    inShape,
    outShape: { H: g.P, W: g.Q, C: g.C },
    params: [],
    buffers: [],
    workspaces: [],
    children: [],
    flops: (N) => averageFlops(N * g.P * g.Q * g.C, N * g.P * g.Q * g.C * g.R * g.S),
    forward(kernels, out, inp, _memory, { N }) {
      kernels.avgPoolForward(g, N, countPadding, out, inp);
    },
    backward(kernels, dinp, dout, _inp, _memory, { N }) {
      if (dinp !== null) kernels.avgPoolBackward(g, N, countPadding, dinp, dout);
    },
  };
}

/** An addition for each summand and a division for each mean; backward the same, the gradient is shared out and added. */
function averageFlops(means: number, summands: number): Flops {
  return { forward: summands + means, parameters: 0, input: summands + means };
}

/** A stretch of one axis: what is read, from `start` up to `end`, and the number that the sum is divided by. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly divisor: number;
}

/** Windows that slide; padding counts, what lies beyond it does not. */
function windows(count: number, stride: number, size: number, padding: number, extent: number): Span[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - padding;
    const end = Math.min(start + size, extent + padding);
    return { start: Math.max(start, 0), end: Math.min(end, extent), divisor: end - start };
  });
}

/** The axis in `count` parts of nearly the same size. */
function parts(count: number, extent: number): Span[] {
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * extent) / count);
    const end = Math.ceil(((i + 1) * extent) / count);
    return { start, end, divisor: end - start };
  });
}

interface Spans {
  readonly rows: readonly Span[];
  readonly columns: readonly Span[];
}

function meansLayer(stem: string, inShape: Shape, spans: Spans): Layer {
  const outShape = { H: spans.rows.length, W: spans.columns.length, C: inShape.C };
  return {
    stem,
    inShape,
    outShape,
    params: [],
    buffers: [],
    workspaces: [],
    children: [],
    flops: (N) => averageFlops(N * elementsOf(outShape), N * summandsOf(spans) * inShape.C),
    forward(_kernels, out, inp, _memory, { N }) {
      means(spans, inShape, N, out, inp);
    },
    backward(_kernels, dinp, dout, _inp, _memory, { N }) {
      if (dinp !== null) meansGradient(spans, inShape, N, dinp, dout);
    },
  };
}

/** Elements of all windows together, of one channel. */
function summandsOf({ rows, columns }: Spans): number {
  const lengthOf = (spans: readonly Span[]) => spans.reduce((sum, { start, end }) => sum + end - start, 0);
  return lengthOf(rows) * lengthOf(columns);
}

function means({ rows, columns }: Spans, { H, W, C }: Shape, N: number, out: Vec, inp: Vec): void {
  let o = 0;
  for (let n = 0; n < N; n++) {
    for (const row of rows) {
      for (const column of columns) {
        for (let c = 0; c < C; c++, o++) {
          let sum = 0;
          for (let h = row.start; h < row.end; h++) {
            for (let w = column.start; w < column.end; w++) sum += inp[((n * H + h) * W + w) * C + c];
          }
          out[o] = sum / (row.divisor * column.divisor);
        }
      }
    }
  }
}

function meansGradient({ rows, columns }: Spans, { H, W, C }: Shape, N: number, dinp: Vec, dout: Vec): void {
  dinp.fill(0, 0, N * H * W * C);
  let o = 0;
  for (let n = 0; n < N; n++) {
    for (const row of rows) {
      for (const column of columns) {
        for (let c = 0; c < C; c++, o++) {
          const share = dout[o] / (row.divisor * column.divisor);
          for (let h = row.start; h < row.end; h++) {
            for (let w = column.start; w < column.end; w++) dinp[((n * H + h) * W + w) * C + c] += share;
          }
        }
      }
    }
  }
}
