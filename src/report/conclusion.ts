import { ascending } from '../stats/ranks.ts';
import { medianTime } from '../stats/runtime.ts';
import { median, type Spread, spread } from '../stats/summary.ts';
import { formatMetric } from './format.ts';
import { countedRuns, FINAL_LOSS, type Method } from './methods.ts';
import { COST_AXES, type CostAxis, costToTarget, type Metric, metricOf } from './metric.ts';
import { type Paired, pairedRuns } from './pairs.ts';

/** What an experiment declared before its first run. */
export interface Conclusion {
  readonly metric: Metric;
  readonly target?: number;
  readonly reference?: string;
  readonly comparisons?: readonly (readonly [string, string])[];
  /** The largest difference of the metric that does not matter. */
  readonly margin?: number;
}

/** What chooses the best setting of every method: the declared metric, but on the validation split, whatever is reported. */
export function choosingMetric(conclusion: Conclusion | undefined): Metric {
  return conclusion === undefined ? FINAL_LOSS : { ...conclusion.metric, split: 'validation' };
}

/** A declaration as the store kept it. */
export interface KeptDeclaration {
  readonly text: string;
  readonly declaredAt: string;
  /** How many runs were stored then. */
  readonly runs: number;
}

/** What a method reached of the declared conclusion, over the seeds at its best setting. */
export interface ConclusionRow {
  readonly method: string;
  readonly metric: Spread;
  readonly runs: number;
  /** How many of the runs reached the target; null without a target. */
  readonly reached: number | null;
  /** What the runs had spent by when half of them had reached the target; Infinity where fewer did. */
  readonly costs: { readonly [C in CostAxis]: number } | null;
  /** Wall-clock time of a whole run: no result, it depends on the machine. NaN if it is not known. */
  readonly seconds: number;
}

/** A row a method, the best median first; of equals the cheapest. A method that was not run yet is left out. */
export function conclusionRows(methods: readonly Method[], conclusion: Conclusion): ConclusionRow[] {
  return methods
    .filter((method) => runsOf(method).length > 0)
    .map((method) => rowOf(method, conclusion))
    .toSorted((a, b) => ascending(a.metric.median, b.metric.median) || ascending(stepsOf(a), stepsOf(b)));
}

function rowOf(method: Method, { metric, target }: Conclusion): ConclusionRow {
  const runs = runsOf(method);
  const costsOf = (cost: CostAxis) =>
    target === undefined ? [] : runs.map((run) => costToTarget(run, metric, target, cost));
  return {
    method: method.label,
    metric: spread(runs.map((run) => metricOf(run, metric))),
    runs: runs.length,
    reached: target === undefined ? null : costsOf('step').filter(Number.isFinite).length,
    costs:
      target === undefined
        ? null
        : (Object.fromEntries(COST_AXES.map((cost) => [cost, medianTime(costsOf(cost))])) as {
            [C in CostAxis]: number;
          }),
    seconds: median(runs.flatMap(({ environment }) => (environment === null ? [] : [environment.seconds]))),
  };
}

/** A declared comparison. A name that no method has gives no seeds. */
export interface ComparisonRow extends Paired {
  readonly first: string;
  readonly second: string;
}

/** The declared comparisons; every other method with the reference, where only that was declared. A name that no method has gives no seeds. */
export function comparisonRows(methods: readonly Method[], conclusion: Conclusion): ComparisonRow[] {
  const { metric, reference, comparisons } = conclusion;
  const others = methods.filter(({ label }) => label !== reference);
  const pairs =
    comparisons ?? (reference === undefined ? [] : others.map(({ label }) => [label, reference] as const));
  const named = (name: string) => methods.find(({ label }) => label === name);
  return pairs.map(([first, second]) => ({
    first,
    second,
    ...pairedRuns(named(first), named(second), metric),
  }));
}

function runsOf({ best, settings }: Method) {
  return countedRuns(best ?? settings[0]);
}

const stepsOf = (row: ConclusionRow) => row.costs?.step ?? 0;

/** `final validation error`, `best test loss` */
export function metricName({ split, measure, at }: Metric): string {
  return `${at} ${split === 'train' ? 'training' : split} ${measure}`;
}

/** `final validation error at most 12.0%` */
export function targetName({ metric, target }: Conclusion): string {
  return `${metricName(metric)}${target === undefined ? '' : ` at most ${formatMetric(target, metric.measure)}`}`;
}
