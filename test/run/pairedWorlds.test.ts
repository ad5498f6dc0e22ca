import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/run/catalog.ts';
import { dataKey, execute, loadData } from '../../src/run/execute.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { run, tiny } from './resumedRuns.ts';

const kinds = Object.entries(catalog.optimizers)
  .filter(([kind]) => kind !== 'module')
  .flatMap(([kind, { dialects }]) => [kind, ...Object.keys(dialects).map((dialect) => `${kind}@${dialect}`)]);

const short: RunSpecInput = {
  ...tiny,
  model: { kind: 'plainNet', depth: 2, filters: 3, norm: { kind: 'batch' } },
  epochs: 2,
  probes: [],
};
const withKind = (kind: string): RunSpecInput => ({
  ...short,
  optimizer: { kind, learningRate: 0.01 } as RunSpecInput['optimizer'],
});

/** The seed's world: the first parameters, and the order of the data (and masks), seen by parameters that are held. */
async function worldOf(changes: Partial<RunSpecInput>) {
  const rates = Object.fromEntries(['weight', 'bias', 'gamma', 'beta'].map((role) => [role, 0]));
  const { series } = await run({
    ...short,
    evaluations: { batchNorm: 'running' },
    rates,
    epochs: 3,
    ...changes,
  });
  const { step, train, validation, test } = series.evaluations;
  const start = [train, validation, test].map(({ loss, error }) => [loss[0], error[0]]);
  expect(step[0]).toBe(0);
  return { start, losses: series.steps.channels.loss };
}

describe('runs of one seed live in the same world', () => {
  const worlds = [1, 2].map((seed) => worldOf({ seed }));

  it('another seed is another world, and every batch of an epoch has another loss', async () => {
    const [one, two] = await Promise.all(worlds);
    expect(two.start).not.toEqual(one.start);
    expect(two.losses).not.toEqual(one.losses);
    expect(new Set(one.losses.median).size).toBe(24);
  });

  it.each(kinds)(
    '%s starts from the same parameters and sees the same images in the same order',
    async (kind) => {
      const { optimizer } = withKind(kind);
      expect(await worldOf({ optimizer, seed: 1 })).toEqual(await worlds[0]);
    },
  );

  it('and drops the same units, however many gradients the method takes of a batch', async () => {
    const model: RunSpecInput['model'] = { kind: 'mlp', hidden: [5], dropout: 0.3 };
    const world = await worldOf({ model });
    expect(await worldOf({ model, optimizer: { kind: 'sam', learningRate: 0.01 } })).toEqual(world);
    expect(await worldOf({ model: { ...model, dropout: 0 } })).not.toEqual(world);
  });
});

describe('validation and test labels', () => {
  const relabelled = async (input: RunSpecInput, split: 'train' | 'validation' | 'test') => {
    const spec = parseSpec(input);
    const dataset = await loadData(spec.data, {});
    const labels = new Uint8Array(new SharedArrayBuffer(dataset[split].count));
    labels.set(dataset[split].labels.map((label) => (label * 7 + 3) % 10));
    const changed = { ...dataset, [split]: { ...dataset[split], labels } };
    return execute(spec, { datasets: { [dataKey(spec.data)]: changed }, modules: {} });
  };

  it.each(kinds)('do not reach the training of %s', async (kind) => {
    const input = withKind(kind);
    const plain = await run(input);
    for (const split of ['validation', 'test'] as const) {
      const changed = await relabelled(input, split);
      expect(changed.series.evaluations[split].loss).not.toEqual(plain.series.evaluations[split].loss);
      expect(changed.digest).toBe(plain.digest);
      expect(changed.series.steps).toEqual(plain.series.steps);
    }
  });

  it.each<[string, Partial<RunSpecInput>]>([
    ['a schedule', { schedule: { kind: 'cosine' } }],
    ['an average and recalibrated statistics', { averaging: { kind: 'ema' } }],
    ['a policy for what is not finite', { nonFinite: 'zero' }],
  ])('do not reach training with %s', async (_name, changes) => {
    const input = { ...short, ...changes };
    const { digest } = await run(input);
    expect((await relabelled(input, 'validation')).digest).toBe(digest);
    expect((await relabelled(input, 'test')).digest).toBe(digest);
  });

  it('reach it where a plateau watches the validation loss, those of the test data never; training labels do', async () => {
    const schedule = { kind: 'plateau', patience: 0, threshold: 0, factor: 0.5 } as const;
    const input: RunSpecInput = {
      ...short,
      epochs: 6,
      schedule,
      optimizer: { kind: 'adam', learningRate: 0.05 },
    };
    const { digest } = await run(input);
    expect((await relabelled(input, 'validation')).digest).not.toBe(digest);
    expect((await relabelled(input, 'test')).digest).toBe(digest);
    expect((await relabelled(short, 'train')).digest).not.toBe((await run(short)).digest);
  });
});
