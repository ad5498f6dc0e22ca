/**
 * Digests of short runs: one bit of a parameter, a running statistic or an optimizer's state is enough to change them. They are the
 * same on every machine. Who changes one on purpose says in CHANGELOG.md why: stored records of older engines stop being comparable.
 */
import { expect, it } from 'vitest';
import { dataKey, execute, loadData } from '../../src/run/execute.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const data = { kind: 'synthGlyphs', level: 'easy', train: 96, validation: 32, test: 32 } as const;

const plain: RunSpecInput = {
  data,
  model: { kind: 'missionCnn' },
  optimizer: { kind: 'adam', learningRate: 0.003 },
  epochs: 2,
  seed: 7,
};

const everything: RunSpecInput = {
  data,
  model: {
    kind: 'mlp',
    hidden: [24, 12],
    activation: { kind: 'prelu' },
    norm: { kind: 'batch' },
    dropout: 0.25,
  },
  optimizer: { kind: 'momentum', learningRate: 0.05 },
  schedule: { kind: 'cosine' },
  clip: { kind: 'globalNorm', maxNorm: 1 },
  batchSize: 20,
  epochs: 2,
  seed: 7,
};

/** Borders, several widths of panels, batch norm: vgg at 32, 64 and 128 filters. */
const padded: RunSpecInput = {
  data,
  model: { kind: 'vgg', activation: { kind: 'prelu' } },
  optimizer: { kind: 'momentum', learningRate: 0.02 },
  batchSize: 24,
  epochs: 1,
  seed: 7,
};

/** Convolutions with stride 2, 3x3 and 1x1, and sums of branches. */
const residual: RunSpecInput = {
  data,
  model: { kind: 'resnet8' },
  optimizer: { kind: 'momentum', learningRate: 0.02 },
  batchSize: 24,
  epochs: 1,
  seed: 7,
};

it.each([
  [
    'missionCnn, adam',
    'wasm',
    'direct',
    plain,
    '2ebac98f4efb4e6a128e3979aa75f2bec6fb6fc6b4133618f4faf7f0ab30249d',
  ],
  [
    'missionCnn, adam',
    'reference',
    'direct',
    plain,
    '9e35174631a907b693213cfc09b5601671eebfad26c27db4e1a67aec2e9bb102',
  ],
  [
    'mlp with everything',
    'wasm',
    'direct',
    everything,
    '0dd1dabff2c611fb4c192ef8367e7ef5a12ca4d51e5d4b2c556ba444f05dc2cf',
  ],
  [
    'mlp with everything',
    'reference',
    'direct',
    everything,
    'd40169ac59ff3d1198adeb48ecf5c2b80bc8d91274f243b11b86433ff0a948b1',
  ],
  [
    'missionCnn, adam',
    'wasm',
    'winograd',
    plain,
    '2868b89ae37f8f76e14ab285189646d235aee71ad8124d022ffe03c4ce8d4ef1',
  ],
  [
    'padded, with batch norm and PReLU',
    'wasm',
    'winograd',
    padded,
    '5db5ec5ff31333f3ff4ba7328a5db9f60b1663b382f701ff8e5ba09db7d9c256',
  ],
  [
    'padded, with batch norm and PReLU',
    'wasm',
    'direct',
    padded,
    '75495741bb2d266b5a0dd87bc6635856ab148343591ada0d3eef935f63880a20',
  ],
  [
    'resnet8',
    'wasm',
    'winograd',
    residual,
    '0cfc1be85f330f8de8288e98d37b2c862d84eac7831c871552dd827bb61eadc3',
  ],
  ['resnet8', 'wasm', 'direct', residual, '8af33c389105a07ad3ae8160d2511b21568b8a0bf98060ff9802da398017447f'],
] as const)('%s, %s, %s', async (_name, engine, convolution, input, digest) => {
  const spec = parseSpec({ ...input, engine, convolution });
  const dataset = await loadData(spec.data, {});
  const result = await execute(spec, { datasets: { [dataKey(spec.data)]: dataset }, modules: {} });
  expect(result.outcome).toEqual({ kind: 'completed' });
  const acted = result.series.steps.channels['clip.acted'];
  if (input === everything) expect(Math.max(...acted.max)).toBe(1); // or the clip would not be pinned
  expect(result.digest).toBe(digest);
});
