import { runtimeDistribution } from '../../stats/runtime.ts';
import { largest } from '../../stats/summary.ts';
import type { Figure } from '../figure.ts';
import { formatMetric, formatNumber, formatPercent } from '../format.ts';
import { countedRuns, type Method } from '../methods.ts';
import { costToTarget, type Metric } from '../metric.ts';
import { budgetOf, ladderOf, shownSetting } from '../timeToTarget.ts';
import { AT_BEST_RATE } from './candidates.ts';
import { stepLines } from './stepLines.ts';

/** times[target][run] of a method; Infinity where a run did not get there. */
interface Ladder {
  readonly label: string;
  readonly shortLabel: string;
  readonly optimizer: string;
  readonly times: readonly (readonly number[])[];
}

/**
 * The share of all pairs of a run and a target of a ladder that were reached by a step: what the performance profile of one workload
 * is (COCO's runtime distribution; Hansen et al. 2021). Null where no run became better than at its start.
 */
export function targetLadder(
  methods: readonly Method[],
  metric: Metric,
  shown = AT_BEST_RATE,
): Figure | null {
  const targets = ladderOf(methods, metric);
  if (targets.length === 0) return null;
  const ladders = methods.flatMap((method): Ladder[] => {
    const runs = countedRuns(shownSetting(method));
    if (runs.length === 0) return [];
    const times = targets.map((target) => runs.map((run) => costToTarget(run, metric, target, 'step')));
    const { label, shortLabel, optimizer } = method;
    return [{ label, shortLabel, optimizer, times }];
  });
  const horizon = budgetOf(methods.map(shownSetting).flatMap(countedRuns), 'step');
  const scores = ladders.map(({ times }) => ladderScore(times, horizon));
  const format = (value: number) => formatMetric(value, metric.measure);
  const [easiest, hardest] = [targets[0], largest(targets.map((target) => -target)) * -1];
  const split = metric.split === 'train' ? 'training' : metric.split;
  return stepLines({
    id: 'target-ladder',
    title: 'Targets reached',
    caption: `Share of all pairs of a run and a target that were reached (COCO’s runtime distribution), ${shown}. The ${targets.length} targets are in equal ratios from a ${split} ${metric.measure} of ${format(easiest)} to ${format(hardest)}, the best that any run had: chosen after the results. A run that diverged or failed reached none.`,
    axes: 'share of runs and targets by step',
    lines: ladders.map(({ shortLabel: method, optimizer, times }, i) => ({
      ...{ method, optimizer },
      steps: runtimeDistribution(times),
      end: horizon,
      censored: [],
      text: `score ${formatNumber(scores[i])}`,
    })),
    domain: [0, 1.03 * horizon], // room to see a step at the end
    table: {
      label: 'Targets reached',
      heads: [{ text: 'Method' }, 'Score', 'Pairs reached', 'Runs'],
      rows: ladders
        .map(({ label: method, times }, i) => ({
          method,
          score: scores[i],
          pairs: times.flat(),
          n: times[0].length,
        }))
        .toSorted((a, b) => b.score - a.score)
        .map(({ method, score, pairs, n }) => [
          method,
          formatNumber(score),
          formatPercent(pairs.filter(Number.isFinite).length / pairs.length),
          String(n),
        ]),
      note: `Score: the area under the line as a share of the whole, exact, from 0 to 1 (all targets at once). It depends on the targets, which the best run of the page sets: compare within this table only.`,
    },
  });
}

/** The area under the runtime distribution over the horizon: the mean over all pairs of max(0, 1 - time / horizon). */
export function ladderScore(times: readonly (readonly number[])[], horizon: number): number {
  const pairs = times.flat();
  return pairs.reduce((sum, time) => sum + Math.max(0, 1 - time / horizon), 0) / pairs.length;
}
