import { expect, it } from 'vitest';
import { elementsOf } from '../../src/core/shape.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { fusedOptimizer } from '../../src/optim/fused.ts';
import { dataKey, execute, loadData } from '../../src/run/execute.ts';
import { createOptimizer } from '../../src/run/optimizer.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const base: RunSpecInput = {
  data: { kind: 'synthGlyphs', level: 'easy', train: 60, validation: 20, test: 20 },
  model: { kind: 'mlp', hidden: [13, 7], activation: { kind: 'prelu' }, norm: { kind: 'batch' } },
  optimizer: { kind: 'sgd', learningRate: 0.01 },
  schedule: { kind: 'cosine' },
  batchSize: 8,
  probes: [], // those of a spec without any read the updates at every step
  epochs: 2,
  seed: 3,
};

const runs: Record<string, Partial<RunSpecInput>> = {
  sgd: { weightDecay: { kind: 'coupled', rate: 0.01 } },
  momentum: { optimizer: { kind: 'momentum', learningRate: 0.02 }, clip: { kind: 'globalNorm', maxNorm: 1 } },
  nesterov: { optimizer: { kind: 'nesterov', learningRate: 0.02 } },
  adam: { optimizer: { kind: 'adam', learningRate: 0.01 } },
  adamw: { optimizer: { kind: 'adamw', learningRate: 0.01, weightDecay: 0.1 } },
  rmsprop: { optimizer: { kind: 'rmsprop', learningRate: 0.01 } },
  adagrad: { optimizer: { kind: 'adagrad', learningRate: 0.02, lrDecay: 0.01 } },
};

/** A run and whether its optimizer has a fused form; `poison` sees the data first. */
async function resultOf(input: RunSpecInput, fused: boolean, poison?: (dataset: Dataset) => Dataset) {
  const spec = parseSpec(input);
  expect(fusedOptimizer(createOptimizer(spec, {})) !== undefined).toBe(fused);
  const dataset = await loadData(spec.data, {});
  const datasets = { [dataKey(spec.data)]: poison?.(dataset) ?? dataset };
  const { outcome, digest, series } = await execute(spec, { datasets, modules: {} });
  expect(outcome).toEqual({ kind: 'completed' });
  return { digest, series };
}

/** A factor of 1 changes nothing, but keeps the chain. */
const asChain = { rates: { weight: 1 } };
/** At the steps where the updates are measured they are written; at the others the parameters are moved. */
const withUpdates: Partial<RunSpecInput> = { probes: [{ kind: 'update', every: 3 }] };

it.each(Object.entries(runs))(
  'a run of %s has one digest and one record, in one pass or as a chain',
  async (_name, part) => {
    const input = { ...base, ...part };
    const chain = await resultOf({ ...input, ...asChain }, false);
    expect(await resultOf(input, true)).toEqual(chain);
    const measured = await resultOf({ ...input, ...withUpdates, ...asChain }, false);
    expect(await resultOf({ ...input, ...withUpdates }, true)).toEqual(measured);
    expect(measured.digest).toBe(chain.digest);
    expect(Object.keys(measured.series.steps.channels)).toContain('updateNorm');
  },
);

it.each([
  ['no probes', {}],
  ['the updates measured', withUpdates],
])('a bad step is skipped in one pass as in a chain, with %s', async (_with, part) => {
  // NaN in one image, beyond those that the training loss of an evaluation is computed from
  const poison = (dataset: Dataset): Dataset => {
    const images = Float32Array.from(dataset.train.images);
    images[50 * elementsOf(dataset.shape)] = Number.NaN;
    return { ...dataset, train: { ...dataset.train, images: images as never } };
  };
  const input = { ...base, ...runs.adam, ...part, nonFinite: 'skip' } as const;
  const chain = await resultOf({ ...input, ...asChain }, false, poison);
  expect(await resultOf(input, true, poison)).toEqual(chain);
  const { max } = chain.series.steps.channels.nonFinite;
  expect(
    max.filter((count) => count > 0),
    'one bad step an epoch',
  ).toHaveLength(2);
  expect(max).toHaveLength(16);
});
