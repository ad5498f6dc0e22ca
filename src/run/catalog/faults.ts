import { z } from 'zod';
import { duplicateBatch, labelNoise } from '../../train/faults/batchFaults.ts';
import { deadUnitsFault } from '../../train/faults/deadUnits.ts';
import { gradientFactor, gradientValue, weightFactor } from '../../train/faults/gradientFaults.ts';
import { rateSpike } from '../../train/faults/rateSpike.ts';
import { notNegative, number, unit, whole } from '../numbers.ts';
import { row, type SpecOf } from '../schema.ts';

/** The first step of a fault, counted from 1, and how many it lasts. */
const at = whole(1);
const steps = whole(1).default(1);
/** A role (`bias`), a layer (`conv1`) or a tensor (`conv1.weight`). */
const name = z.string().min(1);
const badElements = { at, steps, part: name.optional(), element: whole(0).optional() };

/** What goes wrong in a run on purpose; docs/faults.md has the equations. */
export const faults = {
  nanGradient: row({
    summary:
      'the gradient is NaN: all of it, a `part` (role, layer or tensor), or one `element` (of the part)',
    options: badElements,
    create: (options) => gradientValue(Number.NaN, options),
  }),
  infiniteGradient: row({
    summary: 'the gradient is infinite: all of it, a `part`, or one `element`',
    options: badElements,
    create: (options) => gradientValue(Number.POSITIVE_INFINITY, options),
  }),
  zeroGradient: row({
    summary: 'the gradient is zero: all of it or a `part`',
    options: { at, steps, part: name.optional() },
    create: (options) => gradientValue(0, options),
  }),
  explodingLayer: row({
    summary:
      'the gradient of a layer, tensor or role, or its weights before the forward pass, times `factor`',
    options: {
      at,
      steps,
      layer: name,
      factor: number.default(1000),
      of: z.enum(['gradient', 'weights']).default('gradient'),
    },
    create: ({ of, factor, layer, ...when }) =>
      of === 'gradient'
        ? gradientFactor(factor, { ...when, part: layer })
        : weightFactor(factor, { ...when, layer }),
  }),
  deadUnits: row({
    summary:
      'what is added in front of each ReLU (or of the one named `layer`), bias or beta, becomes `bias`: no unit fires',
    options: {
      at,
      layer: name.optional(),
      bias: number
        .refine((value) => value < 0, { error: (issue) => `expected a number below 0, got ${issue.input}` })
        .default(-100),
    },
    create: deadUnitsFault,
  }),
  duplicateBatch: row({
    summary: 'all images and labels of the batch are the first one',
    options: { at, steps },
    create: duplicateBatch,
  }),
  rateSpike: row({
    summary: 'the learning rate times `factor`',
    options: { at, steps, factor: notNegative.default(100) },
    create: rateSpike,
  }),
  labelNoise: row({
    summary:
      'a `share` of the training examples has another label than its own, the same one in every epoch; to the end without `steps`',
    source: 'Angluin and Laird 1988; van Rooyen, Menon and Williamson 2015 (symmetric noise)',
    options: { share: unit, at: at.default(1), steps: whole(1).optional() },
    create: labelNoise,
  }),
};

export type FaultSpec = SpecOf<typeof faults>;

/** The last step that a fault acts in; infinite where it lasts to the end. */
export function lastStepOf(fault: FaultSpec): number {
  if (fault.kind === 'deadUnits') return fault.at;
  return fault.at + (fault.steps ?? Number.POSITIVE_INFINITY) - 1;
}
