import { logRankPermutationTest } from '../../stats/logRank.ts';
import { holm } from '../../stats/multipleTesting.ts';
import { EXACT_LIMIT, minimumTwoSampleP } from '../../stats/permutation.ts';
import { clopperPearson } from '../../stats/proportions.ts';
import { expectedRunningTime } from '../../stats/runtime.ts';
import { smallestAdjusted } from '../../stats/significance.ts';
import { largest, smallest } from '../../stats/summary.ts';
import { kaplanMeier, restrictedMean } from '../../stats/survival.ts';
import type { Figure, FigureTable } from '../figure.ts';
import { formatAmount, formatMetric, formatNumber, formatPercent } from '../format.ts';
import type { Method } from '../methods.ts';
import type { CostAxis } from '../metric.ts';
import { costsOf, type Target, type TimedMethod, type TimedRun, timedMethods } from '../timeToTarget.ts';
import { ALPHA } from '../verdicts.ts';
import { AT_BEST_RATE } from './candidates.ts';
import { TIME_NAMES } from './curvePanels.ts';
import { type StepLine, type StepView, stepLines } from './stepLines.ts';

/** What a method needed to the target. */
export interface TargetRow {
  readonly method: string;
  readonly runs: number;
  readonly reached: number;
  /** Clopper-Pearson, 95%. */
  readonly share: readonly [number, number];
  /** Of Kaplan and Meier's curve; Infinity if fewer than half of the runs reached the target. */
  readonly median: number;
  /** The mean of the steps, those after the horizon cut off. */
  readonly restrictedMean: number;
  /** Expected running time, see `expectedRunningTime`; a run that diverged or failed spent its budget. Infinity if no run reached the target. */
  readonly expected: number;
  /**
   * Log-rank test against the reference by permutation, by Holm's method for all methods but the reference, those not tested with p = 1;
   * null where there is none, or too few seeds for one.
   */
  readonly p: number | null;
}

/** Kaplan and Meier's estimate of the share of runs that have reached the target, by what they had spent, each method at its best setting. Null if no run completed. */
export function timeToTarget(
  methods: readonly Method[],
  target: Target | null,
  reference?: string,
  shown = AT_BEST_RATE,
): Figure | null {
  if (target === null) return null;
  const timed = timedMethods(methods, target, 'step');
  if (timed.length === 0) return null;
  const horizon = horizonOf(timed);
  const rows = targetRows(timed, target, horizon, reference);
  const views = costsOf(methods).map((cost) => {
    const lines = timedMethods(methods, target, cost).map(lineOf);
    return costView(cost, lines, largest(lines.map(({ end }) => end)));
  });
  return stepLines({
    id: 'time-to-target',
    title: 'Time to target',
    caption: captionOf(timed, target, shown),
    quantity: 'share of runs that have reached the target',
    methods: timed.map(({ shortLabel: label, optimizer }) => ({ label, optimizer })),
    views,
    table: tableOf(rows, target, horizon, reference),
  });
}

/** Lines over a cost, with room to see a step at the end. */
export function costView(cost: CostAxis, lines: readonly StepLine[], end: number): StepView {
  const [one, many] = TIME_NAMES[cost];
  return { name: cost, one, many, lines, domain: [0, 1.03 * end] };
}

/** Up to where all methods were observed: the smallest budget. */
export function horizonOf(timed: readonly TimedMethod[]): number {
  return smallest(timed.map(({ budget }) => budget));
}

function durations(runs: readonly TimedRun[]) {
  return { times: runs.map(({ spent }) => spent), observed: runs.map(({ reached }) => reached) };
}

function curveOf(runs: readonly TimedRun[]) {
  const { times, observed } = durations(runs);
  return kaplanMeier(times, observed);
}

/** A row a method, in the order given. */
export function targetRows(
  timed: readonly TimedMethod[],
  { chosen }: Target,
  horizon: number,
  reference?: string,
): TargetRow[] {
  const p = chosen === null ? testsAgainst(timed, reference) : timed.map(() => null);
  return timed.map(({ label: method, runs }, i) => {
    const curve = curveOf(runs);
    const reached = runs.filter((run) => run.reached).length;
    return {
      ...{ method, runs: runs.length, reached, p: p[i] },
      share: clopperPearson(reached, runs.length),
      median: curve.median,
      restrictedMean: restrictedMean(curve, horizon).mean,
      expected: expectedRunningTime(runs),
    };
  });
}

/** p for each method; as in `compareFamily` a test that could not be significant with any results is not made and counts with p = 1. */
function testsAgainst(timed: readonly TimedMethod[], reference: string | undefined): (number | null)[] {
  const its = timed.find(({ label }) => label === reference);
  if (its === undefined || timed.length === 1) return timed.map(() => null);
  const others = timed.filter((method) => method !== its);
  const resamples = resamplesFor(others.length);
  const reached = smallestAdjusted(
    others.map(({ runs }) => minimumTwoSampleP(runs.length, its.runs.length, resamples)),
  );
  const canTell = reached.map((p) => p <= ALPHA);
  const second = durations(its.runs);
  const p = holm(
    others.map(({ runs }, i) =>
      canTell[i] ? logRankPermutationTest(durations(runs), second, { resamples }).p : 1,
    ),
  );
  return timed.map((method) => {
    const i = others.indexOf(method);
    return i >= 0 && canTell[i] ? p[i] : null;
  });
}

/** Random permutations, where not all can be taken: enough for a p below the level after the correction for so many tests. */
function resamplesFor(tests: number): number {
  return Math.max(9_999, 100 * tests);
}

function lineOf({ budget: end, runs }: TimedMethod): StepLine {
  const { steps } = curveOf(runs);
  const missed = runs.filter(({ reached }) => !reached);
  return {
    steps: { x: steps.map(({ time }) => time), share: steps.map(({ survival }) => 1 - survival) },
    band: { low: steps.map(({ high }) => 1 - high), high: steps.map(({ low }) => 1 - low) },
    end,
    censored: [...new Set(missed.map(({ spent }) => spent))],
    text: `${runs.length - missed.length} of ${runs.length} runs reached the target`,
  };
}

/** `final validation loss at most 0.512` */
function targetText({ metric, value }: Target): string {
  return `${metric.split === 'train' ? 'training' : metric.split} ${metric.measure} of at most ${formatMetric(value, metric.measure)}`;
}

function captionOf(timed: readonly TimedMethod[], target: Target, shown: string): string {
  const sizes = timed.map(({ runs }) => runs.length);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const seeds = least === most ? `${least}` : `${least} to ${most}`;
  const missed = timed.some(({ runs }) => runs.some(({ reached }) => !reached));
  const whose =
    target.chosen === null
      ? ''
      : ` No target was declared: this one, ${target.chosen}, was chosen after the results and supports no claim.`;
  const censored = missed
    ? ' Tick: runs that missed the target are censored at their budget, and so are those that diverged or failed, which never count as having reached it.'
    : '';
  return `Share of runs (${seeds} a method) that have reached a ${targetText(target)} (Kaplan and Meier’s estimate), ${shown}; a step is that of the first evaluation at which it was seen. Band: 95% pointwise interval (log-log, Greenwood’s variance), not known before the first run and after the last one is there.${whose}${censored}`;
}

function tableOf(
  rows: readonly TargetRow[],
  { chosen, metric }: Target,
  horizon: number,
  reference: string | undefined,
): FigureTable {
  const tests = chosen === null && rows.some(({ method }) => method === reference) && rows.length > 1;
  const sorted = rows.toSorted((a, b) => a.restrictedMean - b.restrictedMean || b.reached - a.reached);
  const steps = (value: number) =>
    Number.isFinite(value) ? formatAmount(value) : `> ${formatAmount(horizon)}`;
  const heads = ['Reached', '95% interval', 'Median', 'Restricted mean', 'ERT', ...(tests ? ['p'] : [])];
  const testText = tests ? testNote(rows.length - 1, reference) : '';
  return {
    label: `Steps to a ${metric.measure}`,
    heads: [{ text: 'Method' }, ...heads],
    rows: sorted.map((row) => [
      row.method,
      `${row.reached} of ${row.runs}`,
      `${formatPercent(row.share[0])} to ${formatPercent(row.share[1])}`,
      steps(row.median),
      formatAmount(row.restrictedMean),
      formatAmount(row.expected),
      ...(tests ? [testCell(row, reference)] : []),
    ]),
    note: `Reached: runs, with the Clopper-Pearson interval of the share. Median: the steps by which half of the runs had reached it. Median and mean are those of Kaplan and Meier’s estimate; the mean is restricted to ${formatAmount(horizon)} steps: a run that needs more counts as so many. ERT: expected running time (Hansen et al. 2021), what all runs spent, one that missed the target its whole budget, over how many reached it: the cost of new runs until one gets there.${testText}`,
  };
}

function testCell({ method, p }: TargetRow, reference: string | undefined): string {
  if (method === reference) return 'reference';
  return p === null ? 'too few seeds' : formatNumber(p);
}

function testNote(tests: number, reference: string | undefined): string {
  const least = smallestNeeded(tests);
  const family = tests === 1 ? '' : `, by Holm’s method for all ${tests}, those not made with p = 1`;
  return ` p: log-rank test against ${reference}, runs unpaired, by dealing them anew in all ways or, of more than ${formatAmount(EXACT_LIMIT)}, at random${family}; not made where so few seeds could not give a p of ${ALPHA}, whatever they say (${least} and ${least} would do${tests === 1 ? '' : ' for all'}).`;
}

/** The number of runs of either side with which `tests` tests can have a p of 0.05. */
function smallestNeeded(tests: number): number {
  let n = 2;
  while (tests * minimumTwoSampleP(n, n, resamplesFor(tests)) > ALPHA) n++;
  return n;
}
