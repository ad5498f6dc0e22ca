import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { type Batcher, epochOrder } from '../../src/data/batches.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { dense } from '../../src/nn/dense.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import { type Loss, softmaxCrossEntropy } from '../../src/nn/loss.ts';
import { openNetwork, planNetwork } from '../../src/nn/network.ts';
import { assembleOptimizer } from '../../src/optim/assemble.ts';
import { ema } from '../../src/optim/averaging.ts';
import { sgd } from '../../src/optim/sgd.ts';
import { allocateEvaluation, scoreOf } from '../../src/train/evaluate.ts';
import type { ProbeFactory } from '../../src/train/probe.ts';
import { type RateSource, type Training, type TrainingResult, train } from '../../src/train/train.ts';

const IMAGES = 10;
const BATCH = 4;

/** Images (a, b) whose numbers depend on the split and the place, labels by place; keeps which were asked for. */
function split(shift: number, count: number): Batcher & { readonly seen: number[] } {
  const seen: number[] = [];
  return {
    count,
    seen,
    fill(input, labels, indices, from, N) {
      for (let n = 0; n < N; n++) {
        const i = indices[from + n];
        seen.push(i);
        input[2 * n] = shift + i / 5;
        input[2 * n + 1] = 1 - i * shift;
        labels[n] = (i + Math.round(shift)) % 2;
      }
    },
  };
}

interface Options {
  readonly epochs?: number;
  readonly rate?: RateSource;
  readonly loss?: Loss;
  readonly averaged?: boolean;
  readonly perEpoch?: number;
  readonly probes?: readonly ProbeFactory[];
  readonly overrides?: Partial<Training>;
}

function trained(options: Options = {}) {
  const { epochs = 3, loss = softmaxCrossEntropy(), averaged = false, perEpoch = 1 } = options;
  const plan = planNetwork({
    layers: [dense({ units: 2 })],
    inShape: { H: 1, W: 1, C: 2 },
    classes: 2,
    batchSize: BATCH,
    loss,
  });
  const plain = assembleOptimizer({ direction: sgd() });
  const optimizer = averaged ? ema(plain, { decay: 0.9 }) : plain;
  const { network, kernels, extra } = openNetwork(plan, referenceEngine, (layout, allocator) => ({
    optimizerState: optimizer.init(layout, allocator),
    updates: allocator.floats(layout.length),
    lanes: allocator.ints(32),
    evaluationMemory: allocateEvaluation(plan, allocator, averaged),
  }));
  network.initialize(pytorchDefault(), stream(0, 'init'));
  const splits = { train: split(0.3, 5), validation: split(1, 6), test: split(-0.7, 7) };
  const data = split(0.3, IMAGES);
  const initial = Object.values(splits).map((batcher) => scoreOf(network, batcher));
  const result: TrainingResult = train({
    network,
    kernels,
    optimizer: optimizer as Training['optimizer'],
    ...extra,
    objectiveMemory: null,
    rate: options.rate ?? { schedule: () => 0.5 },
    train: data,
    evaluations: { perEpoch, ...splits, statistics: 'running' },
    interventions: [],
    probes: (options.probes ?? []).map((make) => make(network)),
    batchSizes: Array.from({ length: epochs }, () => BATCH),
    lossAbove: 1e4,
    nonFinite: 'end',
    order: stream(7, 'order'),
    dropout: stream(7, 'dropout'),
    noise: stream(7, 'optimizer'),
    ...options.overrides,
  });
  const final = Object.values(splits).map((batcher) => scoreOf(network, batcher));
  return { network, result, data, splits, initial, final };
}

describe('training', () => {
  it('takes the data in another order in each epoch, that of the order stream', () => {
    const { data } = trained();
    const expected = [0, 1, 2].map((epoch) => [
      ...epochOrder(stream(7, 'order'), epoch, new Int32Array(IMAGES)),
    ]);
    expect(data.seen).toEqual(expected.flat());
    expect(new Set(expected.map(String)).size).toBe(3);
  });

  it('ends before the update at a gradient that is not finite, under a loss that is', () => {
    const loss: Loss = {
      ...softmaxCrossEntropy(),
      train(_kernels, _N, _K, { dlogits }) {
        dlogits.fill(0.1);
        dlogits[1] = Number.NaN;
        return 1;
      },
    };
    const { result, network } = trained({ loss });
    expect(result.ending).toEqual({
      kind: 'diverged',
      step: 1,
      reason: 'the norm of the gradient is NaN',
    });
    expect(result.steps).toBe(0);
    expect([...network.params].every(Number.isFinite)).toBe(true);
  });

  it('ends at a loss above its bound, and not at one below', () => {
    const first = trained().result.series.steps.channels.loss.median[0];
    const bounded = (lossAbove: number) => trained({ overrides: { lossAbove } }).result;
    expect(bounded(first * 0.999).ending).toMatchObject({ kind: 'diverged', step: 1 });
    expect(bounded(100).ending).toEqual({ kind: 'completed' });
  });

  it.each(['loss', 'error'] as const)(
    'tells the controller of the rate the %s on the validation data',
    (metric) => {
      const reported: number[] = [];
      const controller = {
        value: () => 0.5,
        report: (value: number) => void reported.push(value),
        save: () => ({}),
        restore: () => {},
      };
      const { result } = trained({ rate: { controller, metric } });
      const { validation } = result.series.evaluations;
      // not of the initial network
      expect(reported).toEqual(validation[metric].slice(1));
      expect(validation.loss.slice(1)).not.toEqual(validation.error.slice(1));
    },
  );

  it('steps with the rate of the schedule at the step, counted from 0', () => {
    const asked: number[][] = [];
    const schedule = (step: number, horizon: number) => {
      asked.push([step, horizon]);
      return step / 10;
    };
    const { channels } = trained({ rate: { schedule }, epochs: 1 }).result.series.steps;
    expect(asked).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    expect(channels.learningRate.median).toEqual([0, 0.1, 0.2]);
  });
});

describe('evaluations', () => {
  it('score each split on its own data', () => {
    const { result, initial, final } = trained();
    const { train, validation, test } = result.series.evaluations;
    [train, validation, test].forEach((series, i) => {
      expect([series.loss[0], series.error[0]]).toEqual([initial[i].loss, initial[i].error]);
      expect([series.loss.at(-1), series.error.at(-1)]).toEqual([final[i].loss, final[i].error]);
    });
    expect(new Set(initial.map(({ loss }) => loss)).size).toBe(3);
    expect(new Set(final.map(({ loss }) => loss)).size).toBe(3);
  });

  it('look at every image of a split once, in the order of the data', () => {
    const { splits } = trained({ epochs: 0 });
    for (const { seen, count } of Object.values(splits)) {
      const once = Array.from({ length: count }, (_, i) => i);
      // by the run, and by this test before and behind it
      expect(seen).toEqual([...once, ...once, ...once]);
    }
  });

  it('are the mean loss and the share of the wrong images, by hand', () => {
    const { network, initial } = trained({ epochs: 0 });
    const [weight, bias] = network.layout.slots.map(({ offset, length }) =>
      network.params.subarray(offset, offset + length),
    );
    const count = 6;
    let loss = 0;
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const x = [1 + i / 5, 1 - i];
      const logits = [0, 1].map((k) => weight[2 * k] * x[0] + weight[2 * k + 1] * x[1] + bias[k]);
      const label = (i + 1) % 2;
      loss += Math.log(Math.exp(logits[0]) + Math.exp(logits[1])) - logits[label];
      if (logits[label] < logits[1 - label]) wrong++;
    }
    expect(initial[1].loss).toBeCloseTo(loss / count, 13);
    expect(initial[1].error).toBeCloseTo(wrong / count, 13);
  });

  it('are made of the average where there is one, and the iterates go on', () => {
    const [plain, averaged] = [trained(), trained({ averaged: true })];
    expect([...averaged.network.params]).toEqual([...plain.network.params]);
    const last = ({ result }: ReturnType<typeof trained>) => result.series.evaluations.validation.loss.at(-1);
    expect(last(plain)).toBe(plain.final[1].loss);
    expect(last(averaged)).not.toBe(averaged.final[1].loss);
  });

  it('are spread over the epoch', () => {
    const { step, epoch } = trained({ epochs: 2, perEpoch: 3 }).result.series.evaluations;
    expect(step).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(epoch[1]).toBeCloseTo(1 / 3, 14);
    expect(epoch.at(-1)).toBe(2);
  });
});
