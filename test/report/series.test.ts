import { describe, expect, it } from 'vitest';
import type { Setting } from '../../src/report/methods.ts';
import { evaluationCurve, placesOf, stepCurve } from '../../src/report/series.ts';
import type { Outcome, RunRecord } from '../../src/run/record.ts';
import { diverged, recordWithLosses, syntheticRecord } from './syntheticRecords.ts';

const optimizer = { kind: 'sgd', learningRate: 0.1 };
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function setting(...records: readonly RunRecord[]): Setting {
  return { learningRate: 0.1, records };
}

function stepping(
  step: readonly number[],
  channel: { median: number[]; min: number[]; max: number[] },
  outcome: Outcome = { kind: 'completed' },
): RunRecord {
  const record = syntheticRecord({ optimizer, outcome });
  return { ...record, series: { ...record.series, steps: { step, channels: { loss: channel } } } };
}

describe('evaluationCurve', () => {
  it('is the median and the range over the seeds', () => {
    const runs = [
      [4, 2, 1],
      [4, 3, 5],
      [4, 1, 2],
    ].map((losses, seed) => recordWithLosses(losses, { optimizer, seed }));
    expect(evaluationCurve(setting(...runs), 'validation', 'loss')).toEqual({
      x: [0, 1, 2],
      median: [4, 2, 2],
      low: [4, 1, 1],
      high: [4, 3, 5],
    });
    expect(evaluationCurve(setting(...runs), 'test', 'error').median).toEqual([0.4, 0.2, 0.2]);
  });

  it('counts a diverged run as infinite from its last step on, and keeps it out of the band', () => {
    const runs = [
      recordWithLosses([4, 2, 1], { optimizer, seed: 0 }),
      recordWithLosses([4, 3, 2], { optimizer, seed: 1 }),
      recordWithLosses([4], { optimizer, seed: 2, outcome: diverged(100) }),
    ];
    expect(evaluationCurve(setting(...runs), 'train', 'loss')).toEqual({
      x: [0, 1, 2],
      median: [4, 3, 2],
      low: [4, 2, 1],
      high: [4, 3, 2],
    });
    expect(evaluationCurve(setting(runs[0], runs[2]), 'train', 'loss').median).toEqual([4, inf, inf]);
  });

  it('takes what is not finite for infinite', () => {
    const runs = [recordWithLosses([4, nan, -inf, 1], { optimizer })];
    expect(evaluationCurve(setting(...runs), 'validation', 'loss')).toEqual({
      x: [0, 1, 2, 3],
      median: [4, inf, inf, 1],
      low: [4, nan, nan, 1],
      high: [4, nan, nan, 1],
    });
  });

  it('leaves failed runs out', () => {
    const failed = syntheticRecord({ optimizer, seed: 1, outcome: { kind: 'failed', message: 'no' } });
    const run = recordWithLosses([4, 2], { optimizer });
    expect(evaluationCurve(setting(failed, run), 'validation', 'loss').median).toEqual([4, 2]);
  });
});

describe('stepCurve', () => {
  const one = stepping([10, 20, 30, 35], { median: [5, 4, 3, 2], min: [4, 3, 2, 1], max: [6, 50, 4, 3] });
  const two = stepping([10, 20, 30, 35], { median: [7, 6, 1, 4], min: [6, 5, 0.5, 3], max: [8, 7, 2, 5] });

  it('is the median of the medians, with the true range of all steps and seeds', () => {
    expect(stepCurve(setting(one, two), 'loss', 100)).toEqual({
      x: [10, 20, 30, 35],
      median: [6, 5, 2, 3],
      low: [4, 3, 0.5, 1],
      high: [8, 50, 4, 5],
    });
  });

  it('merges neighbouring buckets without losing an extreme', () => {
    expect(stepCurve(setting(one, two), 'loss', 2)).toEqual({
      x: [20, 35],
      median: [5.5, 2.5],
      low: [3, 0.5],
      high: [50, 5],
    });
  });

  it('counts a run that diverged inside a bucket as infinite from this bucket on', () => {
    const short = stepping([10, 17], { median: [7, nan], min: [6, 5], max: [8, nan] }, diverged(17));
    expect(stepCurve(setting(one, short), 'loss', 100)).toEqual({
      x: [10, 20, 30, 35],
      median: [6, inf, inf, inf],
      low: [4, 3, 2, 1],
      high: [8, 50, 4, 3],
    });
  });

  it('has gaps where nothing was measured and is empty without the channel', () => {
    const sparse = stepping([10, 20], { median: [nan, 4], min: [nan, 3], max: [nan, 5] });
    expect(stepCurve(setting(sparse), 'loss', 100)).toEqual({
      x: [10, 20],
      median: [nan, 4],
      low: [nan, 3],
      high: [nan, 5],
    });
    expect(stepCurve(setting(sparse), 'gradNorm', 100)).toEqual({ x: [], median: [], low: [], high: [] });
  });
});

describe('buckets of equal ratio', () => {
  it('join late steps and keep early ones, with every extreme', () => {
    const step = Array.from({ length: 64 }, (_, i) => i + 1);
    const values = step.map((at) => (at === 50 ? 99 : at === 51 ? 0.5 : 1));
    const run = stepping(step, { median: step, min: values, max: values });
    expect(stepCurve(setting(run), 'loss', 7, 'log')).toEqual({
      x: [1, 2, 4, 8, 16, 32, 64],
      median: [1, 2, 3.5, 6.5, 12.5, 24.5, 48.5],
      low: [1, 1, 1, 1, 1, 1, 0.5],
      high: [1, 1, 1, 1, 1, 1, 99],
    });
    expect(stepCurve(setting(run), 'loss', 64, 'log').x).toEqual(step);
  });

  it('leave what was measured before the first step by itself', () => {
    const run = recordWithLosses([9, 8, 7, 6, 5, 4, 3, 2, 1], { optimizer });
    const curve = evaluationCurve(setting(run), 'train', 'loss', 'step', 5, 'log');
    expect(curve.x).toEqual([0, 140, 280, 560, 1120]);
    expect(curve.median).toEqual([9, 8, 7, 5.5, 2.5]);
    expect([curve.low, curve.high]).toEqual([
      [9, 8, 7, 5, 1],
      [9, 8, 7, 6, 4],
    ]);
  });
});

describe('placesOf', () => {
  it('is what was spent at the evaluations, in proportion between and after them', () => {
    const run = recordWithLosses([3, 2, 1], { optimizer });
    expect(placesOf(setting(run), [0, 70, 140, 245, 300])).toEqual({
      epoch: [0, 0.5, 1, 1.75, 300 / 140],
      step: [0, 70, 140, 245, 300],
      samples: [0, 2240, 4480, 7840, 9600],
      gradientEvaluations: [0, 70, 140, 245, 300],
      flops: [0, 7e7, 1.4e8, 2.45e8, 3e8],
    });
  });

  it('goes by the longest run, and is zero where only the start was evaluated', () => {
    const short = recordWithLosses([3], { optimizer, outcome: diverged(10) });
    const long = recordWithLosses([3, 2], { optimizer, seed: 1 });
    expect(placesOf(setting(short, long), [70]).epoch).toEqual([0.5]);
    expect(placesOf(setting(short), [70]).epoch).toEqual([0]);
  });
});
