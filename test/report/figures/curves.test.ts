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

  it('has the median, the band and the seeds of every method on every split, over all that can be counted', () => {
    expect(data.values).toMatchObject(
      ['sgd', 'adam'].flatMap((method) =>
        ['train', 'validation'].map((split) => ({
          method,
          split,
          epoch: [0, 1],
          step: [0, 140],
          samples: [0, 4480],
          flops: [0, 1.4e8],
          ...(method === 'sgd'
            ? { median: [4, 3], low: [4, 2], high: [4, 8], 'seed 0': [4, 2], 'seed 2': [4, 8] }
            : { median: [4, 1.5], low: [4, 1], high: [4, 2], 'seed 0': [4, 1], 'seed 2': [4, 1.5] }),
        })),
      ),
    );
    expect(Object.keys(data.values[0])).not.toContain('gradientEvaluations'); // they are the steps
  });

  it('puts labels at the ends of the lines, apart from each other', () => {
    const close = seeds('sgd', [[4, 2]]).concat(seeds('adam', [[4, 2.001]]));
    const { values } = (evaluationCurves(groupMethods(close), 'loss')!.spec as Any).data;
    expect(values.map((row: Any) => row.end)).toEqual([140, 140, 140, 140]);
    const [sgd, , adam] = values;
    // 13 of 260 pixels of an axis from 0 to 4.16
    expect(sgd.linearLabel - adam.linearLabel).toBeCloseTo(-(13 / 260) * 4.16, 9);
    expect((sgd.linearLabel + adam.linearLabel) / 2).toBeCloseTo(2, 0);
    expect(adam.logLabel / sgd.logLabel).toBeGreaterThan(1.02);
  });

  it('counts what differs: gradient evaluations where a step takes several', () => {
    const run = recordWithLosses([4, 2], { optimizer: { kind: 'sam', learningRate: 0.1 } });
    const { evaluations } = run.series;
    const twice = {
      ...run,
      series: { ...run.series, evaluations: { ...evaluations, gradientEvaluations: [0, 280] } },
    };
    const figure = evaluationCurves(groupMethods([twice]), 'loss')!.spec as Any;
    expect(figure.data.values[0].gradientEvaluations).toEqual([0, 280]);
    const [time] = figure.usermeta.controls;
    expect(time.options.map(({ value }: Any) => value)).toEqual([
      'epoch',
      'step',
      'samples',
      'gradientEvaluations',
      'flops',
    ]);
  });

  it('keeps the extremes of long series that it reduces, and says that it does', () => {
    const losses = Array.from({ length: 400 }, (_, i) => (i === 237 ? 50 : i === 238 ? 0.001 : 1));
    const long = evaluationCurves(groupMethods(seeds('sgd', [losses, losses.map(() => 1)])), 'loss')!;
    const [row] = (long.spec as Any).data.values;
    expect(row.median).toHaveLength(100);
    expect([Math.min(...row.low), Math.max(...row.high)]).toEqual([0.001, 50]);
    expect(long.caption).toContain('of the median in a bucket of neighbouring evaluations');
  });

  it('says what it shows', () => {
    expect(figure.caption).toBe(
      'Loss on the training and the validation data in evaluation mode, each method at its best learning rate. ' +
        'Line: median over the seeds; band: smallest to largest value (3 seeds each). Colour: the family of the optimizer.',
    );
    expect(spec.layer.map((layer: Any) => layer.mark.type)).toEqual(['area', 'line', 'line', 'text']);
    expect(spec.layer[1].transform[0]).toEqual({ filter: 'seeds' });
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
    expect(panel.layer[0].data).toEqual({ name: 'curves' }); // all of them, in every panel
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
    expect((problem.spec as Any).title.text).toEqual({
      expr: '"distance from the minimum by " + timeNames[time]',
    });
    expect((problem.spec as Any).params[0]).toEqual({ name: 'time', value: 'step' });
    expect((problem.spec as Any).data.values.map((row: Any) => row.step)).toEqual([[0, 140]]);
  });

  it('leaves zero and infinite losses out of the range of the logarithmic axis', () => {
    const poisoned = evaluationCurves(groupMethods(seeds('sgd', [[4, Infinity, 0, 1]])), 'loss')!;
    const [row] = (poisoned.spec as Any).data.values;
    const { domain } = (poisoned.spec as Any).params.find(({ name }: Any) => name === 'valueAxes').value.log;
    expect(row.median).toEqual([4, null, 0, 1]);
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
    const [{ step, epoch, median, low, high }] = (figure.spec as Any).data.values;
    const [a, b] = records.map((record) => record.series.steps.channels.loss);
    expect(step).toEqual(records[0].series.steps.step);
    expect(epoch.at(-1)).toBe(5);
    expect(median).toEqual(a.median.map((value, i) => (value + b.median[i]) / 2));
    expect(low).toEqual(a.min.map((value, i) => Math.min(value, b.min[i])));
    expect(high).toEqual(a.max.map((value, i) => Math.max(value, b.max[i])));
    expect(figure.caption).toBe(
      'Loss of each batch, each method at its best learning rate. Line: median over the seeds of the median in a bucket ' +
        'of steps; band: the smallest to the largest single step in the bucket, over all seeds (2 seeds each).',
    );
  });

  it('keeps a spike of one step of one seed in the bands of both horizontal axes', () => {
    const records = Array.from({ length: 3 }, (_, seed) =>
      syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed }),
    );
    (records[1].series.steps.channels.loss.max as number[])[73] = 1234.5;
    (records[2].series.steps.channels.loss.min as number[])[9] = 1e-5;
    const spec = stepCurves(groupMethods(records), {
      channel: 'loss',
      title: 'Loss',
      what: 'Loss of each batch',
      quantity: 'loss',
    })!.spec as Any;
    const [linear, log] = spec.data.values;
    expect([linear.spacing, log.spacing]).toEqual(['linear', 'log']);
    expect([linear.step.length, log.step.length]).toEqual([100, 30]); // of 40 ratios the first ones share a bucket
    for (const { step, low, high } of [linear, log]) {
      const spike = high.indexOf(1234.5);
      expect(step[spike]).toBeGreaterThanOrEqual(74 * 7);
      expect(step[spike - 1]).toBeLessThan(74 * 7);
      expect(Math.min(...low)).toBe(1e-5);
    }
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
