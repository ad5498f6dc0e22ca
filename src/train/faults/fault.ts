import { InvalidInput, nearest, unknownName } from '../../core/check.ts';
import type { Layout, Slot } from '../../core/layout.ts';
import type { Stream } from '../../core/rng.ts';
import type { NetworkPlan } from '../../nn/network.ts';
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

/** As many names are listed. */
const MOST_LISTED = 40;

/**
 * The tensors of a part of the network: one (`conv1.weight`), those of a layer (`conv1`) or, without a name, all.
 * @throws InvalidInput if there is no such part; the nearest known name comes first in the message.
 */
export function slotsOf({ slots }: Layout, part?: string): readonly Slot[] {
  if (part === undefined) return slots;
  const found = slots.filter(({ name }) => name === part || name.startsWith(`${part}.`));
  if (found.length > 0) return found;
  const tensors = slots.map(({ name }) => name);
  const known = [...new Set(tensors.flatMap((name) => [...layersAround(name), name]))];
  const { message } = unknownName('layer or tensor', part, nearest(part, known).slice(0, MOST_LISTED));
  throw new InvalidInput(`invalid faults: ${message}`);
}

/** `a.b.c` lies in `a` and `a.b`. */
function layersAround(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}
