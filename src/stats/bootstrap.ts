import { InvalidInput } from '../core/check.ts';
import { normalCdf, normalQuantile } from './distributions.ts';
import { requireConfidence } from './hypothesis.ts';
import { mean } from './moments.ts';
import { sortedQuantile } from './quantiles.ts';
import { ascending } from './ranks.ts';

export type Interval = readonly [low: number, high: number];
export type Statistic = (values: readonly number[]) => number;

/** The statistic of every resample; a resample is a list of indices into `values`. */
export function replicatesOf(
  values: readonly number[],
  resamples: readonly (readonly number[])[],
  statistic: Statistic,
): number[] {
  return resamples.map((indices) => statistic(indices.map((i) => values[i])));
}

/** The statistic of the sample without its i-th value, for every i: what {@link bcaInterval} takes its acceleration from. */
export function jackknife(values: readonly number[], statistic: Statistic): number[] {
  return values.map((_, i) => statistic(values.toSpliced(i, 1)));
}

/**
 * The percentile interval: the (1 - confidence) / 2 quantiles of type 7 at both ends of the replicates (Efron 1979). Infinite
 * replicates count as such. NaN if a replicate is NaN.
 * @throws InvalidInput without replicates or for a confidence outside (0, 1).
 */
export function percentileInterval(replicates: readonly number[], confidence = 0.95): Interval {
  const sorted = sortedReplicates(replicates, confidence);
  const tail = (1 - confidence) / 2;
  return [sortedQuantile(sorted, tail), sortedQuantile(sorted, 1 - tail)];
}

/** The basic interval, the percentile interval reflected at the estimate: [2 estimate - high, 2 estimate - low]. */
export function basicInterval(replicates: readonly number[], estimate: number, confidence = 0.95): Interval {
  const [low, high] = percentileInterval(replicates, confidence);
  return [2 * estimate - high, 2 * estimate - low];
}

export interface BcaInput {
  readonly replicates: readonly number[];
  /** The statistic of the sample itself. */
  readonly estimate: number;
  /** From {@link jackknife}. */
  readonly jackknife: readonly number[];
  readonly confidence?: number;
  /** How replicates that equal the estimate count for the bias: `half` (SciPy, default) or `none` (Efron 1987). */
  readonly ties?: 'half' | 'none';
}

/**
 * The bias-corrected and accelerated interval (B. Efron, "Better bootstrap confidence intervals", 1987): percentiles of the
 * replicates at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z = Phi^-1((1 -+ confidence) / 2), with z0 = Phi^-1 of the share of replicates below the
 * estimate and the acceleration a = sum d^3 / (6 (sum d^2)^(3/2)), d = mean of the jackknife - its values (0 where all are equal).
 * Both ends are the estimate if all replicates equal it. NaN, NaN where all replicates lie on one side of the estimate (z0 is
 * infinite) and where a value is not finite: there the percentile interval is the one to report.
 * @throws InvalidInput without replicates, for a jackknife of fewer than 2 values or a confidence outside (0, 1).
 */
export function bcaInterval({ ties = 'half', confidence = 0.95, ...given }: BcaInput): Interval {
  const { estimate, replicates } = given;
  const sorted = sortedReplicates(replicates, confidence);
  if (given.jackknife.length < 2)
    throw new InvalidInput(
      `invalid jackknife: got ${given.jackknife.length} values, expected 2 or more; add seeds`,
    );
  if (sorted[0] === estimate && sorted[sorted.length - 1] === estimate) return [estimate, estimate];
  const below = replicates.filter((value) => value < estimate).length;
  const equal = replicates.filter((value) => value === estimate).length;
  const bias = normalQuantile((below + (ties === 'half' ? equal / 2 : 0)) / replicates.length);
  const a = acceleration(given.jackknife);
  const end = (tail: number) => {
    const shifted = bias + normalQuantile(tail);
    const share = normalCdf(bias + shifted / (1 - a * shifted));
    return Number.isFinite(bias) && Number.isFinite(share) ? sortedQuantile(sorted, share) : Number.NaN;
  };
  return [end((1 - confidence) / 2), end((1 + confidence) / 2)];
}

function acceleration(values: readonly number[]): number {
  const centre = mean(values);
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const d = centre - value;
    squares += d * d;
    cubes += d * d * d;
  }
  return squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares));
}

function sortedReplicates(replicates: readonly number[], confidence: number): number[] {
  requireConfidence(confidence);
  if (replicates.length === 0)
    throw new InvalidInput('invalid replicates: got none, expected the statistic of at least one resample');
  return replicates.toSorted(ascending);
}
