import type { Vec } from '../core/memory.ts';
import { withFused } from './fused.ts';
import type { Transform } from './transform.ts';

export interface AdagradOptions {
  /** The learning rate of step t is divided by 1 + (t - 1) * lrDecay. Default 0. */
  readonly lrDecay?: number;
  /** Added to the root. Default 1e-10. */
  readonly eps?: number;
  /** Where the sums of squares start. Default 0. */
  readonly initialAccumulator?: number;
  /** Adds eps to the sum instead of its root. Default false. */
  readonly epsInsideRoot?: boolean;
}

export interface AdagradState {
  readonly sum: Vec;
}

/**
 * Adagrad (Duchi, Hazan and Singer 2011, Figure 1 with a diagonal matrix).
 *
 *     s_t = s_{t-1} + g_t^2,   direction g_t / (sqrt(s_t) + eps) / (1 + (t - 1) * lrDecay)
 *
 * PyTorch's form. Keras and TensorFlow.js start s at 0.1 and put eps = 1e-7 inside the root: sqrt(s_t + eps). A zero gradient
 * moves nothing and leaves s as it is.
 */
export function adagrad(options: AdagradOptions = {}): Transform<AdagradState> {
  const { lrDecay = 0, eps = 1e-10, initialAccumulator = 0, epsInsideRoot = false } = options;
  const inside = epsInsideRoot ? eps : 0;
  const outside = epsInsideRoot ? 0 : eps;
  const decayOf = (step: number) => 1 + (step - 1) * lrDecay;
  const direction: Transform<AdagradState> = {
    init: (layout, allocator) => ({ sum: allocator.floats(layout.length).fill(initialAccumulator) }),
    apply(updates, { sum }, { step }) {
      const decay = decayOf(step);
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const s = sum[i] + g * g;
        sum[i] = s;
        updates[i] = g / ((Math.sqrt(s + inside) + outside) * decay);
      }
    },
  };
  return withFused(direction, (steps, range, { sum }, { step }) => {
    steps.meanSquare(range, sum, 1, 1, inside, outside, decayOf(step));
  });
}
