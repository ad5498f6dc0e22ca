import type { Slot } from '../core/layout.ts';
import { at, type Scheduled } from './schedule.ts';
import type { SlotFilter, StepContext, Transform } from './transform.ts';

/** A link that adds a multiple of the parameters. */
export interface Decay extends Transform<null> {
  /** What the parameters of a slot are multiplied by in this step; null where the slot does not decay. */
  factorOf(slot: Slot, context: StepContext): number | null;
}

export interface DecayOptions {
  /** The decay of a step, before the learning rate. */
  readonly rate: Scheduled;
  /** The slots that decay. Default: {@link weightsOnly}. */
  readonly filter?: SlotFilter;
}

export interface DecoupledDecayOptions extends DecayOptions {
  /** The largest learning rate of the run, for the corrected form. */
  readonly largestLearningRate?: number;
}

/** Weights decay; biases, gamma and beta of a normalisation and slopes of an activation do not. */
export const weightsOnly: SlotFilter = (slot) => slot.role === 'weight';

/**
 * Weight decay as a part of the gradient, L2 regularisation: g <- g + rate * theta. Stands before the direction, so
 * that adaptive methods scale it like the rest of the gradient. PyTorch's `weight_decay` of every optimizer but AdamW,
 * there on all parameters.
 */
export function coupledDecay({ rate, filter = weightsOnly }: DecayOptions): Decay {
  return addParams((slot, context) => (filter(slot) ? at(rate, context) : null));
}

/**
 * Weight decay beside the gradient (Loshchilov and Hutter 2019): theta <- theta - learningRate * rate * theta, with
 * theta before the step. Stands after the learning rate, so that no direction scales it. The learning rate multiplies
 * it, as in PyTorch's AdamW. With `largestLearningRate` it is the corrected decay (Chou 2025; timm's `corrected_weight_decay`):
 * theta - learningRate^2 / largestLearningRate * rate * theta, whose balance with the gradient does not move with the schedule.
 */
export function decoupledDecay(options: DecoupledDecayOptions): Decay {
  const { rate, filter = weightsOnly, largestLearningRate } = options;
  return addParams((slot, context) => {
    if (!filter(slot)) return null;
    const { learningRate } = context;
    const correction = largestLearningRate === undefined ? 1 : learningRate / largestLearningRate;
    return -learningRate * correction * at(rate, context);
  });
}

/** updates += factor * params in the slots that decay. */
function addParams(factorOf: Decay['factorOf']): Decay {
  return {
    init: () => null,
    factorOf,
    apply(updates, _state, context) {
      const { layout, params } = context;
      for (const slot of layout.slots) {
        const factor = factorOf(slot, context);
        if (factor === null) continue;
        const end = slot.offset + slot.length;
        for (let i = slot.offset; i < end; i++) updates[i] += factor * params[i];
      }
    },
  };
}
