import { describe, expect, it } from 'vitest';
import {
  geometricSpeedup,
  leaveOneOutRanks,
  performanceProfile,
  performanceRatios,
  profileScores,
  scoreRanks,
  shareAt,
} from '../../src/stats/performanceProfile.ts';
import { benchmarkCases, expectAllClose, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly costs: number[][];
  readonly ratios: number[][];
  readonly scores: number[];
  readonly ranks: number[];
}

describe('performance profile', () => {
  it('has the ratios and the exact area of the step function', () => {
    for (const { costs, ratios, scores, ranks } of benchmarkCases<Case>('performance-profile')) {
      for (const [m, row] of performanceRatios(costs).entries()) expectAllClose(row, ratios[m]);
      expectAllClose(profileScores(costs), scores);
      expect(scoreRanks(profileScores(costs).map((score) => Math.round(score * 1e12)))).toEqual(ranks);
    }
  });

  it('steps where ratios are, up to the share of targets that were reached', () => {
    const [first, second] = performanceProfile([
      [10, 30, 20, Infinity],
      [20, 10, 20, Infinity],
    ]);
    expect(first).toEqual({ x: [1, 3], share: [0.5, 0.75] });
    expect(second).toEqual({ x: [1, 2], share: [0.5, 0.75] });
    expect([0.9, 1, 2.9, 3, 1e9].map((tau) => shareAt(first, tau))).toEqual([0, 0.5, 0.5, 0.75, 0.75]);
  });

  it('scores 1 for always the best, 0 for never within the largest ratio', () => {
    const costs = [
      [1, 1],
      [4, 5],
      [2.5, Infinity],
    ];
    expect(profileScores(costs)).toEqual([1, 0, 0.25]);
    expect(profileScores(costs, 2)).toEqual([1, 0, 0]);
  });

  it('takes one method, and targets that none reached', () => {
    expect(performanceProfile([[7]])).toEqual([{ x: [1], share: [1] }]);
    expect(performanceProfile([[Infinity]])).toEqual([{ x: [], share: [] }]);
    expect(profileScores([[Infinity], [Infinity]])).toEqual([0, 0]);
  });

  it('refuses costs of 0, NaN, ragged and empty tables', () => {
    expect(() => performanceRatios([[0]])).toThrow('invalid cost table: got 0 for method 0 on workload 0');
    expect(() => performanceRatios([[1], [Number.NaN]])).toThrow('got NaN for method 1');
    expect(() => performanceRatios([[1], [1, 2]])).toThrow('got 2 workloads for method 1, expected 1');
    expect(() => performanceRatios([])).toThrow('got no costs');
    expect(() => profileScores([[1]], 1)).toThrow('invalid largest ratio: got 1');
  });
});

describe('leaveOneOutRanks', () => {
  // the third method is the fastest on the first workload only, and so slow there are the others measured by it
  const costs = [
    [10, 10],
    [8, 14],
    [2, Infinity],
  ];

  it('shows that an order hangs on a method', () => {
    // all: scores (0 + 1) / 2, ((4 - 4) + (4 - 1.4)) / 6, 1 / 2
    expectAllClose(profileScores(costs), [0.5, 2.6 / 6, 0.5]);
    const ranks = leaveOneOutRanks(costs, 'method');
    expect(ranks[2]).toEqual([1, 2, Number.NaN]);
    expect(ranks[0]).toEqual([Number.NaN, 1.5, 1.5]);
  });

  it('shows that an order hangs on a workload', () => {
    expect(leaveOneOutRanks(costs, 'workload')).toEqual([
      [1, 2, 3],
      [2.5, 2.5, 1],
    ]);
  });

  it('needs something to remain', () => {
    expect(() => leaveOneOutRanks([[1, 2]], 'method')).toThrow('invalid number of methods: got 1');
    expect(() => leaveOneOutRanks([[1], [2]], 'workload')).toThrow('invalid number of workloads: got 1');
  });
});

describe('geometricSpeedup', () => {
  it('is the geometric mean where both reached, with the numbers of the others', () => {
    const { geometricMean, ...counts } = geometricSpeedup(
      [10, 40, Infinity, 5, Infinity],
      [20, 320, 7, Infinity, Infinity],
    );
    expectClose(geometricMean, 4, 1e-14);
    expect(counts).toEqual({ both: 2, onlyMethod: 1, onlyReference: 1, neither: 1 });
  });

  it('is NaN where both never reached', () => {
    expect(geometricSpeedup([Infinity], [3]).geometricMean).toBeNaN();
  });
});
