import { describe, expect, it } from 'vitest';
import { basinWidth, learningRateSensitivity } from '../../src/stats/sensitivity.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly rates: number[];
  readonly losses: number[];
  readonly initial: number;
  readonly sensitivity: number;
  readonly decades: number;
  readonly low: number;
  readonly high: number;
}

describe('learning-rate sensitivity and basin', () => {
  it('are those of NumPy', () => {
    for (const { rates, losses, initial, ...expected } of benchmarkCases<Case>('sensitivity')) {
      expectClose(learningRateSensitivity(rates, losses, initial).sensitivity, expected.sensitivity);
      const basin = basinWidth(rates, losses);
      expectClose(basin.decades, expected.decades);
      expectClose(basin.low, expected.low);
      expectClose(basin.high, expected.high);
    }
  });

  it('refuse rates that do not ascend, NaN and lists that do not fit', () => {
    expect(() => basinWidth([1, 1], [1, 2])).toThrow('invalid learning rates: got 1 at place 1');
    expect(() => basinWidth([0, 1], [1, 2])).toThrow('invalid learning rates: got 0 at place 0');
    expect(() => basinWidth([1], [1, 2])).toThrow('got 1 and 2 values');
    expect(() => basinWidth([1], [Number.NaN])).toThrow('invalid losses: got NaN');
    expect(() => basinWidth([], [])).toThrow('invalid losses: got 0 values');
    expect(() => basinWidth([1], [1], -1)).toThrow('invalid tolerance: got -1');
    expect(() => learningRateSensitivity([1], [1], Infinity)).toThrow('invalid initial loss: got Infinity');
  });
});

describe('learningRateSensitivity', () => {
  it('counts a diverged run as the initial loss', () => {
    const result = learningRateSensitivity([0.01, 0.1, 1], [1, 0.5, Infinity], 2);
    expect(result).toEqual({ sensitivity: 2 / 3, bestLoss: 0.5, bestRate: 0.1, atChance: false });
  });

  it('says when no rate learned anything', () => {
    const result = learningRateSensitivity([0.1, 1], [2.4, Infinity], 2.3);
    expect(result).toMatchObject({ sensitivity: 0, atChance: true });
  });
});

describe('basinWidth', () => {
  it('interpolates the loss over the logarithm of the rate', () => {
    // limit 1.05, a quarter of the way from 1 to 1.2, on both sides: two quarters of a decade
    const basin = basinWidth([0.01, 0.1, 1], [1.2, 1, 1.2]);
    expectClose(basin.decades, 0.5, 1e-14);
    expectClose(basin.low, 10 ** -1.25, 1e-14);
    expectClose(basin.high, 10 ** -0.75, 1e-14);
    expect(basin).toMatchObject({ bestRate: 0.1, atLowEnd: false, atHighEnd: false });
  });

  it('says when it reaches the end of the grid', () => {
    expect(basinWidth([0.1, 1, 10], [2, 1, 1])).toMatchObject({
      bestRate: 1,
      high: 10,
      atLowEnd: false,
      atHighEnd: true,
    });
    expect(basinWidth([0.1], [1])).toMatchObject({
      decades: 0,
      low: 0.1,
      high: 0.1,
      atLowEnd: true,
      atHighEnd: true,
    });
    expect(basinWidth([0.1, 10], [3, 3])).toMatchObject({ decades: 2, atLowEnd: true, atHighEnd: true });
  });

  it('ends at the last rate before a diverged run, and has no width if all diverged', () => {
    expect(basinWidth([0.1, 1, 10], [Infinity, 1, Infinity])).toMatchObject({
      decades: 0,
      low: 1,
      high: 1,
      atLowEnd: false,
    });
    const none = basinWidth([0.1, 1], [Infinity, Infinity]);
    expect(none).toMatchObject({ decades: 0, low: Number.NaN, bestRate: Number.NaN, atHighEnd: false });
  });

  it('has a tolerance of the size of the best loss also below 0', () => {
    const { decades } = basinWidth([0.1, 1, 10], [-1.8, -2, -1.8], 0.05);
    expectClose(decades, 1, 1e-14); // the limit -1.9 is half way on both sides
  });
});
