/** Numbers whose bits are compared. Integers have no unit in the last place: their distance is their difference. */
export type Numbers = Float32Array | Float64Array | Int32Array;

/** How many of the first elements that differ are kept with their values. */
const FIRST = 5;

export interface DifferingElement {
  readonly index: number;
  readonly a: number;
  readonly b: number;
  /** Representable numbers from one to the other; NaN where one of them is NaN. */
  readonly ulps: number;
}

/** Where two vectors of one type and length do not have the same bits. */
export interface NumbersDifference {
  readonly elements: number;
  readonly differing: number;
  /** The first few of them. */
  readonly first: readonly DifferingElement[];
  /** Of the elements that are numbers on both sides; 0 where there are none. */
  readonly largestUlps: number;
  /** Numbers of the same sign by their distance: `[from, to]` are 1, 2-3, 4-7, ... */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  /** Elements that are NaN on one side alone, and those that changed their sign (0 and -0 included). */
  readonly nan: number;
  readonly sign: number;
}

/**
 * Compares element by element; every NaN is the same. undefined if all bits are equal.
 *
 *     ulps = |n(a) - n(b)|, where n counts the representable numbers from 0 on, -0 as 0 and an infinity behind the largest number
 */
export function differenceOf(a: Numbers, b: Numbers): NumbersDifference | undefined {
  const ulpsBetween = ulpsOf(a);
  const counts: number[] = [];
  const first: DifferingElement[] = [];
  let [differing, nan, sign, largestUlps] = [0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    if (Object.is(a[index], b[index])) continue;
    differing++;
    const ulps = ulpsBetween(a[index], b[index]);
    if (first.length < FIRST) first.push({ index, a: a[index], b: b[index], ulps });
    if (Number.isNaN(ulps)) {
      nan++;
      continue;
    }
    largestUlps = Math.max(largestUlps, ulps);
    if (isNegative(a[index]) !== isNegative(b[index])) sign++;
    else {
      const octave = octaveOf(ulps);
      counts[octave] = (counts[octave] ?? 0) + 1;
    }
  }
  if (differing === 0) return undefined;
  const histogram = counts.flatMap((count, octave) => [
    { from: 2 ** octave, to: 2 ** (octave + 1) - 1, count },
  ]);
  return { elements: a.length, differing, first, largestUlps, histogram, nan, sign };
}

/** The hexadecimal digits of a number in the type of `like`, the highest first: 0x3f800000 is 1 in float32. */
export function bitsOf(value: number, like: Numbers): string {
  if (like instanceof Float64Array) {
    double[0] = value;
    return `0x${words[0].toString(16).padStart(16, '0')}`;
  }
  const word = like instanceof Int32Array ? value : bits32(value);
  return `0x${(word >>> 0).toString(16).padStart(8, '0')}`;
}

/** The shortest decimal that is this number in the type of `like`. */
export function shortest(value: number, like: Numbers): string {
  if (Object.is(value, -0)) return '-0';
  if (!(like instanceof Float32Array) || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);
const double = new Float64Array(1);
const words = new BigUint64Array(double.buffer);

function bits32(value: number): number {
  single[0] = value;
  return singleBits[0];
}

function ulpsOf(like: Numbers): (a: number, b: number) => number {
  if (like instanceof Int32Array) return (a, b) => Math.abs(a - b);
  const count = like instanceof Float32Array ? count32 : count64;
  return (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
    return isNegative(a) === isNegative(b) ? apart(count(a), count(b)) : Number(count(a) + count(b));
  };
}

const apart = (a: bigint, b: bigint) => Number(a > b ? a - b : b - a);

/** Representable numbers from 0 to |value|. */
function count32(value: number): bigint {
  return BigInt(bits32(value) & 0x7fffffff);
}

function count64(value: number): bigint {
  double[0] = value;
  return words[0] & 0x7fffffffffffffffn;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/** The largest k with 2^k <= ulps. */
function octaveOf(ulps: number): number {
  let octave = 0;
  for (let left = ulps; left >= 2; left /= 2) octave++;
  return octave;
}
