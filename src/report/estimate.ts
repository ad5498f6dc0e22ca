import { bootstrap } from '../stats/resampling.ts';
import { median, type Spread, spread } from '../stats/summary.ts';

/** The middle of what the seeds of a setting reached, and how sure it is. */
export interface Estimate extends Spread {
  /** The ends: of a 95 % bootstrap interval of the median, or of the range where that would mean nothing. */
  readonly low: number;
  readonly high: number;
  readonly isInterval: boolean;
}

/** With fewer seeds the bootstrap knows too few values: the range says all that there is. */
export const FEWEST_FOR_INTERVAL = 5;

/**
 * Median with a 95 % percentile bootstrap interval (2000 resamples, seed 0) from five values on, with the range below that. Infinity is
 * a run that diverged.
 */
export function estimate(values: readonly number[]): Estimate {
  const middle = spread(values);
  if (values.length < FEWEST_FOR_INTERVAL || Number.isNaN(middle.median))
    return { ...middle, low: middle.min, high: middle.max, isInterval: false };
  const { low, high } = bootstrap(values, median);
  return { ...middle, low, high, isInterval: true };
}
