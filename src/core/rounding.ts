import type { Vec } from './memory.ts';
import type { Rng } from './rng.ts';

/**
 * Rounding to floating-point formats of fewer bits than the number that is rounded has, once and exactly: from a float64 no float32 lies
 * between. The formats are IEEE 754's binary16 (float16), bfloat16 (the upper half of a binary32, with its subnormals), binary32 and binary64.
 */
export interface FloatFormat {
  /** Bits of the significand, the implicit one included. */
  readonly precision: number;
  /** Of the smallest normal number, 2^minExponent. */
  readonly minExponent: number;
  /** Of the largest finite numbers, which lie below 2^(maxExponent + 1). */
  readonly maxExponent: number;
}

export const floatFormats = {
  bfloat16: { precision: 8, minExponent: -126, maxExponent: 127 },
  float16: { precision: 11, minExponent: -14, maxExponent: 15 },
  float32: { precision: 24, minExponent: -126, maxExponent: 127 },
  float64: { precision: 53, minExponent: -1022, maxExponent: 1023 },
} as const satisfies Record<string, FloatFormat>;

export type FormatName = keyof typeof floatFormats;

/** What a vector can be rounded to. */
export type NarrowFormat = 'bfloat16' | 'float16';

const FLOAT = new Float64Array(1);
const WORDS = new Int32Array(FLOAT.buffer); // the lower half first

/** 2^k for -1022 <= k <= 1023. */
function powerOfTwo(k: number): number {
  WORDS[0] = 0;
  WORDS[1] = (k + 1023) << 20;
  return FLOAT[0];
}

/** Of the distance between two neighbours of a format at x: it is 2^k. */
function spacingExponent(x: number, { precision, minExponent }: FloatFormat): number {
  FLOAT[0] = x;
  const exponent = ((WORDS[1] >>> 20) & 0x7ff) - 1023;
  return (exponent < minExponent ? minExponent : exponent) - (precision - 1);
}

/** A number whose magnitude may lie beyond the largest finite one: it becomes infinite there. -0 and the sign of small numbers stay. */
function finish(magnitude: number, x: number, { maxExponent }: FloatFormat): number {
  const inRange = magnitude < powerOfTwo(maxExponent) * 2 ? magnitude : Number.POSITIVE_INFINITY;
  return x < 0 || Object.is(x, -0) ? -inRange : inRange;
}

/** x rounded to the nearest number of the format, ties to the even one; NaN and the infinities stay. */
export function roundToNearest(x: number, format: NarrowFormat): number {
  if (x - x !== 0) return x;
  const of = floatFormats[format];
  if (Math.abs(x) >= 2 * powerOfTwo(of.maxExponent)) return finish(Math.abs(x), x, of);
  // at this size, neighbours of a float64 have the format's distance: the addition rounds
  const shift = 1.5 * powerOfTwo(52 + spacingExponent(x, of));
  return finish(Math.abs(x) + shift - shift, x, of);
}

/**
 * x rounded to one of its two neighbours of the format, up in magnitude with a probability of its distance from the lower one in units of
 * their distance, so that the mean is x. `bits` are 32 random bits, of which U = bits / 2^32 is made: up where fraction + U >= 1. So a
 * number of the format stays, and the bias is below 2^-32 of the distance, 0 where the fraction has at most 32 bits. Beyond the largest finite
 * number, up is infinity. NaN and the infinities stay.
 */
export function roundStochastically(x: number, format: NarrowFormat, bits: number): number {
  if (x - x !== 0) return x;
  const of = floatFormats[format];
  const spacing = powerOfTwo(spacingExponent(x, of));
  const units = Math.abs(x) / spacing; // exact, as are all of these
  const lower = Math.floor(units);
  const up = units - lower >= 1 - bits / 4294967296;
  return finish((up ? lower + 1 : lower) * spacing, x, of);
}

/** {@link roundToNearest} for `length` elements from `offset` on. */
export function roundVector(v: Vec, offset: number, length: number, format: NarrowFormat): void {
  const end = offset + length;
  if (v instanceof Float64Array) {
    for (let i = offset; i < end; i++) v[i] = roundToNearest(v[i], format);
    return;
  }
  const words = new Int32Array(v.buffer, v.byteOffset, v.length);
  if (format === 'bfloat16') roundToUpperHalves(words, offset, end);
  else roundToFloat16(v, words, offset, end);
}

function roundToUpperHalves(words: Int32Array, offset: number, end: number): void {
  for (let i = offset; i < end; i++) {
    const word = words[i];
    // a carry out of the significand counts the exponent up, of the last one to infinity
    if ((word & 0x7fffffff) <= 0x7f800000) words[i] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  }
}

/** 2^-14 as the bits of a float32; below it, neighbours of float16 have the distance 2^-24. */
const SMALLEST_NORMAL = 0x38800000;
/** Neighbours of a float64 have that distance here. */
const SHIFT = 1.5 * 2 ** 28;

/** The bits of a float32 without those that float16 lacks, from 2^16 on infinity. */
function inFloat16(magnitude: number): number {
  return magnitude >= 0x47800000 ? 0x7f800000 : magnitude & 0xffffe000;
}

function roundToFloat16(v: Float32Array, words: Int32Array, offset: number, end: number): void {
  for (let i = offset; i < end; i++) {
    const word = words[i];
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) continue;
    if (magnitude >= SMALLEST_NORMAL) {
      words[i] = (word & 0x80000000) | inFloat16(magnitude + 0xfff + ((magnitude >>> 13) & 1));
    } else {
      const rounded = Math.abs(v[i]) + SHIFT - SHIFT;
      v[i] = word < 0 ? -rounded : rounded;
    }
  }
}

/** {@link roundStochastically} for `length` elements from `offset` on; each takes one number of `random`, also where it stays. */
export function roundVectorStochastically(
  v: Vec,
  offset: number,
  length: number,
  format: NarrowFormat,
  random: Rng,
): void {
  const end = offset + length;
  if (v instanceof Float64Array) {
    for (let i = offset; i < end; i++) v[i] = roundStochastically(v[i], format, random.uint32());
    return;
  }
  const words = new Int32Array(v.buffer, v.byteOffset, v.length);
  if (format === 'float16') toFloat16Stochastically(v, words, offset, end, random);
  else toUpperHalvesStochastically(words, offset, end, random);
}

function toUpperHalvesStochastically(words: Int32Array, offset: number, end: number, random: Rng): void {
  for (let i = offset; i < end; i++) {
    const bits = random.uint32();
    // a carry out of the lower half is what fraction + U >= 1 says
    if ((words[i] & 0x7fffffff) <= 0x7f800000) words[i] = (words[i] + (bits >>> 16)) & 0xffff0000;
  }
}

function toFloat16Stochastically(
  v: Float32Array,
  words: Int32Array,
  offset: number,
  end: number,
  random: Rng,
): void {
  for (let i = offset; i < end; i++) {
    const bits = random.uint32();
    const word = words[i];
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x7f800000) continue;
    if (magnitude >= SMALLEST_NORMAL) words[i] = (word & 0x80000000) | inFloat16(magnitude + (bits >>> 19));
    else {
      const units = Math.abs(v[i]) * 2 ** 24;
      const lower = Math.floor(units);
      const rounded = (units - lower >= 1 - bits / 4294967296 ? lower + 1 : lower) * 2 ** -24;
      v[i] = word < 0 ? -rounded : rounded;
    }
  }
}

/**
 * The number of the format that lies `ulps` places above x in the order of all its numbers, below where `ulps` is negative: 1 is the next
 * larger one. The two zeros are one place; infinity lies behind the largest number, and nothing behind it. NaN stays. `x` is a number of the format.
 */
export function moveByUlps(x: number, ulps: number, format: FormatName): number {
  if (Number.isNaN(x)) return x;
  const most = placeOf(Number.POSITIVE_INFINITY, format);
  const place = placeOf(x, format) + BigInt(ulps);
  const kept = place > most ? most : place < -most ? -most : place;
  return numberAt(kept, format);
}

/** The place of a number counted from 0. A number of a format is `units` * 2^k, and every binade has 2^(precision - 1) of them. */
function placeOf(x: number, format: FormatName): bigint {
  const of = floatFormats[format];
  const k =
    Math.abs(x) === Number.POSITIVE_INFINITY ? of.maxExponent + 2 - of.precision : spacingExponent(x, of);
  const binade = k + (of.precision - 1) - of.minExponent;
  const units = Math.abs(x) === Number.POSITIVE_INFINITY ? 2 ** (of.precision - 1) : unitsOf(Math.abs(x), k);
  const place = BigInt(binade) * 2n ** BigInt(of.precision - 1) + BigInt(units);
  return x < 0 ? -place : place;
}

function numberAt(place: bigint, format: FormatName): number {
  const of = floatFormats[format];
  const magnitude = place < 0n ? -place : place;
  const inBinade = 2n ** BigInt(of.precision - 1);
  const binade = magnitude < inBinade ? 0 : Number(magnitude / inBinade) - 1;
  const units = Number(magnitude - BigInt(binade) * inBinade);
  const k = binade + of.minExponent - (of.precision - 1);
  const value =
    of.maxExponent < binade + of.minExponent ? Number.POSITIVE_INFINITY : timesPowerOfTwo(units, k);
  return place < 0n ? -value : value;
}

/** x / 2^k, whole and exact, for k from -1074 on. */
function unitsOf(x: number, k: number): number {
  return k < -1022 ? x * powerOfTwo(537) * powerOfTwo(-k - 537) : x / powerOfTwo(k);
}

function timesPowerOfTwo(units: number, k: number): number {
  return k < -1022 ? units * powerOfTwo(-537) * powerOfTwo(k + 537) : units * powerOfTwo(k);
}
