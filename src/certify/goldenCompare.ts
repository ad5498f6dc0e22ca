import { type GoldenRun, sampledSteps } from './goldenRun.ts';

export interface Ulps {
  readonly format: 'float32' | 'float64';
  /** After step `at`, and at the end. */
  readonly first: number;
  readonly at: number;
  readonly last: number;
}

/** How a run has moved. */
export interface Moved {
  readonly name: string;
  /** The first step whose state is another, 0 of the initial state; null if only what was measured is. */
  readonly step: number | null;
  /** The largest distance of a kept parameter, in units in the last place, at the first kept step from there on and at the last one. */
  readonly ulps: Ulps | null;
  /** The largest relative difference of the loss of a step that both have. */
  readonly loss: number;
  /** The channels, and the evaluations, whose values differ. */
  readonly channels: readonly string[];
  /** Before and now, if the run ends in another way. */
  readonly outcomes: readonly [string, string] | null;
}

/** Null if no bit has moved. */
export function movementOf(kept: GoldenRun, now: GoldenRun): Moved | null {
  const names = new Set([...Object.keys(kept.channels), ...Object.keys(now.channels)]);
  const channels = [...names].filter((name) => kept.channels[name] !== now.channels[name]);
  const step = firstOther(kept.digests, now.digests);
  const isSameEnd = kept.outcome === now.outcome && kept.last === now.last;
  if (step === null && isSameEnd && channels.length === 0) return null;
  return {
    name: kept.name,
    step,
    ulps: step === null ? null : ulpsFrom(step, kept, now),
    loss: largestRelative(kept.loss, now.loss),
    channels,
    outcomes: kept.outcome === now.outcome ? null : [kept.outcome, now.outcome],
  };
}

function firstOther(kept: string, now: string): number | null {
  if (kept === now) return null;
  let at = 0;
  while (kept[at] === now[at]) at++;
  return at >> 3;
}

function ulpsFrom(step: number, kept: GoldenRun, now: GoldenRun): Moved['ulps'] {
  const [last, lastNow] = [kept, now].map(({ digests }) => digests.length / 8 - 1);
  if (last !== lastNow) return null; // of another length
  const steps = sampledSteps(last);
  const at = steps.find((each) => each >= step);
  if (at === undefined) return null;
  const [any = ''] = Object.values(kept.params);
  const format = any.length === 16 * steps.length ? 'float32' : 'float64'; // two elements a step
  const distanceAt = (place: number) => {
    let largest = 0;
    for (const [tensor, bits] of Object.entries(kept.params)) {
      const width = bits.length / steps.length;
      const of = (text = '') => text.slice(place * width, (place + 1) * width);
      for (const half of [0, width / 2]) {
        const [a, b] = [of(bits), of(now.params[tensor])].map((two) => two.slice(half, half + width / 2));
        largest = Math.max(largest, ulpsBetween(a, b));
      }
    }
    return largest;
  };
  return { format, first: distanceAt(steps.indexOf(at)), at, last: distanceAt(steps.length - 1) };
}

/** Numbers of a format between two, given by their bits with the sign first; infinite where one has no bits. */
export function ulpsBetween(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length !== b.length || a === '') return Number.POSITIVE_INFINITY;
  const distance = inOrder(a) - inOrder(b);
  return Number(distance < 0n ? -distance : distance);
}

/** Whole numbers in the order of the floating-point numbers; both zeros are 0. */
function inOrder(bits: string): bigint {
  const value = BigInt(`0x${bits}`);
  const sign = 1n << BigInt(4 * bits.length - 1);
  return value < sign ? value : sign - value;
}

function largestRelative(a: readonly number[], b: readonly number[]): number {
  let largest = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (Object.is(a[i], b[i])) continue;
    const relative = Math.abs(a[i] - b[i]) / Math.max(Math.abs(a[i]), Math.abs(b[i]));
    largest = Math.max(largest, Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative);
  }
  return largest;
}
