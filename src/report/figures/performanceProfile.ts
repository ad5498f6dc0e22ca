import {
  geometricSpeedup,
  LARGEST_RATIO,
  performanceRatios,
  performanceProfile as profileOf,
  profileScores,
} from '../../stats/performanceProfile.ts';
import { largest } from '../../stats/summary.ts';
import { logAxis } from '../axis.ts';
import type { Conclusion } from '../conclusion.ts';
import type { Figure } from '../figure.ts';
import { count, formatNumber } from '../format.ts';
import type { Method } from '../methods.ts';
import type { Metric } from '../metric.ts';
import { targetOf } from '../timeToTarget.ts';
import { methodsOn, targetCosts, workloadsOf } from '../workloads.ts';
import { stepLines } from './stepLines.ts';

/** Dolan and Moré's performance profile of the steps to the target of each workload. Null with one workload, or if nothing was reached on any. */
export function performanceProfile(
  methods: readonly Method[],
  conclusion: Conclusion | undefined,
  chosenBy: Metric,
): Figure | null {
  const found = workloadsOf(methods);
  if (found === null) return null;
  const targets = found.workloads.map((_, w) => targetOf(methodsOn(found, w), conclusion, chosenBy));
  const costs = targetCosts(found, targets);
  const ratios = performanceRatios(costs).flat().filter(Number.isFinite);
  if (ratios.length === 0) return null;
  const end = 1.05 * Math.max(LARGEST_RATIO, largest(ratios));
  const scores = profileScores(costs);
  const profiles = profileOf(costs);
  const n = found.workloads.length;
  const declared = targets.every((target) => target === null || target.chosen === null);
  const whose = declared
    ? 'the declared target'
    : 'a target chosen after the results, the median of the reference or of the method in the middle there, which supports no claim';
  const unreached = found.workloads.filter((_, w) =>
    costs.every((row) => row[w] === Number.POSITIVE_INFINITY),
  );
  const sentences = [
    `Share of ${count(n, 'workload')} on which a method needed at most so many times the steps of the fastest one to ${whose} (Dolan and Moré’s profile); steps: those by which half of the seeds had reached it, each method at its best learning rate; infinite where fewer did.`,
    `Workloads: ${found.workloads.join('; ')}.`,
    ...(unreached.length > 0 ? [`No method reached it on ${unreached.join('; ')}.`] : []),
    ...(found.outside > 0
      ? [`${count(found.outside, 'run setting')} of methods that are not on every workload left out.`]
      : []),
  ];
  const reference = found.methods.findIndex(({ label }) => label === conclusion?.reference);
  return stepLines({
    id: 'performance-profile',
    title: 'Performance profile',
    caption: sentences.join(' '),
    quantity: 'share of workloads',
    methods: found.methods,
    views: [
      {
        ...{ name: 'ratio', one: 'steps relative to the fastest', many: 'relative steps' },
        lines: profiles.map((steps, m) => ({
          ...{ steps, end, censored: [] },
          text: `score ${formatNumber(scores[m])}`,
        })),
        domain: [1, end],
        logTicks: end < 6 ? [1, 1.5, 2, 3, 4, 5].filter((tick) => tick <= end) : logAxis([1, end]).ticks,
      },
    ],
    table: {
      label: 'Performance profile',
      heads: [
        { text: 'Method' },
        'Score',
        'Workloads reached',
        'Fastest on',
        ...(reference < 0 ? [] : ['Speed-up']),
      ],
      rows: found.methods
        .map(({ label }, m) => ({ label, m }))
        .toSorted((a, b) => scores[b.m] - scores[a.m])
        .map(({ label, m }) => [
          label,
          formatNumber(scores[m]),
          `${costs[m].filter(Number.isFinite).length} of ${n}`,
          String(performanceRatios(costs)[m].filter((ratio) => ratio === 1).length),
          ...(reference < 0 ? [] : [speedupText(costs, m, reference)]),
        ]),
      note: `Score: the mean height of the line from 1 to ${LARGEST_RATIO} times the fastest (AlgoPerf’s score), the integral exact. It depends on which methods are compared.${reference < 0 ? '' : ' Speed-up: geometric mean of the reference’s steps over the method’s, on the workloads that both reached.'}`,
    },
  });
}

function speedupText(costs: readonly (readonly number[])[], m: number, reference: number): string {
  const { geometricMean, both } = geometricSpeedup(costs[m], costs[reference]);
  return both === 0 ? '–' : `${formatNumber(geometricMean)} (on ${both})`;
}
