import { elementsOf, type Shape } from '../core/shape.ts';
import type { Layer, LayerPlan } from './layer.ts';

/**
 * What all layers without parameters share that work element by element. Flops: an activation of one number counts one, so that they
 * do not differ in cost by how they are written; its derivative and the product with it two.
 */
export function elementwise(stem: string, shape: Shape): Omit<Layer, 'forward' | 'backward'> {
  const elements = elementsOf(shape);
  return {
    stem,
    inShape: shape,
    outShape: shape,
    params: [],
    buffers: [],
    workspaces: [],
    children: [],
    flops: (N) => ({ forward: N * elements, parameters: 0, input: 2 * N * elements }),
  };
}

/**
 * An activation given by a function and its derivative: out = f(inp), dinp = dout * derivative(inp). Plain loops in both
 * engines: the elementary functions of core/math give the same bits everywhere.
 */
export function pointwise(
  stem: string,
  f: (x: number) => number,
  derivative: (x: number) => number,
): LayerPlan {
  return (shape) => {
    const elements = elementsOf(shape);
    return {
      ...elementwise(stem, shape),
      forward(_kernels, out, inp, _memory, { N }) {
        for (let i = 0; i < N * elements; i++) out[i] = f(inp[i]);
      },
      backward(_kernels, dinp, dout, inp, _memory, { N }) {
        if (dinp === null) return;
        for (let i = 0; i < N * elements; i++) dinp[i] = dout[i] * derivative(inp[i]);
      },
    };
  };
}
