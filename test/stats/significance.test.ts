import { describe, expect, it } from 'vitest';
import { pairedDifferences } from '../../src/stats/hypothesis.ts';
import { compareFamily, compareSeeds } from '../../src/stats/significance.ts';

const ofSign = (n: number, sign = 1) => Array.from({ length: n }, (_, i) => sign * (i + 1));

/** The reason of a refusal. */
function reason(differences: number[], options = {}): string {
  const result = compareSeeds(differences, options);
  return result.kind === 'refused' ? result.reason : `tested, p = ${result.p}`;
}

describe('compareSeeds', () => {
  it('refuses fewer seeds than can be significant, with the number that can', () => {
    expect(compareSeeds(ofSign(5))).toEqual({
      kind: 'refused',
      reason:
        '5 seeds cannot reach p < 0.05: the smallest possible p of the exact signed-rank test is 0.0625; at least 6 seeds',
      needed: 6,
      seeds: 5,
      differing: 5,
      median: 3,
    });
    expect(compareSeeds(ofSign(6)).kind).toBe('tested');
  });

  it('refuses by the size of the family', () => {
    expect(reason(ofSign(8), { comparisons: 11 })).toBe(
      "8 seeds cannot reach p < 0.05 after Bonferroni's correction for 11 comparisons: the smallest possible p of the exact signed-rank test is 0.0078125, after the correction 0.0859375 or more; at least 9 seeds",
    );
    expect(compareSeeds(ofSign(9), { comparisons: 11 })).toMatchObject({ kind: 'tested', significant: true });
    expect(compareSeeds(ofSign(11), { comparisons: 66 })).toMatchObject({ kind: 'refused', needed: 12 });
  });

  it('counts only the seeds on which the two differ', () => {
    expect(reason([0, 0, 1, 2, 3, 4, 5, 0])).toBe(
      '5 seeds that differ (of 8; the rest are equal) cannot reach p < 0.05: the smallest possible p of the exact signed-rank test is 0.0625; at least 6 seeds that differ',
    );
    expect(reason([0, 0, 0])).toBe(
      'nothing to test: the two are equal on all 3 seeds; at least 6 seeds that differ',
    );
    expect(reason([0])).toBe(
      'nothing to test: the two are equal on the only seed; at least 6 seeds that differ',
    );
    const bothDiverged = pairedDifferences(ofSign(7).fill(Infinity), ofSign(7).fill(Infinity));
    expect(compareSeeds(bothDiverged)).toMatchObject({ kind: 'refused', differing: 0, median: 0 });
  });

  it('refuses one seed and none', () => {
    expect(reason([0.3])).toBe(
      '1 seed cannot reach p < 0.05: the smallest possible p of the exact signed-rank test is 1; at least 6 seeds',
    );
    expect(compareSeeds([])).toMatchObject({ kind: 'refused', needed: 6, seeds: 0, median: Number.NaN });
  });

  it('tests the others exactly', () => {
    // W- = 1 + 2 of n = 8: 5 of the 256 sign vectors have a smaller or equal sum (0, 1, 2, 3, 1 + 2), on each side
    expect(compareSeeds([-1, -2, 3, 4, 5, 6, 7, 8])).toEqual({
      kind: 'tested',
      p: 10 / 256,
      method: 'exact',
      seeds: 8,
      differing: 8,
      median: 4.5,
      below: 2,
      above: 6,
      significant: true,
    });
    expect(compareSeeds([-1, -2, 3, 4, 5, 6, 7, 8], { comparisons: 2 })).toMatchObject({
      significant: false,
    });
    expect(compareSeeds([-8, -7, 1, 2, 3, 4, 5, 6])).toMatchObject({ significant: false });
  });

  it('takes diverged runs as the largest differences', () => {
    expect(compareSeeds([Infinity, Infinity, 1, 2, 3, 4])).toMatchObject({
      p: 2 / 64,
      median: 3.5,
      above: 6,
    });
    expect(compareSeeds(ofSign(6).fill(-Infinity))).toMatchObject({ p: 2 / 64, median: -Infinity, below: 6 });
  });

  it('is significant at exactly alpha', () => {
    expect(compareSeeds(ofSign(5), { alpha: 0.0625 })).toMatchObject({ kind: 'tested', significant: true });
  });

  it('refuses to work on NaN and on levels that are none', () => {
    expect(() => compareSeeds([Number.NaN])).toThrow('invalid differences: got NaN');
    expect(() => compareSeeds([1], { alpha: 1 })).toThrow('invalid alpha: got 1');
    expect(() => compareSeeds([1], { comparisons: 0 })).toThrow('invalid number of comparisons: got 0');
  });
});

describe('compareFamily', () => {
  it('corrects by Holm over all, also those that were refused', () => {
    const family = compareFamily([
      ofSign(8),
      [-1, ...ofSign(9).slice(1)],
      ofSign(4),
      [1, -2, 3, -4, 5, -6, 7, -8],
    ]);
    expect(family.map(({ comparison }) => comparison.kind)).toEqual([
      'tested',
      'tested',
      'refused',
      'tested',
    ]);
    // p = 2/256 and 4/512 (W- = 0 or 1 of n = 9), equal: 4 p for both; then p of W- = 20 of n = 8
    expect(family[0].adjustedP).toBe(4 * (2 / 256));
    expect(family[1].adjustedP).toBe(4 * (4 / 512));
    expect(family[2]).toMatchObject({ adjustedP: Number.NaN, significant: false });
    expect(family.map(({ significant }) => significant)).toEqual([true, true, false, false]);
  });

  it('finds what Bonferroni alone would not', () => {
    const [first, second] = compareFamily([ofSign(10), [-1, -2, ...ofSign(8).slice(2)]]);
    expect(second.comparison).toMatchObject({ kind: 'tested', p: 10 / 256, significant: false });
    expect(first.significant).toBe(true);
    expect(second).toMatchObject({ adjustedP: 10 / 256, significant: true });
  });

  it('refuses only what Holm could not find significant, whatever all results were', () => {
    // smallest p 2/128 and 2/64; Holm: 2 * 2/128 = 2/64, then 1 * 2/64: both can be significant
    const both = compareFamily([ofSign(7), ofSign(6)]);
    expect(both.map(({ comparison }) => comparison.kind)).toEqual(['tested', 'tested']);
    expect(both.map(({ adjustedP, significant }) => [adjustedP, significant])).toEqual([
      [0.03125, true],
      [0.03125, true],
    ]);
    // beside one of 6 that is at its smallest, 2 * 2/64 is the smallest of both: 7 seeds of one of them would do for both
    const neither = compareFamily([ofSign(6), ofSign(6)]);
    expect(neither.map(({ comparison }) => comparison)).toMatchObject([
      { kind: 'refused', needed: 7 },
      { kind: 'refused', needed: 7 },
    ]);
    // 7, 7 and 6 seeds: Holm's smallest are 3 * 2/128 for the first, then 2 * 2/128, then 2/64, none below the one before
    expect(compareFamily([ofSign(7), ofSign(7), ofSign(6)]).map(({ adjustedP }) => adjustedP)).toEqual([
      6 / 128,
      6 / 128,
      6 / 128,
    ]);
  });

  it('says what a refused comparison of a family needs, the others as they are', () => {
    const [, five] = compareFamily([ofSign(8), ofSign(5)]);
    expect(five.comparison).toMatchObject({
      kind: 'refused',
      needed: 6,
      reason:
        "5 seeds cannot reach p < 0.05 after Holm's correction for 2 comparisons: the smallest possible p of the exact signed-rank test is 0.0625, after the correction 0.0625 or more; at least 6 seeds",
    });
    expect(compareFamily([ofSign(8), ofSign(6)])[1]).toMatchObject({ significant: true });
  });

  it('of nothing is nothing', () => {
    expect(compareFamily([])).toEqual([]);
  });
});
