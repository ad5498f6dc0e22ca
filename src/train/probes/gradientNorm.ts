import type { Layout } from '../../core/layout.ts';
import type { Vec } from '../../core/memory.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { ProbeFactory } from '../probe.ts';

/**
 * The L2 norm of the gradient before clipping: `gradNorm` of all tensors together and `gradNorm/<tensor>` of each.
 */
export function gradientNorm({ every }: { readonly every: number }): ProbeFactory {
  return ({ layout }) => {
    const tensors = layout.slots.map(({ name, offset, length }) => ({
      channel: `gradNorm/${name}`,
      offset,
      length,
    }));
    return {
      every,
      readsGradientsOnly: true,
      channels: ['gradNorm', ...tensors.map(({ channel }) => channel)],
      measure({ network, kernels }, record) {
        let total = 0;
        for (const { channel, offset, length } of tensors) {
          const squares = kernels.sumOfSquares(network.grads, offset, length);
          record(channel, Math.sqrt(squares));
          total += squares;
        }
        record('gradNorm', Math.sqrt(total));
      },
    };
  };
}

/** The L2 norm of a whole flat vector, slot by slot: padding is never read. */
export function normOf(kernels: Kernels, layout: Layout, v: Vec): number {
  let total = 0;
  for (const slot of layout.slots) total += kernels.sumOfSquares(v, slot.offset, slot.length);
  return Math.sqrt(total);
}
