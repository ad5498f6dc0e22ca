import { describe, expect, it } from 'vitest';
import { canonicalJson, parseCanonicalJson } from '../../src/core/json.ts';
import { groupMethods, MethodSpecs, MOST_METHODS } from '../../src/report/methods.ts';
import type { Metric } from '../../src/report/metric.ts';
import { summaryRows } from '../../src/report/table.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { diverged, quickstartLike, recordWithLosses, syntheticRecord } from './syntheticRecords.ts';

/** Runs of gradient descent with the given final losses by learning rate; null is a run that diverged. */
function sgd(finals: Readonly<Record<string, readonly (number | null)[]>>) {
  return Object.entries(finals).flatMap(([rate, losses]) =>
    losses.map((loss, seed) =>
      recordWithLosses([2.3, loss ?? 2], {
        optimizer: { kind: 'sgd', learningRate: Number(rate) },
        seed,
        ...(loss === null ? { outcome: diverged(150) } : {}),
      }),
    ),
  );
}

function bestOf(finals: Parameters<typeof sgd>[0]) {
  const [{ best, edge }] = groupMethods(sgd(finals));
  return [best?.learningRate ?? null, edge];
}

describe('groupMethods', () => {
  it('groups by what is neither seed nor learning rate, in the order of the records', () => {
    const methods = groupMethods(quickstartLike(2).toReversed());
    expect(methods.map((method) => method.label)).toEqual([
      'adamax',
      'adam',
      'adadelta',
      'adagrad',
      'rmsprop',
      'momentum',
      'sgd',
    ]);
    expect(methods[1].settings.map((setting) => setting.learningRate)).toEqual([0.0001, 0.001, 0.01]);
    expect(methods[1].settings.map((setting) => setting.records.map((run) => run.spec.seed))).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });
});

it('the names of the methods are those of the plan, whatever the order of keys that records were stored with', () => {
  const records = ['relu', 'tanh'].flatMap((kind) =>
    [1, 2].map((maxNorm) =>
      syntheticRecord({
        optimizer: { kind: 'sgd', learningRate: 0.1 },
        spec: { zeta: { kind }, clip: { kind: 'globalNorm', maxNorm } },
      }),
    ),
  );
  const stored = records.map(
    (record) => ({ ...record, spec: parseCanonicalJson(canonicalJson(record.spec)) }) as never as RunRecord,
  );
  const planned = records.map(({ spec }) => {
    const { zeta, ...rest } = spec as never as Record<string, unknown>;
    return { zeta, ...rest } as never as RunRecord['spec'];
  });
  const labels = groupMethods(stored, planned).map(({ label }) => label);
  expect(labels).toEqual([
    'zeta relu, clip maxNorm 1',
    'zeta relu, clip maxNorm 2',
    'zeta tanh, clip maxNorm 1',
    'zeta tanh, clip maxNorm 2',
  ]);
  expect(stored.map(({ spec }) => new MethodSpecs([...planned, spec]).naming()(spec))).toEqual(labels);
});

it('the names of the methods do not depend on what has been run', () => {
  const clipped = { kind: 'globalNorm', maxNorm: 1, norm: 'l2' };
  const momentum = { kind: 'momentum', learningRate: 0.1 };
  const [plain, other] = [{}, { clip: clipped }].map((spec) =>
    syntheticRecord({ optimizer: momentum, spec }),
  );
  const planned = [plain.spec, other.spec];
  expect(groupMethods([plain], planned).map(({ label }) => label)).toEqual(['clip none']);
  expect(groupMethods([other, plain], planned).map(({ label }) => label)).toEqual([
    'clip globalNorm 1',
    'clip none',
  ]);
});

describe('the best learning rate', () => {
  it.each([
    [
      'has the lowest median',
      { 0.01: [0.5, 0.9, 0.6], 0.1: [0.7, 0.3, 0.65], 1: [0.9, 0.9, 0.9] },
      [0.01, 'lowest'],
    ],
    ['inside the grid has no flag', { 0.01: [0.9], 0.1: [0.5], 1: [0.7] }, [0.1, null]],
    ['at the upper edge is flagged', { 0.01: [0.9], 0.1: [0.5], 1: [0.4] }, [1, 'highest']],
    ['with a higher rate that diverged is inside', { 0.01: [0.9], 0.1: [0.5], 1: [null] }, [0.1, null]],
    ['of one rate has no edge', { 0.1: [0.5] }, [0.1, null]],
    [
      'counts a diverged run as infinite',
      { 0.01: [0.9, 0.9], 0.1: [0.2, null], 1: [1, 1] },
      [0.01, 'lowest'],
    ],
    ['lets a minority diverge', { 0.01: [0.9, 0.9, 0.9], 0.1: [0.2, null, 0.3], 1: [1, 1, 1] }, [0.1, null]],
    [
      'falls back on the fewest diverged runs',
      { 0.01: [null, null, 0.1], 0.1: [0.9, null], 1: [null, null] },
      [0.1, null],
    ],
    ['is the lower one of two equal', { 0.01: [0.9], 0.1: [0.5], 1: [0.5], 10: [0.9] }, [0.1, null]],
    ['does not count zero as a neighbour', { 0: [0.9], 0.1: [0.5] }, [0.1, null]],
    ['above zero alone is the highest of the others', { 0: [2], 0.1: [0.5], 1: [0.4] }, [1, 'highest']],
    ['of zero is the lowest', { 0: [0.4], 0.1: [0.5] }, [0, 'lowest']],
    ['does not exist where everything diverged', { 0.01: [null], 0.1: [null] }, [null, null]],
  ])('%s', (_what, finals, expected) => {
    expect(bestOf(finals)).toEqual(expected);
  });

  it('takes a final loss that is not a number for an infinite one', () => {
    const runs = [0.01, 0.1].map((learningRate) =>
      recordWithLosses([2, learningRate === 0.1 ? Number.NaN : 0.9], {
        optimizer: { kind: 'sgd', learningRate },
      }),
    );
    expect(groupMethods(runs)[0].best?.learningRate).toBe(0.01);
  });

  it('counts a failed run as infinite, like one that diverged, and a lost one not at all', () => {
    const ended = (kind: 'failed' | 'lost', seed: number) =>
      syntheticRecord({
        ...{ optimizer: { kind: 'sgd', learningRate: 1 }, seed },
        outcome: { kind, message: 'no' },
      });
    const completed = sgd({ 0.1: [0.5, 0.5, 0.5], 1: [0.4] });
    const best = (...others: RunRecord[]) => groupMethods([...completed, ...others])[0].best?.learningRate;
    expect(best(ended('failed', 1), ended('failed', 2))).toBe(0.1);
    expect(best(ended('lost', 1), ended('lost', 2))).toBe(1);
  });

  it('is chosen by the metric that is given', () => {
    const runs = [
      recordWithLosses([2, 0.3, 0.9], { optimizer: { kind: 'sgd', learningRate: 0.1 } }),
      recordWithLosses([2, 0.5, 0.6], { optimizer: { kind: 'sgd', learningRate: 1 } }),
    ];
    const best = (metric?: Metric) => groupMethods(runs, undefined, metric)[0].best?.learningRate;
    expect(best()).toBe(1);
    expect(best({ split: 'validation', measure: 'error', at: 'best' })).toBe(0.1);
    expect(best({ split: 'validation', measure: 'error', at: 'final' })).toBe(1);
  });

  it('is not chosen by failed runs', () => {
    const failed = syntheticRecord({
      optimizer: { kind: 'sgd', learningRate: 1 },
      outcome: { kind: 'failed', message: 'no' },
    });
    const [method] = groupMethods([...sgd({ 0.1: [0.5], 0.2: [0.4], 0.3: [0.6] }), failed]);
    expect([method.best?.learningRate, method.edge]).toEqual([0.2, null]);
  });
});

describe('summaryRows', () => {
  it('has the median and range over the seeds at the best rate, and counts all runs', () => {
    const methods = groupMethods(sgd({ 0.01: [0.9, 0.9, 0.9], 0.1: [0.5, 0.25, 0.75], 1: [null, 2, null] }));
    const [row] = summaryRows(methods);
    const error = { n: 3, median: 0.05, min: 0.025, max: 0.075 };
    expect(row).toEqual({
      method: 'sgd',
      learningRate: 0.1,
      edge: null,
      rates: 3,
      triedZero: false,
      trainLoss: { n: 3, median: 0.5, min: 0.25, max: 0.75 },
      validationLoss: { n: 3, median: 0.5, min: 0.25, max: 0.75 },
      validationError: error,
      // three seeds are too few for an interval
      metric: { ...error, low: 0.025, high: 0.075, isInterval: false },
      testError: { ...error, low: 0.025, high: 0.075, isInterval: false },
      improvement: null,
      target: null,
      // losses 0.9, 0.5 and infinite, which counts as 2.3, the loss before training: (0.4 + 0 + 1.8) / 3; a loss of 1.05 * 0.5 is reached at
      // a sixteenth of the decade from 0.1 towards 0.01, and no rate above 0.1 is as good
      sensitivity: {
        sensitivity: expect.closeTo(2.2 / 3, 12),
        decades: expect.closeTo(1 / 16, 12),
        isAtEnd: false,
      },
      flopsPerStep: 1e6,
      secondsPerStep: 4.25 / 700,
      diverged: 2,
      failed: 0,
      lost: 0,
      runs: 9,
    });
  });

  it('has the declared metric with its interval, the target and how often a run is better than one of the reference', () => {
    const run = (kind: string, seed: number, losses: readonly number[]) =>
      recordWithLosses(losses, { optimizer: { kind, learningRate: 0.1 }, seed });
    const seeds = [0, 1, 2, 3, 4];
    const methods = groupMethods([
      ...seeds.map((seed) => run('sgd', seed, [3, 2, 1.5])),
      ...seeds.map((seed) => run('adam', seed, [3, seed < 4 ? 1 : 2, seed < 4 ? 0.5 : 1.5])),
    ]);
    const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
    const [adam, other] = summaryRows(methods, { metric, target: 1, reference: 'sgd', isDeclared: true });
    expect([adam.method, other.method, other.improvement]).toEqual(['adam', 'sgd', null]);
    // of a resample of five the median is 1.5 where it has at least three of the one seed in five: 5.8 %, more than 2.5 % of them
    expect(adam.metric).toEqual({
      n: 5,
      median: 0.5,
      min: 0.5,
      max: 1.5,
      low: 0.5,
      high: 1.5,
      isInterval: true,
    });
    expect(other.metric).toMatchObject({ low: 1.5, high: 1.5, isInterval: true });
    // 20 of 25 pairs better, 5 equal
    expect(adam.improvement?.probability).toBeCloseTo(0.9, 12);
    expect(adam.improvement?.interval?.[1]).toBe(1);
    expect(adam.target).toEqual({ reached: 4, runs: 5, steps: 140 });
    expect(other.target).toEqual({ reached: 0, runs: 5, steps: Infinity });
  });

  it('puts the lowest validation error first and what never completed last', () => {
    const nothing = syntheticRecord({ optimizer: { kind: 'nadam', learningRate: 1 }, outcome: diverged(3) });
    const rows = summaryRows(groupMethods([nothing, ...quickstartLike(2)]));
    const errors = rows.map((row) => row.validationError.median);
    expect(errors.slice(0, -1)).toEqual(errors.slice(0, -1).toSorted((a, b) => a - b));
    expect(rows.at(-1)).toMatchObject({ method: 'nadam', learningRate: null, diverged: 1, runs: 1 });
    expect(errors.at(-1)).toBeNaN();
  });
});

describe('methods of specs that pass one at a time', () => {
  const spec = (learningRate: number, eps: number) =>
    syntheticRecord({ optimizer: { kind: 'adam', learningRate, eps } }).spec;

  it('are named by what varies among all of them', () => {
    const methods = new MethodSpecs([spec(1, 1e-8), spec(2, 1e-8), spec(1, 1e-3)]);
    expect(methods.names).toEqual(['eps 1e-8', 'eps 0.001']);
    expect([spec(2, 1e-8), spec(1, 1e-3), spec(1, 1)].map(methods.naming())).toEqual([
      'eps 1e-8',
      'eps 0.001',
      null,
    ]);
  });

  it('are one spec each, and none of them if there are too many, which are called after the optimizer', () => {
    const methods = new MethodSpecs(Array.from({ length: MOST_METHODS }, (_, i) => spec(1, i)));
    methods.add(spec(2, 0));
    expect(methods.specs).toHaveLength(MOST_METHODS);
    expect(methods.naming()(spec(3, 5))).toBe('eps 5');
    methods.add(spec(1, MOST_METHODS));
    expect(methods.specs).toHaveLength(0);
    expect(methods.names).toEqual(['adam']);
    expect(methods.naming()(spec(1, 5))).toBe('adam');
  });
});
