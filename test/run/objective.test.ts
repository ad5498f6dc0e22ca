import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { dataKey, execute, loadData, type Resources } from '../../src/run/execute.ts';
import type { RunResult } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const data = { kind: 'synthGlyphs', level: 'easy', train: 200, validation: 50, test: 50 } as const;
const base: RunSpecInput = {
  data,
  model: { kind: 'mlp', hidden: [16] },
  optimizer: { kind: 'sam', learningRate: 0.05 },
  epochs: 2,
  seed: 1,
};
const normed = { kind: 'mlp' as const, hidden: [16], norm: { kind: 'batch' as const } };
const STEPS = 14; // two epochs of 200 images in batches of 32

let dataset: Dataset;
let resources: Resources;
beforeAll(async () => {
  const spec = parseSpec(base);
  dataset = await loadData(spec.data, {});
  resources = { datasets: { [dataKey(spec.data)]: dataset }, modules: {} };
});

const run = (changes: Partial<RunSpecInput> = {}): Promise<RunResult> =>
  execute(parseSpec({ ...base, ...changes }), resources);

describe('methods that ask for more than a gradient', () => {
  it.each([
    ['a method that does not', { kind: 'adam' }, STEPS],
    ['sam', { kind: 'sam', learningRate: 0.05 }, 2 * STEPS],
    ['adahessian', { kind: 'adahessian', learningRate: 0.05 }, 3 * STEPS],
    // estimates in the steps 1 and 11: one gradient of drawn labels, or a difference of two
    ['sophiaG', { kind: 'sophiaG', learningRate: 0.01 }, STEPS + 2],
    ['sophiaH', { kind: 'sophiaH', learningRate: 0.01 }, STEPS + 4],
  ] as const)(
    '%s: its gradient evaluations are counted, and it trains',
    async (_name, optimizer, expected) => {
      const { gradientEvaluations, outcome, series } = await run({ optimizer });
      expect(outcome).toEqual({ kind: 'completed' });
      expect(gradientEvaluations).toBe(expected);
      const { loss } = series.evaluations.train;
      expect(loss.at(-1)).toBeLessThan(loss[0]);
    },
  );

  it('lbfgs: counts the evaluations of a line search, on the whole data', async () => {
    const { gradientEvaluations, outcome, series, steps } = await run({
      optimizer: { kind: 'lbfgs', maxIter: 3, maxEval: 20, historySize: 5, lineSearch: 'strongWolfe' },
      batchSize: 200,
    });
    expect(outcome).toEqual({ kind: 'completed' });
    expect(steps).toBe(2);
    expect(gradientEvaluations).toBeGreaterThanOrEqual(2 * (1 + 3));
    expect(gradientEvaluations).toBeLessThan(2 * (1 + 3 * 10));
    const { loss } = series.evaluations.train;
    expect(loss.at(-1)).toBeLessThan(0.9 * loss[0]);
  });

  it('sam without a radius is its base, to the last bit, with dropout and batch norm', async () => {
    const model = { ...normed, dropout: 0.3 };
    const plain = await run({ model, optimizer: { kind: 'momentum', learningRate: 0.05 } });
    const sharp = await run({ model, optimizer: { kind: 'sam', learningRate: 0.05, rho: 0 } });
    const { evaluations } = plain.series;
    const twice = (values: readonly number[]) => values.map((value) => 2 * value);
    expect(sharp.series.evaluations).toEqual({
      ...evaluations,
      gradientEvaluations: twice(evaluations.gradientEvaluations),
      flops: twice(evaluations.flops),
    });
    expect(sharp.series.steps.channels.loss).toEqual(plain.series.steps.channels.loss);
  });

  it('sam applies clip and coupled decay of its base to the second gradient', async () => {
    const clipped = await run({ clip: { kind: 'globalNorm', maxNorm: 0.01 } });
    const { channels } = clipped.series.steps;
    expect(channels['clip.acted'].min.every((acted) => acted === 1)).toBe(true);
    // ten times the clipped norm is what momentum 0.9 can sum up to
    expect(Math.max(...channels.updateNorm.max)).toBeLessThan(0.05 * 0.01 * 10);
  });

  it('is not changed by being watched, and probes see the step itself, not the extra passes', async () => {
    const kinds = ['gradientNorm', 'update', 'deadUnits', 'batchNormDrift'] as const;
    const watched = await run({ model: normed, probes: kinds.map((kind) => ({ kind, every: 1 })) });
    const alone = await run({ model: normed, probes: [] });
    expect(watched.digest).toBe(alone.digest);
    expect(watched.gradientEvaluations).toBe(alone.gradientEvaluations);
    const plain = await run({
      model: normed,
      optimizer: { kind: 'momentum', learningRate: 0.05 },
      probes: kinds.map((kind) => ({ kind, every: 1 })),
    });
    // the first step's pass is the same for both
    for (const channel of ['deadUnits/relu1', 'batchNormDrift/batchNorm1', 'gradNorm'])
      expect(watched.series.steps.channels[channel].median[0]).toBe(
        plain.series.steps.channels[channel].median[0],
      );
  });
});

describe('evaluation parameters', () => {
  const averaged = { kind: 'scheduleFreeSgd', learningRate: 0.5, momentum: 0.9 } as const;

  it('leave the training alone: the same digest however often it is evaluated, and with any statistics', async () => {
    const digests = await Promise.all(
      [
        { perEpoch: 1 },
        { perEpoch: 5 },
        { perEpoch: 3, batchNorm: 'running' },
        { perEpoch: 3, batchNorm: 'batch' },
      ].map(
        async (evaluations) =>
          (
            await run({
              model: normed,
              optimizer: averaged,
              evaluations: evaluations as RunSpecInput['evaluations'],
            })
          ).digest,
      ),
    );
    expect(new Set(digests).size).toBe(1);
  });

  it('have other statistics than the running ones, which misstate their loss', async () => {
    const lossWith = async (batchNorm: 'auto' | 'running' | 'recalibrated' | 'batch') => {
      const result = await run({
        model: normed,
        optimizer: { ...averaged, learningRate: 3 },
        epochs: 1,
        evaluations: { batchNorm },
      });
      return result.series.evaluations.train.loss.at(-1) as number;
    };
    const recalibrated = await lossWith('recalibrated');
    const batch = await lossWith('batch');
    expect(await lossWith('auto')).toBe(recalibrated);
    // both normalise with the statistics of the averaged network: of one batch of 32, or of the only whole one of the split
    expect(Math.abs(recalibrated - batch)).toBeLessThan(0.03 * batch);
    // those of seven steps of another network make it look a third better than it is
    expect(await lossWith('running')).toBeLessThan(0.75 * batch);
  });

  it('without them, auto means the running statistics', async () => {
    const scores = async (batchNorm: 'auto' | 'running') =>
      (await run({ model: normed, evaluations: { batchNorm } })).series.evaluations;
    expect(await scores('auto')).toEqual(await scores('running'));
  });

  it('are the parameters themselves before the first step', async () => {
    const a = await run({ optimizer: averaged, epochs: 0 });
    const b = await run({ optimizer: { kind: 'adam' }, epochs: 0 });
    expect(a.series.evaluations.validation.loss).toEqual(b.series.evaluations.validation.loss);
  });
});

describe('a loss or a gradient that is not finite', () => {
  // a step this large overflows the logits
  const wild = {
    optimizer: { kind: 'sgd', learningRate: 1e30 },
    divergence: { lossAbove: 1e300 },
    model: normed,
  } as const;

  it('ends the run', async () => {
    const result = await run(wild);
    expect(result.outcome).toMatchObject({ kind: 'diverged' });
    expect(Object.keys(result.series.steps.channels)).not.toContain('nonFinite');
  });

  it.each(['skip', 'zero'] as const)('or, with %s, goes on and is counted', async (nonFinite) => {
    const result = await run({ ...wild, nonFinite });
    // to the last step; there is none that could mend what the last evaluation finds
    expect(result.outcome).toMatchObject({
      kind: 'diverged',
      step: STEPS,
      reason: expect.stringMatching(
        `^the training loss of the evaluation after step ${STEPS} is (NaN|Infinity)$`,
      ),
    });
    expect(result.steps).toBe(STEPS);
    expect(Math.max(...result.series.steps.channels.nonFinite.max)).toBeGreaterThan(0);
  });

  it('changes nothing where everything is finite', async () => {
    expect((await run({ nonFinite: 'skip' })).digest).toBe((await run()).digest);
    expect((await run({ nonFinite: 'zero' })).digest).toBe((await run()).digest);
  });
});
