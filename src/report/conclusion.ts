import { median, type Spread, spread } from '../stats/summary.ts';
import { formatMetric } from './format.ts';
import { countedRuns, FINAL_LOSS, type Method, seedOf } from './methods.ts';
import { COST_AXES, type CostAxis, costToTarget, type Metric, metricOf } from './metric.ts';

/** What an experiment declared before its first run. */
export interface Conclusion {
  readonly metric: Metric;
  readonly target?: number;
  readonly reference?: string;
  readonly comparisons?: readonly (readonly [string, string])[];
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
  /** The median of what the runs had spent when they reached the target; a run that missed it counts as infinite. */
  readonly costs: { readonly [C in CostAxis]: number } | null;
  /** Wall-clock time of a whole run: no result, it depends on the machine. NaN if it is not known. */
  readonly seconds: number;
}

/** A row a method, the best median first; of equals the cheapest. A method that was not run yet is left out. */
export function conclusionRows(methods: readonly Method[], conclusion: Conclusion): ConclusionRow[] {
  return methods
    .filter((method) => runsOf(method).length > 0)
    .map((method) => rowOf(method, conclusion))
    .toSorted((a, b) => compare(a.metric.median, b.metric.median) || compare(stepsOf(a), stepsOf(b)));
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
        : (Object.fromEntries(COST_AXES.map((cost) => [cost, median(costsOf(cost))])) as {
            [C in CostAxis]: number;
          }),
    seconds: median(runs.flatMap(({ environment }) => (environment === null ? [] : [environment.seconds]))),
  };
}

/** Two methods on the seeds that both have run with: seed i is the same world for both. */
export interface ComparisonRow {
  readonly first: string;
  readonly second: string;
  /** Seeds with a run of both. */
  readonly seeds: number;
  /** On how many of them the first is better, and on how many worse; equal and both infinite is neither. */
  readonly better: number;
  readonly worse: number;
  /** The median over the seeds of the first one's metric minus the second one's. NaN without a seed. */
  readonly difference: number;
}

/** The declared comparisons; every other method with the reference, where only that was declared. A name that no method has gives no seeds. */
export function comparisonRows(methods: readonly Method[], conclusion: Conclusion): ComparisonRow[] {
  const { metric, reference, comparisons } = conclusion;
  const others = methods.filter(({ label }) => label !== reference);
  const pairs =
    comparisons ?? (reference === undefined ? [] : others.map(({ label }) => [label, reference] as const));
  const valuesOf = (name: string) =>
    new Map(
      methods
        .filter(({ label }) => label === name)
        .flatMap(runsOf)
        .map((run) => [seedOf(run), metricOf(run, metric)]),
    );
  return pairs.map(([first, second]) => {
    const [a, b] = [valuesOf(first), valuesOf(second)];
    const seeds = [...a.keys()].filter((seed) => b.has(seed));
    const differences = seeds.map((seed) => minus(a.get(seed)!, b.get(seed)!));
    return {
      ...{ first, second, seeds: seeds.length },
      better: differences.filter((difference) => difference < 0).length,
      worse: differences.filter((difference) => difference > 0).length,
      difference: median(differences),
    };
  });
}

/** Two infinite values are equally bad. */
function minus(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function runsOf({ best, settings }: Method) {
  return countedRuns(best ?? settings[0]);
}

const stepsOf = (row: ConclusionRow) => row.costs?.step ?? 0;

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `final validation error`, `best test loss` */
export function metricName({ split, measure, at }: Metric): string {
  return `${at} ${split === 'train' ? 'training' : split} ${measure}`;
}

/** `final validation error at most 12.0%` */
export function targetName({ metric, target }: Conclusion): string {
  return `${metricName(metric)}${target === undefined ? '' : ` at most ${formatMetric(target, metric.measure)}`}`;
}
