import { improvementInterval } from '../stats/improvement.ts';
import { ascendingNaNLast } from '../stats/ranks.ts';
import { medianTime } from '../stats/runtime.ts';
import { median, type Spread, spread } from '../stats/summary.ts';
import { type Estimate, estimate, FEWEST_FOR_INTERVAL } from './estimate.ts';
import {
  countedRuns,
  finalValues,
  isProblem,
  type Measure,
  type Method,
  resultsOf,
  type Setting,
  type Split,
} from './methods.ts';
import { costToTarget, type Metric, metricOf } from './metric.ts';
import { type RateSensitivity, rateSensitivity } from './rateSensitivity.ts';

/** What the methods of a report are compared by. */
export interface Reported {
  readonly metric: Metric;
  /** Whether the experiment declared it before its first run. */
  readonly isDeclared: boolean;
  readonly target?: number | undefined;
  /** The method that the others are compared with; the best one, chosen after the results, unless it was declared. */
  readonly reference?: string | undefined;
}

/** The probability that a run of a method is better than one of the reference. */
export interface Improvement {
  readonly probability: number;
  /** 95 % bootstrap interval; null where one of the two has too few seeds for one. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** One row a method. Values are over the seeds at its best setting; a diverged run counts as Infinity. */
export interface SummaryRow {
  readonly method: string;
  readonly learningRate: number | null;
  readonly edge: Method['edge'];
  /** Learning rates that were tried, a rate of zero apart: it does not train. */
  readonly rates: number;
  readonly triedZero: boolean;
  /** What the methods are compared by. */
  readonly metric: Estimate;
  readonly trainLoss: Spread;
  readonly validationLoss: Spread;
  readonly validationError: Spread;
  readonly testError: Estimate;
  /** Null for the reference itself, and where one of the two has no run. */
  readonly improvement: Improvement | null;
  /** Null without a target. The steps by which half of the runs had reached it; Infinity where fewer did. */
  readonly target: { readonly reached: number; readonly runs: number; readonly steps: number } | null;
  /** Null with fewer than three learning rates. */
  readonly sensitivity: RateSensitivity | null;
  /** What a step costs: operations as the engine counts them; NaN if unknown. */
  readonly flopsPerStep: number;
  /** Wall-clock seconds, for information; NaN if unknown. */
  readonly secondsPerStep: number;
  /** Of all runs of the method, at every learning rate. */
  readonly diverged: number;
  readonly failed: number;
  readonly lost: number;
  readonly runs: number;
}

const FINAL_ERROR: Metric = { split: 'validation', measure: 'error', at: 'final' };
/** A problem has no error: its validation loss is the distance from the minimum. */
const FINAL_DISTANCE: Metric = { split: 'validation', measure: 'loss', at: 'final' };

/** What methods are compared by where nothing was declared. */
export function undeclaredMetric(methods: readonly Method[]): Metric {
  const isOfProblems = methods.every(({ settings }) =>
    settings.every(({ records }) => records.every(isProblem)),
  );
  return isOfProblems ? FINAL_DISTANCE : FINAL_ERROR;
}

/** The rows in the order of the median of the metric, then of the validation loss; methods of which no run completed come last. */
export function summaryRows(
  methods: readonly Method[],
  reported: Reported = { metric: undeclaredMetric(methods), isDeclared: false },
): SummaryRow[] {
  const rows = methods
    .map((method) => ({ method, row: summaryRow(method, reported) }))
    .toSorted(
      (a, b) =>
        ascendingNaNLast(a.row.metric.median, b.row.metric.median) ||
        ascendingNaNLast(a.row.validationLoss.median, b.row.validationLoss.median),
    );
  const reference =
    methods.find(({ label }) => label === reported.reference) ??
    (reported.reference === undefined ? rows[0]?.method : undefined);
  return rows.map(({ method, row }) => ({
    ...row,
    improvement: improvementOf(method, reference, reported.metric),
  }));
}

function summaryRow({ label, settings, best, edge }: Method, reported: Reported): SummaryRow {
  const outcomes = settings.flatMap((setting) => setting.records.map((record) => record.outcome.kind));
  const finals = (split: Split, measure: Measure) => (best === null ? [] : finalValues(best, split, measure));
  const values = best === null ? [] : resultsOf(best).map((run) => metricOf(run, reported.metric));
  return {
    method: label,
    learningRate: best?.learningRate ?? null,
    edge,
    rates: settings.filter((setting) => setting.learningRate !== 0).length,
    triedZero: settings.some((setting) => setting.learningRate === 0),
    metric: estimate(values),
    trainLoss: spread(finals('train', 'loss')),
    validationLoss: spread(finals('validation', 'loss')),
    validationError: spread(finals('validation', 'error')),
    testError: estimate(finals('test', 'error')),
    improvement: null,
    target: targetOf(best, reported),
    sensitivity: rateSensitivity(settings),
    ...costsOfStep(best),
    diverged: outcomes.filter((kind) => kind === 'diverged').length,
    failed: outcomes.filter((kind) => kind === 'failed').length,
    lost: outcomes.filter((kind) => kind === 'lost').length,
    runs: outcomes.length,
  };
}

function improvementOf(
  { label, best }: Method,
  reference: Method | undefined,
  metric: Metric,
): Improvement | null {
  if (reference === undefined || reference.label === label || best === null || reference.best === null)
    return null;
  const [a, b] = [best, reference.best].map((setting) =>
    countedRuns(setting).map((run) => metricOf(run, metric)),
  );
  const { estimate: probability, low, high } = improvementInterval([{ a, b }]);
  const isEnough = Math.min(a.length, b.length) >= FEWEST_FOR_INTERVAL;
  return { probability, interval: isEnough ? [low, high] : null };
}

function targetOf(best: Setting | null, { metric, target }: Reported): SummaryRow['target'] {
  if (target === undefined) return null;
  const steps =
    best === null ? [] : countedRuns(best).map((run) => costToTarget(run, metric, target, 'step'));
  return { reached: steps.filter(Number.isFinite).length, runs: steps.length, steps: medianTime(steps) };
}

function costsOfStep(best: Setting | null): Pick<SummaryRow, 'flopsPerStep' | 'secondsPerStep'> {
  const runs = best === null ? [] : resultsOf(best).filter(({ steps }) => steps > 0);
  return {
    // records of earlier versions have none
    flopsPerStep: median(runs.map(({ flops, steps }) => (flops ?? Number.NaN) / steps)),
    secondsPerStep: median(
      runs.flatMap(({ environment, steps }) => (environment === null ? [] : [environment.seconds / steps])),
    ),
  };
}
