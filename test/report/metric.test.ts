import { describe, expect, it } from 'vitest';
import { COST_AXES, costToTarget, type Metric, metricOf } from '../../src/report/metric.ts';
import { type Pretended, pretendedRecord } from '../sweep/driveProtocol.ts';

const loss: Metric = { split: 'validation', measure: 'loss', at: 'final' };
const best: Metric = { ...loss, at: 'best' };
const of = (pretended: Pretended, metric: Metric) => metricOf(pretendedRecord(pretended), metric);
const diverged = { kind: 'diverged', step: 25, reason: 'the loss is NaN' } as const;

describe('metricOf', () => {
  it('is the last value, or the smallest after step 0', () => {
    expect(of({ losses: [3, 1, 2] }, loss)).toBe(2);
    expect(of({ losses: [3, 1, 2] }, best)).toBe(1);
    expect(of({ losses: [3, 1, 2] }, { ...best, measure: 'error' })).toBe(0.1);
    expect(of({ losses: [5, 6] }, best)).toBe(5); // not the 4 of before training
  });

  it('is Infinity for what did not complete, for NaN, and without an evaluation after step 0', () => {
    for (const metric of [loss, best]) {
      expect(of({ losses: [1], outcome: diverged }, metric)).toBe(Number.POSITIVE_INFINITY);
      expect(of({ losses: [1], outcome: { kind: 'failed', message: '' } }, metric)).toBe(Infinity);
      expect(of({ losses: [] }, metric)).toBe(Number.POSITIVE_INFINITY);
    }
    expect(of({ losses: [1, Number.NaN] }, loss)).toBe(Number.POSITIVE_INFINITY);
    expect(of({ losses: [Number.NaN, 2] }, best)).toBe(2);
  });
});

describe('costToTarget', () => {
  const costs = (pretended: Pretended, target: number) =>
    COST_AXES.map((cost) => costToTarget(pretendedRecord(pretended), best, target, cost));

  it('is what had been spent at the first evaluation at or below the target', () => {
    expect(costs({ losses: [3, 1, 2, 0.5] }, 1)).toEqual([20, 640, 60, 2e7]);
    expect(costs({ losses: [3, 1, 2, 0.5] }, 3)).toEqual([10, 320, 30, 1e7]);
  });

  it('is Infinity for a miss and for a run that diverged after it, and 0 for nothing', () => {
    expect(costs({ losses: [3, 1] }, 0.9)).toEqual(COST_AXES.map(() => Infinity));
    expect(costs({ losses: [3, 1], outcome: diverged }, 2)).toEqual(COST_AXES.map(() => Infinity));
    expect(costs({ losses: [3, Number.NaN] }, 4)).toEqual([10, 320, 30, 1e7]); // the 4 of step 0 does not count
  });
});
