import { describe, expect, it } from 'vitest';
import {
  minimumTwoSampleP,
  type PermutationResult,
  signFlipTest,
  twoSampleTest,
} from '../../src/stats/permutation.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly kind: 'sign-flip' | 'two-sample';
  readonly differences: number[];
  readonly a: number[];
  readonly b: number[];
  readonly alternative: 'two-sided' | 'less' | 'greater';
  readonly statistic?: number;
  readonly p: number;
}

function test({ kind, differences, a, b, alternative }: Case, seed = 0): PermutationResult {
  return kind === 'sign-flip'
    ? signFlipTest(differences, { alternative, seed })
    : twoSampleTest(a, b, { alternative, seed });
}

describe('permutation tests', () => {
  const cases = benchmarkCases<Case>('permutation');
  const many = cases.filter(
    ({ differences, a }) => (differences ?? a).length >= 10 && (a !== undefined || differences.length > 16),
  );

  it('are those of SciPy where all permutations are taken', () => {
    const few = cases.filter((one) => !many.includes(one));
    expect(few.length).toBe(52);
    for (const one of few) {
      const result = test(one);
      expect(result.method).toBe('exact');
      expect(result.standardError).toBe(0);
      expectClose(result.p, one.p);
      if (one.statistic !== undefined) expectClose(result.statistic, one.statistic);
    }
  });

  it('are within 4 standard errors of the exact p where permutations are drawn', () => {
    expect(many.length).toBe(2);
    for (const one of many)
      for (const seed of [0, 1, 2]) {
        const { p, standardError, method, permutations } = test(one, seed);
        expect([method, permutations]).toEqual(['monte-carlo', 9999]);
        expect(standardError).toBeGreaterThan(0);
        expect(Math.abs(p - one.p)).toBeLessThan(4 * standardError + 1 / 10000); // (b + 1) / (B + 1) is that much above b / B
      }
  });

  it('never give p = 0 from drawn permutations', () => {
    const differences = Array.from({ length: 40 }, (_, i) => 1 + i / 100);
    const { p } = signFlipTest(differences, { resamples: 999, alternative: 'greater' });
    expect(p).toBe(1 / 1000);
  });

  it('give the smallest p there is when all differences have one sign', () => {
    expect(signFlipTest([1, 2, 3, 4, 5]).p).toBe(0.0625);
    expect(signFlipTest([Infinity, Infinity, Infinity, Infinity, Infinity]).p).toBe(0.0625);
    expect(twoSampleTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).p).toBe(2 / 252);
    expect(minimumTwoSampleP(5, 5)).toBe(2 / 252);
    expect(minimumTwoSampleP(1, 1)).toBe(1);
    expect(minimumTwoSampleP(9, 9)).toBe(2 / 48620);
    expect(minimumTwoSampleP(10, 10)).toBe(2 / 10000); // 184,756 ways: drawn
    expect(minimumTwoSampleP(10, 10, 99)).toBe(2 / 100);
  });

  it('find nothing where there is nothing', () => {
    expect(signFlipTest([0.4]).p).toBe(1);
    expect(signFlipTest([0, 0, 0]).p).toBe(1);
    expect(twoSampleTest([2], [3]).p).toBe(1);
    expect(twoSampleTest([1, 1], [1, 1, 1]).p).toBe(1);
    expect(twoSampleTest([Infinity, Infinity], [Infinity]).p).toBe(1);
  });

  it('take a rounding error for a tie', () => {
    // 0.1 + 0.2 and 0.3 are equal up to rounding: among 8 sign vectors the sums +-0.6, +-0.4, +-0.2, 0, 0 (0.1 + 0.2 - 0.3)
    expect(signFlipTest([0.1, 0.2, -0.3]).p).toBe(1);
    expect(signFlipTest([0.1, 0.2, 0.3], { alternative: 'greater' }).p).toBe(1 / 8);
  });

  it('order infinite sums by the number of infinities, then by the rest', () => {
    expect(signFlipTest([Infinity, 1, 2], { alternative: 'greater' })).toMatchObject({
      p: 1 / 8,
      statistic: Infinity,
    });
    expect(signFlipTest([Infinity, -1, -2], { alternative: 'greater' }).p).toBe(4 / 8);
    expect(signFlipTest([Infinity, -Infinity, 3])).toMatchObject({ statistic: 1 });
  });

  it('refuse empty samples, NaN and a number of permutations that is none', () => {
    expect(() => signFlipTest([])).toThrow('invalid differences: got 0 values');
    expect(() => twoSampleTest([1], [])).toThrow('invalid second sample');
    expect(() => signFlipTest([Number.NaN])).toThrow('got NaN');
    const many = Array.from({ length: 20 }, (_, i) => i);
    expect(() => signFlipTest(many, { resamples: 0 })).toThrow('invalid number of permutations: got 0');
  });
});
