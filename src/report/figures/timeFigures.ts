import type { Conclusion } from '../conclusion.ts';
import type { Figure } from '../figure.ts';
import type { Method } from '../methods.ts';
import type { Metric } from '../metric.ts';
import { targetOf } from '../timeToTarget.ts';
import { workloadsOf } from '../workloads.ts';
import { areProblems, bestSettings, candidatesOf } from './candidates.ts';
import { performanceProfile } from './performanceProfile.ts';
import { targetLadder } from './targetLadder.ts';
import { timeToTarget } from './timeToTarget.ts';

/**
 * How soon methods get somewhere: the time to the target, the performance profile over several workloads, or the ladder of targets of
 * a single one. Without a declared target, what is a good loss on one workload says nothing on another: then there is the profile alone.
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
  return [
    isOneWorkload || conclusion?.target !== undefined
      ? timeToTarget(methods, target, conclusion?.reference, shown)
      : null,
    isOneWorkload ? targetLadder(methods, metric, shown) : null,
    profile,
  ];
}
