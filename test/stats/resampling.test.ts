import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/stats/distributions.ts';
import { pairedDifferences } from '../../src/stats/hypothesis.ts';
import { mean } from '../../src/stats/moments.ts';
import { quantile } from '../../src/stats/quantiles.ts';
import {
  bootstrap,
  bootstrapCurve,
  pairedBootstrap,
  stratifiedBootstrap,
} from '../../src/stats/resampling.ts';
import { median } from '../../src/stats/summary.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly statistic: string;
  readonly data: number[][];
  readonly method: 'percentile' | 'bca';
  readonly confidence: number;
  readonly resamples: number;
  readonly estimate: number;
  /** Of the two ends, over 200 seeds of SciPy. */
  readonly mean: [number, number];
  readonly deviation: [number, number];
}

const deviation = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

function intervalOf({ statistic, data, method, confidence, resamples }: Case, seed: number) {
  const options = { method, confidence, resamples, seed };
  const [x, y] = data;
  if (statistic === 'mean') return bootstrap(x, mean, options);
  if (statistic === 'median') return bootstrap(x, median, options);
  if (statistic === 'deviation') return bootstrap(x, deviation, options);
  if (statistic === 'mean difference')
    return stratifiedBootstrap([x, y], ([a, b]) => mean(a) - mean(b), options);
  return pairedBootstrap(x, y, (a, b) => mean(a) / mean(b), options);
}

describe('bootstrap intervals', () => {
  it.each([0, 1, 2])('are within 4 standard errors of the ends of SciPy (seed %d)', (seed) => {
    for (const one of benchmarkCases<Case>('bootstrap')) {
      const result = intervalOf(one, seed);
      expectClose(result.estimate, one.estimate);
      expect(result.method).toBe(one.method);
      for (const [i, end] of [result.low, result.high].entries()) {
        // the standard error of one end as 200 seeds of SciPy show it, and that of their mean
        const error = Math.sqrt(one.deviation[i] ** 2 * (1 + 1 / 200));
        const label = `${one.statistic} ${one.method} ${one.confidence}: ${end} against ${one.mean[i]} +- ${error}`;
        expect(Math.abs(end - one.mean[i]), label).toBeLessThan(4 * error);
      }
    }
  });

  it('are a pure function of sample, options and seed', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const before = values.slice();
    expect(bootstrap(values, median, { seed: 7 })).toEqual(bootstrap(values, median, { seed: 7 }));
    expect(bootstrap(values, mean, { seed: 7 })).not.toEqual(bootstrap(values, mean, { seed: 8 }));
    expect(bootstrap(values, mean)).toEqual(
      bootstrap(values, mean, { seed: 0, resamples: 2000, confidence: 0.95 }),
    );
    expect(values).toEqual(before);
  });
});

describe('bootstrap', () => {
  it('of one value and of equal values is that value', () => {
    for (const method of ['percentile', 'bca'] as const) {
      expect(bootstrap([4], median, { method })).toMatchObject({ estimate: 4, low: 4, high: 4 });
      expect(bootstrap([4, 4, 4], mean, { method })).toMatchObject({ estimate: 4, low: 4, high: 4 });
      expect(bootstrap([Infinity, Infinity], median, { method })).toMatchObject({
        low: Infinity,
        high: Infinity,
      });
    }
  });

  it('of two values reaches from one to the other', () => {
    // a quarter of the resamples has a mean of 1 and a quarter one of 3
    expect(bootstrap([1, 3], mean)).toMatchObject({ estimate: 2, low: 1, high: 3 });
  });

  it('of a median with diverged runs ends at Infinity', () => {
    const result = bootstrap([1, 2, 3, 4, Infinity, Infinity], median);
    expect(result.estimate).toBe(3.5);
    expect(result.low).toBeLessThanOrEqual(2);
    expect(result.high).toBe(Infinity);
    // of 10 runs with 1 diverged the median is finite with probability 0.998
    const few = bootstrap([1, 2, 3, 4, 5, 6, 7, 8, 9, Infinity], median);
    expect(few.high).toBeLessThan(10);
  });

  it('falls back to percentiles, and says so, where BCa is not defined', () => {
    const infinite = bootstrap([1, 2, Infinity], median, { method: 'bca' });
    expect(infinite.method).toBe('percentile');
    expect(infinite.high).toBe(Infinity);
    // 20 different values: a resample has fewer of them, all but one in 4e7
    const values = Array.from({ length: 20 }, (_, i) => i);
    const different = bootstrap(values, (sample) => new Set(sample).size, { method: 'bca' });
    expect(different).toMatchObject({ estimate: 20, method: 'percentile' });
    expect(different.high).toBeLessThan(20);
    expect(bootstrap([7], mean, { method: 'bca' }).method).toBe('percentile');
  });

  it('covers the mean of a normal distribution about as often as it says', () => {
    // 300 samples of 30: the percentile interval of a mean covers with 0.95 less some 0.015; the share has an error of 0.013
    let covered = 0;
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    for (let i = 0; i < 300; i++) {
      const sample = Array.from({ length: 30 }, () => {
        let sum = -6;
        for (let k = 0; k < 12; k++) sum += uniform();
        return sum;
      });
      const { low, high } = bootstrap(sample, mean, { seed: i, resamples: 500 });
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.95 - 0.015 - 4 * 0.013);
    expect(covered / 300).toBeLessThan(0.99);
  });

  it('refuses nothing, NaN and options that are none', () => {
    expect(() => bootstrap([], mean)).toThrow('invalid sample of stratum 0: got 0 values');
    expect(() => bootstrap([Number.NaN], mean)).toThrow('got NaN');
    expect(() => bootstrap([1], mean, { resamples: 0 })).toThrow('invalid number of resamples: got 0');
    expect(() => bootstrap([1], mean, { confidence: 1 })).toThrow('invalid confidence: got 1');
    expect(() => stratifiedBootstrap([], () => 0)).toThrow('invalid strata: got none');
  });
});

describe('stratifiedBootstrap', () => {
  it('never mixes strata and keeps their sizes', () => {
    const strata = [
      [1, 2, 3],
      [100, 200],
    ];
    stratifiedBootstrap(
      strata,
      ([low, high]) => {
        expect([low.length, high.length]).toEqual([3, 2]);
        expect(Math.max(...low)).toBeLessThan(Math.min(...high));
        return 0;
      },
      { resamples: 100 },
    );
  });

  it('has the acceleration of SciPy where strata differ in size', () => {
    const strata = [
      [1.13, 2.37, 9.71, 4.19],
      [3.03, 4.61, 4.27, 5.83, 6.17, 6.91, 7.39, 20.57, 1.01, 2.23, 3.79, 5.41],
    ];
    const seen: number[] = [];
    const product = ([a, b]: readonly (readonly number[])[]) => {
      seen.push(mean(a) * mean(b) * mean(b));
      return seen[seen.length - 1];
    };
    const { low, high, estimate } = stratifiedBootstrap(strata, product, { method: 'bca' });
    // the estimate, 2000 resamples, 4 + 12 of the jackknife
    expect(seen.length).toBe(1 + 2000 + 16);
    const replicates = seen.slice(1, 2001);
    let cubes = 0;
    let squares = 0;
    for (const jackknife of [seen.slice(2001, 2005), seen.slice(2005)]) {
      const n = jackknife.length;
      const u = jackknife.map((value) => (n - 1) * (mean(jackknife) - value));
      cubes += mean(u.map((x) => x ** 3)) / n ** 2;
      squares += mean(u.map((x) => x ** 2)) / n;
    }
    const a = cubes / (6 * squares ** 1.5);
    const z0 = normalQuantile(replicates.filter((value) => value < estimate).length / 2000);
    const ends = [0.025, 0.975].map((level) => {
      const z = z0 + normalQuantile(level);
      return quantile(replicates, normalCdf(z0 + z / (1 - a * z)));
    });
    expect(replicates).not.toContain(estimate); // else ties would count half
    expectClose(low, ends[0], 1e-12);
    expectClose(high, ends[1], 1e-12);
  });

  it('takes strata of one value', () => {
    const sum = ([a, b]: readonly (readonly number[])[]) => mean(a) + mean(b);
    const result = stratifiedBootstrap([[5], [1, 2, 3, 4]], sum, { method: 'bca' });
    expect(result).toMatchObject({ estimate: 7.5, method: 'bca' });
    expect(result.low).toBeGreaterThanOrEqual(6);
  });
});

describe('pairedBootstrap', () => {
  it('gives both arms the same indices', () => {
    const a = [1, 5, 2, 8, 3];
    const difference = (x: readonly number[], y: readonly number[]) =>
      mean(x.map((value, i) => value - y[i]));
    const shifted = pairedBootstrap(
      a,
      a.map((value) => value + 0.5),
      difference,
    );
    expect(shifted).toMatchObject({ estimate: -0.5, low: -0.5, high: -0.5 });
  });

  it('takes pairs with diverged runs', () => {
    const middle = (x: readonly number[], y: readonly number[]) => median(pairedDifferences(x, y));
    // the differences 0 (both diverged), Infinity, -1, -1, -1, -1, -1: their median is -1 or above
    const result = pairedBootstrap([Infinity, Infinity, 1, 2, 3, 4, 5], [Infinity, 9, 2, 3, 4, 5, 6], middle);
    expect(result).toMatchObject({ estimate: -1, low: -1 });
    expect([0, Infinity]).toContain(result.high); // 97.5 %: 4 or more of 7 draws from 2 of 7 pairs have probability 0.11
    const both = pairedBootstrap([Infinity, Infinity], [Infinity, Infinity], middle);
    expect(both).toMatchObject({ estimate: 0, low: 0, high: 0 });
  });

  it('refuses arms of different lengths', () => {
    const difference = (x: readonly number[], y: readonly number[]) => mean(x) - mean(y);
    expect(() => pairedBootstrap([1], [1, 2], difference)).toThrow('invalid pairs: got 1 and 2 values');
  });
});

describe('bootstrapCurve', () => {
  it('has the interval of every point from the same resamples', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const both = bootstrapCurve(values, (sample) => [mean(sample), median(sample)], { seed: 5 });
    expect(both).toEqual([bootstrap(values, mean, { seed: 5 }), bootstrap(values, median, { seed: 5 })]);
    expect(() => bootstrapCurve(values, () => [0], { method: 'bca' })).toThrow(
      'got bca, expected percentile',
    );
  });
});
