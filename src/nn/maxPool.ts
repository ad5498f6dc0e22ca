import type { Vec } from '../core/memory.ts';
import { elementsOf } from '../core/shape.ts';
import type { WindowGeometry } from '../kernels/kernels.ts';
import type { Layer, LayerPlan } from './layer.ts';
import { type Pair, pair, poolGeometry } from './window.ts';

export interface MaxPoolOptions {
  /** Rows and columns of the window. */
  readonly size: Pair;
  /** The size if it is not given: windows that touch and do not overlap. */
  readonly stride?: Pair;
  /** At most half the size, or TensorFlow's `same`. Padding never wins: it is -infinity, not 0. */
  readonly padding?: Pair | 'same';
  /** The distance of neighbouring elements of the window. Other than 1 it runs as plain loops in both engines. */
  readonly dilation?: Pair;
  /** Whether rows and columns left over below and to the right get a window of their own (PyTorch's ceil_mode). */
  readonly ceil?: boolean;
}

/**
 * The largest value of each window and channel. Of equal values the first in row-major order takes the whole gradient,
 * as in PyTorch and TensorFlow; rows and columns left over below and to the right are dropped unless `ceil`.
 * Flops: a comparison for each element of each window, in backward an addition for each window.
 * @throws InvalidInput if a size is not a whole number, the padding is too large or the window does not fit.
 */
export function maxPool(options: MaxPoolOptions): LayerPlan {
  const { size, stride = size, padding = 0, dilation = 1, ceil = false } = options;
  const [dilationH, dilationW] = pair('maxPool dilation', dilation, 1);
  const dilated = dilationH > 1 || dilationW > 1;
  return (inShape) => {
    const g = poolGeometry('maxPool', inShape, { size, stride, padding, dilation, ceil });
    const outShape = { H: g.P, W: g.Q, C: g.C };
    return {
      stem: 'maxPool',
      inShape,
      outShape,
      params: [],
      buffers: [],
      workspaces: [{ name: 'argmax', type: 'int', length: (N) => N * elementsOf(outShape) }],
      children: [],
      flops: (N) => {
        const outputs = N * elementsOf(outShape);
        return { forward: outputs * g.R * g.S, parameters: 0, input: outputs };
      },
      forward(kernels, out, inp, { ints }, { N }) {
        if (dilated) dilatedMax(g, dilationH, dilationW, N, out, ints.argmax, inp);
        else kernels.maxPoolForward(g, N, out, ints.argmax, inp);
      },
      backward(kernels, dinp, dout, _inp, { ints }, { N }) {
        if (dinp === null) return;
        if (dilated) toWinners(g, N, dinp, dout, ints.argmax);
        else kernels.maxPoolBackward(g, N, dinp, dout, ints.argmax);
      },
      ...(dilated ? {} : { afterRelu: rectifiedMax(g) }),
      poolsPairs: !dilated && isPairs(g),
    } satisfies Layer;
  };
}

/** Windows of 2x2 side by side, all inside the image. */
function isPairs({ H, W, R, S, P, Q, strideH, strideW, padTop, padLeft }: WindowGeometry): boolean {
  const pairs = [R, S, strideH, strideW].every((size) => size === 2) && padTop === 0 && padLeft === 0;
  return pairs && P === H >> 1 && Q === W >> 1;
}

function rectifiedMax(g: WindowGeometry): Pick<Layer, 'forward' | 'backward'> {
  return {
    forward(kernels, out, inp, { ints }, { N }) {
      kernels.maxPoolForward(g, N, out, ints.argmax, inp, true);
    },
    backward(kernels, dinp, dout, _inp, { ints }, { N }) {
      if (dinp !== null) kernels.maxPoolBackward(g, N, dinp, dout, ints.argmax);
    },
  };
}

/** Kernels.maxPoolForward with a dilation: the same ties, NaN wins. */
function dilatedMax(
  g: WindowGeometry,
  dilationH: number,
  dilationW: number,
  N: number,
  out: Vec,
  argmax: Int32Array,
  inp: Vec,
): void {
  for (let o = 0; o < N * g.P * g.Q; o++) {
    const q = o % g.Q;
    const p = Math.floor(o / g.Q) % g.P;
    const n = Math.floor(o / (g.P * g.Q));
    for (let c = 0; c < g.C; c++) {
      let winner = -1;
      let best = Number.NEGATIVE_INFINITY;
      for (let r = 0; r < g.R; r++) {
        const h = p * g.strideH + r * dilationH - g.padTop;
        if (h < 0 || h >= g.H) continue;
        for (let s = 0; s < g.S; s++) {
          const w = q * g.strideW + s * dilationW - g.padLeft;
          if (w < 0 || w >= g.W) continue;
          const x = inp[((n * g.H + h) * g.W + w) * g.C + c];
          if (winner >= 0 && !(x > best) && !Number.isNaN(x)) continue;
          best = x;
          winner = h * g.W + w;
        }
      }
      out[o * g.C + c] = best;
      argmax[o * g.C + c] = winner;
    }
  }
}

function toWinners(g: WindowGeometry, N: number, dinp: Vec, dout: Vec, argmax: Int32Array): void {
  dinp.fill(0, 0, N * g.H * g.W * g.C);
  for (let o = 0; o < N * g.P * g.Q; o++) {
    const image = Math.floor(o / (g.P * g.Q)) * g.H * g.W;
    for (let c = 0; c < g.C; c++) {
      // a dilated window whose taps all lie outside the image has no winner
      const winner = argmax[o * g.C + c];
      if (winner >= 0) dinp[(image + winner) * g.C + c] += dout[o * g.C + c];
    }
  }
}
