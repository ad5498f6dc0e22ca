import { describe, expect, it } from 'vitest';
import {
  detectableDifference,
  minimumSignedRankP,
  noncentralStudentCdf,
  noncentralStudentSf,
  powerOfTTest,
  seedsFor,
  seedsForSignificance,
} from '../../src/stats/power.ts';
import { signedRankTest } from '../../src/stats/signedRank.ts';
import { benchmarkCases } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly kind: 'power' | 'seeds' | 'noncentral';
  readonly n: number;
  readonly d: number;
  readonly alpha: number;
  readonly paired: boolean;
  readonly power: number;
  readonly wanted: number;
  readonly t: number;
  readonly df: number;
  readonly delta: number;
  readonly cdf: number;
}

const cases = benchmarkCases<Case>('power');

describe('noncentral t', () => {
  it('is that of SciPy to 1e-12', () => {
    for (const { t, df, delta, cdf } of cases.filter(({ kind }) => kind === 'noncentral')) {
      expect(Math.abs(noncentralStudentCdf(t, df, delta) - cdf)).toBeLessThan(1e-12);
      expect(Math.abs(noncentralStudentSf(t, df, delta) - (1 - cdf))).toBeLessThan(1e-12);
    }
  });
});

describe('powerOfTTest', () => {
  it('is that of statsmodels to 1e-9', () => {
    const some = cases.filter(({ kind }) => kind === 'power');
    expect(some.length).toBe(120);
    for (const { n, d, alpha, paired, power } of some) {
      const mine = powerOfTTest(n, { difference: d, deviation: 1, alpha, paired });
      // SciPy gives NaN for the far tail of some large deltas, which is 0; there statsmodels has no power
      if (Number.isNaN(power)) expect(mine).toBeGreaterThan(1 - 1e-9);
      else expect(Math.abs(mine - power)).toBeLessThan(1e-9);
    }
  });

  it('depends on the ratio of difference and deviation only, and not on its sign', () => {
    const power = powerOfTTest(12, { difference: 0.02, deviation: 0.03, paired: true });
    expect(powerOfTTest(12, { difference: -0.2, deviation: 0.3, paired: true })).toBeCloseTo(power, 12);
  });

  it('is alpha without a difference', () => {
    expect(powerOfTTest(7, { difference: 0, deviation: 1, paired: true, alpha: 0.01 })).toBeCloseTo(0.01, 12);
  });
});

describe('seedsFor', () => {
  it('is the smallest n whose power in statsmodels is enough', () => {
    const some = cases.filter(({ kind }) => kind === 'seeds');
    expect(some.length).toBe(40);
    for (const { n, d, alpha, paired, wanted } of some)
      expect(seedsFor({ difference: d, deviation: 1, alpha, paired, power: wanted })).toBe(n);
  });

  it('needs at least 2, and infinitely many for no difference', () => {
    expect(seedsFor({ difference: 1000, deviation: 1, paired: true })).toBe(2);
    expect(seedsFor({ difference: 1e12, deviation: 1, paired: false, alpha: 0.001 })).toBe(2);
    expect(seedsFor({ difference: 0, deviation: 1, paired: true })).toBe(Infinity);
    expect(seedsFor({ difference: 1e-5, deviation: 1, paired: false })).toBe(Infinity);
  });

  it('refuses what is not a question', () => {
    expect(() => seedsFor({ difference: 1, deviation: 0, paired: true })).toThrow(
      'invalid deviation: got 0, expected a finite number above 0; take it from a pilot of a few seeds',
    );
    expect(() => seedsFor({ difference: Infinity, deviation: 1, paired: true })).toThrow(
      'invalid difference',
    );
    expect(() => seedsFor({ difference: 1, deviation: 1, paired: true, power: 1 })).toThrow('invalid power');
    expect(() => seedsFor({ difference: 1, deviation: 1, paired: true, alpha: 0 })).toThrow('invalid alpha');
    expect(() => powerOfTTest(1, { difference: 1, deviation: 1, paired: true })).toThrow(
      'invalid number of seeds',
    );
  });
});

describe('detectableDifference', () => {
  it('is the difference that has the power, and just that', () => {
    for (const [seeds, alpha, power] of [
      [5, 0.05, 0.8],
      [10, 0.05 / 7, 0.8],
      [20, 0.01, 0.9],
    ] as const) {
      const difference = detectableDifference({ deviation: 0.02, seeds, alpha, power });
      const at = (factor: number) =>
        powerOfTTest(seeds, { difference: factor * difference, deviation: 0.02, paired: true, alpha });
      expect(at(1)).toBeCloseTo(power, 11);
      expect(at(0.999)).toBeLessThan(power);
    }
  });

  it('is what SciPy finds', () => {
    // nct and brentq: power 0.8 of n = 5 and 10 pairs at 0.05, of 10 at 0.05 / 7, of 10 an arm at 0.05
    const of = (seeds: number, more = {}) => detectableDifference({ deviation: 1, seeds, ...more });
    expect(of(5)).toBeCloseTo(1.6819969659555591, 8);
    expect(of(10)).toBeCloseTo(0.9960013714362281, 8);
    expect(of(10, { alpha: 0.05 / 7 })).toBeCloseTo(1.4050704125197668, 8);
    expect(of(10, { paired: false })).toBeCloseTo(1.3249473925791946, 8);
    expect(of(10, { deviation: 0.02 })).toBeCloseTo(0.02 * of(10), 14);
  });

  it('refuses what is not a question', () => {
    expect(() => detectableDifference({ deviation: 0, seeds: 5 })).toThrow('invalid deviation: got 0');
    expect(() => detectableDifference({ deviation: 1, seeds: 1 })).toThrow('invalid number of seeds: got 1');
    expect(() => detectableDifference({ deviation: 1, seeds: 5, power: 0.05 })).toThrow(
      'invalid power: got 0.05, expected more than alpha, 0.05',
    );
  });
});

describe('the smallest p of the signed-rank test', () => {
  it.each([0, 1, 2, 5, 6, 8, 10])('is what the test gives for %d differences of one sign', (n) => {
    expect(minimumSignedRankP(n)).toBe(Math.min(1, 2 / 2 ** n));
    if (n > 0) {
      const differences = Array.from({ length: n }, (_, i) => i + 1);
      expect(signedRankTest(differences).p).toBe(minimumSignedRankP(n));
      expect(signedRankTest(differences.map(() => Infinity)).p).toBe(minimumSignedRankP(n)); // ties do not change it
    }
  });

  it('bounds the number of seeds for a family of comparisons', () => {
    expect([1, 2, 11, 66].map((m) => seedsForSignificance(m))).toEqual([6, 7, 9, 12]);
    expect(seedsForSignificance(1, 0.0625)).toBe(5);
    expect(seedsForSignificance(1, 0.01)).toBe(8);
    expect(() => seedsForSignificance(0)).toThrow('invalid number of comparisons: got 0');
  });
});
