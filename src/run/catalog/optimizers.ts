import type { z } from 'zod';
import { family, type SpecInputOf, type SpecOf, splitKind } from '../schema.ts';
import { adaptiveOptimizers } from './adaptiveOptimizers.ts';
import { classicOptimizers } from './classicOptimizers.ts';
import { matrixOptimizers } from './matrixOptimizers.ts';
import type { Method, MethodContext, UserOptimizer } from './method.ts';
import { momentumOptimizers } from './momentumOptimizers.ts';
import { objectiveOptimizers } from './objectiveOptimizers.ts';
import {
  acceptSchedules,
  methodOf,
  type WithScheduleInputs,
  type WithSchedules,
} from './scheduledOptions.ts';

/** Every optimizer by its kind. */
export const optimizers = {
  ...classicOptimizers,
  ...momentumOptimizers,
  ...adaptiveOptimizers,
  ...matrixOptimizers,
  ...objectiveOptimizers,
};

export type OptimizerSpec = WithSchedules<SpecOf<typeof optimizers>>;
export type OptimizerInput = WithScheduleInputs<SpecInputOf<typeof optimizers>>;

/** The schema of {@link OptimizerSpec}: a row's options, of which the real numbers may be schedules. */
export const optimizerSchema = family('optimizer', acceptSchedules(optimizers)) as unknown as z.ZodType<
  OptimizerSpec,
  OptimizerInput
>;

/** The method that a spec names, in the dialect that it names. */
export function createMethod(
  spec: OptimizerSpec,
  userOptimizers: Readonly<Record<string, UserOptimizer>>,
  newtonSchulz?: MethodContext['newtonSchulz'],
): Method {
  const { name, dialect } = splitKind(spec.kind);
  const { create } = optimizers[name as keyof typeof optimizers] as {
    create: (options: OptimizerSpec, context: MethodContext) => Method;
  };
  const make = (options: OptimizerSpec) => create(options, { dialect, userOptimizers, newtonSchulz });
  // the options of a user's optimizer are the user's: they mean nothing here
  return spec.kind === 'module' ? make(spec) : methodOf(spec, make);
}
