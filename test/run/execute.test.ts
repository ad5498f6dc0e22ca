import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { checkSpec, dataKey, execute, loadData, type Resources } from '../../src/run/execute.ts';
import type { RunResult } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const data = { kind: 'synthGlyphs', level: 'easy', train: 200, validation: 50, test: 50 } as const;
const base: RunSpecInput = {
  data,
  model: { kind: 'mlp', hidden: [16] },
  optimizer: { kind: 'momentum', learningRate: 0.05 },
  epochs: 3,
  seed: 1,
};

let dataset: Dataset;
let resources: Resources;
beforeAll(async () => {
  const spec = parseSpec(base);
  dataset = await loadData(spec.data, {});
  resources = { datasets: { [dataKey(spec.data)]: dataset }, modules: {} };
});

const run = (changes: Partial<RunSpecInput> = {}): Promise<RunResult> =>
  execute(parseSpec({ ...base, ...changes }), resources);

describe('a run', () => {
  it('is the same bytes every time', async () => {
    expect(JSON.stringify(await run())).toBe(JSON.stringify(await run()));
  });

  it('counts its steps, the partial batch at the end of each epoch included, and evaluates where it should', async () => {
    const { steps, series, outcome } = await run({ evaluations: { perEpoch: 2 } });
    expect(outcome).toEqual({ kind: 'completed' });
    expect(steps).toBe(3 * 7); // 200 images in batches of 32: six whole ones and one of 8
    expect(series.evaluations.step).toEqual([0, 4, 7, 11, 14, 18, 21]);
    expect(series.evaluations.epoch.at(-1)).toBe(3);
    expect(series.steps.step).toHaveLength(21);
  });

  it('learns: the loss of all three splits falls', async () => {
    const { train, validation, test } = (await run({ epochs: 10 })).series.evaluations;
    for (const split of [train, validation, test])
      expect(split.loss.at(-1)).toBeLessThan(0.8 * split.loss[0]);
    expect(train.error.at(-1)).toBeLessThan(0.2);
  });

  it('without a step evaluates the initial network, the same for every method', async () => {
    const a = await run({ epochs: 0 });
    const b = await run({ epochs: 0, optimizer: { kind: 'adam' } });
    expect(a.steps).toBe(0);
    expect(a.series.evaluations).toEqual(b.series.evaluations);
    expect(Math.abs(a.series.evaluations.validation.loss[0] - Math.log(10))).toBeLessThan(0.3);
  });

  it('depends on the seed', async () => {
    expect((await run({ seed: 2 })).digest).not.toBe((await run()).digest);
  });

  it('is not changed by being watched: the same digest with every probe at every step and with none', async () => {
    const model = { kind: 'missionCnn', norm: { kind: 'batch' }, activation: { kind: 'prelu' } } as const;
    const kinds = ['gradientNorm', 'update', 'deadUnits', 'slopes', 'batchNormDrift'] as const;
    const watched = await run({ model, epochs: 1, probes: kinds.map((kind) => ({ kind, every: 1 })) });
    const alone = await run({ model, epochs: 1, probes: [] });
    expect(watched.digest).toBe(alone.digest);
    expect(Object.keys(watched.series.steps.channels).length).toBeGreaterThan(15);
    expect(Object.keys(alone.series.steps.channels)).toEqual(['loss', 'learningRate']);
  });

  it('gives nearly the same losses in float32 and in float64', async () => {
    const wasm = (await run()).series.evaluations.validation.loss;
    const reference = (await run({ engine: 'reference' })).series.evaluations.validation.loss;
    // 21 steps: the rounding of float32 (6e-8) is amplified by training, but far less than a thousand times
    wasm.forEach((loss, i) => {
      expect(Math.abs(loss - reference[i])).toBeLessThan(1e-4);
    });
    expect(wasm).not.toEqual(reference);
  });
});

describe('divergence', () => {
  it('is a result with the step and the reason, and the record ends before the bad update', async () => {
    const result = await run({ optimizer: { kind: 'sgd', learningRate: 1e4 } });
    expect(result.outcome).toMatchObject({ kind: 'diverged' });
    const { step, reason } = result.outcome as { step: number; reason: string };
    expect(reason).toMatch(
      /^the training loss \d.* is above the bound of 10000$|^the training loss is (NaN|Infinity)$/,
    );
    expect(result.steps).toBe(step - 1);
    expect(result.series.steps.step.at(-1)).toBe(step);
  });

  it('is seen by the evaluation if it is the last update that blows up', async () => {
    // one step; its loss comes before the update and is fine
    const once = { epochs: 1, batchSize: 200 };
    const result = await run({ ...once, optimizer: { kind: 'sgd', learningRate: 1e6 } });
    const loss = result.series.evaluations.train.loss[1];
    expect(result.outcome).toEqual({
      kind: 'diverged',
      step: 1,
      reason: `the training loss of the evaluation after step 1 is ${loss}, above the bound of 10000`,
    });
    expect(result.steps).toBe(1);
    expect(loss).toBeGreaterThan(1e4);
    const beyond = await run({ ...once, optimizer: { kind: 'sgd', learningRate: 1e38 } });
    expect(beyond.outcome).toMatchObject({
      kind: 'diverged',
      step: 1,
      reason: expect.stringMatching(/^the training loss of the evaluation after step 1 is (NaN|Infinity)$/),
    });
  });

  it('ends a run between two steps as well, with the evaluations up to there', async () => {
    const result = await run({
      optimizer: { kind: 'sgd', learningRate: 3e5 },
      batchSize: 100,
      evaluations: { perEpoch: 2 },
    });
    expect(result.outcome).toMatchObject({ kind: 'diverged', step: 1 });
    expect(result.series.evaluations.step).toEqual([0, 1]);
  });

  it('records the learning rate and the norms of the gradient at the step that diverged', async () => {
    const { series, steps } = await run({
      divergence: { lossAbove: 1e-3 },
      probes: [{ kind: 'gradientNorm' }, { kind: 'update' }],
    });
    const { gradNorm, learningRate, updateNorm, ...others } = series.steps.channels;
    expect(steps).toBe(0);
    expect(learningRate.max).toEqual([0.05]);
    expect(gradNorm.max[0]).toBeGreaterThan(0);
    expect(others['gradNorm/dense1.weight'].max[0]).toBeGreaterThan(0);
    expect(updateNorm.max).toEqual([Number.NaN]); // no update was made
  });

  it('is not what a learning rate is that is no number: that is a mistake', async () => {
    const spec = {
      ...parseSpec(base),
      optimizer: { ...parseSpec(base).optimizer, learningRate: Number.NaN },
    };
    await expect(execute(spec, resources)).rejects.toThrow(
      'invalid learning rate: got NaN at step 1 of 21, expected a finite number',
    );
  });

  it('keeps to the bound of the spec', async () => {
    const result = await run({ divergence: { lossAbove: 1e-3 } });
    expect(result.outcome).toMatchObject({ kind: 'diverged', step: 1 });
    expect(result.steps).toBe(0);
  });
});

describe('the parts of an optimizer', () => {
  it('clipping limits the update and reports what it did', async () => {
    const { channels } = (
      await run({
        optimizer: { kind: 'sgd', learningRate: 1 },
        clip: { kind: 'globalNorm', maxNorm: 0.01 },
      })
    ).series.steps;
    expect(channels['clip.acted'].min.every((acted) => acted === 1)).toBe(true);
    expect(Math.max(...channels.updateNorm.max)).toBeLessThan(0.01 * (1 + 1e-6));
    channels['clip.normBefore'].median.forEach((norm, i) => {
      expect(Math.abs(norm - channels.gradNorm.median[i])).toBeLessThan(1e-6 * norm);
    });
  });

  it('a schedule sets the learning rate of every step', async () => {
    const { channels } = (await run({ schedule: { kind: 'stepDecay', stepSize: 7, gamma: 0.5 } })).series
      .steps;
    expect(channels.learningRate.median).toEqual([
      ...Array.from({ length: 7 }, () => 0.05),
      ...Array.from({ length: 7 }, () => 0.025),
      ...Array.from({ length: 7 }, () => 0.0125),
    ]);
  });

  it('the dynamic schedule reacts to the validation metric', async () => {
    // no evaluation can improve by ten: after the first the rate halves at every evaluation
    const { channels } = (
      await run({
        schedule: { kind: 'plateau', factor: 0.5, patience: 0, threshold: 10, thresholdMode: 'abs' },
      })
    ).series.steps;
    expect([0, 7, 14].map((i) => channels.learningRate.median[i])).toEqual([0.05, 0.05, 0.025]);
  });

  it('decoupled decay shrinks the weights and leaves the biases alone', async () => {
    const decay = { kind: 'decoupled', rate: 0.5 } as const;
    // with the weights held, only biases move
    const rates = { weight: 0 };
    const held = await run({ rates, weightDecay: decay });
    expect(held.digest).toBe((await run({ rates })).digest);
    const all = await run({ rates, weightDecay: { ...decay, on: 'all' } });
    expect(all.digest).not.toBe(held.digest);
    const decayed = await run({ weightDecay: decay });
    expect(decayed.series.steps.channels.weightNorm.median.at(-1)).toBeLessThan(
      (await run()).series.steps.channels.weightNorm.median.at(-1) as number,
    );
  });

  it('a modifier changes the direction, a rate of 0 freezes what it names', async () => {
    const plain = await run();
    expect((await run({ modifiers: [{ kind: 'cautious' }] })).digest).not.toBe(plain.digest);
    expect((await run({ modifiers: [{ kind: 'centralize' }] })).digest).not.toBe(plain.digest);
    const frozen = await run({ rates: { weight: 0, bias: 0 } });
    const { loss } = frozen.series.evaluations.validation;
    expect(loss).toEqual(loss.map(() => loss[0]));
    expect((await run({ rates: { dense1: 0.5 } })).digest).not.toBe(plain.digest);
  });

  it('an average is evaluated in the place of the iterates, which train as without it', async () => {
    const [plain, averaged] = [await run(), await run({ averaging: { kind: 'ema', decay: 0.9 } })];
    expect(averaged.series.steps).toEqual(plain.series.steps);
    expect(averaged.series.evaluations.validation.loss.slice(1)).not.toEqual(
      plain.series.evaluations.validation.loss.slice(1),
    );
  });

  it('refuses two decays of the same weights', async () => {
    await expect(
      run({ optimizer: { kind: 'adamw' }, weightDecay: { kind: 'decoupled', rate: 0.1 } }),
    ).rejects.toThrow('invalid weightDecay: adamw already decays the weights by 0.01');
  });
});

describe('the axes of a model', () => {
  it.each([
    ['activation', { kind: 'leakyRelu' }],
    ['activation', { kind: 'prelu' }],
    ['activation', { kind: 'tanh' }],
    ['activation', { kind: 'sigmoid' }],
    ['activation', { kind: 'identity' }],
    ['norm', { kind: 'batch' }],
    ['init', { kind: 'heNormal' }],
    ['init', { kind: 'glorotUniform' }],
    ['init', { kind: 'keras' }],
    ['dropout', 0.5],
  ])('%s %j changes the run and trains', async (axis, value) => {
    const changed = await run({
      model: { kind: 'mlp', hidden: [16], [axis]: value } as RunSpecInput['model'],
    });
    expect(changed.outcome).toEqual({ kind: 'completed' });
    expect(changed.digest).not.toBe((await run()).digest);
    expect(changed.series.evaluations.train.loss.at(-1)).toBeLessThan(
      changed.series.evaluations.train.loss[0],
    );
  });

  it('records the slopes of PReLU, the dead units of ReLU and the drift of batch norm', async () => {
    const prelu = await run({
      model: { kind: 'mlp', hidden: [16], activation: { kind: 'prelu' }, norm: { kind: 'batch' } },
    });
    const { channels } = prelu.series.steps;
    expect(channels['slope/prelu1.slope'].median[0]).toBe(0.25);
    expect(channels['slope/prelu1.slope'].median.at(-1)).not.toBe(0.25);
    // at step 1 the running mean is a tenth of the batch mean
    expect(channels['batchNormDrift/batchNorm1'].median[0]).toBeGreaterThan(0);
    const relu = await run();
    const dead = relu.series.steps.channels['deadUnits/relu1'].median.filter((x) => !Number.isNaN(x));
    for (const fraction of dead) expect((fraction * 16) % 1).toBe(0);
    expect(dead).toHaveLength(2); // steps 1 and 21
  });
});

it('refuses a batch that is larger than the training data', async () => {
  await expect(run({ batchSize: 201 })).rejects.toThrow(
    'invalid batchSize: got 201, expected at most the 200 training images',
  );
});

it('refuses a run that needs more memory than an engine has, without asking the machine for it', () => {
  const model = { kind: 'mlp', hidden: [1e9] } as const;
  expect(() => checkSpec(parseSpec({ ...base, model }), dataset)).toThrow(
    /^too much memory: .* ask for at least 1\d{12} bytes, expected at most 2147483648 \(2 GiB\)/,
  );
});

it('counts the state of the optimizer into the memory', () => {
  // 256 * 8000 + 8000^2 + 8000 * 10 weights in float32, parameters, gradients, evaluation and updates with them
  const model = { kind: 'mlp', hidden: [8000, 8000] } as const;
  const check = (kind: 'sgd' | 'adam') => () =>
    checkSpec(
      parseSpec({ ...base, model, optimizer: { kind, learningRate: 0.1 }, engine: 'reference' }),
      dataset,
    );
  expect(check('sgd')).not.toThrow();
  expect(check('adam')).toThrow('too much memory');
});

it("takes at most 24 MB for a run of the mission's network in batches of 32", () => {
  const images = { ...dataset, shape: { H: 28, W: 28, C: 1 } };
  const bytes = (kind: 'sgd' | 'adam') =>
    checkSpec(
      parseSpec({ ...base, model: { kind: 'missionCnn' }, optimizer: { kind, learningRate: 0.1 } }),
      images,
    );
  expect(bytes('adam')).toBeLessThan(24e6);
  // room for the largest activation is there for those who read it, parameters, gradients and updates once
  expect(bytes('sgd')).toBeGreaterThan(4 * (32 * 26 * 26 * 32 + 3 * 225_040));
  // 225,034 parameters and 6 of padding; Adam keeps two numbers for each
  expect(bytes('adam') - bytes('sgd')).toBe(2 * 4 * 225_040);
});
