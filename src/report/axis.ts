import { exp, log } from '../core/math.ts';
import { largest, median, smallest } from '../stats/summary.ts';

/** A scale with its domain and ticks written out: Vega's own would follow one infinite or zero value out of sight. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

const { LN10 } = Math;

/** How a tick of a logarithmic axis is written: `0.5`, `20`, `1e-4`. */
export const LOG_LABEL = "format(datum.value, datum.value < 0.001 || datum.value >= 100000 ? '~e' : '~g')";

const SMALLEST_SHOWN = 1e9;

/**
 * A logarithmic axis over the positive finite values, with room at both ends. What is zero, negative or infinite has
 * no place on it: {@link onLog} says where such a value is drawn. Nine decades below the median the axis ends: one
 * loss of 1e-40 must not flatten all the others.
 */
export function logAxis(values: readonly number[]): Axis {
  const shown = values.filter((value) => value > 0 && value < Number.POSITIVE_INFINITY);
  if (shown.length === 0) return { domain: [0.1, 10], ticks: [0.1, 1, 10] };
  const low = Math.min(Math.max(smallest(shown), median(shown) / SMALLEST_SHOWN, 1e-300), 1e300); // room to go beyond
  const high = Math.max(largest(shown), low * 1.2);
  const domain = [beyond(low, high, -0.04), beyond(low, high, 1.04)] as const;
  return { domain, ticks: logTicks(...domain) };
}

/** The value at a share of the way from `low` to `high` on a logarithmic scale, kept in the range of a double. */
export function beyond(low: number, high: number, share: number): number {
  const place = log(low) + share * (log(high) - log(low)); // high / low may overflow
  return exp(Math.min(709, Math.max(-708, place)));
}

/** Where a value is drawn on a logarithmic axis: what is below the axis at its lower end, null if it is not finite. */
export function onLog(axis: Axis, value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return Math.max(value, axis.domain[0]);
}

/** An axis from zero (or a little below the smallest value, if `zero` is false) with round ticks. */
export function linearAxis(values: readonly number[], zero: boolean): Axis {
  const shown = values.filter(Number.isFinite);
  if (shown.length === 0) return { domain: [0, 1], ticks: [0, 0.5, 1] };
  const high = largest(shown);
  const low = zero ? Math.min(0, smallest(shown)) : smallest(shown);
  const width = high > low ? high - low : Math.abs(high) * 0.1 || 1;
  const start = zero ? low : low - 0.06 * width;
  const domain = [start, high > low ? high + 0.04 * width : high + width] as const;
  return { domain, ticks: linearTicks(...domain) };
}

/** Powers of ten; 1, 2, 5 below three decades; finer steps below a factor of four. At most about eight. */
function logTicks(low: number, high: number): number[] {
  const first = Math.ceil(log(low) / LN10 - 1e-9);
  const last = Math.floor(log(high) / LN10 + 1e-9);
  const ratio = high / low;
  const steps = ratio < 4 ? [1, 1.5, 2, 3, 4, 5, 7] : ratio < 1000 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil((last - first + 1) / 8));
  const ticks: number[] = [];
  for (let decade = first - 1; decade <= last; decade++) {
    if (decade % stride === 0) for (const step of steps) ticks.push(Number(`${step}e${decade}`));
  }
  const shown = ticks.filter((tick) => tick >= low && tick <= high);
  return shown.length >= 2 ? shown : linearTicks(low, high);
}

/** Multiples of 1, 2 or 5 times a power of ten, about five of them. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const decade = Math.floor(log(rough) / LN10 + 1e-9);
  const step = [1, 2, 5, 10].map((m) => Number(`${m}e${decade}`)).find((size) => size >= rough * 0.999)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
