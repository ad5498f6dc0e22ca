import { log } from '../core/math.ts';
import { median } from './summary.ts';

/** How far two runs are apart at some steps, in ascending order. */
export interface DistanceCurve {
  readonly steps: readonly number[];
  readonly distances: readonly number[];
}

/** How fast they part. */
export interface Divergence {
  /** The first step at which they are apart, and by how much; null where they have the same parameters at all steps. */
  readonly first: { readonly step: number; readonly distance: number } | null;
  /** Per step, see {@link divergenceOf}; null where there are fewer than two steps to tell it from. */
  readonly rate: number | null;
  /** The steps that the rate is of. */
  readonly phase: { readonly from: number; readonly to: number } | null;
  /** Steps from the first one until the distance is FACTOR times as large; null where it never is. */
  readonly stepsToFactor: number | null;
  /** Where growth has ended, and the distance in the last quarter of the run; null where it has not ended. */
  readonly saturation: { readonly step: number; readonly distance: number } | null;
  /** At the last step. */
  readonly final: number;
}

/** The growth that {@link Divergence.stepsToFactor} waits for. */
export const FACTOR = 1000;

/** A distance within this factor of the largest one counts as grown. */
const GROWN = 10;

/** So many points of the phase are compared with each other. */
const MOST_POINTS = 200;

/**
 * The divergence of two runs whose parameters are d_t apart after step t, like a largest Lyapunov exponent over the time that it lasts:
 *
 *     rate = median over steps i < j of the phase of (ln d_j - ln d_i) / (j - i)        (Theil 1950, Sen 1968)
 *     phase: from t0 = min {t: d_t > 0} to t1 = min {t: d_t >= max d / 10}
 *
 * of at most 200 steps, evenly chosen. Where d_t0 is within a tenth of the largest distance already, they do not part, and the phase lasts
 * as long as they differ: the rate is then that of an approach, or about 0. The median leaves a single leap at the start without weight unless the
 * phase is that leap. A distance is saturated from t1 on if the run lasts as long after t1 as the phase did; its level is the median of the
 * last quarter.
 */
export function divergenceOf({ steps, distances }: DistanceCurve): Divergence {
  const start = distances.findIndex((d) => d > 0);
  const final = distances.at(-1) ?? 0;
  if (start < 0)
    return { first: null, rate: null, phase: null, stepsToFactor: null, saturation: null, final };
  const largest = distances.reduce((most, d) => Math.max(most, d), 0);
  const grown = distances.findIndex((d) => d >= largest / GROWN);
  const end = grown > start ? grown : lastApart(distances, start);
  const far = distances.findIndex((d) => d >= FACTOR * distances[start]);
  const last = steps.length - 1;
  const isOver = grown > start && steps[last] - steps[grown] >= steps[grown] - steps[start];
  return {
    first: { step: steps[start], distance: distances[start] },
    rate: rateOf(steps, distances, start, end),
    phase: { from: steps[start], to: steps[end] },
    stepsToFactor: far < 0 ? null : steps[far] - steps[start],
    saturation: isOver
      ? { step: steps[grown], distance: median(distances.slice(Math.floor((3 * last) / 4))) }
      : null,
    final,
  };
}

/** The last of the steps from `start` on before the two are equal again. */
function lastApart(distances: readonly number[], start: number): number {
  let end = start;
  while (distances[end + 1] > 0) end++;
  return end;
}

function rateOf(
  steps: readonly number[],
  distances: readonly number[],
  start: number,
  end: number,
): number | null {
  const stride = Math.max(1, Math.ceil((end - start) / (MOST_POINTS - 1)));
  const points: { step: number; height: number }[] = [];
  for (let i = start; i <= end; i += stride)
    if (distances[i] > 0) points.push({ step: steps[i], height: log(distances[i]) });
  const slopes: number[] = [];
  for (let j = 1; j < points.length; j++)
    for (let i = 0; i < j; i++)
      slopes.push((points[j].height - points[i].height) / (points[j].step - points[i].step));
  return slopes.length === 0 ? null : median(slopes);
}
