import { InvalidInput } from '../core/check.ts';
import { requireSample } from './hypothesis.ts';
import { cumulativeShare, type Steps } from './performanceProfile.ts';
import { ascending } from './ranks.ts';

/** A run at a target: what it spent, until it got there or until it was stopped. */
export interface Attempt {
  readonly spent: number;
  readonly reached: boolean;
}

/**
 * ERT = sum of what all runs spent / number that reached the target: the expected cost of restarting until one does
 * (Hansen et al. 2021, COCO; Auger and Hansen 2005). Infinity if none did, NaN of no runs. Throws if a cost is
 * negative, infinite or NaN: also a run that failed spent only so much.
 */
export function expectedRunningTime(attempts: readonly Attempt[]): number {
  let spent = 0;
  let reached = 0;
  for (const attempt of attempts) {
    if (!(attempt.spent >= 0 && attempt.spent < Number.POSITIVE_INFINITY))
      throw new InvalidInput(
        `invalid cost of a run: got ${attempt.spent}, expected a finite number of at least 0; give what a run had spent when it was stopped`,
      );
    spent += attempt.spent;
    if (attempt.reached) reached++;
  }
  if (attempts.length === 0) return Number.NaN;
  return reached === 0 ? Number.POSITIVE_INFINITY : spent / reached;
}

/**
 * The first time by which half of the runs have reached the target, x_(ceil(n / 2)): Kaplan and Meier's median where the runs that
 * missed it (Infinity here) were all observed as long as the others. It is a time at which a run got there, and Infinity if fewer
 * than half did; the mean of the two middle values would be infinite where exactly half did. NaN of no runs, and if one is NaN.
 */
export function medianTime(times: readonly number[]): number {
  if (times.length === 0 || times.some(Number.isNaN)) return Number.NaN;
  return times.toSorted(ascending)[Math.ceil(times.length / 2) - 1];
}

/**
 * Empirical distribution over runs and targets (COCO): the share of all pairs of a run and a target that were reached
 * for at most x. `times[target][run]`, Infinity where a run did not get there; such pairs count in the number, so the
 * curve ends below 1. Throws on NaN and if there are no pairs.
 */
export function runtimeDistribution(times: readonly (readonly number[])[]): Steps {
  const pairs = times.flat();
  requireSample('times to targets', pairs, 1);
  return cumulativeShare(pairs);
}
