import { describe, expect, it } from 'vitest';
import { evaluationCurves, stepCurves } from '../../../src/report/figures/curves.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { diverged, quickstartLike, recordWithLosses, syntheticRecord } from '../syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: a spec is plain JSON; the paths below say what is expected where
type Any = any;

function seeds(kind: string, losses: readonly (readonly number[])[]) {
  return losses.map((list, seed) => recordWithLosses(list, { optimizer: { kind, learningRate: 0.1 }, seed }));
}

describe('evaluationCurves', () => {
  const records = [
    ...seeds('sgd', [
      [4, 2],
      [4, 3],
      [4, 8],
    ]),
    ...seeds('adam', [
      [4, 1],
      [4, 2],
      [4, 1.5],
    ]),
  ];
  const figure = evaluationCurves(groupMethods(records), 'loss')!;
  const { data, spec } = figure.spec as Any;

  it('has the median and the band of every method on every split', () => {
    expect(data.values).toEqual(
      ['sgd', 'adam'].flatMap((method) =>
        ['train', 'validation'].map((split) => ({
          method,
          split,
          x: [0, 1],
          ...(method === 'sgd'
            ? { median: [4, 3], low: [4, 2], high: [4, 8] }
            : { median: [4, 1.5], low: [4, 1], high: [4, 2] }),
        })),
      ),
    );
  });

  it('says what it shows', () => {
    expect(figure.caption).toBe(
      'Loss on the training and the validation data in evaluation mode, each method at its best learning rate. ' +
        'Line: median over the seeds; band: smallest to largest value (3 seeds each).',
    );
    expect(spec.layer.map((layer: Any) => layer.mark.type)).toEqual(['area', 'line']);
  });

  it('has no band where there is one seed', () => {
    const alone = evaluationCurves(groupMethods(quickstartLike(1)), 'error')!;
    expect(alone.caption).toContain('One seed each: no band.');
    expect((alone.spec as Any).spec.layer.map((layer: Any) => layer.mark.type)).toEqual(['line', 'line']);
  });

  it('gives more than six methods a panel each, before the others in grey', () => {
    const crowded = evaluationCurves(groupMethods(quickstartLike(2)), 'loss')!;
    const { facet, spec: panel } = crowded.spec as Any;
    expect(facet).toMatchObject({
      field: 'method',
      sort: ['sgd', 'momentum', 'rmsprop', 'adagrad', 'adadelta', 'adam', 'adamax'],
    });
    expect(panel.layer[0].data.values.map((row: Any) => row.other)).toEqual(facet.sort);
    expect(crowded.caption).toContain('Grey: the validation medians of the other methods.');
  });

  it('ends the line of a method half of whose seeds diverged, and says so', () => {
    const runs = [
      recordWithLosses([4, 2, 1], { optimizer: { kind: 'sgd', learningRate: 0.1 } }),
      recordWithLosses([4], {
        optimizer: { kind: 'sgd', learningRate: 0.1 },
        seed: 1,
        outcome: diverged(20),
      }),
    ];
    const half = evaluationCurves(groupMethods(runs), 'loss')!;
    expect((half.spec as Any).data.values[0]).toMatchObject({
      median: [4, null, null],
      low: [4, 2, 1],
      high: [4, 2, 1],
    });
    expect(half.caption).toContain('1 run of these diverged');
  });

  it('shows problems over the steps, as distances from the minimum', () => {
    const spec = { data: { kind: 'rosenbrock' }, model: { kind: 'point' } };
    const run = recordWithLosses([4, 2], { optimizer: { kind: 'sgd', learningRate: 0.1 }, spec });
    const problem = evaluationCurves(groupMethods([run]), 'loss')!;
    expect(problem.title).toBe('Distance from the minimum');
    expect((problem.spec as Any).title.text).toBe('distance from the minimum by step');
    expect((problem.spec as Any).data.values.map((row: Any) => row.x)).toEqual([[0, 140]]);
  });

  it('keeps zero and infinite losses off the logarithmic axis', () => {
    const poisoned = evaluationCurves(groupMethods(seeds('sgd', [[4, Infinity, 0, 1]])), 'loss')!;
    const [row] = (poisoned.spec as Any).data.values;
    const { domain } = (poisoned.spec as Any).spec.layer.at(-1).encoding.y.scale;
    expect(row.median).toEqual([4, null, domain[0], 1]);
    expect(domain[0]).toBeGreaterThan(0.9);
    expect(domain[1]).toBeLessThan(4.5);
  });
});

describe('stepCurves', () => {
  it('has the medians of the buckets and their true extremes', () => {
    const records = [0, 1].map((seed) =>
      syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed }),
    );
    const figure = stepCurves(groupMethods(records), {
      channel: 'loss',
      title: 'Loss',
      what: 'Loss of each batch',
      quantity: 'loss',
    })!;
    const [{ x, median, low, high }] = (figure.spec as Any).data.values;
    const [a, b] = records.map((record) => record.series.steps.channels.loss);
    expect(x).toEqual(records[0].series.steps.step);
    expect(median).toEqual(a.median.map((value, i) => (value + b.median[i]) / 2));
    expect(low).toEqual(a.min.map((value, i) => Math.min(value, b.min[i])));
    expect(high).toEqual(a.max.map((value, i) => Math.max(value, b.max[i])));
    expect(figure.caption).toBe(
      'Loss of each batch, each method at its best learning rate. Line: median over the seeds of the median in a bucket ' +
        'of steps; band: the smallest to the largest single step in the bucket, over all seeds (2 seeds each).',
    );
  });

  it('is left out where no run has the channel', () => {
    expect(
      stepCurves(groupMethods(quickstartLike(1)), {
        channel: 'updateRatio',
        title: 'a',
        what: 'b',
        quantity: 'c',
      }),
    ).toBeNull();
  });
});
