import { InvalidInput } from '../core/check.ts';
import type { EvaluationSeries, RunRecord } from '../run/record.ts';
import { smallest } from '../stats/summary.ts';

/** The number by which runs are compared, the smaller the better. */
export type Metric = {
  readonly split: 'train' | 'validation' | 'test';
  readonly measure: 'loss' | 'error';
  /** `final`: the last evaluation. `best`: the smallest value of all evaluations after step 0. */
  readonly at: 'final' | 'best';
};

const CHOOSING = {
  split: ['train', 'validation'],
  measure: ['loss', 'error'],
  at: ['final', 'best'],
} as const satisfies { [K in keyof Metric]: readonly Metric[K][] };

/**
 * Checks a metric that chooses among trials, before the first run.
 * @throws InvalidInput if a part of it is unknown, or if it is on the test split: a choice that has seen it leaves nothing to test with.
 */
export function checkChoosingMetric(metric: Metric): void {
  for (const [part, known] of Object.entries(CHOOSING)) {
    const got: unknown = metric?.[part as keyof Metric];
    if ((known as readonly unknown[]).includes(got)) continue;
    const why =
      part === 'split' && got === 'test'
        ? ': the test split chooses nothing; declare it in the conclusion to have it reported'
        : '';
    throw new InvalidInput(`invalid metric.${part}: got ${got}, expected one of ${known.join(', ')}${why}`);
  }
}

/** What a run has spent: its steps, its training images, its gradients, the operations that the engine counted. */
export const COST_AXES = ['step', 'samples', 'gradientEvaluations', 'flops'] as const;
export type CostAxis = (typeof COST_AXES)[number];

/** The metric of a run: Infinity unless the run completed; NaN counts as Infinity, the evaluation at step 0 not at all. */
export function metricOf(record: RunRecord, metric: Metric): number {
  const values = valuesOf(record, metric);
  return metric.at === 'best' ? smallest(values) : (values.at(-1) ?? Number.POSITIVE_INFINITY);
}

/**
 * What the run had spent at the first evaluation after step 0 at which the metric's value was at most `target`. Infinity if that
 * never happened, and for a run that did not complete: who diverges later has not reached anything that one could keep.
 */
export function costToTarget(record: RunRecord, metric: Metric, target: number, cost: CostAxis): number {
  const reached = valuesOf(record, metric).findIndex((value) => value <= target);
  if (reached < 0) return Number.POSITIVE_INFINITY;
  const { evaluations } = record.series;
  return afterStart(evaluations, evaluations[cost])[reached];
}

function valuesOf({ outcome, series }: RunRecord, { split, measure }: Metric): number[] {
  if (outcome.kind !== 'completed') return [];
  const values = afterStart(series.evaluations, series.evaluations[split][measure]);
  return values.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));
}

function afterStart({ step }: EvaluationSeries, values: readonly number[]): number[] {
  return values.filter((_, i) => step[i] > 0);
}
