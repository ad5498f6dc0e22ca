import { fusedDirection, withFused } from './fused.ts';
import type { StepContext, Transform } from './transform.ts';

/**
 * A transform that starts in the middle of a run, after step `after`: its steps count from 1 and its horizon is what is left of the run,
 * so that a bias correction, a first step or a schedule of its own options is at its beginning. Learning rate, parameters and random
 * numbers are those of the run's step.
 */
export function startedLater(transform: Transform, after: number): Transform {
  const own = {} as { -readonly [K in keyof StepContext]: StepContext[K] };
  const shifted = (context: StepContext): StepContext => {
    Object.assign(own, context);
    own.step = context.step - after;
    if (context.horizon !== undefined) own.horizon = context.horizon - after;
    return own;
  };
  const { appliesLearningRate, usesObjective } = transform;
  const later: Transform = {
    ...(appliesLearningRate === undefined ? {} : { appliesLearningRate }),
    ...(usesObjective === undefined ? {} : { usesObjective }),
    ...(transform.telemetry && { telemetry: (state) => transform.telemetry?.(state) ?? {} }),
    ...(transform.evaluationParams && {
      evaluationParams: (out, state, params, layout) =>
        transform.evaluationParams?.(out, state, params, layout),
    }),
    init: (layout, allocator) => transform.init(layout, allocator),
    apply: (updates, state, context) => transform.apply(updates, state, shifted(context)),
  };
  const fused = fusedDirection(transform);
  if (fused === undefined) return later;
  return withFused(later, (steps, range, state, context) => fused(steps, range, state, shifted(context)));
}
