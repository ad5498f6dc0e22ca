import { InvalidInput, nearest, unknownName } from '../core/check.ts';
import type { Layout, Role, Slot } from '../core/layout.ts';
import type { SlotFilter, Transform } from './transform.ts';

/** The factor of a slot; 1 changes nothing. */
export type SlotScale = (slot: Slot) => number;

/**
 * Learning rates by parameter group: updates *= scale(slot), slot by slot. Stands last, after the learning rate and the
 * decoupled decay, so that a scale acts on both as PyTorch's `lr` of a parameter group does, and 0 freezes a slot. The
 * exception are methods that keep the learning rate in their state (Adagrad's lr_decay does not, D-Adaptation and
 * schedule-free do): for these it is the step that is scaled, not the rate that they see.
 */
export function scaleBySlot(scale: SlotScale): Transform<null> {
  return {
    init: () => null,
    apply(updates, _state, { layout }) {
      for (const slot of layout.slots) {
        const factor = scale(slot);
        if (factor === 1) continue;
        for (let i = slot.offset; i < slot.offset + slot.length; i++) updates[i] *= factor;
      }
    },
  };
}

/**
 * Factors by role (`slope`) or by name: a whole name (`conv1.weight`), or the first part of one (`conv1`, for all tensors of
 * the layer). A name counts before the first part, which counts before the role; other slots have 1.
 */
export function slotScale(factors: Readonly<Record<string, number>>): SlotScale {
  return ({ name, role }) => {
    const key = [name, ...prefixesOf(name), role].find((candidate) => Object.hasOwn(factors, candidate));
    return key === undefined ? 1 : factors[key];
  };
}

/** The slots that a role, a layer (also one around others) or a tensor of the list names, as in {@link slotScale}. */
export function slotsNamed(names: readonly string[]): SlotFilter {
  return ({ name, role }) => [name, ...prefixesOf(name), role].some((candidate) => names.includes(candidate));
}

/** A role that a network has no tensor of is no mistake: where activations are compared, only some have a slope. */
const ROLES = ['weight', 'bias', 'gamma', 'beta', 'slope'] as const satisfies Role[];

/** As many names are listed. */
const MOST_LISTED = 40;

/** @throws InvalidInput on a name that is neither a role nor a layer or a tensor of the network: it would have no effect. */
export function checkNames(what: string, names: readonly string[], { slots }: Layout): void {
  const tensors = slots.map(({ name }) => name);
  const known: string[] = [...new Set([...ROLES, ...tensors.flatMap(prefixesOf), ...tensors])];
  for (const name of names) {
    if (known.includes(name)) continue;
    const { message } = unknownName(
      'role, layer or tensor',
      name,
      nearest(name, known).slice(0, MOST_LISTED),
    );
    throw new InvalidInput(`invalid ${what}: ${message}`);
  }
}

/** `a.b.c` has `a.b` and `a`, the longest first. */
function prefixesOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, parts.length - 1 - i).join('.'));
}

/** A transform that sees `factor` times the learning rate: one share of a partition with a rate of its own. */
export function scaleLearningRate<State>(transform: Transform<State>, factor: number): Transform<State> {
  return {
    ...transform,
    apply(updates, state, context) {
      transform.apply(updates, state, { ...context, learningRate: context.learningRate * factor });
    },
  };
}
