import { expect, it } from 'vitest';
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

it.each(Object.entries(runs))(
  'a run of %s has one digest, in one pass or as a chain',
  async (_name, part) => {
    const digestOf = async (more: Partial<RunSpecInput>, fused: boolean) => {
      const spec = parseSpec({ ...base, ...part, ...more });
      expect(fusedOptimizer(createOptimizer(spec, {})) !== undefined).toBe(fused);
      const datasets = { [dataKey(spec.data)]: await loadData(spec.data, {}) };
      const result = await execute(spec, { datasets, modules: {} });
      expect(result.outcome).toEqual({ kind: 'completed' });
      return result.digest;
    };
    // a factor of 1 changes nothing, but keeps the chain
    const chain = await digestOf({ rates: { weight: 1 } }, false);
    expect(await digestOf({ probes: [] }, true)).toBe(chain);
    expect(await digestOf({ probes: [{ kind: 'update', every: 3 }] }, true)).toBe(chain);
  },
);
