import type { Vec } from '../core/memory.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { fusedOptimizer } from '../optim/fused.ts';
import type { StepContext, Transform } from '../optim/transform.ts';

/** What a step of an optimizer reads and writes. */
export interface Updated {
  readonly kernels: Kernels;
  readonly optimizer: Transform;
  readonly optimizerState: unknown;
  readonly params: Vec;
  readonly grads: Vec;
  readonly updates: Vec;
}

/** A step of an optimizer, in two halves or as one: params += updates, the same bits either way. */
export interface Updating {
  /** Whether the engine moves the parameters in one pass over memory, which leaves `updates` undefined. */
  readonly inOnePass: boolean;
  /** Writes what is to be added to the parameters. */
  toUpdates(context: StepContext): void;
  /** Adds it. */
  addUpdates(): void;
  /** Both. */
  move(context: StepContext): void;
}

export function createUpdating(updated: Updated): Updating {
  const { kernels, optimizer, optimizerState, params, grads, updates } = updated;
  const addUpdates = () => kernels.add(params.length, params, params, updates);
  const steps = kernels.optimizerSteps;
  const fused = steps === undefined ? undefined : fusedOptimizer(optimizer);
  if (steps !== undefined && fused !== undefined) {
    const state = optimizerState as unknown[];
    return {
      inOnePass: true,
      toUpdates: (context) => fused(steps, updated, false, state, context),
      addUpdates,
      move: (context) => fused(steps, updated, true, state, context),
    };
  }
  const toUpdates = (context: StepContext) => {
    updates.set(grads);
    optimizer.apply(updates, optimizerState, context);
  };
  return {
    inOnePass: false,
    toUpdates,
    addUpdates,
    move(context) {
      toUpdates(context);
      addUpdates();
    },
  };
}
