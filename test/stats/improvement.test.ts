import { describe, expect, it } from 'vitest';
import { cliffsDelta, improvementInterval, probabilityOfImprovement } from '../../src/stats/improvement.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly a: number[];
  readonly b: number[];
  readonly probability: number;
  readonly delta: number;
}

describe('probability of improvement', () => {
  it("is Mann and Whitney's U over n m, smaller being better", () => {
    for (const { a, b, probability, delta } of benchmarkCases<Case>('improvement')) {
      expectClose(probabilityOfImprovement(a, b), probability);
      expectClose(cliffsDelta(a, b), delta);
      expectClose(probabilityOfImprovement(b, a), 1 - probability);
    }
  });

  it('counts a diverged run as worse than any and two of them as equal', () => {
    expect(probabilityOfImprovement([1e300], [Infinity])).toBe(1);
    expect(probabilityOfImprovement([Infinity], [Infinity])).toBe(0.5);
  });

  it('is 1 as Cliff’s delta where every run of the first is better', () => {
    expect(cliffsDelta([1, 2], [3, 4])).toBe(1);
    expect(cliffsDelta([2], [1])).toBe(-1);
    expect(cliffsDelta([1, 2, 3], [2])).toBe(0);
  });

  it('refuses empty arms and NaN', () => {
    expect(() => probabilityOfImprovement([], [1])).toThrow('invalid first arm: got 0 values');
    expect(() => probabilityOfImprovement([1], [Number.NaN])).toThrow('invalid second arm: got NaN');
  });
});

describe('improvementInterval', () => {
  it('weighs every workload alike, however many runs it has', () => {
    const better = { a: [1, 1, 1, 1, 1, 1], b: [2, 2, 2, 2, 2, 2] };
    const worse = { a: [2], b: [1] };
    expect(improvementInterval([better, worse])).toMatchObject({ estimate: 0.5, low: 0.5, high: 0.5 });
  });

  it('has the interval of a binomial share where one arm is a single value', () => {
    // 8 of 20 runs are below 0: P* = binomial(20, 0.4) / 20, whose 2.5 % and 97.5 % quantiles are 4 / 20 and 12 / 20
    const a = Array.from({ length: 20 }, (_, i) => i - 7.5);
    const { estimate, low, high } = improvementInterval([{ a, b: [0] }]);
    expect(estimate).toBe(0.4);
    expect(low).toBe(0.2);
    expect(high).toBeGreaterThanOrEqual(0.6);
    expect(high).toBeLessThanOrEqual(0.65); // P(X <= 12) = 0.979, of which 2000 draws show 0.979 +- 0.0032
  });

  it('takes diverged arms and refuses no workloads', () => {
    const both = { a: [Infinity, Infinity], b: [Infinity, Infinity] };
    expect(improvementInterval([both])).toMatchObject({ estimate: 0.5, low: 0.5, high: 0.5 });
    expect(() => improvementInterval([])).toThrow('invalid workloads: got none');
  });
});
