import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { type Rng, stream } from '../core/rng.ts';
import { type Dimension, type Point, pointAt, type Space, valueAt } from './space.ts';

/**
 * Points of a space by the index of the trial. A point is a pure function of sampler, space and index: neither the order of the
 * trials nor the number of workers can matter.
 */
export interface Sampler {
  /** What it is, as plain JSON, for the declaration of a search. */
  readonly declares: Json;
  /** How many points there are; Infinity: as many as one asks for. */
  sizeOf(space: Space): number;
  pointAt<S extends Space>(space: S, trial: number): Point<S>;
}

/**
 * The grid of `points` values of every range, both ends included, and all values of every choice; the last dimension is the fastest.
 * @throws InvalidInput if points is not a whole number of at least 1.
 */
export function grid({ points }: { readonly points: number }): Sampler {
  if (!Number.isInteger(points) || points < 1)
    throw new InvalidInput(`invalid grid: got ${points} points, expected a whole number of at least 1`);
  return {
    declares: { kind: 'grid', points },
    sizeOf: (space) =>
      Object.values(space).reduce((size, dimension) => size * gridValues(dimension, points).length, 1),
    pointAt<S extends Space>(space: S, trial: number) {
      let rest = trial;
      const point: Record<string, unknown> = {};
      for (const [name, dimension] of Object.entries(space).toReversed()) {
        const values = gridValues(dimension, points);
        point[name] = values[rest % values.length];
        rest = Math.floor(rest / values.length);
      }
      const names = Object.keys(space);
      return Object.fromEntries(names.map((name) => [name, point[name]])) as Point<S>;
    },
  };
}

/** Whole numbers may be fewer than the points: each is there once. A single point is the middle. */
function gridValues(dimension: Dimension, points: number): readonly unknown[] {
  if (dimension.kind === 'choice') return dimension.values;
  const placeOf = (i: number) => (points === 1 ? 0.5 : i / (points - 1));
  return [...new Set(Array.from({ length: points }, (_, i) => valueAt(dimension, placeOf(i))))];
}

/** Independent uniform points. */
export function random({ seed }: { readonly seed: number }): Sampler {
  const places = stream(seed, 'random search');
  return {
    declares: { kind: 'random', seed },
    sizeOf: () => Number.POSITIVE_INFINITY,
    pointAt: (space, trial) => pointAt(space, (dimension) => places.at(trial, dimension).uniform()),
  };
}

/**
 * Halton's sequence (Halton 1960) with a random permutation of the digits for every base and place, leading zeros included (Owen
 * 2017, "A randomized Halton algorithm in R", arXiv:1706.02808; the scrambling of SciPy's qmc.Halton). Dimension d has the d-th
 * prime as its base b: of any b^k consecutive trials one lies in each of the b^k equal parts of its range.
 */
export function halton({ seed }: { readonly seed: number }): Sampler {
  const digits = stream(seed, 'halton');
  const bases: ScrambledBase[] = []; // by dimension: they are needed for every trial
  return {
    declares: { kind: 'halton', seed },
    sizeOf: () => Number.POSITIVE_INFINITY,
    pointAt: (space, trial) =>
      pointAt(space, (dimension) => {
        bases[dimension] ??= scrambledBase(nthPrime(dimension), (place) => digits.at(dimension, place));
        const { base, permutations } = bases[dimension];
        return radicalInverse(trial, base, permutations);
      }),
  };
}

interface ScrambledBase {
  readonly base: number;
  /** What becomes of each digit, by place. */
  readonly permutations: readonly Int32Array[];
}

function scrambledBase(base: number, rngOf: (place: number) => Rng): ScrambledBase {
  const permutations = Array.from({ length: placesOf(base) }, (_, place) => {
    const digits = Int32Array.from({ length: base }, (_, digit) => digit);
    rngOf(place).shuffle(digits);
    return digits;
  });
  return { base, permutations };
}

/** How many digits a number below 2^53 can have. */
function placesOf(base: number): number {
  let places = 0;
  for (let power = base; power <= 2 ** 53; power *= base) places++;
  return places;
}

/**
 * The number whose digits behind the point are those of `index` in reverse: index 6 = 110 in base 2 gives 0.011 = 0.375
 * (van der Corput 1935). Every digit goes through the permutation of its place, if any. In [0, 1), rounded once.
 */
export function radicalInverse(
  index: number,
  base: number,
  permutations?: readonly ArrayLike<number>[],
): number {
  const places = placesOf(base);
  let rest = index;
  let numerator = 0;
  let denominator = 1;
  for (let place = 0; place < places; place++) {
    const digit = rest % base;
    numerator = numerator * base + (permutations?.[place][digit] ?? digit);
    denominator *= base;
    rest = Math.floor(rest / base);
  }
  return numerator / denominator;
}

/** 2, 3, 5, 7 ... for n = 0, 1, 2, 3 ... */
function nthPrime(n: number): number {
  let prime = 1;
  for (let found = -1; found < n; ) if (isPrime(++prime)) found++;
  return prime;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
}
