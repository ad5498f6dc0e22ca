import type { Conclusion } from '../conclusion.ts';
import type { Figure } from '../figure.ts';
import { countedRuns, type Method } from '../methods.ts';
import type { Metric } from '../metric.ts';
import { shownSetting, targetOf } from '../timeToTarget.ts';
import { workloadsOf } from '../workloads.ts';
import { areProblems, bestSettings, candidatesOf } from './candidates.ts';
import { performanceProfile } from './performanceProfile.ts';
import { targetLadder } from './targetLadder.ts';
import { timeToTarget } from './timeToTarget.ts';

/** With fewer evaluations of a run after its start, a target that nobody asked for tells no more than the final values. */
const LEAST_EVALUATIONS = 4;

/**
 * How soon methods get somewhere: the time to the target, the performance profile over several workloads, or the ladder of targets of
 * a single one. A target that nobody declared needs methods to compare and evaluations to see them by; and what is a good loss on one
 * workload says nothing on another: then there is the profile alone.
 */
export function timeFigures(
  methods: readonly Method[],
  conclusion: Conclusion | undefined,
  chosenBy: Metric,
  shown: string,
): (Figure | null)[] {
  const profile = performanceProfile(methods, conclusion, chosenBy);
  const isOneWorkload = workloadsOf(methods) === null;
  // a problem has no error
  const metric = conclusion?.metric ?? chosenBy;
  if (areProblems(bestSettings(candidatesOf(methods))) && metric.measure === 'error') return [profile];
  const target = targetOf(methods, conclusion, chosenBy);
  const isWorthwhile = methods.length > 1 && evaluationsOf(methods) >= LEAST_EVALUATIONS;
  if (conclusion?.target === undefined && !isWorthwhile) return [profile];
  return [
    isOneWorkload || conclusion?.target !== undefined
      ? timeToTarget(methods, target, conclusion?.reference, shown)
      : null,
    isOneWorkload ? targetLadder(methods, metric, shown) : null,
    profile,
  ];
}

/** Of the run that has the most, at the setting that stands for its method. */
function evaluationsOf(methods: readonly Method[]): number {
  const runs = methods.map(shownSetting).flatMap(countedRuns);
  return Math.max(0, ...runs.map(({ series }) => series.evaluations.step.filter((step) => step > 0).length));
}
