import { describe, expect, test } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { prelu, relu, tanh } from '../../src/nn/activation.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { initPreset, pytorchDefault, zeroGamma, zeros } from '../../src/nn/init.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { lsuv } from '../../src/nn/lsuv.ts';
import { plainNet, resnet8 } from '../../src/nn/models.ts';
import { type Network, openNetwork, planNetwork } from '../../src/nn/network.ts';
import { orthogonal } from '../../src/nn/orthogonal.ts';
import { engines } from '../conformance/engines.ts';

const N = 6;

function open(layers: readonly LayerPlan[], factory = engines[0]): Network {
  const plan = planNetwork({ layers, inShape: { H: 9, W: 8, C: 2 }, classes: 10, batchSize: N });
  const { network } = openNetwork(plan, factory);
  const rng = stream(0, 'test').at(0);
  for (let i = 0; i < network.input.length; i++) network.input[i] = 3 * rng.normal() + 1;
  return network;
}

function varianceOf(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  return all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length;
}

const variances = (network: Network) => {
  network.evaluate(N);
  return network.layers
    .filter(({ memory }) => memory.params.weight !== undefined)
    .map(({ out }) => varianceOf(out));
};

describe.each(engines)('LSUV on the $title engine', (factory) => {
  test.each<[string, () => LayerPlan[]]>([
    ['a plain net', () => plainNet({ classes: 10, activation: tanh, norm: null, depth: 6, filters: 5 })],
    ['a residual net', () => resnet8({ classes: 10, activation: prelu, norm: batchNorm })],
  ])('brings the output of every layer with weights to variance 1 (%s)', (_name, layers) => {
    const network = open(layers(), factory);
    network.initialize(initPreset(orthogonal()), stream(3, 'init'));
    const before = variances(network);
    expect(Math.max(...before.map((v) => Math.abs(v - 1)))).toBeGreaterThan(0.5);
    const buffers = network.buffers.slice();
    lsuv(network, N, { tolerance: 0.01 });
    for (const variance of variances(network)) expect(Math.abs(variance - 1)).toBeLessThanOrEqual(0.0101);
    expect(network.buffers).toEqual(buffers);
  });
});

test('LSUV only scales, and leaves a layer without variance alone', () => {
  const layers = () => plainNet({ classes: 10, activation: relu, norm: null, depth: 2, filters: 4 });
  const [a, b] = [open(layers()), open(layers())];
  for (const network of [a, b]) network.initialize(pytorchDefault(), stream(1, 'init'));
  lsuv(b, N);
  for (const { offset, length, role } of a.layout.slots) {
    const ratio = b.params[offset] / a.params[offset];
    if (role === 'bias') expect(ratio).toBe(1);
    for (let i = offset; i < offset + length; i++) expect(b.params[i] / a.params[i]).toBeCloseTo(ratio, 12);
  }
  b.initialize(initPreset(zeros()), stream(1, 'init'));
  lsuv(b, N);
  expect(new Set(b.params)).toEqual(new Set([0]));
});

test('zeroGamma starts the last norm of each branch at 0, so that the blocks start as their shortcuts', () => {
  const network = open(resnet8({ classes: 10, activation: relu, norm: batchNorm, zeroGamma: true }));
  network.initialize(pytorchDefault(), stream(0, 'init'));
  const starts = network.layout.slots
    .filter(({ role }) => role === 'gamma')
    .map(({ name, offset }) => [name, network.params[offset]]);
  expect(starts.filter(([, start]) => start === 0).map(([name]) => name)).toEqual([
    'residual1.batchNorm2.gamma',
    'residual2.batchNorm2.gamma',
    'residual3.batchNorm2.gamma',
  ]);
  expect(starts.filter(([, start]) => start === 1)).toHaveLength(6);
  network.evaluate(N);
  const out = (path: string) => network.layers.find((layer) => layer.path === path)?.out;
  expect(out('residual1')).toEqual(out('relu1'));
  const bare = resnet8({ classes: 10, activation: relu, norm: null, zeroGamma: true });
  expect(() => open(bare)).toThrow('invalid zeroGamma: conv has no gamma');
  expect(() => zeroGamma(relu())({ H: 1, W: 1, C: 1 })).toThrow('relu has no gamma');
});
