import { describe, expect, it } from 'vitest';
import { bartlettTest, leveneTest } from '../../src/stats/equalVariances.ts';
import { friedmanTest } from '../../src/stats/friedman.ts';
import { kolmogorovSmirnov } from '../../src/stats/kolmogorovSmirnov.ts';
import { kruskalWallisTest } from '../../src/stats/kruskalWallis.ts';
import { shapiroWilk } from '../../src/stats/normality.ts';
import { criticalDifference, studentizedRangeQuantile } from '../../src/stats/studentizedRange.ts';
import {
  cohensD,
  hedgesG,
  oneSampleTTest,
  oneWayAnova,
  pairedTTest,
  studentTTest,
  welchTTest,
} from '../../src/stats/tTest.ts';

const [up, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

describe('Friedman', () => {
  it('has the worked example of Demsar (2006): four classifiers', () => {
    // 10 blocks in perfect agreement: chi2 = n (k - 1), F is infinite
    const blocks = Array.from({ length: 10 }, (_, i) => [i, i + 1, i + 2]);
    const test = friedmanTest(blocks);
    expect(test.statistic).toBeCloseTo(20, 12);
    expect(test.meanRanks).toEqual([1, 2, 3]);
    expect(test.imanDavenport).toEqual({ f: up, p: 0, df: [2, 18] });
    expect(test.p).toBeCloseTo(Math.exp(-10), 14); // chi-square with 2 degrees of freedom
  });

  it('says nothing where every block is tied, and has no F of a single block', () => {
    expect(
      friedmanTest([
        [1, 1],
        [2, 2],
      ]),
    ).toMatchObject({ statistic: 0, p: 1, meanRanks: [1.5, 1.5] });
    expect(friedmanTest([[1, 2, 3]])).toMatchObject({ statistic: 2, imanDavenport: { f: nan, p: nan } });
  });

  it('ranks diverged runs last, and does not care for the unit', () => {
    const blocks = [
      [1, up, 2],
      [3, up, up],
      [0, 5, 1],
    ];
    expect(friedmanTest(blocks).meanRanks).toEqual([1, (3 + 2.5 + 3) / 3, (2 + 2.5 + 2) / 3]);
    const scaled = [
      [10, up, 20],
      [-3, up, up],
      [0, 50, 1],
    ];
    expect(friedmanTest(scaled)).toEqual(friedmanTest(blocks));
  });

  it('refuses ragged and empty blocks and NaN', () => {
    expect(() => friedmanTest([])).toThrow('invalid blocks: got 0 of no values');
    expect(() =>
      friedmanTest([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow('invalid blocks: got 2 of 2, 3 values');
    expect(() => friedmanTest([[1], [2]])).toThrow('invalid blocks');
    expect(() => friedmanTest([[1, nan]])).toThrow('invalid block 0: got NaN');
  });
});

describe('the studentized range', () => {
  it('of two is the distance of two normal values', () => {
    expect(studentizedRangeQuantile(0.05, 2) / Math.SQRT2).toBeCloseTo(1.959963984540054, 10);
  });

  it('has the tables', () => {
    // Harter (1960), infinite degrees of freedom
    expect(studentizedRangeQuantile(0.05, 12)).toBeCloseTo(4.622, 3);
    expect(studentizedRangeQuantile(0.01, 5)).toBeCloseTo(4.603, 3);
    expect(studentizedRangeQuantile(0.05, 100)).toBeCloseTo(6.085, 2);
    expect(criticalDifference(0.05, 12, 8)).toBeCloseTo(5.89, 2);
  });

  it('refuses what has none', () => {
    expect(() => studentizedRangeQuantile(0.05, 1)).toThrow('invalid studentized range: got k 1');
    expect(() => studentizedRangeQuantile(0, 3)).toThrow('invalid studentized range');
  });
});

describe('Kruskal-Wallis', () => {
  it('of two groups apart, of equal values and of infinities', () => {
    // H = 12 / (6 * 7) (3 * 1.5^2 * 2) = 27 / 7
    expect(
      kruskalWallisTest([
        [1, 2, 3],
        [4, 5, 6],
      ]).statistic,
    ).toBeCloseTo(27 / 7, 14);
    expect(
      kruskalWallisTest([
        [1, 2, 3],
        [4, up, up],
      ]).statistic,
    ).toBeCloseTo(27 / 7 / (1 - 6 / 210), 14);
    expect(kruskalWallisTest([[1, 1], [1], [1]])).toEqual({ statistic: 0, df: 2, p: 1 });
  });

  it('refuses a single group and an empty one', () => {
    expect(() => kruskalWallisTest([[1, 2]])).toThrow('invalid groups: got 1');
    expect(() => kruskalWallisTest([[1, 2], []])).toThrow('invalid group 1: got 0 values');
  });
});

describe('t-tests', () => {
  it('of two values: t has one degree of freedom', () => {
    const { t, df, p, interval } = oneSampleTTest([1, 3]);
    expect([t, df]).toEqual([2, 1]);
    expect(p).toBeCloseTo((2 * Math.atan2(1, 2)) / Math.PI, 14);
    expect(interval[1] - 2).toBeCloseTo(Math.tan(0.475 * Math.PI), 10);
  });

  it('of values without spread', () => {
    expect(oneSampleTTest([2, 2, 2])).toEqual({ t: up, df: 2, p: 0, interval: [2, 2] });
    expect(oneSampleTTest([2, 2, 2], 2)).toEqual({ t: nan, df: 2, p: nan, interval: [2, 2] });
    expect(welchTTest([1, 1], [2, 2])).toMatchObject({ t: -up, p: 0 });
    expect(pairedTTest([1, up], [1, up])).toMatchObject({ t: nan, p: nan, interval: [0, 0] });
  });

  it('of a diverged run are not defined', () => {
    expect(welchTTest([1, 2, up], [1, 2, 3])).toMatchObject({ p: nan, interval: [nan, nan] });
    expect(studentTTest([1, 2, up], [1, 2, 3]).p).toBeNaN();
    expect(cohensD([1, 2, up], [1, 2])).toBeNaN();
  });

  it('agree where variances and sizes do', () => {
    const [a, b] = [
      [1, 2, 4],
      [5, 6, 8],
    ];
    expect(welchTTest(a, b).t).toBeCloseTo(studentTTest(a, b).t, 14);
    expect(welchTTest(a, b).df).toBeCloseTo(4, 13);
    expect(oneWayAnova([a, b]).f).toBeCloseTo(studentTTest(a, b).t ** 2, 11);
    expect(oneWayAnova([a, b]).p).toBeCloseTo(studentTTest(a, b).p, 13);
    expect(hedgesG(a, b)).toBeCloseTo(cohensD(a, b) * (1 - 3 / 15), 14);
  });

  it('the sides add up to 1', () => {
    const [a, b] = [
      [1, 2, 4],
      [2, 2.5, 3],
    ];
    const less = welchTTest(a, b, { alternative: 'less' }).p;
    const greater = welchTTest(a, b, { alternative: 'greater' }).p;
    expect(less + greater).toBeCloseTo(1, 14);
    expect(welchTTest(a, b).p).toBe(2 * Math.min(less, greater));
  });

  it('refuse a single value', () => {
    expect(() => oneSampleTTest([1])).toThrow('invalid sample: got 1 values, expected 2 or more; add seeds');
    expect(() => welchTTest([1, 2], [1])).toThrow('invalid second sample');
    expect(() => oneSampleTTest([1, 2], 0, { confidence: 95 })).toThrow('invalid confidence: got 95');
  });
});

describe('the analysis of variance and of variances', () => {
  it('of groups without spread', () => {
    expect(
      oneWayAnova([
        [1, 1],
        [2, 2],
      ]),
    ).toEqual({ f: up, p: 0, df: [1, 2] });
    expect(
      oneWayAnova([
        [1, 1],
        [1, 1],
      ]),
    ).toEqual({ f: nan, p: nan, df: [1, 2] });
    expect(() => oneWayAnova([[1], [2]])).toThrow('invalid groups: got 2 with 2 values');
  });

  it('Levene and Bartlett see no difference of shifted groups', () => {
    const groups = [
      [1, 2, 4, 8],
      [11, 12, 14, 18],
    ];
    expect(leveneTest(groups)).toMatchObject({ f: 0, p: 1 });
    expect(leveneTest(groups, 'mean').f).toBeCloseTo(0, 14);
    expect(bartlettTest(groups).statistic).toBeCloseTo(0, 13);
    expect(() => bartlettTest([[1, 2], [1]])).toThrow('invalid group 1');
  });
});

describe('Shapiro-Wilk', () => {
  it('of three values is at least 3/4, with p from 0 to 1', () => {
    expect(shapiroWilk([0, 0, 1]).w).toBeCloseTo(0.75, 14);
    expect(shapiroWilk([0, 0, 1]).p).toBeCloseTo(0, 7);
    expect(shapiroWilk([-1, 0, 1]).w).toBeCloseTo(1, 14);
    expect(shapiroWilk([-1, 0, 1]).p).toBeCloseTo(1, 6);
  });

  it('does not change with the unit', () => {
    const values = [0.1, 0.5, 0.7, 0.9, 2, 3.5, 9];
    const { w } = shapiroWilk(values);
    expect(shapiroWilk(values.map((value) => 1e200 * value)).w).toBeCloseTo(w, 13);
  });

  it('refuses what has no shape', () => {
    expect(() => shapiroWilk([1, 2])).toThrow('invalid sample: got 2 values');
    expect(() => shapiroWilk([1, 1, 1])).toThrow('expected finite ones that are not all equal');
    expect(() => shapiroWilk([1, 2, up])).toThrow('expected finite ones');
  });
});

describe('Kolmogorov-Smirnov', () => {
  it('of samples apart: d is 1, p is 2 / C(n + m, n)', () => {
    expect(kolmogorovSmirnov([1, 2, 3], [4, 5])).toEqual({ d: 1, p: expect.closeTo(2 / 10, 14) });
    expect(kolmogorovSmirnov([1, 2, 3], [4, 5], 'greater')).toEqual({ d: 1, p: expect.closeTo(1 / 10, 14) });
    expect(kolmogorovSmirnov([1, 2, 3], [4, 5], 'less')).toEqual({ d: 0, p: 1 });
  });

  it('of the same sample twice, and of infinities', () => {
    expect(kolmogorovSmirnov([1, 2, 2], [1, 2, 2])).toEqual({ d: 0, p: 1 });
    expect(kolmogorovSmirnov([1, up], [2, up]).d).toBe(0.5);
    expect(() => kolmogorovSmirnov([], [1])).toThrow('invalid first sample');
  });

  it('keeps small probabilities: 60 against 60 apart', () => {
    const sample = (from: number) => Array.from({ length: 60 }, (_, i) => from + i);
    let splits = 1; // C(120, 60)
    for (let i = 1; i <= 60; i++) splits *= (60 + i) / i;
    expect(kolmogorovSmirnov(sample(0), sample(100)).p * splits).toBeCloseTo(2, 10);
  });
});
