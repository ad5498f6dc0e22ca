import { InvalidInput } from '../../core/check.ts';
import type { Layout, Slot } from '../../core/layout.ts';
import type { Stream } from '../../core/rng.ts';
import type { NetworkPlan } from '../../nn/network.ts';
import { checkNames, slotsNamed } from '../../optim/groups.ts';
import type { Intervention } from '../intervention.ts';

/** What a fault is made for. */
export interface Faulted {
  readonly plan: NetworkPlan;
  /** Random numbers of the fault's own, by name. */
  readonly random: (name: 'labelNoise') => Stream;
}

/** @throws InvalidInput if it names what the network does not have. */
export type FaultFactory = (faulted: Faulted) => Intervention;

/** Steps `at` ... `at + steps - 1`, counted from 1. */
export interface When {
  readonly at: number;
  readonly steps: number;
}

export function isDuring({ at, steps }: When, step: number): boolean {
  return step >= at && step < at + steps;
}

/**
 * The tensors of a part of the network: those of a role (`bias`) or a layer (`conv1`), one (`conv1.weight`) or, without a name, all.
 * @throws InvalidInput if there is no such part; the nearest known name comes first in the message.
 */
export function slotsOf(layout: Layout, part?: string): readonly Slot[] {
  if (part === undefined) return layout.slots;
  checkNames('faults', [part], layout);
  const found = layout.slots.filter(slotsNamed([part]));
  if (found.length > 0) return found;
  const roles = [...new Set(layout.slots.map(({ role }) => role))];
  throw new InvalidInput(
    `invalid faults: got ${part}, which the network has none of, expected a tensor's role: ${roles.join(', ')}`,
  );
}
