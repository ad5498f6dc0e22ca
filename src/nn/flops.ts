import type { Layer } from './layer.ts';

/**
 * The floating-point operations of a layer for one batch: those of its definition, whatever tricks the kernels use. An addition, a
 * multiplication, a division, a comparison, a square root and an elementary function (exp, tanh) of one number count one each, so a
 * multiply-add counts two; the sum of n numbers counts n. Zeros of a padding count like numbers. Copies, addresses and random
 * numbers count nothing, and what forward has computed is not counted again in backward.
 */
export interface Flops {
  /** From the input to the output, in training mode. */
  readonly forward: number;
  /** The gradients of the parameters. */
  readonly parameters: number;
  /** What the gradient of the input costs beside them. */
  readonly input: number;
}

/** Of a layer that computes nothing. */
export const NO_FLOPS: Flops = { forward: 0, parameters: 0, input: 0 };

/**
 * Of layers one after the other. Without the gradient of their input, backward ends at the first layer with parameters, which then
 * gives theirs alone.
 */
export function flopsInSequence(layers: readonly Layer[], N: number): Flops {
  const each = layers.map((layer) => layer.flops(N));
  const backward = (parts: readonly Flops[]) => parts.reduce((sum, f) => sum + f.parameters + f.input, 0);
  const first = layers.findIndex(hasParams);
  const parameters = first < 0 ? 0 : backward(each.slice(first)) - each[first].input;
  return {
    forward: each.reduce((sum, { forward }) => sum + forward, 0),
    parameters,
    input: backward(each) - parameters,
  };
}

/** Whether the layer, or one inside it, has parameters. */
export function hasParams(layer: Layer): boolean {
  return layer.params.length > 0 || layer.children.some(hasParams);
}
