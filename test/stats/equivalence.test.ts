import { describe, expect, it } from 'vitest';
import { intervalInside, pairedEquivalence, welchEquivalence } from '../../src/stats/equivalence.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly kind: 'welch' | 'paired';
  readonly a: number[];
  readonly b: number[];
  readonly differences: number[];
  readonly delta: number;
  readonly p: number;
  readonly p_lower: number;
  readonly p_upper: number;
  readonly df: number;
  readonly interval: [number, number];
}

describe('equivalence tests', () => {
  it('are those of statsmodels', () => {
    for (const { kind, a, b, differences, delta, ...expected } of benchmarkCases<Case>('equivalence')) {
      const result =
        kind === 'welch' ? welchEquivalence(a, b, { delta }) : pairedEquivalence(differences, { delta });
      expectClose(result.p, expected.p);
      expectClose(result.pLower, expected.p_lower);
      expectClose(result.pUpper, expected.p_upper);
      expectClose(result.degreesOfFreedom, expected.df);
      expectClose(result.low, expected.interval[0]);
      expectClose(result.high, expected.interval[1]);
      // the test and the interval of confidence 1 - 2 alpha are one
      expect(intervalInside(result, delta)).toBe(result.equivalent);
    }
  });

  it('do not take a few noisy differences for equality', () => {
    expect(pairedEquivalence([0.3, -0.3, 0.2, -0.2], { delta: 0.1 }).equivalent).toBe(false);
    expect(pairedEquivalence([0.003, -0.003, 0.002, -0.002], { delta: 0.1 }).equivalent).toBe(true);
  });

  it('decide without a spread by the bounds alone', () => {
    const p = (value: number) => pairedEquivalence([value, value, value], { delta: 0.1 }).p;
    expect([0, 0.09, -0.09, 0.1, -0.1, 0.2].map(p)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(welchEquivalence([1, 1], [1, 1, 1], { delta: 0.1 })).toMatchObject({ p: 0, low: 0, high: 0 });
  });

  it('never find a diverged run equivalent, unless its partner diverged too', () => {
    expect(pairedEquivalence([0, 0, Infinity], { delta: 1 })).toMatchObject({
      equivalent: false,
      p: 1,
      high: Infinity,
    });
    expect(welchEquivalence([1, Infinity], [1, 1], { delta: 1 })).toMatchObject({ equivalent: false, p: 1 });
  });

  it('refuse one value, NaN and a delta that is none', () => {
    expect(() => pairedEquivalence([1], { delta: 1 })).toThrow('invalid differences: got 1 values');
    expect(() => welchEquivalence([1, 2], [Number.NaN, 1], { delta: 1 })).toThrow(
      'invalid second sample: got NaN',
    );
    expect(() => pairedEquivalence([1, 2], { delta: 0 })).toThrow('invalid delta: got 0');
    expect(() => intervalInside({ low: Number.NaN, high: 1 }, 1)).toThrow('invalid ends of the interval');
  });
});

describe('intervalInside', () => {
  it('is strict, and false for an infinite end', () => {
    expect(intervalInside({ low: -0.9, high: 0.9 }, 1)).toBe(true);
    expect(intervalInside({ low: -1, high: 0.9 }, 1)).toBe(false);
    expect(intervalInside({ low: 0, high: Infinity }, 1)).toBe(false);
  });
});
