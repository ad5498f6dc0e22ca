import { InvalidInput } from '../../core/check.ts';
import { type Slot, scaleSlots } from '../../core/layout.ts';
import type { Vec } from '../../core/memory.ts';
import { type FaultFactory, isDuring, slotsOf, type When } from './fault.ts';

/** A part of the gradient: a role, a layer, a tensor or all of it. */
export interface Part extends When {
  readonly part?: string | undefined;
}

/**
 * Puts `value` into the gradient of the given steps: g_i <- value for every i of the part, or for the one that `element` counts from 0
 * through the tensors of the part in their order. Only the gradient of the step itself: a method that evaluates more of them (SAM) gets
 * those as they are.
 * @throws InvalidInput if the network has no such part, or the part no such element.
 */
export function gradientValue(
  value: number,
  { part, element, ...when }: Part & { readonly element?: number | undefined },
): FaultFactory {
  return ({ plan }) => {
    const slots = slotsOf(plan.layout, part);
    const place = element === undefined ? undefined : placeOf(slots, element, part);
    return {
      gradient({ step, network: { grads } }) {
        if (!isDuring(when, step)) return;
        if (place === undefined) fillSlots(grads, slots, value);
        else grads[place] = value;
      },
    };
  };
}

/** g_i <- c g_i for every i of the part, rounded once to the engine's type, which may make it infinite. See {@link gradientValue}. */
export function gradientFactor(factor: number, { part, ...when }: Part): FaultFactory {
  return ({ plan }) => {
    const slots = slotsOf(plan.layout, part);
    return {
      gradient({ step, network: { grads } }) {
        if (isDuring(when, step)) scaleSlots(grads, slots, factor);
      },
    };
  };
}

/**
 * w_i <- c w_i before the forward pass of each of the steps, for the weights of a layer, for a named tensor or for a role.
 * @throws InvalidInput if the network has no such layer or tensor, or the layer no weights.
 */
export function weightFactor(
  factor: number,
  { layer, ...when }: When & { readonly layer: string },
): FaultFactory {
  return ({ plan }) => {
    const named = slotsOf(plan.layout, layer);
    const slots = named.filter(({ name, role }) => [name, role].includes(layer) || role === 'weight');
    if (slots.length === 0) {
      throw new InvalidInput(
        `invalid faults: got the layer ${layer}, which has no weights, expected a layer that has or one of its tensors: ` +
          named.map(({ name }) => name).join(', '),
      );
    }
    return {
      batch({ step, network: { params } }) {
        if (isDuring(when, step)) scaleSlots(params, slots, factor);
      },
    };
  };
}

function placeOf(slots: readonly Slot[], element: number, part = 'the network'): number {
  let left = element;
  for (const { offset, length } of slots) {
    if (left < length) return offset + left;
    left -= length;
  }
  throw new InvalidInput(
    `invalid faults: got the element ${element}, expected at most ${element - left - 1}, the last one of ${part}`,
  );
}

function fillSlots(v: Vec, slots: readonly Slot[], value: number): void {
  for (const { offset, length } of slots) v.fill(value, offset, offset + length);
}
