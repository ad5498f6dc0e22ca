import type { Vec } from '../core/memory.ts';
import { elementsOf, type Shape } from '../core/shape.ts';
import { NO_FLOPS } from './flops.ts';
import type { Layer, LayerPlan } from './layer.ts';

/**
 * An image as a row of numbers: H x W x C becomes 1 x 1 x H*W*C. Nothing is moved: activations are N,H,W,C, so the order
 * is row, column, channel. PyTorch's is channel, row, column: the columns of a dense layer that follows are permuted.
 */
export function flatten(): LayerPlan {
  return (inShape) => aliasLayer('flatten', inShape, { H: 1, W: 1, C: elementsOf(inShape) });
}

/** A layer whose output is its input under the shape `outShape`. It copies only where it is given two vectors. */
export function aliasLayer(stem: string, inShape: Shape, outShape: Shape): Layer {
  const elements = elementsOf(inShape);
  return {
    stem,
    inShape,
    outShape,
    params: [],
    buffers: [],
    workspaces: [],
    children: [],
    alias: true,
    flops: () => NO_FLOPS,
    forward(_kernels, out, inp, _memory, { N }) {
      copy(N * elements, out, inp);
    },
    backward(_kernels, dinp, dout, _inp, _memory, { N }) {
      if (dinp !== null) copy(N * elements, dinp, dout);
    },
  };
}

/** to = from, `length` elements. */
export function copy(length: number, to: Vec, from: Vec): void {
  if (to !== from) to.set(from.subarray(0, length));
}
