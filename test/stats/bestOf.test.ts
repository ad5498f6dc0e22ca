import { describe, expect, it } from 'vitest';
import {
  bestOfCurve,
  bestOfWeights,
  defaultTrials,
  expectedBestOf,
  expectedBestOfWithReplacement,
  medianBestOf,
} from '../../src/stats/bestOf.ts';
import { median } from '../../src/stats/summary.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly losses: number[];
  readonly k: number;
  readonly mean: number;
  readonly median: number;
  readonly with_replacement: number;
}

describe('best of k', () => {
  it('is the mean and the median over all subsets', () => {
    for (const { losses, k, mean, median: middle, with_replacement } of benchmarkCases<Case>('best-of')) {
      expectClose(expectedBestOf(losses, k), mean);
      expectClose(medianBestOf(losses, k), middle);
      expectClose(expectedBestOfWithReplacement(losses, k), with_replacement);
    }
  });

  it('is the mean of one trial and the smallest of all', () => {
    const losses = [3, 1, 2, 6];
    expect(expectedBestOf(losses, 1)).toBe(3);
    expect(medianBestOf(losses, 1)).toBe(median(losses));
    expect(expectedBestOf(losses, 4)).toBe(1);
    expect(medianBestOf(losses, 4)).toBe(1);
  });

  it('is unbiased where drawing with replacement is not', () => {
    // of the losses 0, 1 two draws without replacement always hold the 0; with replacement a quarter of the draws does not
    expect(expectedBestOf([0, 1], 2)).toBe(0);
    expect(expectedBestOfWithReplacement([0, 1], 2)).toBe(0.25);
  });

  it('is finite as soon as no subset holds diverged runs only', () => {
    const losses = [1, Infinity, 2, Infinity];
    expect([1, 2, 3].map((k) => expectedBestOf(losses, k))).toEqual([Infinity, Infinity, 1.25]);
    expect([1, 2, 3].map((k) => medianBestOf(losses, k))).toEqual([Infinity, 1.5, 1]);
    expect(expectedBestOfWithReplacement(losses, 3)).toBe(Infinity);
  });

  it('has weights that sum to 1 where binomials would overflow', () => {
    for (const k of [1, 37, 1000, 2000]) {
      const weights = bestOfWeights(2000, k);
      expectClose(
        weights.reduce((sum, w) => sum + w, 0),
        1,
        1e-12,
      );
    }
  });

  it('refuses more trials than were made, none, and NaN', () => {
    expect(() => expectedBestOf([1, 2], 3)).toThrow(
      'invalid number of trials: got 3, expected a whole number from 1 to 2',
    );
    expect(() => expectedBestOf([1, 2], 0)).toThrow('invalid number of trials');
    expect(() => medianBestOf([], 1)).toThrow('invalid losses: got 0 values');
    expect(() => medianBestOf([1, Number.NaN], 1)).toThrow('invalid losses: got NaN');
  });
});

describe('bestOfCurve', () => {
  const losses = [0.9, 0.5, 0.7, 0.4, 1.2, 0.8, 0.45, 0.65, 0.55, 2];

  it('goes to half of the trials, falls, and lies within its band', () => {
    const curve = bestOfCurve(losses, { seed: 1 });
    expect(curve.map(({ trials }) => trials)).toEqual([1, 2, 3, 4, 5]);
    for (const [i, point] of curve.entries()) {
      expectClose(point.value, expectedBestOf(losses, point.trials));
      expect(point.low).toBeLessThan(point.value);
      expect(point.high).toBeGreaterThan(point.value);
      if (i > 0) expect(point.value).toBeLessThan(curve[i - 1].value);
    }
  });

  it('has a band that is the bootstrap of one trial at k = 1', () => {
    // the mean of 10 resampled: standard error sd / sqrt(10) with the divisor n, 0.1428; 1.96 of it on both sides
    const mean = 0.815;
    const deviation = Math.sqrt(losses.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 10 / 10);
    const [first] = bestOfCurve(losses, { resamples: 4000 });
    // a 2.5 % quantile of 4000 draws has a standard error of about 0.042 deviations; skewness shifts it by some 0.25
    expect(Math.abs(first.high - first.low - 3.92 * deviation)).toBeLessThan(0.3 * deviation);
  });

  it('is the same for the same seed and another for another', () => {
    expect(bestOfCurve(losses, { seed: 3 })).toEqual(bestOfCurve(losses, { seed: 3 }));
    expect(bestOfCurve(losses, { seed: 3 })).not.toEqual(bestOfCurve(losses, { seed: 4 }));
  });

  it('takes one trial, equal ones and diverged ones', () => {
    expect(bestOfCurve([0.5])).toEqual([{ trials: 1, value: 0.5, low: 0.5, high: 0.5 }]);
    expect(bestOfCurve([2, 2, 2, 2]).map(({ low, high }) => [low, high])).toEqual([
      [2, 2],
      [2, 2],
    ]);
    const half = bestOfCurve([1, 2, 3, Infinity, Infinity, Infinity], { trials: [3], statistic: 'median' });
    expect(half[0].value).toBe(1.5); // 10 of the 20 subsets hold the 1
    expect(half[0].high).toBe(Infinity);
  });

  it('thins the numbers of trials of a long search', () => {
    const trials = defaultTrials(2000);
    expect(trials.at(-1)).toBe(1000);
    expect(trials.length).toBeLessThan(90);
    expect(new Set(trials).size).toBe(trials.length);
  });
});
