import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { align } from '../../src/core/layout.ts';
import { measureMemory } from '../../src/core/memory.ts';
import { stream } from '../../src/core/rng.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';
import { identity, prelu, relu, tanh } from '../../src/nn/activation.ts';
import { globalAvgPool } from '../../src/nn/avgPool.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { conv2d } from '../../src/nn/conv2d.ts';
import { dense } from '../../src/nn/dense.ts';
import { dropout } from '../../src/nn/dropout.ts';
import { flatten } from '../../src/nn/flatten.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { maxPool } from '../../src/nn/maxPool.ts';
import { type ModelOptions, missionCnn, mlp, resnet8 } from '../../src/nn/models.ts';
import { type Network, openNetwork, planNetwork } from '../../src/nn/network.ts';
import { engines } from '../conformance/engines.ts';

const plain: ModelOptions = { classes: 10, activation: relu, norm: null, dropout: 0 };
const everything: ModelOptions = { classes: 10, activation: prelu, norm: batchNorm, dropout: 0.25 };
const digit = { H: 28, W: 28, C: 1 };
const small = { H: 11, W: 10, C: 1 };
const masks = stream(0, 'dropout');

function open(layers: readonly LayerPlan[], batchSize: number, factory = referenceEngine): Network {
  const plan = planNetwork({ layers, inShape: small, classes: 10, batchSize });
  const { network } = openNetwork(plan, factory);
  network.initialize(pytorchDefault(), stream(0, 'init'));
  const rng = stream(0, 'test').at(0);
  for (let i = 0; i < network.input.length; i++) network.input[i] = rng.normal();
  for (let i = 0; i < batchSize; i++) network.labels[i] = rng.below(10);
  return network;
}

describe('the plan of a network', () => {
  test('of the mission: parameters, names and operations', () => {
    const plan = planNetwork({ layers: missionCnn(plain), inShape: digit, classes: 10, batchSize: 32 });
    expect(plan.parameterCount).toBe(225_034);
    expect(plan.layout.slots.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'conv1.weight 32x1x3x3',
      'conv1.bias 32',
      'conv2.weight 64x32x3x3',
      'conv2.bias 64',
      'dense1.weight 128x1600',
      'dense1.bias 128',
      'dense2.weight 10x128',
      'dense2.bias 10',
    ]);
    expect(plan.buffers).toEqual({ slots: [], length: 0 });
  });

  test('of the mission with batch norm: no biases before it, running statistics as buffers', () => {
    const layers = missionCnn({ ...plain, norm: batchNorm });
    const plan = planNetwork({ layers, inShape: digit, classes: 10, batchSize: 32 });
    expect(plan.layout.slots.map(({ name }) => name)).toEqual([
      ...['conv1.weight', 'batchNorm1.gamma', 'batchNorm1.beta'],
      ...['conv2.weight', 'batchNorm2.gamma', 'batchNorm2.beta'],
      ...['dense1.weight', 'batchNorm3.gamma', 'batchNorm3.beta', 'dense2.weight', 'dense2.bias'],
    ]);
    expect(plan.buffers.slots.map(({ name, length }) => [name, length])).toEqual([
      ...[
        ['batchNorm1.runningMean', 32],
        ['batchNorm1.runningVar', 32],
      ],
      ...[
        ['batchNorm2.runningMean', 64],
        ['batchNorm2.runningVar', 64],
      ],
      ...[
        ['batchNorm3.runningMean', 128],
        ['batchNorm3.runningVar', 128],
      ],
    ]);
  });

  test('of resnet8: eight layers deep, names inside blocks and shortcuts', () => {
    const layers = resnet8({ classes: 10, activation: relu, norm: batchNorm });
    const plan = planNetwork({ layers, inShape: { H: 32, W: 32, C: 3 }, classes: 10, batchSize: 1 });
    const weights = plan.layout.slots.filter(({ role }) => role === 'weight').map(({ name }) => name);
    expect(weights).toEqual([
      ...['conv1.weight', 'residual1.conv1.weight', 'residual1.conv2.weight'],
      ...['residual2.conv1.weight', 'residual2.conv2.weight', 'residual2.shortcut.conv1.weight'],
      ...['residual3.conv1.weight', 'residual3.conv2.weight', 'residual3.shortcut.conv1.weight'],
      'dense1.weight',
    ]);
    // He et al.'s ResNet with one block a stage, two 1x1 projections with their batch norms more
    const convolutions = 9 * (3 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64);
    const norms = 2 * (3 * 16 + 3 * 32 + 3 * 64);
    expect(plan.parameterCount).toBe(convolutions + 16 * 32 + 32 * 64 + norms + 64 * 10 + 10);
  });

  test('of an MLP', () => {
    const layers = mlp({ ...plain, hidden: [20, 15] });
    const plan = planNetwork({ layers, inShape: digit, classes: 10, batchSize: 1 });
    expect(plan.parameterCount).toBe(784 * 20 + 20 + 20 * 15 + 15 + 15 * 10 + 10);
  });

  test('its memory can be measured as often as one likes, and gradients take two buffers at most', () => {
    const layers = mlp({ ...plain, hidden: [64, 32, 64, 32] });
    const plan = planNetwork({ layers, inShape: { H: 4, W: 4, C: 1 }, classes: 10, batchSize: 16 });
    const measure = () => measureMemory(8, (a) => void plan.allocate(a, referenceEngine.planner));
    const bytes = measure();
    expect(measure()).toBe(bytes);
    // beside the parameters and their gradients: images, dense layers, ReLUs, logits twice, two gradients (those of ReLUs
    // stay in place, so 64 and 32 alternate), losses, labels
    const floats = 16 * (16 + 2 * (64 + 32 + 64 + 32) + 2 * 10 + (64 + 32));
    expect(bytes).toBe(8 * (2 * plan.layout.length + floats + 16) + 4 * 16);
  });

  test('flatten has no memory of its own, for its output or for the gradient', () => {
    const bytesOf = (layers: readonly LayerPlan[], inShape: { H: number; W: number; C: number }) => {
      const plan = planNetwork({ layers, inShape, classes: 10, batchSize: 16 });
      return measureMemory(8, (a) => void plan.allocate(a, referenceEngine.planner));
    };
    const row = [relu(), dense({ units: 10 })];
    const flattened = [relu(), flatten(), identity(), dense({ units: 10 })];
    expect(bytesOf(flattened, { H: 4, W: 4, C: 2 })).toBe(bytesOf(row, { H: 1, W: 1, C: 32 }));
  });

  test.each<[string, () => unknown, string]>([
    ['no layers', () => open([], 1), 'got none, expected at least one'],
    ['the wrong number of logits', () => open([flatten(), dense({ units: 9 })], 1), 'got an output of 1x1x9'],
    ['an image as logits', () => open([conv2d({ filters: 10, kernel: 3 })], 1), 'got an output of 9x8x10'],
    ['no image in a batch', () => open([flatten(), dense({ units: 10 })], 0), 'invalid batchSize: got 0'],
    [
      'a window that does not fit',
      () => open([maxPool({ size: 12 })], 1),
      'a window of 12x12 on an image of 11x10x1',
    ],
  ])('refuses %s', (_what, build, message) => {
    expect(build).toThrow(InvalidInput);
    expect(build).toThrow(message);
  });
});

test.each(Object.entries(wasmEngines))(
  'a border that cannot be counted in 32 bits is refused: %s convolutions',
  (_convolution, engine) => {
    const plan = (padding: number) =>
      planNetwork({
        layers: [
          ...[conv2d({ filters: 1024, kernel: 1 }), conv2d({ filters: 16, kernel: 3, padding })],
          ...[globalAvgPool(), dense({ units: 10 })],
        ],
        ...{ inShape: { H: 4, W: 4, C: 1 }, classes: 10, batchSize: 1 },
      });
    const bytesOf = (padding: number) =>
      measureMemory(4, (a) => void plan(padding).allocate(a, engine.planner));
    // windows reach 1604 x 1604 pixels of 1024 channels: 2.6e9 floats
    expect(() => bytesOf(800)).toThrow(InvalidInput);
    expect(() => bytesOf(800)).toThrow('too much memory');
    // at 204 x 204 and 1024 channels an image has 170 MB, at 4 bytes a float
    expect(bytesOf(100)).toBeGreaterThan(4 * 204 ** 2 * 1024);
  },
);

describe.each(engines)('a training step on the $title engine', (factory) => {
  const models: [string, () => LayerPlan[]][] = [
    ['mission', () => missionCnn(everything)],
    ['resnet8', () => resnet8(everything)],
  ];

  test.each(models)('of a smaller batch is that of a network planned for it (%s)', (_name, layers) => {
    const [large, fit] = [open(layers(), 5, factory), open(layers(), 3, factory)];
    large.trainingStep(5, 0, masks);
    large.initialize(pytorchDefault(), stream(0, 'init'));
    fit.labels.set(large.labels.subarray(0, 3));
    fit.input.set(large.input.subarray(0, fit.input.length));
    expect(large.trainingStep(3, 1, masks)).toBe(fit.trainingStep(3, 1, masks));
    expect(large.grads).toEqual(fit.grads);
    expect(large.buffers).toEqual(fit.buffers);
    expect(large.evaluate(3)).toEqual(fit.evaluate(3));
  });

  test.each(models)('gives the same bits again, and leaves padding at zero (%s)', (_name, layers) => {
    const network = open(layers(), 4, factory);
    const loss = network.trainingStep(4, 7, masks);
    const grads = network.grads.slice();
    for (const slot of network.layout.slots) network.grads.fill(99, slot.offset, slot.offset + slot.length);
    expect(network.trainingStep(4, 7, masks)).toBe(loss);
    expect(network.grads).toEqual(grads);
    expect(grads.some((g) => g !== 0)).toBe(true);
    for (const { offset, length } of network.layout.slots) {
      const padding = grads.subarray(offset + length, offset + align(length));
      expect(padding.every((g) => g === 0)).toBe(true);
    }
  });

  test('lowers the loss when the parameters follow the gradient', () => {
    const network = open(missionCnn(everything), 4, factory);
    const first = network.trainingStep(4, 0, masks);
    let last = first;
    for (let step = 1; step < 20; step++) {
      for (let i = 0; i < network.params.length; i++) network.params[i] -= 0.1 * network.grads[i];
      last = network.trainingStep(4, step, masks);
    }
    // four images are learned by heart: chance is ln 10 = 2.3
    expect(first).toBeGreaterThan(1);
    expect(last).toBeLessThan(0.2);
  });

  test('evaluation changes neither gradients nor running statistics, and uses them', () => {
    const network = open(missionCnn(everything), 4, factory);
    network.trainingStep(4, 0, masks);
    const [grads, buffers] = [network.grads.slice(), network.buffers.slice()];
    const { lossSum } = network.evaluate(4);
    expect(network.grads).toEqual(grads);
    expect(network.buffers).toEqual(buffers);
    network.buffers.fill(0.5);
    expect(network.evaluate(4).lossSum).not.toBe(lossSum);
  });

  test('a batch that is empty or larger than planned is refused', () => {
    const network = open([flatten(), dense({ units: 10 })], 2, factory);
    expect(() => network.trainingStep(3, 0, masks)).toThrow('got 3 images, expected 1 to 2');
    expect(() => network.evaluate(0)).toThrow(InvalidInput);
  });
});

describe('the layers of a network', () => {
  test('are listed with the place of their output', () => {
    const layers = [conv2d({ filters: 2, kernel: 3 }), relu(), maxPool({ size: 2 }), flatten(), identity()];
    const network = open([...layers, dense({ units: 10 })], 2);
    network.trainingStep(2, 0, masks);
    expect(network.layers.map(({ path }) => path)).toEqual([
      ...['conv1', 'relu1', 'maxPool1', 'flatten1', 'identity1', 'dense1'],
    ]);
    const [conv, rectified, pooled, flat, same, logits] = network.layers.map(({ out }) => out);
    expect(conv).toHaveLength(2 * 9 * 8 * 2);
    expect(Array.from(rectified)).toEqual(Array.from(conv, (x) => Math.max(x, 0)));
    expect(rectified.some((x) => x > 0)).toBe(true);
    expect(flat).toBe(pooled);
    expect(same).toBe(pooled);
    expect(logits).toBe(network.logits);
  });

  test('of a residual block stand before it, and their outputs outlive the sum', () => {
    const network = open(resnet8({ classes: 10, activation: tanh, norm: null }), 2);
    network.evaluate(2);
    const out = (path: string) => {
      const found = network.layers.find((layer) => layer.path === path);
      if (found === undefined) throw new Error(`no ${path}`);
      return found.out;
    };
    expect(network.layers.map(({ path }) => path).slice(2, 7)).toEqual([
      ...['residual1.conv1', 'residual1.tanh1', 'residual1.conv2', 'residual1', 'tanh2'],
    ]);
    const sum = Array.from(out('residual2.conv2'), (x, i) => x + out('residual2.shortcut.conv1')[i]);
    expect(Array.from(out('residual2'))).toEqual(sum);
    const first = Array.from(out('residual1.conv2'), (x, i) => x + out('tanh1')[i]);
    expect(Array.from(out('residual1'))).toEqual(first);
  });
});

describe('dropout', () => {
  const layers = (rate: number) => [flatten(), dropout({ rate }), identity(), dense({ units: 10 })];
  const outOf = (network: Network) => network.layers[1].out;

  test('drops its rate of the elements and scales the others', () => {
    const network = open(layers(0.2), 100);
    network.trainingStep(100, 0, masks);
    const n = network.input.length;
    const dropped = outOf(network).filter((y) => y === 0).length;
    // the share has a standard error of sqrt(0.2 * 0.8 / n)
    expect(Math.abs(dropped / n - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / n));
    outOf(network).forEach((y, i) => {
      if (y !== 0) expect(y).toBeCloseTo(network.input[i] / 0.8, 14);
    });
  });

  test('draws another mask at every step and from every seed, the same at the same', () => {
    const network = open(layers(0.5), 2);
    const maskAt = (step: number, seed: number) => {
      network.trainingStep(2, step, stream(seed, 'dropout'));
      return Array.from(outOf(network), (y) => y !== 0);
    };
    expect(maskAt(3, 0)).toEqual(maskAt(3, 0));
    expect(maskAt(4, 0)).not.toEqual(maskAt(3, 0));
    expect(maskAt(3, 1)).not.toEqual(maskAt(3, 0));
  });

  test('keeps its masks when a layer of another kind is added, and differs from dropout to dropout', () => {
    const a = open([flatten(), dropout({ rate: 0.5 }), dropout({ rate: 0.5 }), dense({ units: 10 })], 2);
    const b = open([relu(), ...layers(0.5)], 2);
    b.input.set(a.input.map(Math.abs));
    for (const network of [a, b]) network.trainingStep(2, 0, masks);
    const mask = (network: Network, i: number) => Array.from(network.layers[i].memory.floats.mask);
    expect(mask(b, 2)).toEqual(mask(a, 1));
    expect(mask(a, 2)).not.toEqual(mask(a, 1));
  });

  test('does nothing in evaluation and at rate 0', () => {
    const network = open(layers(0.5), 2);
    network.evaluate(2);
    expect(outOf(network)).toEqual(network.input);
    const none = open(layers(0), 2);
    none.trainingStep(2, 0, masks);
    expect(outOf(none)).toEqual(none.input);
  });
});
