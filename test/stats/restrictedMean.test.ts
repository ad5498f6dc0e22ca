import { describe, expect, it } from 'vitest';
import { stratifiedBootstrap } from '../../src/stats/resampling.ts';
import { meanToBudget, restrictedMeanDifference } from '../../src/stats/restrictedMean.ts';
import { kaplanMeier, restrictedMean } from '../../src/stats/survival.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly times: number[];
  readonly events: number[];
  readonly budget: number;
  readonly mean: number;
  readonly standard_error: number;
}

const group = (times: number[], events: number[]) => ({ times, observed: events.map((e) => e === 1) });

describe('meanToBudget', () => {
  it('is the area under the curve with the error of Greenwood', () => {
    for (const { times, events, budget, mean, standard_error } of benchmarkCases<Case>('restricted-mean')) {
      const result = meanToBudget(group(times, events), budget);
      expectClose(result.mean, mean);
      expectClose(result.standardError, standard_error);
    }
  });

  it('is the mean of min(time, budget) if every run was followed to the budget', () => {
    const { mean } = meanToBudget(group([3, 8, 10, 10], [1, 1, 0, 0]), 10);
    expectClose(mean, 31 / 4, 1e-14);
  });

  it('refuses a budget beyond what was followed, unless all got there', () => {
    expect(() => meanToBudget(group([3, 8], [1, 0]), 10)).toThrow(
      'invalid budget: got 10, expected at most 8, how far the runs were followed',
    );
    expect(meanToBudget(group([3, 8], [1, 1]), 10).mean).toBe(5.5);
    expect(() => meanToBudget(group([], []), 10)).toThrow('invalid times');
  });
});

describe('restrictedMeanDifference', () => {
  const fast = group([2, 3, 4, 4, 5, 6, 7, 10, 10, 3], [1, 1, 1, 1, 1, 1, 1, 0, 0, 1]);
  const slow = group([7, 8, 9, 10, 10, 10, 10, 6, 10, 9], [1, 1, 1, 0, 0, 0, 0, 1, 0, 1]);

  it('has an interval about as wide as the standard error says', () => {
    const result = restrictedMeanDifference(fast, slow, 10);
    expectClose(result.first, 5.4, 1e-12);
    expectClose(result.second, 8.9, 1e-12);
    expectClose(result.estimate, -3.5, 1e-12);
    expect(result.low).toBeLessThan(-3.5);
    expect(result.high).toBeLessThan(0);
    // the curve without early censoring is that of means, whose bootstrap deviation is this standard error; 2.5 % ends of
    // 2000 draws are off by 0.06 of it each, skewness by about as much
    expect(Math.abs((result.high - result.low) / (3.92 * result.standardError) - 1)).toBeLessThan(0.1);
  });

  it.each([9, 6, 2.5])('draws what Kaplan and Meier of every resample would give (budget %d)', (budget) => {
    // also with runs that were broken off early
    const early = group([2, 3, 3, 3, 5, 6, 7, 10, 10, 1], [1, 0, 1, 0, 1, 0, 1, 0, 0, 0]);
    const places = early.times.map((_, i) => i);
    const meanOf = (runs: readonly number[]) => {
      const curve = kaplanMeier(
        runs.map((i) => early.times[i]),
        runs.map((i) => early.observed[i]),
      );
      return restrictedMean(curve, budget).mean;
    };
    // sorted as the module sorts, so that the same draws are the same runs
    const order = [9, 0, 2, 1, 3, 4, 5, 6, 7, 8];
    const expected = stratifiedBootstrap(
      [places, places],
      ([a, b]) => meanOf(a.map((i) => order[i])) - meanOf(b.map((i) => order[i])),
      { seed: 4, resamples: 500 },
    );
    const actual = restrictedMeanDifference(early, early, budget, { seed: 4, resamples: 500 });
    expectClose(actual.low, expected.low, 1e-12);
    expectClose(actual.high, expected.high, 1e-12);
    expect(actual.low).toBeLessThan(0);
  });

  it('is 0 without any event and exact for equal times', () => {
    const none = group([10, 10, 10], [0, 0, 0]);
    expect(restrictedMeanDifference(none, none, 10)).toMatchObject({
      estimate: 0,
      low: 0,
      high: 0,
      standardError: 0,
    });
    const equal = group([4, 4], [1, 1]);
    expect(restrictedMeanDifference(equal, none, 10)).toMatchObject({ estimate: -6, low: -6, high: -6 });
    expect(restrictedMeanDifference(group([4], [1]), group([10], [0]), 10).estimate).toBe(-6);
  });

  it('is a function of the seed', () => {
    const at = (seed: number) => restrictedMeanDifference(fast, slow, 10, { seed, resamples: 200 });
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });
});
