import {
  type CostTable,
  geometricSpeedup,
  LARGEST_RATIO,
  performanceRatios,
  performanceProfile as profileOf,
  profileScores,
} from '../../stats/performanceProfile.ts';
import { largest } from '../../stats/summary.ts';
import { logAxis } from '../axis.ts';
import type { Conclusion } from '../conclusion.ts';
import type { Figure, FigureTable } from '../figure.ts';
import { count, formatNumber } from '../format.ts';
import type { Method } from '../methods.ts';
import type { Metric } from '../metric.ts';
import { type Target, targetOf } from '../timeToTarget.ts';
import { methodsOn, targetCosts, type Workloads, workloadsOf } from '../workloads.ts';
import { type StepView, stepLines } from './stepLines.ts';

/** Dolan and Moré's performance profile of the steps to the target of each workload. Null with one workload, or if nothing was reached on any. */
export function performanceProfile(
  methods: readonly Method[],
  conclusion: Conclusion | undefined,
  chosenBy: Metric,
): Figure | null {
  const found = workloadsOf(methods);
  if (found === null) return null;
  const reference = referenceOf(found, conclusion?.reference);
  const targets = found.workloads.map((_, w) =>
    targetOf(methodsOn(found, w), conclusionOn(found, w, conclusion, reference), chosenBy),
  );
  const costs = targetCosts(found, targets);
  const ratios = performanceRatios(costs).flat().filter(Number.isFinite);
  if (ratios.length === 0) return null;
  const end = 1.05 * Math.max(LARGEST_RATIO, largest(ratios));
  return stepLines({
    id: 'performance-profile',
    title: 'Performance profile',
    caption: captionOf(found, targets, costs),
    quantity: 'share of workloads',
    methods: found.methods,
    views: [viewOf(costs, end)],
    table: tableOf(found, costs, reference),
  });
}

/** The method that the reference is on one of the workloads, whose name tells of the workload as well; null if none is. */
function referenceOf({ methods, cells }: Workloads, name: string | undefined): number | null {
  const found = methods.findIndex(
    ({ label }, m) => label === name || cells[m].some((cell) => cell.label === name),
  );
  return found < 0 ? null : found;
}

/** The conclusion with the reference by its name on a workload. */
function conclusionOn(
  { cells }: Workloads,
  workload: number,
  conclusion: Conclusion | undefined,
  reference: number | null,
): Conclusion | undefined {
  if (conclusion === undefined || reference === null) return conclusion;
  return { ...conclusion, reference: cells[reference][workload].label };
}

function viewOf(costs: CostTable, end: number): StepView {
  const scores = profileScores(costs);
  return {
    ...{ name: 'ratio', one: 'steps relative to the fastest', many: 'relative steps' },
    lines: profileOf(costs).map((steps, m) => ({
      ...{ steps, end, censored: [] },
      text: `score ${formatNumber(scores[m])}`,
    })),
    domain: [1, end],
    logTicks: end < 6 ? [1, 1.5, 2, 3, 4, 5].filter((tick) => tick <= end) : logAxis([1, end]).ticks,
  };
}

function captionOf(
  { workloads, outside }: Workloads,
  targets: readonly (Target | null)[],
  costs: CostTable,
): string {
  const declared = targets.every((target) => target === null || target.chosen === null);
  const whose = declared
    ? 'the declared target'
    : 'a target chosen after the results, the median of the reference or of the method in the middle there, which supports no claim';
  const unreached = workloads.filter((_, w) => costs.every((row) => row[w] === Number.POSITIVE_INFINITY));
  const sentences = [
    `Share of ${count(workloads.length, 'workload')} on which a method needed at most so many times the steps of the fastest one to ${whose} (Dolan and Moré’s profile); steps: those by which half of the seeds had reached it, each method at its best learning rate; infinite where fewer did. No interval: the workloads were chosen, not drawn.`,
    `Workloads: ${workloads.join('; ')}.`,
    ...(unreached.length > 0 ? [`No method reached it on ${unreached.join('; ')}.`] : []),
    ...(outside > 0
      ? [`${count(outside, 'run setting')} of methods that are not on every workload left out.`]
      : []),
  ];
  return sentences.join(' ');
}

function tableOf({ methods, workloads }: Workloads, costs: CostTable, reference: number | null): FigureTable {
  const scores = profileScores(costs);
  const ratios = performanceRatios(costs);
  const speedUp = reference === null ? [] : ['Speed-up'];
  const speedUpNote =
    reference === null
      ? ''
      : ` Speed-up: geometric mean of the steps of the reference (${methods[reference].label}) over the method’s, on the workloads that both reached.`;
  return {
    label: 'Performance profile',
    heads: [{ text: 'Method' }, 'Score', 'Workloads reached', 'Fastest on', ...speedUp],
    rows: methods
      .map(({ label }, m) => ({ label, m }))
      .toSorted((a, b) => scores[b.m] - scores[a.m])
      .map(({ label, m }) => [
        label,
        formatNumber(scores[m]),
        `${costs[m].filter(Number.isFinite).length} of ${workloads.length}`,
        String(ratios[m].filter((ratio) => ratio === 1).length),
        ...(reference === null ? [] : [speedupText(costs, m, reference)]),
      ]),
    note: `Score: the mean height of the line from 1 to ${LARGEST_RATIO} times the fastest (AlgoPerf’s score), the integral exact. It depends on which methods are compared.${speedUpNote}`,
  };
}

function speedupText(costs: CostTable, m: number, reference: number): string {
  const { geometricMean, both } = geometricSpeedup(costs[m], costs[reference]);
  return both === 0 ? '–' : `${formatNumber(geometricMean)} (on ${both})`;
}
