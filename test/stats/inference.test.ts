import { describe, expect, it } from 'vitest';
import { fisherInterval, pearson, spearman } from '../../src/stats/correlation.ts';
import { kendall } from '../../src/stats/kendall.ts';
import {
  benjaminiHochberg,
  benjaminiYekutieli,
  bonferroni,
  hochberg,
  holm,
  holmSidak,
  hommel,
  sidak,
} from '../../src/stats/multipleTesting.ts';
import {
  agrestiCoull,
  binomialTest,
  clopperPearson,
  jeffreys,
  mcnemarTest,
  wald,
  wilson,
} from '../../src/stats/proportions.ts';

const [up, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

describe('corrections for several tests', () => {
  const all = [bonferroni, sidak, holm, holmSidak, hochberg, hommel, benjaminiHochberg, benjaminiYekutieli];

  it.each(all.map((correct) => [correct.name, correct] as const))(
    '%s leaves one, none, 0 and 1 as they are',
    (_name, correct) => {
      expect(correct([])).toEqual([]);
      expect(correct([0.3])).toEqual([0.3]);
      expect(correct([0, 1])).toEqual([0, 1]);
      expect(correct([1, 1, 1])).toEqual([1, 1, 1]);
    },
  );

  it('treats equal p-values alike, in any order', () => {
    const given = [0.03, 0.01, 0.03, 0.5, 0.01];
    for (const correct of all) {
      const adjusted = correct(given);
      expect([adjusted[0], adjusted[1]]).toEqual([adjusted[2], adjusted[4]]);
      expect(correct(given.toReversed())).toEqual(adjusted.toReversed());
      for (const [i, p] of given.entries()) expect(adjusted[i]).toBeGreaterThanOrEqual(p);
    }
  });

  it('keeps small p-values small', () => {
    expect(sidak([1e-30, 0.5])[0]).toBe(2e-30); // 1 - (1 - p)^2 would be 0
  });

  it('orders the procedures as theory does: Hommel, Hochberg, Holm, Bonferroni', () => {
    const p = [0.01, 0.02, 0.022, 0.03, 0.2];
    const [a, b, c, d] = [hommel(p), hochberg(p), holm(p), bonferroni(p)];
    for (let i = 0; i < p.length; i++) {
      expect(a[i]).toBeLessThanOrEqual(b[i]);
      expect(b[i]).toBeLessThanOrEqual(c[i]);
      expect(c[i]).toBeLessThanOrEqual(d[i]);
    }
    expect(holm(p)).toEqual([0.05, 0.08, 0.08, 0.08, 0.2]);
  });

  it('refuses what is no p-value', () => {
    expect(() => holm([0.5, nan])).toThrow('invalid p-value: got NaN, expected a number from 0 to 1');
    expect(() => holm([1.01])).toThrow('invalid p-value: got 1.01');
  });
});

describe('intervals of proportions', () => {
  it('Clopper-Pearson of none and of all has its closed form', () => {
    for (const n of [1, 2, 10, 1000]) {
      const [low, high] = clopperPearson(0, n);
      expect(low).toBe(0);
      expect(high).toBeCloseTo(1 - 0.025 ** (1 / n), 13);
      expect(clopperPearson(n, n)).toEqual([expect.closeTo(1 - high, 15), 1]);
    }
  });

  it('are symmetric in successes and failures', () => {
    for (const interval of [clopperPearson, wilson, agrestiCoull, wald, jeffreys]) {
      const [low, high] = interval(3, 11, 0.9);
      const mirrored = interval(8, 11, 0.9);
      expect(mirrored[0]).toBeCloseTo(1 - high, 14);
      expect(mirrored[1]).toBeCloseTo(1 - low, 14);
      expect(low).toBeLessThan(3 / 11);
      expect(high).toBeGreaterThan(3 / 11);
    }
  });

  it('Clopper-Pearson covers at least as often as it says', () => {
    const n = 12;
    for (const p of [0.01, 0.1, 0.27, 0.5, 0.83]) {
      let covered = 0;
      let term = (1 - p) ** n;
      for (let k = 0; k <= n; k++) {
        const [low, high] = clopperPearson(k, n);
        if (low <= p && p <= high) covered += term;
        term *= ((n - k) / (k + 1)) * (p / (1 - p));
      }
      expect(covered).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('refuse counts that are none', () => {
    expect(() => clopperPearson(1, 0)).toThrow('invalid counts: got 1 of 0');
    expect(() => wilson(3, 2)).toThrow('invalid counts');
    expect(() => jeffreys(0.5, 2)).toThrow('invalid counts');
    expect(() => clopperPearson(1, 2, 0)).toThrow('invalid confidence: got 0');
  });
});

describe('tests of counts', () => {
  it('the sign test doubles the smaller tail', () => {
    expect(binomialTest(0, 5)).toBeCloseTo(2 / 32, 15);
    expect(binomialTest(5, 10)).toBe(1);
    expect(binomialTest(0, 1)).toBeCloseTo(1, 15);
  });

  it('with a certain p0', () => {
    expect(binomialTest(0, 5, 0)).toBe(1);
    expect(binomialTest(1, 5, 0)).toBe(0);
    expect(binomialTest(5, 5, 1)).toBe(1);
    expect(binomialTest(4, 5, 1)).toBe(0);
  });

  it('McNemar without pairs that differ says nothing', () => {
    expect(mcnemarTest(0, 0)).toEqual({ chi2: nan, p: 1 });
    expect(mcnemarTest(0, 0, 'corrected')).toEqual({ chi2: 0, p: 1 });
    expect(mcnemarTest(0, 6).p).toBeCloseTo(2 / 64, 15);
    expect(() => mcnemarTest(-1, 2)).toThrow('invalid counts');
  });
});

describe('correlation', () => {
  it('of points on a line is exactly 1 or -1', () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toEqual({ coefficient: 1, p: 0 });
    expect(spearman([1, 2, 3, 4], [5, 4, 3, -9])).toEqual({ coefficient: -1, p: 0 });
    expect(pearson([1, 2], [5, 3])).toEqual({ coefficient: -1, p: 1 });
    expect(fisherInterval(1, 10)).toEqual([1, 1]);
  });

  it('of a constant is not defined', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toEqual({ coefficient: nan, p: nan });
    expect(spearman([1, 2, 3], [up, up, up])).toEqual({ coefficient: nan, p: nan });
    expect(kendall([1, 1, 1], [1, 2, 3])).toMatchObject({ tauB: nan, p: nan });
    expect(fisherInterval(nan, 10)).toEqual([nan, nan]);
  });

  it('of ranks takes infinities', () => {
    expect(pearson([1, 2, up], [1, 2, 3]).coefficient).toBeNaN();
    expect(spearman([1, 2, up], [1, 2, 3]).coefficient).toBe(1);
    expect(kendall([1, 2, up], [1, 2, 3]).tauB).toBeCloseTo(1, 15);
  });

  it("Kendall's exact p counts orders: perfect agreement of n = 5 is 2 of 120", () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 4, 6, 8, 10],
    ];
    expect(kendall(x, y, { method: 'exact' }).p).toBeCloseTo(2 / 120, 15);
    expect(kendall(x, y, { method: 'exact', alternative: 'greater' }).p).toBeCloseTo(1 / 120, 15);
    expect(kendall(x, y, { method: 'exact', alternative: 'less' }).p).toBeCloseTo(1, 14);
    expect(() => kendall([1, 1, 2], [1, 2, 3], { method: 'exact' })).toThrow(
      'got exact for values with ties',
    );
  });

  it('neither overflows nor underflows', () => {
    expect(pearson([1e200, 2e200, 4e200], [1, 2, 4]).coefficient).toBeCloseTo(1, 14);
    expect(pearson([1e-200, 2e-200, 4e-200], [1e250, 2e250, 4e250]).coefficient).toBeCloseTo(1, 14);
  });

  it('refuses pairs that are none', () => {
    expect(() => pearson([1, 2], [1])).toThrow('invalid pairs: got 2 and 1 values');
    expect(() => spearman([1], [1])).toThrow('invalid x: got 1 values');
    expect(() => kendall([1, nan], [1, 2])).toThrow('invalid x: got NaN');
  });

  it('of three points has the widest interval', () => {
    expect(fisherInterval(0.3, 3)).toEqual([-1, 1]);
    expect(() => fisherInterval(0.3, 9, 2)).toThrow('invalid confidence');
  });
});
