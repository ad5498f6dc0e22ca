import { describe, expect, it } from 'vitest';
import { shareAt } from '../../src/stats/performanceProfile.ts';
import { expectedRunningTime, medianTime, runtimeDistribution } from '../../src/stats/runtime.ts';
import { kaplanMeier } from '../../src/stats/survival.ts';

describe('expectedRunningTime', () => {
  it('is all that was spent for each success', () => {
    const attempts = [
      { spent: 100, reached: true },
      { spent: 200, reached: false },
      { spent: 60, reached: true },
    ];
    expect(expectedRunningTime(attempts)).toBe(180);
  });

  it('is infinite without a success, NaN without a run', () => {
    expect(expectedRunningTime([{ spent: 5, reached: false }])).toBe(Infinity);
    expect(expectedRunningTime([{ spent: 0, reached: false }])).toBe(Infinity);
    expect(expectedRunningTime([])).toBeNaN();
  });

  it('is the plain mean if all succeed', () => {
    expect(expectedRunningTime([3, 4, 8].map((spent) => ({ spent, reached: true })))).toBe(5);
  });

  it.each([-1, Infinity, Number.NaN])('refuses a cost of %d', (spent) => {
    expect(() => expectedRunningTime([{ spent, reached: false }])).toThrow('invalid cost of a run');
  });
});

describe('runtimeDistribution', () => {
  it('counts pairs of run and target', () => {
    const steps = runtimeDistribution([
      [10, 20, 20],
      [50, Infinity, Infinity],
    ]);
    expect(steps).toEqual({ x: [10, 20, 50], share: [1 / 6, 3 / 6, 4 / 6] });
    expect(shareAt(steps, 49)).toBe(0.5);
  });

  it('is empty if nothing was reached and refused if there is nothing', () => {
    expect(runtimeDistribution([[Infinity]])).toEqual({ x: [], share: [] });
    expect(() => runtimeDistribution([[]])).toThrow('invalid times to targets: got 0 values');
  });
});

describe('medianTime', () => {
  it('is the time by which half of the runs got there, as in Kaplan and Meier’s curve', () => {
    const up = Number.POSITIVE_INFINITY;
    for (const [times, expected] of [
      [[280, 420, up, up], 420],
      [[140, 140, 280, up], 140],
      [[3, 1, 2], 2],
      [[1, up, up], up],
      [[7], 7],
    ] as const) {
      expect(medianTime(times)).toBe(expected);
      const curve = kaplanMeier(
        times.map((time) => Math.min(time, 500)),
        times.map(Number.isFinite),
      );
      expect(curve.median).toBe(expected);
    }
    expect(medianTime([])).toBeNaN();
    expect(medianTime([1, Number.NaN])).toBeNaN();
  });
});
