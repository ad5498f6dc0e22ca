import { describe, expect, it } from 'vitest';
import { bitsOf, differenceOf, shortest } from '../../src/core/ulps.ts';

const [single, double] = [new Float32Array(0), new Float64Array(0)];
const nan = Number.NaN;

function ulps(a: number, b: number, type: typeof Float32Array | typeof Float64Array): number | undefined {
  return differenceOf(type.of(a), type.of(b))?.first[0].ulps;
}

describe('the distance in units in the last place', () => {
  it('counts the representable numbers between two', () => {
    expect(ulps(1, 1 + 2 ** -23, Float32Array)).toBe(1);
    expect(ulps(1, 1 - 2 ** -24, Float32Array)).toBe(1);
    expect(ulps(1, 2, Float32Array)).toBe(2 ** 23);
    expect(ulps(1, 1 + 2 ** -52, Float64Array)).toBe(1);
    expect(ulps(-3, -3 - 2 ** -50, Float64Array)).toBe(2);
    expect(ulps(0, 2 ** -149, Float32Array)).toBe(1);
    expect(ulps(3.4028234663852886e38, Number.POSITIVE_INFINITY, Float32Array)).toBe(1);
  });

  it('goes through 0 where the signs differ, and is none where one is NaN', () => {
    expect(ulps(2 ** -149, -(2 ** -149), Float32Array)).toBe(2);
    expect(ulps(0, -0, Float32Array)).toBe(0);
    expect(ulps(-(2 ** -1074), 2 ** -1073, Float64Array)).toBe(3);
    expect(ulps(nan, 1, Float64Array)).toBe(nan);
  });

  it('of integers is their difference', () => {
    expect(differenceOf(Int32Array.of(7, -1), Int32Array.of(7, 3))?.first).toEqual([
      { index: 1, a: -1, b: 3, ulps: 4 },
    ]);
  });
});

describe('differenceOf', () => {
  it('is undefined where all bits are equal, every NaN being the same', () => {
    const bits = new Float32Array(Uint32Array.of(0x7fc00001, 0xff800001).buffer);
    expect(differenceOf(bits, Float32Array.of(nan, nan))).toBeUndefined();
    expect(differenceOf(Float64Array.of(1, -0), Float64Array.of(1, -0))).toBeUndefined();
  });

  it('sorts the elements into octaves, changes of sign and NaN', () => {
    const e = 2 ** -23;
    const a = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0, -1, 5);
    const b = Float32Array.of(1, 1 + e, 1 + 2 * e, 1 + 3 * e, 1 + 4 * e, 1 + 7 * e, nan, -0, 1, 5);
    const found = differenceOf(a, b);
    expect(found).toMatchObject({ elements: 10, differing: 8, nan: 1, sign: 2 });
    expect(found?.histogram).toEqual([
      { from: 1, to: 1, count: 1 },
      { from: 2, to: 3, count: 2 },
      { from: 4, to: 7, count: 2 },
    ]);
    expect(found?.largestUlps).toBe(2 * 0x3f800000); // from -1 to 1
    expect(found?.first.map(({ index, ulps }) => [index, ulps])).toEqual([
      ...[
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 7],
      ],
    ]);
  });
});

it('shows numbers as their bits and as the shortest decimals of their type', () => {
  const tenth = Math.fround(0.1);
  expect([shortest(tenth, single), shortest(tenth, double)]).toEqual(['0.1', '0.10000000149011612']);
  expect([shortest(1 / 3, double), shortest(-0, single), shortest(nan, single)]).toEqual([
    ...['0.3333333333333333', '-0', 'NaN'],
  ]);
  expect([bitsOf(1, single), bitsOf(-2, double), bitsOf(-1, new Int32Array(0))]).toEqual([
    ...['0x3f800000', '0xc000000000000000', '0xffffffff'],
  ]);
});
