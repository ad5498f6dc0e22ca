import type { ProbeFactory } from '../probe.ts';
import { normOf } from './gradientNorm.ts';

/**
 * `updateNorm`: the L2 norm of what is added to the parameters; `weightNorm`: of the parameters before the step;
 * `updateRatio`: the one divided by the other (NaN when all parameters are zero).
 */
export function update({ every }: { readonly every: number }): ProbeFactory {
  return ({ layout }) => ({
    every,
    readsUpdates: true,
    channels: ['updateNorm', 'weightNorm', 'updateRatio'],
    measure({ network, kernels, updates }, record) {
      const updateNorm = normOf(kernels, layout, updates);
      const weightNorm = normOf(kernels, layout, network.params);
      record('updateNorm', updateNorm);
      record('weightNorm', weightNorm);
      record('updateRatio', weightNorm > 0 ? updateNorm / weightNorm : Number.NaN);
    },
  });
}
