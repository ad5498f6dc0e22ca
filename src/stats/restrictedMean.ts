import { InvalidInput } from '../core/check.ts';
import { ascending } from './ranks.ts';
import { type BootstrapInterval, type BootstrapOptions, stratifiedBootstrap } from './resampling.ts';
import { type Durations, kaplanMeier, requireDurations, restrictedMean } from './survival.ts';

/** Restricted means of two groups, and their difference. */
export interface RestrictedMeanDifference extends BootstrapInterval {
  readonly first: number;
  readonly second: number;
  /** Of the difference by Greenwood's formula: the root of the sum of both squared errors. */
  readonly standardError: number;
}

/**
 * What a run needs on average to the target, at most the budget: the area under the Kaplan-Meier curve from 0 to it
 * ({@link restrictedMean}), of a group that was followed that far. A run that did not get there counts with the
 * budget, neither dropped nor imputed; give a diverged run the budget as its time, not the step at which it broke
 * off, since it will not get there later either.
 * @throws InvalidInput if the last run was broken off before the budget: the curve is not known up to there.
 */
export function meanToBudget(
  durations: Durations,
  budget: number,
): { readonly mean: number; readonly standardError: number } {
  requireDurations(durations);
  const followed = durations.times.reduce((latest, time) => Math.max(latest, time), 0);
  const { steps } = kaplanMeier(durations.times, durations.observed);
  if (followed < budget && steps.at(-1)?.survival !== 0)
    throw new InvalidInput(
      `invalid budget: got ${budget}, expected at most ${followed}, how far the runs were followed; give runs that cannot reach the target the budget as their time`,
    );
  return restrictedMean({ steps }, budget);
}

/**
 * The difference of the restricted means of two groups, first less second (negative: the first is faster), with a
 * bootstrap interval: runs are drawn within each group, with their time and whether they reached the target. A
 * resample that lost its longest runs is extended at the level where it ends. Throws as {@link meanToBudget}.
 */
export function restrictedMeanDifference(
  first: Durations,
  second: Durations,
  budget: number,
  options: BootstrapOptions = {},
): RestrictedMeanDifference {
  const a = meanToBudget(first, budget);
  const b = meanToBudget(second, budget);
  const groups = [first, second].map(inOrder);
  const indices = groups.map((group) => group.map((_, i) => i));
  const interval = stratifiedBootstrap(
    indices,
    ([runs, others]) => resampledMean(groups[0], runs, budget) - resampledMean(groups[1], others, budget),
    options,
  );
  const standardError = Math.sqrt(a.standardError * a.standardError + b.standardError * b.standardError);
  return { ...interval, first: a.mean, second: b.mean, standardError };
}

interface Run {
  readonly time: number;
  readonly observed: boolean;
}

/** By time, events before censorings of the same time. */
function inOrder({ times, observed }: Durations): Run[] {
  return times
    .map((time, i) => ({ time, observed: observed[i] }))
    .toSorted((a, b) => ascending(a.time, b.time) || Number(b.observed) - Number(a.observed));
}

/**
 * The area under the curve of a resample, given as ascending places in `runs`: one pass, as it is done thousands of
 * times.
 */
function resampledMean(runs: readonly Run[], places: readonly number[], budget: number): number {
  let area = 0;
  let survival = 1;
  let from = 0;
  for (const [i, place] of places.entries()) {
    const { time, observed } = runs[place];
    if (time >= budget) break;
    if (!observed) continue;
    area += survival * (time - from);
    from = time;
    // run by run: (n - 1) / n (n - 2) / (n - 1) … is the factor (n - d) / n of d events of one time
    survival *= (places.length - i - 1) / (places.length - i);
  }
  return area + survival * (budget - from);
}
