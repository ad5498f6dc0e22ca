import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import {
  basicInterval,
  bcaInterval,
  jackknife,
  percentileInterval,
  replicatesOf,
} from '../../src/stats/bootstrap.ts';
import { mean } from '../../src/stats/moments.ts';
import { interquartileMean } from '../../src/stats/quantiles.ts';

const up = Number.POSITIVE_INFINITY;

function resamples(n: number, count: number, seed: number): number[][] {
  const rng = stream(seed, 'test').at(0);
  return Array.from({ length: count }, () => Array.from({ length: n }, () => rng.below(n)));
}

describe('bootstrap intervals', () => {
  it('of equal values are that value', () => {
    const values = [2, 2, 2];
    const replicates = replicatesOf(values, resamples(3, 50, 1), mean);
    const given = { replicates, estimate: 2, jackknife: jackknife(values, mean) };
    expect(percentileInterval(replicates)).toEqual([2, 2]);
    expect(basicInterval(replicates, 2)).toEqual([2, 2]);
    expect(bcaInterval(given)).toEqual([2, 2]);
  });

  it('of two values are within them', () => {
    const values = [1, 4];
    const replicates = replicatesOf(values, resamples(2, 400, 2), mean);
    expect(percentileInterval(replicates)).toEqual([1, 4]);
    expect(bcaInterval({ replicates, estimate: 2.5, jackknife: jackknife(values, mean) })).toEqual([1, 4]);
  });

  it('count an infinite replicate as the largest', () => {
    expect(percentileInterval([1, 2, 3, 4, up], 0.5)).toEqual([2, 4]);
    expect(percentileInterval([1, 2, 3, up, up], 0.9)).toEqual([1.2, up]);
    const values = [1, 2, 3, 4, 5, 6, 7, up]; // one of eight diverged: the IQM leaves it out
    const replicates = replicatesOf(values, resamples(8, 200, 3), interquartileMean);
    const [low, high] = percentileInterval(replicates);
    expect(low).toBeGreaterThan(1);
    expect(high).toBe(up); // three of eight in more than 2.5 % of the resamples
  });

  it('BCa is not defined where all replicates lie on one side, nor with an infinity in the jackknife', () => {
    const given = { replicates: [1, 2, 3], estimate: 9, jackknife: [8, 9, 10] };
    expect(bcaInterval(given)).toEqual([Number.NaN, Number.NaN]);
    expect(bcaInterval({ ...given, estimate: 2, jackknife: [1, up] })).toEqual([Number.NaN, Number.NaN]);
  });

  it('BCa without bias and acceleration is the percentile interval', () => {
    const replicates = Array.from({ length: 101 }, (_, i) => i);
    const [low, high] = bcaInterval({ replicates, estimate: 50, jackknife: [49, 50, 51] });
    const [plainLow, plainHigh] = percentileInterval(replicates);
    expect(low).toBeCloseTo(plainLow, 10);
    expect(high).toBeCloseTo(plainHigh, 10);
  });

  it('BCa counts ties by half, or not at all as Efron does', () => {
    const given = { replicates: [1, 2, 2, 2, 3, 4, 5, 6], estimate: 2, jackknife: [1, 2, 3] };
    // z0 is Phi^-1(2.5/8) and Phi^-1(1/8): the second interval lies lower
    const half = bcaInterval({ ...given, confidence: 0.5 });
    const none = bcaInterval({ ...given, confidence: 0.5, ties: 'none' });
    expect(none[1]).toBeLessThan(half[1]);
  });

  it('cover a mean about as often as they say', () => {
    // 400 samples of 20 normal values: the share covered has a standard error of 1.5 %; percentile intervals of 20
    // values cover about 92 % where 95 % is asked for
    const rng = stream(4, 'test').at(0);
    let covered = 0;
    for (let i = 0; i < 400; i++) {
      const values = Array.from({ length: 20 }, () => rng.normal());
      const [low, high] = percentileInterval(replicatesOf(values, resamples(20, 300, 100 + i), mean));
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.88);
    expect(covered / 400).toBeLessThan(0.97);
  });

  it('refuse what has no answer', () => {
    expect(() => percentileInterval([])).toThrow('invalid replicates: got none');
    expect(() => percentileInterval([1], 1)).toThrow('invalid confidence: got 1');
    expect(() => bcaInterval({ replicates: [1], estimate: 1, jackknife: [1] })).toThrow('invalid jackknife');
  });
});
