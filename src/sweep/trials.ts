import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { type Metric, metricOf } from '../report/metric.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { median } from '../stats/summary.ts';
import type { Point, Space } from './space.ts';
import type { Results } from './stage.ts';

/** Runs with hyper-parameters that can be chosen. */
export interface Tunable<S extends Space = Space> {
  readonly space: S;
  /** The run of a choice of hyper-parameters. A pure function: runs of two seeds may differ in their `seed` alone. */
  spec(params: Point<S>, seed: number): RunSpecInput;
}

/** A choice of hyper-parameters; `trial` counts from 0. */
export type Trial = { readonly trial: number; readonly params: Point };

/** Of every seed the run's id and the metric; the median of the metric decides. */
export type Score = {
  readonly runs: readonly string[];
  readonly values: readonly number[];
  readonly median: number;
};
export type ScoredTrial = Trial & Score;

/** What is needed to score: the seeds of every trial, the metric, and the records of the runs. */
export interface Scoring {
  readonly seeds: readonly number[];
  readonly metric: Metric;
  readonly results: Results;
}

/**
 * The runs of trials: every trial with every seed, the seeds the fastest.
 * @throws InvalidInput if a spec has another seed than it was given, or differs between seeds in anything else.
 */
export function* runsOf(
  tunable: Tunable,
  trials: readonly Trial[],
  seeds: readonly number[],
  what = 'spec',
): Generator<RunSpecInput> {
  for (const { params } of trials) {
    const where = `${what}(${JSON.stringify(params)}, seed)`;
    let first: string | undefined;
    for (const seed of seeds) {
      const spec = tunable.spec(params, seed);
      if (spec.seed !== seed)
        throw new InvalidInput(
          `invalid ${where}: got the seed ${spec.seed}, expected ${seed}, the one that it was given`,
        );
      const rest = canonicalJson({ ...spec, seed: 0 });
      first ??= rest;
      if (rest !== first)
        throw new InvalidInput(
          `invalid ${where}: runs of two seeds differ in more than their seed; got ${rest}, expected ${first}`,
        );
      yield spec;
    }
  }
}

/** The trials with their scores, in their order. */
export function score(tunable: Tunable, trials: readonly Trial[], scoring: Scoring): ScoredTrial[] {
  return trials.map(({ trial, params }) => ({
    ...{ trial, params },
    ...scoreOf(recordsOf(tunable, params, scoring), scoring.metric),
  }));
}

/** The records of one choice, in the order of the seeds. */
export function recordsOf(tunable: Tunable, params: Point, { seeds, results }: Scoring): RunRecord[] {
  return seeds.map((seed) => results(tunable.spec(params, seed)));
}

export function scoreOf(records: readonly RunRecord[], metric: Metric): Score {
  const values = records.map((record) => metricOf(record, metric));
  return { runs: records.map(({ id }) => id), values, median: median(values) };
}

/** The smallest median first, Infinity last; of equals the earlier trial first. */
export function ranked<T extends ScoredTrial>(trials: readonly T[]): T[] {
  return trials.toSorted((a, b) => (a.median < b.median ? -1 : a.median > b.median ? 1 : a.trial - b.trial));
}

/** So many whole numbers from `first` on. @throws InvalidInput if the count is not a whole number of at least 1. */
export function numbersFrom(first: number, count: number, what: string): number[] {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidInput(`invalid ${what}: got ${count}, expected a whole number of at least 1`);
  return Array.from({ length: count }, (_, i) => first + i);
}
