import type { Vec } from '../core/memory.ts';
import type { OptimizerSteps, StepRange } from '../kernels/kernels.ts';
import type { StepContext, Transform } from './transform.ts';

/** A direction and all that surrounds it (see `OptimizerSteps`) over one slot, with the bits of the transform's `apply`. */
export type FusedDirection<State> = (
  steps: OptimizerSteps,
  range: StepRange,
  state: State,
  context: StepContext,
) => void;

/**
 * A whole step from the gradients: moves the parameters and leaves anything in `updates`, or, where `moves` is false, leaves there
 * what is to be added to the parameters. State and bits are those of the transform's `apply`.
 */
export type FusedOptimizer = (
  steps: OptimizerSteps,
  vectors: { readonly params: Vec; readonly grads: Vec; readonly updates: Vec },
  moves: boolean,
  state: unknown[],
  context: StepContext,
) => void;

/**
 * Kept beside the transforms and not in them, with the `apply` that they stand for: a transform that got another `apply`, in place
 * or as a copy, must not keep the fused form.
 */
const directions = new WeakMap<object, Fused<FusedDirection<never>>>();
const optimizers = new WeakMap<object, Fused<FusedOptimizer>>();

interface Fused<Form> {
  readonly form: Form;
  readonly apply: unknown;
}

function formOf<Form>(forms: WeakMap<object, Fused<Form>>, transform: Transform): Form | undefined {
  const fused = forms.get(transform);
  return fused?.apply === transform.apply ? fused?.form : undefined;
}

/** Gives a direction its fused form. */
export function withFused<State>(transform: Transform<State>, form: FusedDirection<State>): Transform<State> {
  directions.set(transform, { form, apply: transform.apply });
  return transform;
}

export function fusedDirection(transform: Transform): FusedDirection<unknown> | undefined {
  return formOf(directions, transform) as FusedDirection<unknown> | undefined;
}

/** Gives a chain its fused form. */
export function withFusedStep(optimizer: Transform<unknown[]>, form: FusedOptimizer): Transform<unknown[]> {
  optimizers.set(optimizer, { form, apply: optimizer.apply });
  return optimizer;
}

/** The fused form of a whole optimizer; undefined where one of its links has none. */
export function fusedOptimizer(optimizer: Transform): FusedOptimizer | undefined {
  return formOf(optimizers, optimizer);
}
