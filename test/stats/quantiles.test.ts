import { describe, expect, it } from 'vitest';
import { excessKurtosis, geometricMean, mean, skewness, sum, variance } from '../../src/stats/moments.ts';
import {
  interquartileMean,
  interquartileRange,
  medianAbsoluteDeviation,
  type QuantileType,
  quantile,
  trimmedMean,
} from '../../src/stats/quantiles.ts';

const [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('quantile', () => {
  it.each([
    [1, 3],
    [2, 3],
    [3, 2],
    [4, 2.5],
    [5, 3],
    [6, 2.75],
    [7, 3.25],
    [8, 2 + 11 / 12],
    [9, 2.9375],
  ] as const)('of type %d: the lower quartile of 1 to 10 is %d', (type, expected) => {
    // R 4: quantile(1:10, 0.25, type = t)
    const values = [10, 3, 7, 1, 9, 5, 2, 8, 4, 6];
    expect(quantile(values, 0.25, type)).toBeCloseTo(expected, 14);
  });

  it('of type 2 is the mean of two where np is whole', () => {
    expect(quantile([1, 2, 3, 4], 0.5, 2)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.5, 1)).toBe(2);
    expect(quantile([1, 2, 3, 4], 0.6, 2)).toBe(3);
    expect(quantile([1, 2, 3, 4, 5, 6], 0.25, 3)).toBe(2); // 1.5 goes to the even one
  });

  it('takes 0.1 * 30 for 3', () => {
    const values = Array.from({ length: 30 }, (_, i) => i + 1);
    expect(quantile(values, 0.1, 1)).toBe(3);
    expect(quantile(values, 0.7, 1)).toBe(21);
  });

  it.each([[[5]], [[2, 2, 2, 2]]])('of %j is that value for every p', (values) => {
    for (const type of [1, 2, 3, 4, 5, 6, 7, 8, 9] as QuantileType[])
      for (const p of [0, 0.01, 0.5, 0.99, 1]) expect(quantile(values, p, type)).toBe(values[0]);
  });

  it('has infinities as values', () => {
    expect(quantile([1, 2, 3, up], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, up], 0.75)).toBe(up);
    expect(quantile([1, up, up], 1)).toBe(up);
    expect(quantile([down, 1, 2], 0.25)).toBe(down);
    expect(quantile([down, up], 0.5)).toBeNaN();
    expect(quantile([-1.7e308, 1.7e308], 0.5)).toBe(0); // their distance overflows
  });

  it('is NaN of nothing and of what holds a NaN; refuses what is no p and no type', () => {
    expect(quantile([], 0.5)).toBeNaN();
    expect(quantile([1, Number.NaN], 0.5)).toBeNaN();
    expect(() => quantile([1], 1.5)).toThrow('invalid quantile: got 1.5');
    expect(() => quantile([1], 0.5, 10 as QuantileType)).toThrow('invalid type of quantile: got 10');
  });
});

describe('the interquartile mean', () => {
  it.each([
    [[1, 2, 3], 2], // too few to leave any out
    [[1, 2, 3, 100], 2.5],
    [[0, 1, 2, 3, 4, 5, 6, 100], 3.5],
    [[7, 7, 7, 7, 7], 7],
    [[1, 2, 3, up], 2.5],
    [[1, 2, up, up], up],
    [[1, up], up],
  ])('of %j is %d', (values, expected) => {
    expect(interquartileMean(values)).toBe(expected);
  });

  it('is NaN of nothing and of what holds a NaN, wherever it would rank', () => {
    expect(interquartileMean([])).toBeNaN();
    expect(interquartileMean([Number.NaN, 1, 2, 3])).toBeNaN();
  });

  it('is a trimmed mean, which refuses to trim half', () => {
    expect(trimmedMean([1, 2, 3, 10], 0)).toBe(4);
    expect(() => trimmedMean([1], 0.5)).toThrow('invalid share to trim: got 0.5');
  });
});

describe('spreads', () => {
  it('are 0 of equal values', () => {
    expect(interquartileRange([3, 3, 3])).toBe(0);
    expect(medianAbsoluteDeviation([3, 3, 3])).toBe(0);
    expect(medianAbsoluteDeviation([up, up, up])).toBe(0);
  });

  it('hold with infinities', () => {
    expect(medianAbsoluteDeviation([1, 2, 4, up, 3])).toBe(1);
    expect(interquartileRange([1, 2, 3, up, up])).toBe(up);
    expect(interquartileRange([1, up, up, up, up])).toBeNaN();
  });
});

describe('moments', () => {
  it('sum without losing small terms', () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum([])).toBe(0);
    expect(sum([1, up])).toBe(up);
    expect(sum([up, down])).toBeNaN();
  });

  it('are defined from as many values as they need', () => {
    expect(mean([])).toBeNaN();
    expect(variance([4])).toBeNaN();
    expect(variance([4], 0)).toBe(0);
    expect(variance([1, 4])).toBe(4.5);
    expect(variance([1, up])).toBeNaN();
    expect(skewness([2, 2])).toBeNaN();
    expect(excessKurtosis([2, 2])).toBeNaN();
    expect(geometricMean([2, 8])).toBeCloseTo(4, 14);
    expect(geometricMean([0, 8])).toBe(0);
    expect(geometricMean([-1, 8])).toBeNaN();
  });
});
