import { elementsOf } from '../core/shape.ts';
import { requireWithin } from './checks.ts';
import { copy } from './flatten.ts';
import type { Layer, LayerPlan } from './layer.ts';

/**
 * Inverted dropout (Srivastava et al. 2014, scaled while training as every library does):
 *   out = inp * mask, each element of the mask 0 with probability `rate`, else 1 / (1 - rate)
 * In evaluation the output is the input. The mask is drawn anew for every step and kept for backward; it depends on
 * the seed, the step and the place among the network's dropout layers alone. Flops: one an element each way, the mask is free.
 * @throws InvalidInput unless 0 <= rate < 1.
 */
export function dropout({ rate }: { readonly rate: number }): LayerPlan {
  requireWithin('dropout rate', rate, 0, 1 - Number.EPSILON);
  return (inShape) => {
    const elements = elementsOf(inShape);
    return {
      stem: 'dropout',
      inShape,
      outShape: inShape,
      params: [],
      buffers: [],
      workspaces: [{ name: 'mask', type: 'float', length: (N) => N * elements }],
      children: [],
      flops: (N) => ({ forward: N * elements, parameters: 0, input: N * elements }),
      forward(kernels, out, inp, { floats, index }, { N, training, dropout }) {
        if (!training) return copy(N * elements, out, inp);
        const { mask } = floats;
        const rng = dropout(index);
        for (let i = 0; i < N * elements; i++) mask[i] = rng.uniform() < rate ? 0 : 1 / (1 - rate);
        kernels.multiply(N * elements, out, inp, mask);
      },
      backward(kernels, dinp, dout, _inp, { floats }, { N, training }) {
        if (dinp === null) return;
        if (!training) return copy(N * elements, dinp, dout);
        kernels.multiply(N * elements, dinp, dout, floats.mask);
      },
    } satisfies Layer;
  };
}
