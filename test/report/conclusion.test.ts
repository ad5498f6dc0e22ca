import { describe, expect, it } from 'vitest';
import { choosingMetric, comparisonRows, conclusionRows, targetName } from '../../src/report/conclusion.ts';
import { groupMethods } from '../../src/report/methods.ts';
import type { Outcome } from '../../src/run/record.ts';
import { diverged, recordWithLosses } from './syntheticRecords.ts';

/** Runs of an optimizer at one learning rate: the losses of each seed's evaluations, the first before training. */
function runs(
  kind: string,
  losses: readonly (readonly number[])[],
  outcomes: readonly (Outcome | undefined)[] = [],
) {
  return losses.map((values, seed) =>
    recordWithLosses(values, {
      optimizer: { kind, learningRate: 0.1 },
      seed,
      ...(outcomes[seed] === undefined ? {} : { outcome: outcomes[seed] }),
    }),
  );
}

const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
const methods = groupMethods([
  ...runs('sgd', [
    [3, 2, 1],
    [3, 2.5, 2],
    [3, 1, 0.5],
  ]),
  ...runs('adam', [
    [3, 0.5, 0.4],
    [3, 2, 0.6],
    [3, 0.5, 0.5],
  ]),
  ...runs(
    'lion',
    [
      [3, 0.5, 0.1],
      [3, 0.5],
      [3, 0.5, 0.1],
    ],
    [undefined, diverged(150), { kind: 'failed', message: 'it threw' }],
  ),
]);

describe('conclusionRows', () => {
  const rows = conclusionRows(methods, { metric, target: 1 });

  it('has the median with what diverged or failed as infinite, the best first', () => {
    expect(rows.map(({ method, metric }) => [method, metric.median, metric.min, metric.max])).toEqual([
      ['adam', 0.5, 0.4, 0.6],
      ['sgd', 1, 0.5, 2],
      ['lion', Infinity, 0.1, Infinity],
    ]);
  });

  it('counts costs up to the first evaluation at the target; a miss is infinite, never left out', () => {
    // 140 steps of 32 images and 1e6 operations between evaluations
    expect(rows.map(({ reached, runs, costs }) => [reached, runs, costs])).toEqual([
      [3, 3, { step: 140, samples: 4480, gradientEvaluations: 140, flops: 140e6 }],
      [2, 3, { step: 280, samples: 8960, gradientEvaluations: 280, flops: 280e6 }],
      [1, 3, { step: Infinity, samples: Infinity, gradientEvaluations: Infinity, flops: Infinity }],
    ]);
    expect(rows[0].seconds).toBe(4.25);
  });

  it('of equal medians the one that is faster at the target comes first', () => {
    const equal = groupMethods([...runs('slow', [[3, 2, 1]]), ...runs('fast', [[3, 1, 1]])]);
    expect(conclusionRows(equal, { metric, target: 1 }).map(({ method }) => method)).toEqual([
      'fast',
      'slow',
    ]);
  });

  it('has no costs without a target, and does not count a lost run', () => {
    const lost = groupMethods(
      runs('sgd', [[3, 2], [3, 1], [3]], [undefined, undefined, { kind: 'lost', message: 'it died' }]),
    );
    expect(conclusionRows(lost, { metric })).toMatchObject([
      { runs: 2, reached: null, costs: null, metric: { median: 1.5, n: 2 } },
    ]);
  });

  it('takes the split, the measure and the best evaluation that were declared', () => {
    const [row] = conclusionRows(groupMethods(runs('sgd', [[0.1, 2, 4]])), {
      metric: { split: 'test', measure: 'error', at: 'best' },
    });
    expect(row.metric.median).toBe(0.2); // not the 0.01 before training
  });
});

describe('comparisonRows', () => {
  it('compares seed by seed with the reference', () => {
    expect(comparisonRows(methods, { metric, reference: 'sgd' })).toEqual([
      {
        ...{ first: 'adam', second: 'sgd', seeds: 3, better: 2, worse: 0, difference: -0.6 },
        differences: [-0.6, -1.4, 0],
      },
      {
        ...{ first: 'lion', second: 'sgd', seeds: 3, better: 1, worse: 2, difference: Infinity },
        differences: [-0.9, Infinity, Infinity],
      },
    ]);
  });

  it('makes the declared comparisons alone; an unknown name has no seed', () => {
    const comparisons = [
      ['sgd', 'adam'],
      ['sgd', 'adm'],
    ] as const;
    expect(comparisonRows(methods, { metric, reference: 'sgd', comparisons })).toMatchObject([
      { seeds: 3, better: 0, worse: 2, difference: 0.6 },
      { second: 'adm', seeds: 0, difference: Number.NaN },
    ]);
  });

  it('of two runs that both diverged neither is better', () => {
    const both = groupMethods([...runs('a', [[3]], [diverged(3)]), ...runs('b', [[3]], [diverged(9)])]);
    expect(comparisonRows(both, { metric, reference: 'b' })).toEqual([
      { first: 'a', second: 'b', seeds: 1, differences: [0], better: 0, worse: 0, difference: 0 },
    ]);
  });
});

it('the declared metric chooses the setting, on the validation split whatever is reported', () => {
  const error = { split: 'test', measure: 'error', at: 'best' } as const;
  expect(choosingMetric({ metric: error })).toEqual({ ...error, split: 'validation' });
  expect(choosingMetric(undefined)).toEqual(metric);
});

it('targetName says what was declared', () => {
  expect(targetName({ metric, target: 0.25 })).toBe('final validation loss at most 0.250');
  expect(targetName({ metric: { split: 'train', measure: 'error', at: 'best' }, target: 0.25 })).toBe(
    'best training error at most 25.0%',
  );
});
