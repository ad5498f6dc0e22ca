import { describe, expect, it } from 'vitest';
import { FINAL_LOSS, groupMethods } from '../../src/report/methods.ts';
import { targetCosts, workloadsOf } from '../../src/report/workloads.ts';
import { recordWithLosses } from './syntheticRecords.ts';

const run = (kind: string, data: string, losses: readonly number[], more = {}) =>
  recordWithLosses(losses, {
    optimizer: { kind, learningRate: 0.1 },
    spec: { data: { kind: data }, batchSize: data === 'small' ? 8 : 32, ...more },
  });

const records = [
  run('sgd', 'small', [2, 1, 0.5]),
  run('adam', 'small', [2, 0.5, 0.4]),
  run('sgd', 'large', [2, 1, 0.9]),
  run('adam', 'large', [2, 1, 0.5]),
];

describe('workloadsOf', () => {
  it('pairs the methods over the workloads; what the workload decides is no part of a method', () => {
    const found = workloadsOf(groupMethods(records))!;
    expect(found.workloads).toEqual(['data small', 'data large']);
    expect(found.methods).toEqual([
      { label: 'sgd', optimizer: 'sgd' },
      { label: 'adam', optimizer: 'adam' },
    ]);
    expect(found.outside).toBe(0);
    const target = { metric: FINAL_LOSS, value: 0.5, chosen: null };
    expect(targetCosts(found, [target, target])).toEqual([
      [280, Number.POSITIVE_INFINITY],
      [140, 280],
    ]);
    expect(targetCosts(found, [target, null])[1]).toEqual([140, Number.POSITIVE_INFINITY]);
  });

  it('leaves out a method that is not on every workload', () => {
    const found = workloadsOf(groupMethods([...records, run('lion', 'small', [2, 1])]))!;
    expect(found.methods.map(({ label }) => label)).toEqual(['sgd', 'adam']);
    expect(found.outside).toBe(1);
  });

  it('takes the norm as a part of the method, not as a workload', () => {
    const withNorm = ['none', 'batch'].map((kind) =>
      run('sgd', 'small', [2, 1], { model: { kind: 'mlp', norm: { kind } } }),
    );
    expect(workloadsOf(groupMethods(withNorm))).toBeNull();
  });

  it('is null with one workload and with one method', () => {
    expect(workloadsOf(groupMethods(records.slice(0, 2)))).toBeNull();
    expect(workloadsOf(groupMethods([records[0], records[2]]))).toBeNull();
  });
});
