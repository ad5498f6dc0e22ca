import { pow } from '../core/math.ts';
import type { RunRecord } from '../run/record.ts';
import { largest, median, smallest } from '../stats/summary.ts';
import { type Conclusion, metricName } from './conclusion.ts';
import { countedRuns, type Method, type Setting } from './methods.ts';
import { COST_AXES, type CostAxis, costToTarget, type Metric, metricOf } from './metric.ts';

/** What runs are timed to. */
export interface Target {
  readonly metric: Metric;
  readonly value: number;
  /** Null for a declared target; else which value the report took when it had seen the results. */
  readonly chosen: string | null;
}

/** The runs of a method at its best setting, on the way to a target. */
export interface TimedMethod {
  readonly label: string;
  readonly shortLabel: string;
  readonly optimizer: string;
  /** What its longest completed run spent; where none completed, that of all methods. */
  readonly budget: number;
  readonly runs: readonly TimedRun[];
}

export interface TimedRun {
  /** What the run had spent at the target; its budget, if it missed it or did not complete. */
  readonly spent: number;
  readonly reached: boolean;
}

/**
 * The declared target. Where there is none, the median that the reference got to, or without one that of the method in the middle (of an
 * even number the worse one): what half of the methods can reach. Null if no method has a finite median.
 */
export function targetOf(
  methods: readonly Method[],
  conclusion: Conclusion | undefined,
  chosenBy: Metric,
): Target | null {
  const metric = conclusion?.metric ?? chosenBy;
  if (conclusion?.target !== undefined) return { metric, value: conclusion.target, chosen: null };
  const medians = methods
    .map((method) => ({ label: method.label, value: middle(shownSetting(method), metric) }))
    .toSorted((a, b) => (a.value === b.value ? 0 : a.value < b.value ? -1 : 1));
  const finite = medians.filter(({ value }) => Number.isFinite(value));
  const reference = finite.find(({ label }) => label === conclusion?.reference);
  const central = medians[Math.floor(medians.length / 2)];
  const chosen = reference ?? (finite.includes(central) ? central : finite.at(-1));
  if (chosen === undefined) return null;
  const place =
    reference !== undefined
      ? ', the reference'
      : chosen === central && medians.length > 2
        ? ', which stands in the middle'
        : '';
  return {
    metric,
    value: chosen.value,
    chosen: `the median ${metricName(metric)} of ${chosen.label}${place}`,
  };
}

function middle(setting: Setting, metric: Metric): number {
  return median(countedRuns(setting).map((run) => metricOf(run, metric)));
}

/**
 * Every method with its runs; empty if no run completed. A run that missed the target is censored at its budget, and so is one that
 * diverged or failed: at what the longest completed run of its setting spent, of all settings if none completed.
 */
export function timedMethods(
  methods: readonly Method[],
  { metric, value }: Target,
  cost: CostAxis,
): TimedMethod[] {
  const settings = methods.map(shownSetting);
  const overall = budgetOf(settings.flatMap(countedRuns), cost);
  if (!(overall > 0)) return [];
  return methods.flatMap(({ label, shortLabel, optimizer }, m) => {
    const runs = countedRuns(settings[m]);
    if (runs.length === 0) return [];
    const own = budgetOf(runs, cost);
    const budget = own > 0 ? own : overall;
    const timed = runs.map((run) => timedRun(run, costToTarget(run, metric, value, cost), cost, budget));
    return [{ label, shortLabel, optimizer, budget, runs: timed }];
  });
}

function timedRun(run: RunRecord, spent: number, cost: CostAxis, budget: number): TimedRun {
  if (Number.isFinite(spent)) return { spent, reached: true };
  return { spent: run.outcome.kind === 'completed' ? spentBy(run, cost) : budget, reached: false };
}

/** The setting that stands for a method: the best one, any if no run completed. */
export function shownSetting({ best, settings }: Method): Setting {
  return best ?? settings[0];
}

/** What the longest completed run spent; -Infinity if none completed. */
export function budgetOf(runs: readonly RunRecord[], cost: CostAxis): number {
  return largest(runs.filter(({ outcome }) => outcome.kind === 'completed').map((run) => spentBy(run, cost)));
}

function spentBy({ series }: RunRecord, cost: CostAxis): number {
  return series.evaluations[cost].at(-1) ?? 0;
}

/** As many targets as the ladder has. */
const RUNGS = 10;

/**
 * Targets from easy to hard, in equal ratios from the median of what runs start with (left out) to the best value that any run had
 * (the last one). Chosen after the results. Empty if nothing became better than at the start; a best value of 0 counts as a
 * thousandth of the start.
 */
export function ladderOf(methods: readonly Method[], metric: Metric): number[] {
  const runs = methods.map(shownSetting).flatMap(countedRuns);
  const starts = runs.flatMap(({ series: { evaluations } }) =>
    evaluations.step[0] === 0 ? [evaluations[metric.split][metric.measure][0]] : [],
  );
  const start = median(starts.filter(Number.isFinite));
  const best = smallest(runs.map((run) => metricOf(run, { ...metric, at: 'best' })));
  if (!(best < start) || !(start > 0)) return [];
  const ratio = Math.max(best, start / 1000) / start;
  return Array.from({ length: RUNGS }, (_, i) =>
    i === RUNGS - 1 ? best : start * pow(ratio, (i + 1) / RUNGS),
  );
}

/** The costs that are worth a horizontal axis: gradient evaluations only where a run did not make one in every step. */
export function costsOf(methods: readonly Method[]): CostAxis[] {
  const runs = methods.map(shownSetting).flatMap(countedRuns);
  const isOther = ({ series: { evaluations } }: RunRecord) =>
    evaluations.gradientEvaluations.some((value, i) => value !== evaluations.step[i]);
  return COST_AXES.filter((cost) => cost !== 'gradientEvaluations' || runs.some(isOther));
}
