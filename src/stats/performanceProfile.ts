import { InvalidInput } from '../core/check.ts';
import { exp, log } from '../core/math.ts';
import { ascending, midRanks } from './ranks.ts';
import { requireCount } from './requirements.ts';

/**
 * costs[method][workload]: what a method needed on a workload (steps to target, say); Infinity if it never got there.
 */
export type CostTable = readonly (readonly number[])[];

/** A right-continuous step function: `share[i]` from `x[i]` on, up to the next; 0 before the first. */
export interface Steps {
  readonly x: readonly number[];
  readonly share: readonly number[];
}

/** The upper end of the ratios that count in the score: AlgoPerf's r_max. */
export const LARGEST_RATIO = 4;

/**
 * r[m][w] = cost[m][w] / min over methods of cost[·][w]; Infinity where a method did not get there, also where no
 * method did. Ratios are relative to the best of the table: they change when a method is added. Throws on NaN, on
 * costs of 0 or less and on rows of different lengths.
 */
export function performanceRatios(costs: CostTable): number[][] {
  checkCosts(costs);
  const best = costs[0].map((_, w) =>
    costs.reduce((least, row) => Math.min(least, row[w]), Number.POSITIVE_INFINITY),
  );
  return costs.map((row) =>
    row.map((cost, w) => (cost === Number.POSITIVE_INFINITY ? cost : cost / best[w])),
  );
}

function checkCosts(costs: CostTable): void {
  if (costs.length === 0 || costs[0].length === 0)
    throw new InvalidInput('invalid cost table: got no costs, expected at least one method and one workload');
  for (const [m, row] of costs.entries()) {
    if (row.length !== costs[0].length)
      throw new InvalidInput(
        `invalid cost table: got ${row.length} workloads for method ${m}, expected ${costs[0].length}; write Infinity for a target that was not reached`,
      );
    for (const [w, cost] of row.entries())
      if (!(cost > 0))
        throw new InvalidInput(
          `invalid cost table: got ${cost} for method ${m} on workload ${w}, expected a number above 0 or Infinity`,
        );
  }
}

/**
 * The profile of every method: rho_m(tau) = share of workloads with r[m][w] <= tau (Dolan and Moré 2002), as steps at
 * the ratios that occur. Ratios are not cut off; a share that stays below 1 tells of missed targets.
 */
export function performanceProfile(costs: CostTable): Steps[] {
  return performanceRatios(costs).map((ratios) => cumulativeShare(ratios));
}

/** Share of `values` at most x, as steps. Infinite values count in the number, never as a step. */
export function cumulativeShare(values: readonly number[]): Steps {
  const sorted = values.filter(Number.isFinite).toSorted(ascending);
  const x: number[] = [];
  const share: number[] = [];
  for (const [i, value] of sorted.entries()) {
    if (value === sorted[i + 1]) continue; // one step for equal values, at the last of them
    x.push(value);
    share.push((i + 1) / values.length);
  }
  return { x, share };
}

/** The value of a step function at `x`. */
export function shareAt({ x: steps, share }: Steps, x: number): number {
  let value = 0;
  for (let i = 0; i < steps.length && steps[i] <= x; i++) value = share[i];
  return value;
}

/**
 * The score of every method, 1 / (r_max - 1) * integral of rho_m from 1 to r_max (Dahl et al. 2023, "Benchmarking
 * neural network training algorithms"), from 0 to 1. The integral of the step function is exact, sum_w max(0, r_max -
 * r[m][w]) / W; AlgoPerf's code approximates it by a trapezoid of 100 points.
 */
export function profileScores(costs: CostTable, largestRatio = LARGEST_RATIO): number[] {
  if (!(largestRatio > 1 && largestRatio < Number.POSITIVE_INFINITY))
    throw new InvalidInput(`invalid largest ratio: got ${largestRatio}, expected a finite number above 1`);
  return performanceRatios(costs).map((ratios) => {
    const area = ratios.reduce((sum, ratio) => sum + Math.max(0, largestRatio - ratio), 0) / ratios.length;
    return area / (largestRatio - 1);
  });
}

/** The rank of every score, 1 for the largest; equal scores share the mean of their ranks. */
export function scoreRanks(scores: readonly number[]): readonly number[] {
  return midRanks(scores.map((score) => -score)).ranks;
}

/**
 * Does the order of the methods hang on one row or column? Ranks of all methods with one method (or one workload)
 * left out, for each that can be: `ranks[left out][method]`, NaN for the method that is left out. Throws if nothing
 * would remain.
 */
export function leaveOneOutRanks(
  costs: CostTable,
  leaveOut: 'method' | 'workload',
  largestRatio = LARGEST_RATIO,
): (readonly number[])[] {
  checkCosts(costs);
  const rank = (table: CostTable) => scoreRanks(profileScores(table, largestRatio));
  if (leaveOut === 'workload') {
    requireCount('number of workloads', costs[0].length, 2);
    return costs[0].map((_, w) => rank(costs.map((row) => row.toSpliced(w, 1))));
  }
  requireCount('number of methods', costs.length, 2);
  return costs.map((_, m) => rank(costs.toSpliced(m, 1)).toSpliced(m, 0, Number.NaN));
}

/** A method against a reference, independent of what else is in the table. */
export interface Speedup {
  /** Geometric mean of reference cost / cost over the workloads that both reached; NaN if there is none. */
  readonly geometricMean: number;
  readonly both: number;
  readonly onlyMethod: number;
  readonly onlyReference: number;
  readonly neither: number;
}

/**
 * exp(mean log(reference / cost)) over the workloads that both reached, with the numbers of the others, which no
 * ratio can stand for (the alternative score of AlgoPerf). Throws as {@link performanceRatios}.
 */
export function geometricSpeedup(costs: readonly number[], reference: readonly number[]): Speedup {
  checkCosts([costs, reference]);
  const reached = costs.map(Number.isFinite);
  const referenceReached = reference.map(Number.isFinite);
  const count = (mine: boolean, its: boolean) =>
    reached.filter((got, w) => got === mine && referenceReached[w] === its).length;
  let sum = 0;
  for (const [w, cost] of costs.entries())
    if (reached[w] && referenceReached[w]) sum += log(reference[w]) - log(cost);
  return {
    geometricMean: exp(sum / count(true, true)),
    both: count(true, true),
    onlyMethod: count(true, false),
    onlyReference: count(false, true),
    neither: count(false, false),
  };
}
