import { expect, it } from 'vitest';
import { catalog } from '../../src/run/catalog.ts';
import { parseSpec } from '../../src/run/spec.ts';

it('lists every family with a summary for each entry', () => {
  expect(Object.keys(catalog)).toEqual([
    'optimizers',
    'modifiers',
    'averagings',
    'schedules',
    'clips',
    'weightDecays',
    'norms',
    'activations',
    'inits',
    'models',
    'losses',
    'datasets',
    'problems',
    'probes',
    'faults',
  ]);
  for (const family of Object.values(catalog)) {
    for (const { summary } of Object.values(family)) expect(summary.length).toBeGreaterThan(0);
  }
});

it('gives the defaults that a spec gets, and the options that must be given', () => {
  expect(catalog.optimizers.adam.defaults).toEqual({
    learningRate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-8,
    amsgrad: false,
    biasCorrection: true,
    epsHat: false,
  });
  expect(catalog.optimizers.sgd).toMatchObject({ defaults: {}, required: ['learningRate'] });
  expect(catalog.clips.globalNorm).toMatchObject({ defaults: { normType: 2 }, required: ['maxNorm'] });
});

it('every optimizer of the catalog makes a valid spec with its defaults and a learning rate', () => {
  for (const kind of Object.keys(catalog.optimizers)) {
    if (kind === 'module') continue;
    const spec = parseSpec({
      data: { kind: 'fashion5k' },
      model: { kind: 'missionCnn' },
      optimizer: { kind, learningRate: 0.5 },
      epochs: 1,
      seed: 3,
    });
    expect(spec.optimizer).toEqual({ ...catalog.optimizers[kind].defaults, kind, learningRate: 0.5 });
  }
});
