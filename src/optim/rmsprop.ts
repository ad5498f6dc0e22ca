import type { Vec } from '../core/memory.ts';
import { withFused } from './fused.ts';
import { momentum as addMomentum, rateFirst } from './sgd.ts';
import { chain, type Transform } from './transform.ts';

export interface RmspropOptions {
  /** Share of the mean square that is kept. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root. Default 1e-8. */
  readonly eps?: number;
  /** Divides by the standard deviation of the gradient instead of its root mean square. Default false. */
  readonly centered?: boolean;
  /** Momentum of the scaled gradient. Default 0: none. */
  readonly momentum?: number;
  /** Adds eps to the mean square instead of its root. Default false. */
  readonly epsInsideRoot?: boolean;
  /** Where the mean square starts. Default 0. */
  readonly initialMeanSquare?: number;
  /** Multiplies by the learning rate before the momentum instead of after it. Default false. */
  readonly rateFirst?: boolean;
}

/**
 * RMSprop (Tieleman and Hinton 2012, lecture 6e; centered and with momentum: Graves 2013, equations 38 to 45).
 *
 *     v_t = alpha * v_{t-1} + (1 - alpha) * g_t^2
 *     d_t = g_t / (sqrt(v_t) + eps),                   or, centered, with m_t = alpha * m_{t-1} + (1 - alpha) * g_t:
 *     d_t = g_t / (sqrt(v_t - m_t^2) + eps)
 *     direction d_t,                                   or b_t = momentum * b_{t-1} + d_t
 *
 * PyTorch's form: v starts at 0, eps outside the root, the learning rate outside b. Keras, TensorFlow and
 * TensorFlow.js put eps inside the root, sqrt(v_t + eps), and the rate inside b; TensorFlow 1 starts v at 1.
 * TensorFlow.js's centered root is sqrt(v_t - m_t^2 - eps): its eps is a negative one here, and a variance below it NaN.
 * A zero gradient moves nothing without momentum, and lets the parameters coast with it; v shrinks by alpha.
 */
export function rmsprop(options: RmspropOptions = {}): Transform {
  const scale = options.centered ? scaleByDeviation(options) : scaleByRootMeanSquare(options);
  const { momentum = 0 } = options;
  if (momentum === 0) return scale;
  const trace = addMomentum({ momentum });
  return chain(scale, options.rateFirst ? rateFirst(trace) : trace);
}

function divisor(square: number, eps: number, inside: boolean): number {
  return inside ? Math.sqrt(square + eps) : Math.sqrt(square) + eps;
}

function scaleByRootMeanSquare(options: RmspropOptions): Transform<{ nu: Vec }> {
  const { alpha = 0.99, eps = 1e-8, epsInsideRoot = false, initialMeanSquare = 0 } = options;
  const direction: Transform<{ nu: Vec }> = {
    init: (layout, allocator) => ({ nu: allocator.floats(layout.length).fill(initialMeanSquare) }),
    apply(updates, { nu }) {
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const v = alpha * nu[i] + (1 - alpha) * g * g;
        nu[i] = v;
        updates[i] = g / divisor(v, eps, epsInsideRoot);
      }
    },
  };
  const [inside, outside] = epsInsideRoot ? [eps, 0] : [0, eps];
  return withFused(direction, (steps, range, { nu }) => {
    steps.meanSquare(range, nu, alpha, 1 - alpha, inside, outside, 1);
  });
}

/**
 * The variance v - m^2 is never below 0, but rounding can put it there (a constant gradient; squares that a float32
 * moment cannot hold): it then counts as 0. PyTorch takes the root of the negative number, which is NaN.
 */
function scaleByDeviation(options: RmspropOptions): Transform<{ mu: Vec; nu: Vec }> {
  const { alpha = 0.99, eps = 1e-8, epsInsideRoot = false, initialMeanSquare = 0 } = options;
  return {
    init: (layout, allocator) => ({
      mu: allocator.floats(layout.length),
      nu: allocator.floats(layout.length).fill(initialMeanSquare),
    }),
    apply(updates, { mu, nu }) {
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const m = alpha * mu[i] + (1 - alpha) * g;
        const v = alpha * nu[i] + (1 - alpha) * g * g;
        mu[i] = m;
        nu[i] = v;
        updates[i] = g / divisor(Math.max(v - m * m, 0), eps, epsInsideRoot);
      }
    },
  };
}
