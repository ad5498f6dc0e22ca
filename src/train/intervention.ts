import type { Network } from '../nn/network.ts';

/** What an intervention is given to write to. `step` counts from 1; `N` are the images of the batch. */
export interface Intervened {
  readonly step: number;
  readonly N: number;
  /** Image n of the batch is image `order[first + n]` of the training split; only in `batch` and behind it. */
  readonly order: Int32Array;
  readonly first: number;
  readonly network: Network;
  readonly optimizerState: unknown;
}

/**
 * Something that a spec does to a run on purpose: a fault, a rounding to fewer bits, a perturbation. It is part of the run and of its
 * bits, unlike a probe. A run's interventions act one after the other in their order. They keep no state of their own from step to step: what they do
 * is a function of the step and of what they are given.
 */
export interface Intervention {
  /** Before anything is evaluated; never again when a run goes on from a checkpoint. `step` is 0. */
  start?(run: Intervened): void;
  /** Before the first step behind a change of the spec on the way (see run/changes.ts). `step` is the one before. */
  changed?(run: Intervened): void;
  /** Between the filling of `network.input` and `network.labels` and the forward pass. */
  batch?(run: Intervened): void;
  /** Between the backward pass and everything that looks at `network.grads`: the guard, the probes, the clip. */
  gradient?(run: Intervened): void;
  /** The learning rate of the step in place of the schedule's. */
  rate?(learningRate: number, step: number): number;
  /** After the parameters were moved, also where the step was skipped. */
  updated?(run: Intervened): void;
}

/** Has all of them act at one place of a step. */
export function intervene(
  interventions: readonly Intervention[],
  place: 'start' | 'changed' | 'batch' | 'gradient' | 'updated',
  run: Intervened,
): void {
  for (let i = 0; i < interventions.length; i++) interventions[i][place]?.(run);
}

export function changedRate(
  interventions: readonly Intervention[],
  learningRate: number,
  step: number,
): number {
  let changed = learningRate;
  for (let i = 0; i < interventions.length; i++) changed = interventions[i].rate?.(changed, step) ?? changed;
  return changed;
}
