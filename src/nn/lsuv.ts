import { requireWithin } from './checks.ts';
import type { Network } from './network.ts';

export interface LsuvOptions {
  /** How far from 1 the variance may stay. */
  readonly tolerance?: number;
  /** The most corrections of one layer. */
  readonly iterations?: number;
}

/**
 * Layer-sequential unit-variance initialisation (Mishkin and Matas 2016, Algorithm 1): from the first layer with weights to the last,
 * divide its weights by the standard deviation of its output until the variance of the output is 1. The paper starts from
 * orthogonal weights.
 *
 * Call it on an initialised network whose `input` holds `N` images of the training data; a batch norm counts with its running
 * statistics, which at the start do nothing. A layer whose output does not vary, or is not finite, is left as it is. Running
 * statistics, gradients and labels stay as they are.
 */
export function lsuv(
  network: Network,
  N: number,
  { tolerance = 0.1, iterations = 10 }: LsuvOptions = {},
): void {
  requireWithin('lsuv tolerance', tolerance, 0, Number.POSITIVE_INFINITY);
  for (const placed of network.layers) {
    const { weight } = placed.memory.params;
    if (weight === undefined) continue;
    const { H, W, C } = placed.layer.outShape;
    for (let i = 0; i < iterations; i++) {
      network.evaluate(N);
      const variance = varianceOf(placed.out.subarray(0, N * H * W * C));
      if (!(variance > 0) || !Number.isFinite(variance) || Math.abs(variance - 1) <= tolerance) break;
      const scale = 1 / Math.sqrt(variance);
      for (let k = 0; k < weight.length; k++) weight[k] *= scale;
    }
  }
}

function varianceOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) * (values[i] - mean);
  return squares / values.length;
}
