import { describe, expect, it } from 'vitest';
import { endLayers, gradientHealth, spikesOf, zerosBetween } from '../../src/report/gradientHealth.ts';
import { groupMethods } from '../../src/report/methods.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { syntheticRecord } from './syntheticRecords.ts';

/** A run with these channels, a step a bucket. */
function runWith(seed: number, values: Readonly<Record<string, readonly number[]>>, width = 1): RunRecord {
  const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed });
  const channels = Object.fromEntries(
    Object.entries(values).map(([name, list]) => [name, { median: list, min: list, max: list }]),
  );
  const [first] = Object.values(values);
  const step = first.map((_, i) => width * (i + 1));
  return { ...record, series: { ...record.series, steps: { step, channels } } };
}

const healthOf = (...records: RunRecord[]) => gradientHealth(groupMethods(records)[0]);

describe('gradientHealth', () => {
  it('has the median over the seeds of every number', () => {
    const norms = Array.from({ length: 21 }, (_, i) => i + 1); // median 11, type-7 95th percentile 20
    const a = runWith(0, { gradNorm: norms, updateRatio: norms.map((norm) => norm / 1000) });
    const b = runWith(1, { gradNorm: norms.map((norm) => 3 * norm) });
    expect(healthOf(a, b)).toMatchObject({
      seeds: 2,
      norm: 22, // of 11 and 33
      zero: { low: 0, high: 0 },
      spikes: 0,
      updateRatio: 0.011, // the other run has not measured it
    });
    expect(healthOf(a, b)!.tail).toBeCloseTo(20 / 11, 14);
    expect(healthOf(a)!.firstToLast).toBeNaN();
  });

  it('fits the exponent of a power of the step', () => {
    const steps = Array.from({ length: 50 }, (_, i) => i + 1);
    const falling = runWith(0, { gradNorm: steps.map((step) => 3 / Math.sqrt(step)) });
    expect(healthOf(falling)!.trend).toBeCloseTo(-0.5, 12);
    expect(healthOf(runWith(0, { gradNorm: [2, 2, 2] }))!.trend).toBeCloseTo(0, 12);
    expect(healthOf(runWith(0, { gradNorm: [2] }))!.trend).toBeNaN();
    // of ln 1, ln e and the norms 1 and e^2 the slope is 2; zero and infinite norms have no logarithm
    const gapped = runWith(0, { gradNorm: [1, 0, Number.POSITIVE_INFINITY, 16] });
    expect(healthOf(gapped)!.trend).toBeCloseTo(2, 12); // 16 at step 4
  });

  it('holds the first layer against the last', () => {
    const run = runWith(0, {
      gradNorm: [1, 1, 1],
      'gradNorm/conv1.weight': [0.1, 0.2, 0.4],
      'gradNorm/conv2.weight': [9, 9, 9],
      'gradNorm/dense1.weight': [7, 7, 7],
      'gradNorm/dense2.weight': [1, 4, 1],
    });
    expect(healthOf(run)!.firstToLast).toBeCloseTo(0.1, 14); // of 0.1, 0.05, 0.4
  });

  it('bounds the share of steps without a gradient', () => {
    const run = runWith(0, { gradNorm: [0, 1, 1, 0] });
    expect(healthOf(run)!.zero).toEqual({ low: 0.5, high: 0.5 });
  });

  it('is null where no norm was recorded', () => {
    expect(healthOf(runWith(0, { loss: [1] }))).toBeNull();
  });
});

describe('zerosBetween', () => {
  it('bounds the count of zeros of every sample of up to eight numbers', () => {
    for (let n = 1; n <= 8; n++) {
      for (let zeros = 0; zeros <= n; zeros++) {
        const sample = Array.from({ length: n }, (_, i) => (i < zeros ? 0 : 2));
        const middle = (sample[Math.floor((n - 1) / 2)] + sample[Math.floor(n / 2)]) / 2;
        const [low, high] = zerosBetween(n, middle, sample[0], sample[n - 1]);
        expect(low).toBeLessThanOrEqual(zeros);
        expect(high).toBeGreaterThanOrEqual(zeros);
      }
    }
    expect(zerosBetween(10, 0, 0, 1)).toEqual([6, 9]);
    expect(zerosBetween(10, 0.5, 0, 1)).toEqual([1, 5]);
  });
});

describe('spikesOf', () => {
  it('counts the buckets with a norm of more than ten times the median around', () => {
    const middle = Array(20).fill(1);
    const max = middle.map((_, i) =>
      i === 4 ? 10 : i === 9 ? 10.5 : i === 15 ? Number.POSITIVE_INFINITY : 2,
    );
    expect(spikesOf({ median: middle, min: middle, max })).toBe(2);
  });

  it('follows a norm that grows slowly, and counts no bucket without a value', () => {
    const growing = Array.from({ length: 60 }, (_, i) => 1.2 ** i);
    expect(spikesOf({ median: growing, min: growing, max: growing })).toBe(0);
    const none = Array(5).fill(Number.NaN);
    expect(spikesOf({ median: none, min: none, max: none })).toBe(0);
  });
});

describe('endLayers', () => {
  it('takes the lowest convolution and the highest dense layer outside of blocks', () => {
    const of = (...tensors: string[]) => endLayers(tensors.map((tensor) => `gradNorm/${tensor}`));
    expect(of('conv10.weight', 'conv2.weight', 'dense1.weight', 'residual1.conv1.weight')).toEqual([
      'gradNorm/conv2.weight',
      'gradNorm/dense1.weight',
    ]);
    expect(of('dense3.weight', 'dense1.weight', 'dense1.bias')).toEqual([
      'gradNorm/dense1.weight',
      'gradNorm/dense3.weight',
    ]);
    expect(of('dense1.weight', 'dense1.bias')).toBeNull();
  });
});
