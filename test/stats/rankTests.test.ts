import { describe, expect, it } from 'vitest';
import { pairedDifferences } from '../../src/stats/hypothesis.ts';
import { rankSumTest } from '../../src/stats/rankSum.ts';
import { midRanks } from '../../src/stats/ranks.ts';
import { EXACT_DIFFERENCES, signedRankTest } from '../../src/stats/signedRank.ts';

// Exact p-values are held to enumerations in test/goldens/statistics/more-wilcoxon.json and more-mann-whitney.json.

const up = Number.POSITIVE_INFINITY;

describe('mid-ranks', () => {
  it('share ranks between equal values, -0 and 0 and infinities among them', () => {
    expect(midRanks([3, 1, 3, 2])).toEqual({ ranks: [3.5, 1, 3.5, 2], ties: [2] });
    expect(midRanks([0, -0, up, up, -up])).toEqual({ ranks: [2.5, 2.5, 4.5, 4.5, 1], ties: [2, 2] });
    expect(midRanks([])).toEqual({ ranks: [], ties: [] });
  });
});

describe('the signed-rank test', () => {
  it.each([
    [5, 0.0625],
    [6, 0.03125],
    [8, 0.0078125],
    [10, 0.001953125],
  ])('of %d differences of one sign has p = %d, the smallest there is', (n, p) => {
    expect(signedRankTest(Array.from({ length: n }, (_, i) => i + 1)).p).toBe(p);
    expect(signedRankTest(Array.from({ length: n }, () => 1)).p).toBe(p);
  });

  it('of zeros alone says nothing', () => {
    for (const zeros of ['wilcox', 'pratt', 'zsplit'] as const) {
      for (const method of ['exact', 'normal'] as const)
        expect(signedRankTest([0, 0, -0], { zeros, method })).toMatchObject({ p: 1, n: 0, method });
    }
  });

  it('of two values and of one', () => {
    expect(signedRankTest([1, 2])).toMatchObject({ statistic: 0, wPlus: 3, p: 0.5, n: 2, method: 'exact' });
    expect(signedRankTest([1, 2], { alternative: 'greater' }).p).toBe(0.25);
    expect(signedRankTest([-7])).toMatchObject({ statistic: 0, wMinus: 1, p: 1, n: 1 });
  });

  it('takes diverged runs: infinite differences rank last, two infinities differ by 0', () => {
    const differences = pairedDifferences([up, 1, 2, up], [up, up, 1, 3]);
    expect(differences).toEqual([0, -up, 1, up]);
    expect(signedRankTest(differences)).toMatchObject({ wPlus: 3.5, wMinus: 2.5, n: 3 });
  });

  it('is exact up to a stated number of differences, and refuses far more', () => {
    const differences = (n: number) => Array.from({ length: n }, (_, i) => (i % 3 === 0 ? -1 : 1) * (i + 1));
    expect(signedRankTest(differences(EXACT_DIFFERENCES)).method).toBe('exact');
    expect(signedRankTest([...differences(EXACT_DIFFERENCES), 0, 0]).method).toBe('exact');
    const more = differences(EXACT_DIFFERENCES + 1);
    const normal = signedRankTest(more);
    expect(normal.method).toBe('normal');
    // the approximation is 2.3 % off here
    expect(Math.abs(normal.p / signedRankTest(more, { method: 'exact' }).p - 1)).toBeLessThan(0.05);
    expect(() => signedRankTest(differences(1001), { method: 'exact' })).toThrow(
      'expected at most 1000; use normal',
    );
  });

  it('keeps the tails of long samples: 200 differences of one sign have p = 2^-199', () => {
    const differences = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(signedRankTest(differences, { method: 'exact' }).p).toBe(2 ** -199);
  });

  it('refuses nothing and NaN', () => {
    expect(() => signedRankTest([])).toThrow('invalid differences: got 0 values, expected 1 or more');
    expect(() => signedRankTest([1, Number.NaN])).toThrow('invalid differences: got NaN');
    expect(() => pairedDifferences([1], [1, 2])).toThrow('invalid pairs: got 1 and 2 values');
  });
});

describe('the rank-sum test', () => {
  it('of five against five apart has p = 2 / 252', () => {
    const test = rankSumTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]);
    expect(test).toMatchObject({ statistic: 0, p: 2 / 252, method: 'exact' });
  });

  it('of values that are all equal says nothing', () => {
    for (const method of ['exact', 'normal'] as const)
      expect(rankSumTest([1, 1, 1], [1, 1], { method })).toMatchObject({ statistic: 3, p: 1 });
    expect(rankSumTest([up, up], [up, up])).toMatchObject({ statistic: 2, p: 1 });
  });

  it('of one against one', () => {
    expect(rankSumTest([2], [1])).toMatchObject({ statistic: 1, p: 1, method: 'exact' });
    expect(rankSumTest([2], [1], { alternative: 'greater' }).p).toBe(0.5);
  });

  it('counts diverged runs as the largest', () => {
    // the ranks are 1, 2, 3 and 4, 5.5, 5.5: of the 20 choices of three only one adds up to 15
    const test = rankSumTest([4, up, up], [1, 2, 3], { alternative: 'greater' });
    expect(test).toMatchObject({ statistic: 9, p: 1 / 20 });
  });

  it('gives the same whichever sample is first', () => {
    const [a, b] = [
      [1, 5, 5, 9, 9, 12],
      [0, 1, 5, 7],
    ];
    const [ab, ba] = [
      rankSumTest(a, b, { alternative: 'less' }),
      rankSumTest(b, a, { alternative: 'greater' }),
    ];
    expect(ab.p).toBe(ba.p);
    expect(ab.statistic + ba.statistic).toBe(24);
  });

  it('is exact up to 25 by 25, and refuses tables that do not fit', () => {
    const sample = (n: number, shift: number) =>
      Array.from({ length: n }, (_, i) => ((i * 7919) % 1000) + shift);
    expect(rankSumTest(sample(25, 0), sample(25, 150.5)).method).toBe('exact');
    const [a, b] = [sample(26, 0), sample(26, 150.5)];
    const normal = rankSumTest(a, b);
    expect(normal.method).toBe('normal');
    expect(Math.abs(normal.p / rankSumTest(a, b, { method: 'exact' }).p - 1)).toBeLessThan(0.05);
    expect(rankSumTest(sample(60, 0), sample(60, 90.5), { method: 'exact' }).method).toBe('exact');
    expect(() => rankSumTest(sample(200, 0), sample(200, 0.5), { method: 'exact' })).toThrow('use normal');
  });

  it('refuses an empty sample and NaN', () => {
    expect(() => rankSumTest([], [1])).toThrow('invalid first sample: got 0 values');
    expect(() => rankSumTest([1], [Number.NaN])).toThrow('invalid second sample: got NaN');
  });
});
