import { type Layout, type Slot, scaleSlots } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { Stream } from '../core/rng.ts';
import { type NarrowFormat, roundVector, roundVectorStochastically } from '../core/rounding.ts';
import type { SlotFilter } from '../optim/transform.ts';
import type { Intervention } from './intervention.ts';

/** How a quantity is stored in fewer bits than the engine has for it. */
export interface Storage {
  readonly format: NarrowFormat;
  /** Random bits for stochastic rounding, addressed by step, vector and tensor; null rounds to the nearest, ties to even. */
  readonly random: Stream | null;
  /** The tensors that are stored so. */
  readonly applies: SlotFilter;
}

/**
 * Weights that are stored in few bits: p_0 is rounded, and p_t = round(p_{t-1} + u_t) after every step. Where that begins on the way, what is
 * there is rounded before the first step with it; weights of the format stay.
 */
export function storedWeights(storage: Storage): Intervention {
  const round: Intervention['start'] = ({ step, network: { params, layout } }) =>
    roundSlots(params, layout, storage, step, 0);
  return { start: round, changed: round, updated: round };
}

/**
 * Gradients that are stored in few bits, with the loss multiplied by `scale` before the backward pass and the gradient divided by it
 * before it is used: g = round(scale * g) / scale. What overflows becomes infinite, for the guard to see. Of a method that takes several
 * gradients a step it is the first.
 */
export function storedGradients(storage: Storage, scale = 1): Intervention {
  return {
    gradient({ step, network: { grads, layout } }) {
      const slots = layout.slots.filter(storage.applies);
      if (scale !== 1) scaleSlots(grads, slots, scale);
      roundSlots(grads, layout, storage, step, 0);
      if (scale !== 1) divideSlots(grads, slots, scale);
    },
  };
}

/**
 * An optimizer whose state is stored in few bits: after every step, all vectors of its state that have one number for each parameter
 * are rounded, whatever they hold (momentum, second moments, copies of parameters). Numbers, factors of matrices, histories and rows of
 * means are not.
 */
export function storedMoments(storage: Storage): Intervention {
  return {
    updated({ step, optimizerState, network: { layout } }) {
      momentsOf(optimizerState, layout).forEach((v, i) => {
        roundSlots(v, layout, storage, step, i);
      });
    },
  };
}

/** The vectors of an optimizer's state that are as long as the parameters, in the order in which they stand in it. */
export function momentsOf(state: unknown, layout: Layout): Vec[] {
  if (state instanceof Float32Array || state instanceof Float64Array) {
    return state.length === layout.length ? [state] : [];
  }
  if (state === null || typeof state !== 'object' || ArrayBuffer.isView(state)) return [];
  return Object.values(state).flatMap((part) => momentsOf(part, layout));
}

/** Element i of a tensor gets the i-th number of the generator of its step, vector and tensor. */
function roundSlots(v: Vec, { slots }: Layout, storage: Storage, step: number, vector: number): void {
  const { format, random, applies } = storage;
  slots.forEach((slot, tensor) => {
    if (!applies(slot)) return;
    if (random === null) roundVector(v, slot.offset, slot.length, format);
    else roundVectorStochastically(v, slot.offset, slot.length, format, random.at(step, vector, tensor));
  });
}

/** Not by 1 / divisor: that is rounded where the divisor is no power of two. */
function divideSlots(v: Vec, slots: readonly Slot[], divisor: number): void {
  for (const { offset, length } of slots) for (let i = offset; i < offset + length; i++) v[i] /= divisor;
}
