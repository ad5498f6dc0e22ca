import type { Layout, Slot } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { Rng } from '../core/rng.ts';
import { type FormatName, moveByUlps } from '../core/rounding.ts';
import type { Intervened, Intervention } from './intervention.ts';

export interface PerturbationOptions {
  /** After which step; 0 is before the first one. */
  readonly step: number;
  /** The element of the parameters, counted through the tensors in their order; a random one that is not 0 unless given. */
  readonly element?: number | undefined;
  /** By how many units in the last place it is moved, upwards where positive. */
  readonly ulps: number;
  /** What the parameters of a tensor are stored in: the unit is this format's. */
  readonly formatOf: (slot: Slot) => FormatName;
  readonly random: Rng;
}

/** The smallest change of a run: one parameter is moved by some units in the last place, once. */
export function perturbation(options: PerturbationOptions): Intervention {
  const { step, ulps, formatOf } = options;
  const perturb = ({ network: { params, layout } }: Intervened) => {
    const { slot, index } = placeOf(options, params, layout);
    params[index] = moveByUlps(params[index], ulps, formatOf(slot));
  };
  if (step === 0) return { start: perturb };
  return {
    updated(run) {
      if (run.step === step) perturb(run);
    },
  };
}

/**
 * The first element from the chosen one on, around the end, that is not 0: biases start at 0, whose unit in the last place is
 * too small to have any effect. One that was asked for is taken as it is.
 */
function placeOf({ element, random }: PerturbationOptions, params: Vec, { slots }: Layout) {
  const count = slots.reduce((sum, { length }) => sum + length, 0);
  if (element !== undefined) return locate(slots, element);
  const first = random.below(count);
  for (let i = 0; i < count; i++) {
    const place = locate(slots, (first + i) % count);
    if (params[place.index] !== 0) return place;
  }
  return locate(slots, first);
}

function locate(slots: readonly Slot[], element: number): { readonly slot: Slot; readonly index: number } {
  let before = 0;
  for (const slot of slots) {
    if (element < before + slot.length) return { slot, index: slot.offset + element - before };
    before += slot.length;
  }
  throw new Error(`there is no element ${element} among ${before}`);
}
