import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src/core/shape.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { conv2d } from '../../src/nn/conv2d.ts';
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from '../../src/nn/groupNorm.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { openLayers } from '../../src/nn/openLayers.ts';
import { standardizedConv2d } from '../../src/nn/weightStandardisation.ts';
import { engines } from '../conformance/engines.ts';
import { expectClose } from '../helpers/compare.ts';

/** Two pixels of four channels: the values stand pixel by pixel. */
const shape: Shape = { H: 1, W: 2, C: 4 };
const values = [1, 2, 3, 4, 5, 8, 7, 10];

function forward(plan: LayerPlan, inp: readonly number[], inShape: Shape, factory = engines[0]): number[] {
  const layers = openLayers([plan], inShape, inp.length / (inShape.H * inShape.W * inShape.C), factory);
  for (const { name, value } of layers.params) value.fill(name.endsWith('gamma') ? 1 : 0);
  layers.inp.set(inp);
  layers.forward(true);
  return [...layers.out];
}

const standardised = (xs: readonly number[], eps = 0) => {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  const variance = xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length;
  return xs.map((x) => (x - mean) / Math.sqrt(variance + eps));
};

describe.each(engines)('by hand, on the $title engine:', (factory) => {
  const tolerance = { tol: factory.bytesPerFloat === 4 ? 1e-6 : 1e-14, mode: 'tensor' } as const;

  test('group norm standardises the channels of a group over the pixels', () => {
    const got = forward(groupNorm({ groups: 2, eps: 0 }), values, shape, factory);
    // group 0: 1 2 5 8, mean 4, variance 7.5; group 1: 3 4 7 10, mean 6, variance 7.5
    const s = Math.sqrt(7.5);
    expectClose('out', got, [-3 / s, -2 / s, -3 / s, -2 / s, 1 / s, 4 / s, 1 / s, 4 / s], tolerance);
  });

  test('layer norm over the image, eps inside the root', () => {
    const expected = standardised(values, 0.5);
    expectClose('out', forward(layerNorm({ eps: 0.5 }), values, shape, factory), expected, tolerance);
    const perChannel = forward(layerNorm({ eps: 0.5, perChannel: true }), values, shape, factory);
    expectClose('out', perChannel, expected, tolerance);
  });

  test('instance norm: each channel of two pixels is -1 and 1', () => {
    const got = forward(instanceNorm({ eps: 0 }), values, shape, factory);
    expectClose('out', got, [-1, -1, -1, -1, 1, 1, 1, 1], tolerance);
  });

  test('RMS norm divides by the root mean square and takes no mean away', () => {
    // 3^2 + 1 + 1 + 5^2 = 36, over 4 is 9
    const got = forward(rmsNorm({ eps: 0 }), [3, 1, -1, 5], { H: 1, W: 1, C: 4 }, factory);
    expectClose('out', got, [1, 1 / 3, -1 / 3, 5 / 3], tolerance);
  });

  test('the images of a batch do not know of each other', () => {
    const other = values.map((x) => 100 - 7 * x * x);
    for (const plan of [groupNorm({ groups: 2 }), layerNorm(), instanceNorm(), rmsNorm()]) {
      const alone = forward(plan, values, shape, factory);
      expect(forward(plan, [...values, ...other], shape, factory).slice(0, 8)).toEqual(alone);
    }
  });

  test('weight standardisation: the filters that are used have mean 0 and variance 1', () => {
    const inp = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    const weight = [1, 4, 2, 5, -8, -6, -2, 0];
    const layers = openLayers(
      [standardizedConv2d({ filters: 2, kernel: 1, bias: false, eps: 0 })],
      { H: 1, W: 3, C: 4 },
      1,
      factory,
    );
    layers.param('conv1.weight').set(weight);
    layers.inp.set(inp);
    layers.forward(true);
    const used = [standardised(weight.slice(0, 4)), standardised(weight.slice(4))];
    const picked = [0, 1, 3].flatMap((c) => [used[0][c], used[1][c]]);
    expectClose('out', layers.out, picked, tolerance);
    // what is learned is the weight before: neither its scale nor its mean matters
    layers.param('conv1.weight').set(weight.map((w) => 3 * w + 11));
    layers.forward(true);
    expectClose('out', layers.out, picked, tolerance);
  });
});

test('one group of a batch of one image is batch norm over all but the channels mixed', () => {
  const single = { H: 2, W: 4, C: 1 };
  const expected = forward(batchNorm(), values, single);
  expectClose('out', forward(groupNorm({ groups: 1 }), values, single), expected, {
    tol: 1e-14,
    mode: 'tensor',
  });
  expectClose('out', forward(instanceNorm(), values, single), expected, { tol: 1e-14, mode: 'tensor' });
});

test('what each norm learns', () => {
  const names = (plan: LayerPlan) => plan(shape).params.map(({ name, shape: s }) => `${name} ${s.join('x')}`);
  expect(names(groupNorm({ groups: 2 }))).toEqual(['gamma 4', 'beta 4']);
  expect(names(layerNorm())).toEqual(['gamma 1x2x4', 'beta 1x2x4']);
  expect(names(layerNorm({ perChannel: true }))).toEqual(['gamma 4', 'beta 4']);
  expect(names(instanceNorm({ affine: false }))).toEqual([]);
  expect(names(rmsNorm())).toEqual(['gamma 4']);
  expect(names(standardizedConv2d({ filters: 2, kernel: 1 }))).toEqual(['weight 2x4x1x1', 'bias 2']);
});

test('what does not fit is refused', () => {
  expect(() => groupNorm({ groups: 3 })(shape)).toThrow('invalid groupNorm groups: got 3 for 4 channels');
  expect(() => instanceNorm()({ H: 1, W: 1, C: 4 })).toThrow('got 1x1x4, expected more than one pixel');
  expect(() => rmsNorm({ eps: -1 })(shape)).toThrow('invalid rmsNorm eps: got -1');
  expect(() => conv2d({ filters: 6, kernel: 1, groups: 3 })(shape)).toThrow(
    'got 3 for 4 channels and 6 filters',
  );
  expect(() => conv2d({ filters: 6, kernel: 1, groups: 4 })(shape)).toThrow(
    'got 4 for 4 channels and 6 filters',
  );
  expect(() => conv2d({ filters: 6, kernel: 1, dilation: 0 })).toThrow('invalid conv2d dilation: got 0');
});
