import { describe, expect, it } from 'vitest';
import { grid, halton, radicalInverse, random, type Sampler } from '../../src/sweep/sampler.ts';
import { choice, int, logUniform, uniform } from '../../src/sweep/space.ts';

/**
 * SciPy 1.10.1, scipy.stats.qmc.Halton(6, scramble=False).random(1001), rows by index: the bases 2, 3, 5, 7, 11, 13. It sums the digits
 * one by one, so that its last bit may differ.
 */
// biome-ignore format: one row a line
const SCIPY: Readonly<Record<number, readonly number[]>> = {
  0: [0, 0, 0, 0, 0, 0],
  1: [0.5, 0.3333333333333333, 0.2, 0.14285714285714285, 0.09090909090909091, 0.07692307692307693],
  4: [0.125, 0.4444444444444444, 0.8, 0.5714285714285714, 0.36363636363636365, 0.3076923076923077],
  7: [0.875, 0.5555555555555556, 0.44, 0.02040816326530612, 0.6363636363636364, 0.5384615384615385],
  30: [0.46875, 0.12345679012345678, 0.048, 0.36734693877551017, 0.743801652892562, 0.31952662721893493],
  100: [0.1484375, 0.4115226337448559, 0.032, 0.29154518950437314, 0.1652892561983471, 0.7337278106508875],
  1000: [0.0927734375, 0.3475080018289895, 0.00512, 0.9162848812994586, 0.9316303531179565, 0.9904415111515704],
};
const BASES = [2, 3, 5, 7, 11, 13];

/** Six places in [0, 1), to six digits. */
const unit = uniform(0, 1);
const cube = { a: unit, b: unit, c: unit, d: unit, e: unit, f: unit };
const placesOf = (sampler: Sampler, trial: number): number[] => Object.values(sampler.pointAt(cube, trial));

describe('radicalInverse', () => {
  it('is SciPy’s Halton sequence', () => {
    for (const [index, row] of Object.entries(SCIPY))
      for (const [d, base] of BASES.entries())
        expect(Math.abs(radicalInverse(Number(index), base) - row[d])).toBeLessThanOrEqual(2.3e-16);
  });

  it('stays below 1 for the largest digits', () => {
    expect(radicalInverse(2 ** 53 - 1, 2)).toBe(1 - 2 ** -53);
  });

  it('permutes every place, leading zeros too', () => {
    // 0.1010... in base 2, the digits of 0 permuted at every even place
    const swapped = Array.from({ length: 53 }, (_, place) => (place % 2 === 0 ? [1, 0] : [0, 1]));
    expect(radicalInverse(0, 2, swapped)).toBeCloseTo(2 / 3, 15);
  });
});

describe('halton', () => {
  it('puts one of any b^k consecutive trials into each of b^k equal parts', () => {
    const sampler = halton({ seed: 7 });
    for (const [d, base] of BASES.entries()) {
      for (const [count, from] of [
        [base, 0],
        [base, 5],
        [base * base, 3],
      ]) {
        const parts = Array.from({ length: count }, (_, i) =>
          Math.floor(placesOf(sampler, from + i)[d] * count),
        );
        expect(parts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }
    }
  });

  it('is addressed by the index: any order gives the same points, another seed others', () => {
    const [one, other] = [halton({ seed: 1 }), halton({ seed: 2 })];
    const forward = [0, 1, 2, 3].map((i) => placesOf(one, i));
    expect([3, 2, 1, 0].map((i) => placesOf(halton({ seed: 1 }), i)).reverse()).toEqual(forward);
    expect(placesOf(one, 0)).not.toEqual(placesOf(other, 0));
    expect(new Set(forward.flat()).size).toBe(24);
  });

  it('has fixed values: who changes them changes the trials of published comparisons', () => {
    expect(placesOf(halton({ seed: 1 }), 1)).toEqual([
      0.601825, 0.0577484, 0.684133, 0.31155, 0.824121, 0.188845,
    ]);
  });

  it('covers the square more evenly than independent points', () => {
    const star = (sampler: Sampler, n: number) => starDiscrepancy(n, (i) => placesOf(sampler, i));
    for (const seed of [0, 1, 2, 3, 4]) {
      expect(star(halton({ seed }), 128)).toBeLessThan(0.5 * star(random({ seed }), 128));
    }
  });
});

/** The largest difference between the share of points in a box at the origin and its area, over the corners of a grid. */
function starDiscrepancy(n: number, pointAt: (i: number) => readonly number[]): number {
  const points = Array.from({ length: n }, (_, i) => pointAt(i));
  let largest = 0;
  for (let x = 1; x <= 64; x++) {
    for (let y = 1; y <= 64; y++) {
      const inside = points.filter(([a, b]) => a < x / 64 && b < y / 64).length / n;
      largest = Math.max(largest, Math.abs(inside - (x * y) / 4096));
    }
  }
  return largest;
}

describe('random', () => {
  it('is addressed by the index and uniform', () => {
    const sampler = random({ seed: 3 });
    expect(placesOf(random({ seed: 3 }), 50)).toEqual(placesOf(sampler, 50));
    const places = Array.from({ length: 2000 }, (_, i) => placesOf(sampler, i)).flat();
    expect(Math.abs(places.reduce((sum, u) => sum + u, 0) / places.length - 0.5)).toBeLessThan(0.01);
    expect(new Set(places).size).toBeGreaterThan(11800);
  });
});

describe('grid', () => {
  it('gives every combination of the points of ranges, ends included, and choices, the last the fastest', () => {
    const space = { rate: logUniform(0.01, 1), kind: choice(['a', 'b']) };
    const sampler = grid({ points: 3 });
    expect(sampler.sizeOf(space)).toBe(6);
    expect(Array.from({ length: 6 }, (_, i) => sampler.pointAt(space, i))).toEqual([
      { rate: 0.01, kind: 'a' },
      { rate: 0.01, kind: 'b' },
      { rate: 0.1, kind: 'a' },
      { rate: 0.1, kind: 'b' },
      { rate: 1, kind: 'a' },
      { rate: 1, kind: 'b' },
    ]);
    expect(Object.keys(sampler.pointAt(space, 0))).toEqual(['rate', 'kind']);
  });

  it('has each whole number once, and the middle where it has one point', () => {
    expect(grid({ points: 5 }).sizeOf({ n: int(1, 3) })).toBe(3);
    expect(grid({ points: 1 }).pointAt({ rate: uniform(0, 1) }, 0)).toEqual({ rate: 0.5 });
    expect(() => grid({ points: 0 })).toThrow('got 0 points, expected a whole number of at least 1');
  });
});
