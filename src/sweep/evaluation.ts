import { COST_AXES, type CostAxis, costToTarget, type Metric } from '../report/metric.ts';
import type { RunRecord } from '../run/record.ts';
import { medianTime } from '../stats/runtime.ts';
import type { Results, Stage } from './stage.ts';
import { recordsOf, type Score, scoreOf, type Trial } from './trials.ts';
import { type Contender, runsOfAll } from './tuning.ts';

/** How winners are evaluated: the same for all. */
export interface EvaluationRules {
  readonly seeds: readonly number[];
  readonly metric: Metric;
  /** A value of the metric; null: what it costs to reach one is not asked. */
  readonly target: number | null;
}

/** A winner's runs on fresh seeds, in the order of the seeds. */
export type Evaluation = Score & {
  readonly diverged: number;
  readonly failed: number;
  /** How many runs reached the target, and what each had spent then: Infinity for a miss. */
  readonly toTarget: {
    readonly reached: number;
    readonly costs: { readonly [C in CostAxis]: Omit<Score, 'runs'> };
  } | null;
};

/** Where evaluation seeds begin. Those of trials begin at 0: the two never meet. */
export const FIRST_EVALUATION_SEED = 1000;

/** One stage: every contender with its winner on seeds that no trial has seen. */
export function* evaluate(
  contenders: readonly Contender[],
  winners: readonly Trial[],
  { seeds, metric, target }: EvaluationRules,
): Generator<Stage, Evaluation[], Results> {
  const trials = winners.map((winner) => [winner]);
  const results = yield { name: 'evaluation', runs: () => runsOfAll(contenders, trials, seeds) };
  return contenders.map((method, i) => {
    const records = recordsOf(method, winners[i].params, { seeds, metric, results });
    const count = (kind: RunRecord['outcome']['kind']) =>
      records.filter(({ outcome }) => outcome.kind === kind).length;
    return {
      ...scoreOf(records, metric),
      diverged: count('diverged'),
      failed: count('failed'),
      toTarget: target === null ? null : toTargetOf(records, metric, target),
    };
  });
}

function toTargetOf(
  records: readonly RunRecord[],
  metric: Metric,
  target: number,
): NonNullable<Evaluation['toTarget']> {
  const costs = COST_AXES.map((cost) => {
    const values = records.map((record) => costToTarget(record, metric, target, cost));
    return [cost, { values, median: medianTime(values) }];
  });
  const reached = records.filter(
    (record) => costToTarget(record, metric, target, 'step') < Number.POSITIVE_INFINITY,
  );
  return { reached: reached.length, costs: Object.fromEntries(costs) };
}
