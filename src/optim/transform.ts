import type { Layout, Slot } from '../core/layout.ts';
import type { Allocator, Vec } from '../core/memory.ts';
import type { Rng } from '../core/rng.ts';

/**
 * What a transform may look at in one step. `step` counts from 1, as the papers do; it is the only step counter.
 */
export interface StepContext {
  readonly step: number;
  readonly layout: Layout;
  /** The parameters before the step. Read only. */
  readonly params: Vec;
  /** The learning rate of this step, for methods that use it inside their state; `scaleByLearningRate` applies it. */
  readonly learningRate: number;
  /** Steps of the whole run, for hyper-parameters that are schedules. Missing where a transform is driven without an end. */
  readonly horizon?: number;
  /** The loss of the batch at `params`. Missing where a transform is driven without one. */
  readonly loss?: number;
  /** For methods that look beyond the gradient they are given; missing where there is none. */
  readonly objective?: Objective;
  /** Random numbers that belong to this step alone. */
  readonly random?: () => Rng;
  /** Told after every link of a chain what it left. It must not write. */
  readonly onLink?: (link: string, updates: Vec, state: unknown) => void;
}

/** The loss of this step's batch as a function of the parameters. Every call costs gradient evaluations, which are counted. */
export interface Objective {
  /** Writes the gradient at `params` to `out` and returns the loss there. One gradient evaluation. `out` may be `params`. */
  gradient(params: Vec, out: Vec): number;
  /** out = H v, the Hessian at the parameters of this step. Two gradient evaluations where it is a difference of gradients. */
  hessianVector(v: Vec, out: Vec): void;
  /**
   * The gradient at the parameters of this step for labels drawn from the model's own predictions (the Gauss-Newton-Bartlett
   * estimator of Liu et al. 2023). Missing where the loss has no such labels.
   */
  sampledGradient?(random: Rng, out: Vec): void;
}

/** A method that asks for more than a gradient was driven by something that has only gradients. */
export class MissingObjective extends Error {
  override readonly name = 'MissingObjective';
}

/** @throws if the step has no objective: a method that asks for one was driven by something that has only gradients. */
export function objectiveOf({ objective }: StepContext): Objective {
  if (objective === undefined)
    throw new MissingObjective(
      'this optimizer needs the objective of the step, not only its gradient: set usesObjective in its transform, ' +
        'and do not mask it',
    );
  return objective;
}

/**
 * One link of an optimizer (optax's gradient transformation): rewrites `updates` in place. The chain starts from the
 * gradients and the loop ends with `params += updates`, so the learning-rate link carries the minus sign.
 *
 * Rounding: arithmetic is double, and a value is rounded to the engine's type where it is stored, in `updates` and in
 * the moments. A float32 engine thus rounds once a store, where PyTorch's float32 rounds after every operation.
 *
 * Padding: links that work element by element run over the whole flat vector; links that reduce (norms) or select
 * (weight decay) go slot by slot. Nothing that is left in the padding reaches a slot.
 *
 * Ranges of options are checked where a spec is read, not in the factories.
 */
export interface Transform<State = unknown> {
  /**
   * Allocates the state with `allocator.floats(layout.length)` a moment; must be repeatable (it is measured first).
   * A state is plain data: vectors, numbers, and objects and arrays of these. Its copy continues with the same bits. It keeps the
   * shape that it has here, so that a checkpoint fits into a new one; only a list of numbers may grow.
   */
  init(layout: Layout, allocator: Allocator): State;
  /** Set where the updates it leaves already contain the learning rate: then no {@link scaleByLearningRate} follows. */
  readonly appliesLearningRate?: boolean;
  /** Set by methods that call the objective of a step: the training loop keeps memory for it and gives it to no others. */
  readonly usesObjective?: boolean;
  /** Allocates nothing. */
  apply(updates: Vec, state: State, context: StepContext): void;
  /** What the last `apply` did, for the record: a clip's norm before and after. Names are the channels' names. */
  telemetry?(state: State): Readonly<Record<string, number>>;
  /**
   * Writes the parameters to evaluate with, where they are not those that are trained (iterate averages, schedule-free).
   * `params` are the parameters after the last step.
   */
  evaluationParams?(out: Vec, state: State, params: Vec, layout: Layout): void;
}

/** Applies transforms one after the other. */
export function chain(...links: readonly Transform[]): Transform<unknown[]> {
  return chainOf(
    links,
    links.map((_, i) => `link ${i + 1}`),
  );
}

/** {@link chain} of links with names, for those who look at what each does; undefined is left out. */
export function namedChain(links: Readonly<Record<string, Transform | undefined>>): Transform<unknown[]> {
  const present = Object.entries(links).filter(
    (entry): entry is [string, Transform] => entry[1] !== undefined,
  );
  return chainOf(
    present.map(([, link]) => link),
    present.map(([name]) => name),
  );
}

function chainOf(links: readonly Transform[], names: readonly string[]): Transform<unknown[]> {
  return {
    appliesLearningRate: links.some((link) => link.appliesLearningRate === true),
    usesObjective: links.some((link) => link.usesObjective === true),
    init: (layout, allocator) => links.map((link) => link.init(layout, allocator)),
    apply(updates, states, context) {
      for (let i = 0; i < links.length; i++) {
        links[i].apply(updates, states[i], context);
        context.onLink?.(names[i], updates, states[i]);
      }
    },
    telemetry(states) {
      const all: Record<string, number> = {};
      links.forEach((link, i) => {
        Object.assign(all, link.telemetry?.(states[i]));
      });
      return all;
    },
    ...evaluationOf(links),
  };
}

/** The evaluation parameters of the one link that has some. */
function evaluationOf(links: readonly Transform[]): Pick<Transform<unknown[]>, 'evaluationParams'> {
  const i = links.findIndex((link) => link.evaluationParams !== undefined);
  if (i < 0) return {};
  return {
    evaluationParams: (out, states, params, layout) =>
      links[i].evaluationParams?.(out, states[i], params, layout),
  };
}

/** Which slots something applies to. */
export type SlotFilter = (slot: Slot) => boolean;

/** updates *= -learningRate. The last link of nearly every optimizer. */
export function scaleByLearningRate(): Transform<null> {
  return {
    appliesLearningRate: true,
    init: () => null,
    apply(updates, _state, { learningRate }) {
      for (let i = 0; i < updates.length; i++) updates[i] *= -learningRate;
    },
  };
}
