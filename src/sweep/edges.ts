import type { Json } from '../core/json.ts';
import { type Dimension, isLog, isWhole, limitsOf, type Range, rounded, type Space } from './space.ts';
import type { Trial } from './trials.ts';

export type Side = 'low' | 'high';

/** The winner has the smallest (`low`) or the largest value that was tried of a dimension: the optimum may lie beyond. */
export type Edge = { readonly dimension: string; readonly side: Side };

/** A part that was added to a dimension. */
export type Extension = Edge & { readonly from: number; readonly to: number };

/**
 * The edges on which a winner lies. No edge where nothing lies beyond (a hard limit, the least of a log scale), nor where only one value was
 * tried.
 */
export function edgesOf(space: Space, trials: readonly Trial[], winner: Trial): Edge[] {
  return ranges(space).flatMap(([dimension, range]): Edge[] => {
    const tried = trials.map(({ params }) => Number(params[dimension]));
    const value = Number(winner.params[dimension]);
    const { least, most } = limitsOf(range);
    if (tried.every((other) => other === value)) return [];
    if (value > least && tried.every((other) => other >= value)) return [{ dimension, side: 'low' }];
    if (value < most && tried.every((other) => other <= value)) return [{ dimension, side: 'high' }];
    return [];
  });
}

/**
 * What lies beyond an edge: half the width of the range, on a log scale of its logarithm, up to the hard limit. Undefined if the limit
 * leaves nothing.
 */
export function extensionAt(space: Space, { dimension, side }: Edge): Extension | undefined {
  const range = space[dimension] as Range;
  const from = range[side];
  const to = beyond(range, side);
  return from === to ? undefined : { dimension, side, from, to };
}

function beyond(range: Range, side: Side): number {
  const { low, high } = range;
  const { least, most } = limitsOf(range);
  const isUp = side === 'high';
  const ratio = Math.sqrt(high / low);
  const half = (high - low) / 2;
  const far = isLog(range) ? (isUp ? high * ratio : low / ratio) : isUp ? high + half : low - half;
  if (!isWhole(range)) return Math.min(most, Math.max(least, rounded(far)));
  const whole = isUp ? Math.ceil(far) : Math.floor(far); // outwards
  return Math.min(most, Math.max(least, whole));
}

/** The space in which every extended dimension is the added part alone. */
export function addedPart<S extends Space>(space: S, extensions: readonly Extension[]): S {
  const parts = extensions.map(({ dimension, side, from, to }) => {
    const range = space[dimension] as Range;
    const step = isWhole(range) ? 1 : 0; // the old end has been tried
    return [
      dimension,
      side === 'high' ? { ...range, low: from + step, high: to } : { ...range, low: to, high: from - step },
    ];
  });
  return { ...space, ...Object.fromEntries(parts) };
}

/** The outermost values that tuning may give a dimension; of a choice all. */
export function extremesOf(dimension: Dimension): readonly Json[] {
  return dimension.kind === 'choice'
    ? dimension.values
    : [beyond(dimension, 'low'), beyond(dimension, 'high')];
}

function ranges(space: Space): [string, Range][] {
  return Object.entries(space).filter((entry): entry is [string, Range] => entry[1].kind !== 'choice');
}
