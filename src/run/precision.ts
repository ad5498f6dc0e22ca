import { z } from 'zod';
import { InvalidInput } from '../core/check.ts';
import type { Layout, Slot } from '../core/layout.ts';
import { stream } from '../core/rng.ts';
import type { FormatName } from '../core/rounding.ts';
import { checkNames, slotsNamed } from '../optim/groups.ts';
import type { SlotFilter } from '../optim/transform.ts';
import type { Intervention } from '../train/intervention.ts';
import { perturbation } from '../train/perturbation.ts';
import { type Storage, storedGradients, storedMoments, storedWeights } from '../train/rounding.ts';
import { number, positive, whole } from './numbers.ts';
import { strict } from './schema.ts';
import type { RunSpec } from './spec.ts';

const format = z.enum(['bfloat16', 'float16']).describe('the format that its numbers are rounded to');

const stored = (what: string) => ({
  format,
  rounding: z
    .enum(['nearest', 'stochastic'])
    .default('nearest')
    .describe('ties to even, or up with the probability of the distance, from a stream of the seed'),
  on: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(`the ${what} of these roles, layers or tensors alone; all unless given`),
});

/** The key `precision` of a spec: what is stored, or computed, in fewer bits than the engine has. */
export const precisionSchema = strict({
  weights: strict(stored('weights'))
    .optional()
    .describe('at the start, or where a change begins it, and after every step'),
  gradients: strict({
    ...stored('gradients'),
    scale: positive
      .default(1)
      .describe('the loss is multiplied by it, and the rounded gradient divided by it'),
  })
    .optional()
    .describe('after the backward pass'),
  moments: strict(stored('moments'))
    .optional()
    .describe("the vectors of the optimizer's state, after every step"),
  newtonSchulz: strict({
    format,
    accumulate: z
      .boolean()
      .default(false)
      .describe('every partial sum of a product is rounded, not the product alone'),
  })
    .optional()
    .describe("the iteration of the optimizer muon, after each of its operations, as in its authors' code"),
}).refine((parts) => Object.keys(parts).length > 0, {
  error: 'expected weights, gradients, moments or newtonSchulz, got none of them; leave precision out',
});

export type Precision = z.output<typeof precisionSchema>;

/** The key `perturbation` of a spec: one parameter moved once, by units in the last place. */
export const perturbationSchema = strict({
  step: whole(0).default(0).describe('the step after which it happens; 0 is before the first'),
  element: whole(0)
    .optional()
    .describe(
      'the parameter, counted through all tensors; one that is not 0, drawn by the seed, unless given',
    ),
  ulps: number
    .refine((value) => Number.isSafeInteger(value) && value !== 0, {
      error: (issue) => `expected a whole number that is not 0, got ${issue.input}`,
    })
    .default(1)
    .describe('units in the last place by which it is moved, upwards where positive'),
});

type Parts = Pick<RunSpec, 'precision' | 'perturbation' | 'seed' | 'engine'>;

/** What `precision` and `perturbation` do to a run: the weights are rounded before one of them is moved. */
export function precisionInterventions({
  precision = {},
  perturbation: moved,
  seed,
  engine,
}: Parts): Intervention[] {
  const { weights, gradients, moments } = precision;
  const storage = (name: string, { format, rounding, on }: NonNullable<Precision['moments']>): Storage => ({
    format,
    random: rounding === 'nearest' ? null : stream(seed, `rounding/${name}`),
    applies: chosen(on),
  });
  const formatOf = (slot: Slot): FormatName =>
    weights !== undefined && chosen(weights.on)(slot)
      ? weights.format
      : engine === 'wasm'
        ? 'float32'
        : 'float64';
  return [
    ...(gradients === undefined ? [] : [storedGradients(storage('gradients', gradients), gradients.scale)]),
    ...(weights === undefined ? [] : [storedWeights(storage('weights', weights))]),
    ...(moments === undefined ? [] : [storedMoments(storage('moments', moments))]),
    ...(moved === undefined
      ? []
      : [perturbation({ ...moved, formatOf, random: stream(seed, 'perturbation').at(moved.step) })]),
  ];
}

function chosen(on: readonly string[] | undefined): SlotFilter {
  return on === undefined ? () => true : slotsNamed(on);
}

/** @throws InvalidInput if `precision` names tensors, or `perturbation` an element, that the network does not have. */
export function checkPrecision(
  { precision, perturbation: moved }: Pick<RunSpec, 'precision' | 'perturbation'>,
  { layout, parameterCount }: { readonly layout: Layout; readonly parameterCount: number },
): void {
  const { element = 0 } = moved ?? {};
  if (element >= parameterCount) {
    throw new InvalidInput(
      `invalid perturbation.element: got ${element}, expected one from 0 to ${parameterCount - 1}, the parameters of the network; leave it out to have one drawn`,
    );
  }
  for (const part of ['weights', 'gradients', 'moments'] as const)
    checkNames(`precision.${part}.on`, precision?.[part]?.on ?? [], layout);
}
