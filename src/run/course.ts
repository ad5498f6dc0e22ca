import { sha256, sha256OfNumbers } from '../core/hash.ts';
import { canonicalJson } from '../core/json.ts';
import { stepsOf } from './batchSizes.ts';
import { createRateSource } from './catalog/schedules.ts';
import { stretchesOf } from './changes.ts';
import type { RunSpec } from './spec.ts';

/**
 * What decides the steps of a run, one by one: its learning rate and everything else of its spec. Two runs whose courses are the same up
 * to a step have the same bits up to there, so that one of them can go on from a checkpoint of the other.
 */
export interface Course {
  /** Steps of the run, up to its `until`, and of its horizon. */
  readonly length: number;
  readonly horizon: number;
  /** Digest of what makes step `step` (from 0) beside the rate; a rate that reacts to a metric is in it. */
  key(step: number): string;
  /** NaN where it reacts to a metric. */
  rate(step: number): number;
}

/** @throws what the schedule of a spec throws when it is made. */
export function courseOf(spec: RunSpec, images: number): Course {
  const { until: _, ...whole } = spec; // where a run stops makes none of its steps another
  const horizon = stepsOf(whole, images);
  const stretches = stretchesOf(whole).map(({ spec: part, end }) => {
    const { schedule, ...rest } = part;
    const rate = createRateSource(schedule, part.optimizer.learningRate);
    const isPure = 'schedule' in rate;
    return {
      end,
      key: sha256(canonicalJson(isPure ? rest : part)),
      rate: (step: number) => (isPure ? rate.schedule(step, horizon) : Number.NaN),
    };
  });
  const at = (step: number) => stretches.find(({ end }) => step < end) ?? stretches[0];
  return {
    length: stepsOf(spec, images),
    horizon,
    key: (step) => at(step).key,
    rate: (step) => at(step).rate(step),
  };
}

export function isSameStep(a: Course, b: Course, step: number): boolean {
  return Object.is(a.rate(step), b.rate(step)) && a.key(step) === b.key(step);
}

/** Names the first `steps` steps of all runs that have them: `s` and a digest. */
export function prefixId(course: Course, steps: number): string {
  const keys: [from: number, key: string][] = [];
  const rates = new Float64Array(steps);
  for (let step = 0; step < steps; step++) {
    const key = course.key(step);
    if (keys.at(-1)?.[1] !== key) keys.push([step, key]);
    rates[step] = course.rate(step);
  }
  return `s${sha256(canonicalJson({ keys, steps }), sha256OfNumbers(rates))}`;
}
