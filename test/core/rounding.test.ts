import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import {
  moveByUlps,
  type NarrowFormat,
  roundStochastically,
  roundToNearest,
  roundVector,
  roundVectorStochastically,
} from '../../src/core/rounding.ts';

const FORMATS = ['bfloat16', 'float16'] as const;
const FIELDS = { bfloat16: [8, 7], float16: [5, 10] } as const;

/** The value of 16 bits, by the definition of IEEE 754: sign, exponent, fraction. */
function decoded(bits: number, format: NarrowFormat): number {
  const [exponentBits, fractionBits] = FIELDS[format];
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = bits & (2 ** fractionBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias);
}

/** All values from 0 to infinity, by their bits, which is their order. */
function magnitudes(format: NarrowFormat): number[] {
  const infinity = format === 'bfloat16' ? 0x7f80 : 0x7c00;
  return Array.from({ length: infinity + 1 }, (_, bits) => decoded(bits, format));
}

/** As a vector of each engine's type, so that both ways are tested. */
function bothWays(values: readonly number[], format: NarrowFormat): readonly [Float32Array, Float64Array] {
  const vectors = [Float32Array.from([7, ...values, 7]), Float64Array.from([7, ...values, 7])] as const;
  for (const v of vectors) roundVector(v, 1, values.length, format);
  for (const v of vectors) expect([v[0], v.at(-1)]).toEqual([7, 7]);
  return [vectors[0].subarray(1, -1), vectors[1].subarray(1, -1)];
}

describe.each(FORMATS)('rounding to %s', (format) => {
  const all = magnitudes(format);
  const finite = all.slice(0, -1);

  it('leaves all its 65,536 values, NaN and -0 among them', () => {
    const values = Array.from({ length: 65536 }, (_, bits) => decoded(bits, format));
    expect(values.filter(Number.isNaN).length).toBe(format === 'bfloat16' ? 254 : 2046);
    const wrong = values.filter((x) => !Object.is(roundToNearest(x, format), x));
    expect(wrong).toEqual([]);
    for (const v of bothWays(values, format))
      expect([...v].filter((x, i) => !Object.is(x, values[i]))).toEqual([]);
    for (const bits of [0, 2 ** 32 - 1])
      expect(values.filter((x) => !Object.is(roundStochastically(x, format, bits), x))).toEqual([]);
  });

  it('breaks every tie to the even neighbour, and what lies next to a tie goes to the nearer one', () => {
    const behind = format === 'bfloat16' ? 2 ** 128 : 65536; // where infinity lies when ties are broken
    const places = finite.map((low, bits) => ({ low, bits, high: finite[bits + 1] ?? behind }));
    const ties = places.map(({ low, high }) => (low + high) / 2);
    const even = places.map(({ bits }) => all[bits % 2 === 0 ? bits : bits + 1]);
    for (const sign of [1, -1]) {
      const signed = (values: readonly number[]) => values.map((x) => sign * x);
      for (const v of bothWays(signed(ties), format))
        expect([...v].filter((x, i) => !Object.is(x, sign * even[i]))).toEqual([]);
      // the neighbours in float32, the finest type of a vector that both engines share
      for (const [direction, bits] of [
        [-1, 0],
        [1, 1],
      ]) {
        const next = ties.map((tie) => moveByUlps(tie, direction, 'float32'));
        const nearer = places.map((place) => all[place.bits + bits]);
        for (const v of bothWays(signed(next), format))
          expect([...v].filter((x, i) => !Object.is(x, sign * nearer[i]))).toEqual([]);
      }
    }
  });

  it('is what NumPy and exact fractions give', () => {
    const file = new URL('../goldens/rounding/nearest.json', import.meta.url);
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: [string, number, number][] };
    expect(rows.length).toBeGreaterThan(2000);
    const wrong = rows.filter(([hex, float16, bfloat16]) => {
      const x = new DataView(Uint8Array.from(Buffer.from(hex, 'hex')).buffer).getFloat64(0);
      const expected = decoded(format === 'float16' ? float16 : bfloat16, format);
      return !Object.is(roundToNearest(x, format), expected);
    });
    expect(wrong).toEqual([]);
  });

  it('moves by places', () => {
    for (const n of [1, 2, 700]) {
      const moved = finite.map((x) => moveByUlps(x, n, format));
      expect(moved.filter((y, bits) => y !== all[Math.min(bits + n, all.length - 1)])).toEqual([]);
      const back = finite.map((x) => moveByUlps(x, -n, format));
      const expected = finite.map((_, bits) => (bits >= n ? all[bits - n] : -all[n - bits]));
      expect(back.filter((y, bits) => y !== expected[bits])).toEqual([]);
    }
    expect(moveByUlps(-finite[3], 43, format)).toBe(finite[40]);
  });
});

describe('stochastic rounding', () => {
  it('goes up in magnitude with the probability of the fraction, for every one of 2^16 draws', () => {
    const counts = (x: number) => {
      let ups = 0;
      for (let draw = 0; draw < 65536; draw++)
        if (roundStochastically(x, 'bfloat16', draw * 65536) !== 1) ups++;
      return ups;
    };
    expect([counts(1 + 2 ** -7 / 4), counts(1 + 2 ** -23), counts(1 + 2 ** -7 - 2 ** -23)]).toEqual([
      16384, 1, 65535,
    ]);
    expect(roundStochastically(-1 - 2 ** -9, 'bfloat16', 2 ** 32 - 1)).toBe(-1 - 2 ** -7);
    expect(roundStochastically(-1e-46, 'bfloat16', 0)).toBe(-0);
  });

  it('of a vector is that of its elements, in both types', () => {
    const rng = stream(1, 'values').at(0);
    for (const format of FORMATS) {
      const values = Float32Array.from({ length: 4000 }, () => rng.normal() * 2 ** (rng.below(60) - 30));
      const expected = (() => {
        const draws = stream(1, 'draws').at(5);
        return Array.from(values, (x) => roundStochastically(x, format, draws.uint32()));
      })();
      for (const v of [values.slice(), Float64Array.from(values)]) {
        roundVectorStochastically(v, 0, v.length, format, stream(1, 'draws').at(5));
        expect([...v]).toEqual(expected);
      }
    }
  });

  it('is unbiased: the mean of 40,000 lies within five standard errors', () => {
    // of one number: spacing * sqrt(f (1 - f)) <= spacing / 2; a chance of 6e-7 that a right generator fails, and the seed is fixed
    const n = 40000;
    for (const [format, spacing] of [
      ['bfloat16', 2 ** -7],
      ['float16', 2 ** -10],
    ] as const) {
      for (const fraction of [0.1, 0.5, 0.97]) {
        const x = Math.fround(1 + fraction * spacing);
        const v = new Float32Array(n).fill(x);
        roundVectorStochastically(v, 0, n, format, stream(2, 'mean').at(1));
        const mean = v.reduce((sum, y) => sum + (y - x), 0) / n;
        expect(Math.abs(mean)).toBeLessThan(
          (5 * spacing * Math.sqrt(fraction * (1 - fraction))) / Math.sqrt(n),
        );
        expect(new Set(v).size).toBe(2);
      }
    }
  });
});

describe('moveByUlps', () => {
  it('is the next float32 and float64', () => {
    expect(moveByUlps(1, 1, 'float64')).toBe(1 + Number.EPSILON);
    expect(moveByUlps(1, -1, 'float64')).toBe(1 - Number.EPSILON / 2);
    expect(moveByUlps(0, 1, 'float64')).toBe(5e-324);
    expect(moveByUlps(5e-324, -2, 'float64')).toBe(-5e-324);
    expect(moveByUlps(-1, 3, 'float32')).toBe(-1 + 3 * 2 ** -24);
    expect(moveByUlps(Number.MAX_VALUE, 5, 'float64')).toBe(Number.POSITIVE_INFINITY);
    expect(moveByUlps(Number.POSITIVE_INFINITY, -1, 'float32')).toBe((2 - 2 ** -23) * 2 ** 127);
    expect(moveByUlps(2 ** -1022, -1, 'float64')).toBe(2 ** -1022 - 5e-324);
    expect(moveByUlps(1, 2 ** 40, 'float64')).toBe(1 + 2 ** -12);
    expect(moveByUlps(Number.NaN, 1, 'float32')).toBeNaN();
  });

  it('agrees with the bits of float32', () => {
    const x = new Float32Array(1);
    const word = new Int32Array(x.buffer);
    const rng = stream(3, 'bits').at(0);
    for (let i = 0; i < 2000; i++) {
      word[0] = rng.below(0x7f000000);
      const [from, n] = [x[0], rng.below(1000)];
      word[0] += n;
      expect(moveByUlps(from, n, 'float32')).toBe(x[0]);
    }
  });
});
