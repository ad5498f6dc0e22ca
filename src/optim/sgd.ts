import type { Vec } from '../core/memory.ts';
import { withFused } from './fused.ts';
import { chain, scaleByLearningRate, type Transform } from './transform.ts';

/**
 * Gradient descent: theta_t = theta_{t-1} - learningRate * g_t. The direction is the gradient itself (Robbins and
 * Monro 1951, with g the gradient of a batch). A zero gradient moves nothing.
 */
export function sgd(): Transform<null> {
  return withFused({ init: () => null, apply() {} }, (steps, range) => steps.sgd(range));
}

export interface MomentumOptions {
  /** Share of the trace that is kept. Default 0.9. */
  readonly momentum?: number;
  /** Share of the gradient that is left out, except in the first step. Default 0. */
  readonly dampening?: number;
}

export interface TraceState {
  readonly trace: Vec;
}

/**
 * Momentum, the heavy ball (Polyak 1964; in the form of Sutskever et al. 2013, section 2).
 *
 *     b_1 = g_1,   b_t = momentum * b_{t-1} + (1 - dampening) * g_t,   direction b_t
 *
 * As in PyTorch, the first b is not dampened and the learning rate acts on the whole trace, so that a change of it
 * acts at once; Keras keeps the rate inside the trace ({@link rateFirst}). After a zero gradient the parameters coast: b shrinks by
 * `momentum` a step.
 */
export function momentum({ momentum = 0.9, dampening = 0 }: MomentumOptions = {}): Transform<TraceState> {
  const weightOf = (step: number) => (step === 1 ? 1 : 1 - dampening);
  const direction: Transform<TraceState> = {
    init: (layout, allocator) => ({ trace: allocator.floats(layout.length) }),
    apply(updates, { trace }, { step }) {
      const weight = weightOf(step);
      for (let i = 0; i < updates.length; i++) {
        const b = momentum * trace[i] + weight * updates[i];
        trace[i] = b;
        updates[i] = b;
      }
    },
  };
  return withFused(direction, (steps, range, { trace }, { step }) => {
    steps.momentum(range, trace, momentum, weightOf(step), false);
  });
}

/**
 * Nesterov's accelerated gradient (Nesterov 1983; Sutskever et al. 2013, equations 3 and 4), rewritten for the
 * gradient at the parameters themselves, as in PyTorch.
 *
 *     b_t = momentum * b_{t-1} + g_t,   direction g_t + momentum * b_t
 *
 * The same as Keras's at a constant learning rate; see {@link rateFirst}. After a zero gradient the parameters coast, as with
 * {@link momentum}.
 */
export function nesterov({ momentum = 0.9 }: Pick<MomentumOptions, 'momentum'> = {}): Transform<TraceState> {
  const direction: Transform<TraceState> = {
    init: (layout, allocator) => ({ trace: allocator.floats(layout.length) }),
    apply(updates, { trace }) {
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const b = momentum * trace[i] + g;
        trace[i] = b;
        updates[i] = g + momentum * b;
      }
    },
  };
  return withFused(direction, (steps, range, { trace }) => steps.momentum(range, trace, momentum, 1, true));
}

/**
 * A trace of steps instead of gradients, Keras's and TensorFlow 1's momentum: a change of the learning rate acts on new
 * gradients only.
 *
 *     b_t = momentum * b_{t-1} - learningRate * g_t,   p += b_t,   Nesterov: p += momentum * b_t - learningRate * g_t
 */
export function rateFirst(trace: Transform<TraceState>): Transform {
  return chain(scaleByLearningRate(), trace);
}
