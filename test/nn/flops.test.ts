import { describe, expect, it, test } from 'vitest';
import { identity, prelu, relu } from '../../src/nn/activation.ts';
import { adaptiveAvgPool, avgPool, globalAvgPool } from '../../src/nn/avgPool.ts';
import { type BatchNormOptions, batchNorm } from '../../src/nn/batchNorm.ts';
import { type Conv2dOptions, conv2d } from '../../src/nn/conv2d.ts';
import { dense } from '../../src/nn/dense.ts';
import { dropout } from '../../src/nn/dropout.ts';
import { flatten } from '../../src/nn/flatten.ts';
import type { Flops } from '../../src/nn/flops.ts';
import { groupNorm, rmsNorm } from '../../src/nn/groupNorm.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { softmaxCrossEntropy } from '../../src/nn/loss.ts';
import { maxPool } from '../../src/nn/maxPool.ts';
import { missionCnn } from '../../src/nn/models.ts';
import { planNetwork } from '../../src/nn/network.ts';
import { residual } from '../../src/nn/residual.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { softmax } from '../../src/nn/softmax.ts';
import { meanSquaredError } from '../../src/nn/squaredError.ts';
import { standardizedConv2d } from '../../src/nn/weightStandardisation.ts';
import { models } from '../../src/run/catalog/models.ts';
import { catalog } from '../../src/run/catalog.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

const image = { H: 5, W: 7, C: 4 };
const N = 3;

describe('convolution, counted in plain loops over a padded image', () => {
  const shapes: (Conv2dOptions & { padding?: number })[] = [
    { filters: 2, kernel: 3 },
    { filters: 3, kernel: [3, 2], stride: 2, padding: 1 },
    { filters: 2, kernel: 1, stride: [2, 3], bias: false },
    { filters: 4, kernel: 3, stride: 3, padding: 2, groups: 2 },
    { filters: 4, kernel: 3, dilation: 2, padding: 2, groups: 4, bias: false },
  ];
  test.each(shapes)('%o', (options) => {
    const layer = conv2d(options)(image);
    expect(layer.flops(N)).toEqual(countConvolution(options, layer.outShape.H, layer.outShape.W));
  });
});

/** Forward and the gradient of the weights for every output, the gradient of the input for every input of the padded image. */
function countConvolution(options: Conv2dOptions & { padding?: number }, P: number, Q: number): Flops {
  const { filters, padding = 0, bias = true, groups = 1 } = options;
  const both = (value: typeof options.kernel): readonly [number, number] =>
    typeof value === 'number' ? [value, value] : value;
  const [R, S] = both(options.kernel);
  const [strideH, strideW] = both(options.stride ?? 1);
  const [dilationH, dilationW] = both(options.dilation ?? 1);
  const channels = image.C / groups;
  const count = { forward: 0, parameters: 0, input: 0 };
  for (let output = 0; output < N * P * Q * filters; output++) {
    if (bias) count.parameters += 1;
    for (let tap = 0; tap < R * S * channels; tap++) {
      count.forward += 2;
      count.parameters += 2;
    }
  }
  // every product again, from the other side: which windows see a pixel
  for (let h = 0; h < image.H + 2 * padding; h++) {
    for (let w = 0; w < image.W + 2 * padding; w++) {
      for (let r = 0; r < R; r++) {
        for (let s = 0; s < S; s++) {
          const [p, q] = [(h - r * dilationH) / strideH, (w - s * dilationW) / strideW];
          if (!(Number.isInteger(p) && Number.isInteger(q) && p >= 0 && q >= 0 && p < P && q < Q)) continue;
          count.input += 2 * N * image.C * (filters / groups);
        }
      }
    }
  }
  return count;
}

describe('batch norm, counted by its definition', () => {
  test.each<BatchNormOptions>([{}, { affine: false }])('%o', ({ affine = true }) => {
    const M = N * image.H * image.W;
    let [forward, sums, input] = [0, 0, 0];
    for (let c = 0; c < image.C; c++) {
      forward += M + 1; // the mean
      for (let i = 0; i < M; i++) forward += 3; // of each the difference, its square, their sum
      forward += 1 + 3; // the variance, 1 / sqrt(var + eps)
      forward += 1 + 3 + 3; // unbiased, and two running statistics of two products and a sum
      for (let i = 0; i < M; i++) forward += affine ? 4 : 2; // (x - mean) * invStd * gamma + beta
      for (let i = 0; i < M; i++) sums += 1 + 2; // dout, dout * xhat
      input += 3; // both means, gamma * invStd
      for (let i = 0; i < M; i++) input += 4; // (dout - mean - xhat * mean) * scale
    }
    const expected = affine
      ? { forward, parameters: sums, input }
      : { forward, parameters: 0, input: input + sums };
    expect(batchNorm({ affine })(image).flops(N)).toEqual(expected);
  });
});

describe('by hand', () => {
  const E = 3 * 140; // elements of the batch
  const row = { H: 1, W: 1, C: 6 };
  const cases: [string, LayerPlan, Flops, typeof image?][] = [
    ['dense', dense({ units: 5 }), { forward: 180, parameters: 195, input: 180 }, row],
    [
      'dense without bias',
      dense({ units: 5, bias: false }),
      { forward: 180, parameters: 180, input: 180 },
      row,
    ],
    ['relu', relu(), { forward: E, parameters: 0, input: 2 * E }],
    ['prelu', prelu(), { forward: E, parameters: 2 * E, input: 2 * E }],
    ['softmax', softmax(), { forward: 5 * E, parameters: 0, input: 4 * E }],
    ['identity', identity(), { forward: 0, parameters: 0, input: 0 }],
    ['flatten', flatten(), { forward: 0, parameters: 0, input: 0 }],
    ['dropout', dropout({ rate: 0.5 }), { forward: E, parameters: 0, input: E }],
    // 2 x 3 windows of four
    ['maxPool', maxPool({ size: 2 }), { forward: 3 * 24 * 4, parameters: 0, input: 3 * 24 }],
    ['avgPool', avgPool({ size: 2 }), { forward: 3 * 24 * 5, parameters: 0, input: 3 * 24 * 5 }],
    ['globalAvgPool', globalAvgPool(), { forward: 3 * 4 * 36, parameters: 0, input: 3 * 4 * 36 }],
    // rows 0-2 and 2-4, columns 0-3 and 3-6: 3 * 4 in each of four windows
    [
      'adaptiveAvgPool',
      adaptiveAvgPool({ size: 2 }),
      { forward: 3 * 4 * 52, parameters: 0, input: 3 * 4 * 52 },
    ],
    // six parts of 70: 6n + 5 and 2n; 3n; 7n + 2 and n
    ['groupNorm', groupNorm({ groups: 2 }), { forward: 6 * 565, parameters: 6 * 210, input: 6 * 562 }],
    // three parts of 140: 3n + 4 and n; 2n; 5n + 1 and n
    ['rmsNorm', rmsNorm(), { forward: 3 * 564, parameters: 3 * 280, input: 3 * 841 }],
    // 3x5x2 outputs of 36 products; two filters of 36 weights
    [
      'standardizedConv2d',
      standardizedConv2d({ filters: 2, kernel: 3 }),
      { forward: 6480 + 442, parameters: 6480 + 90 + 508, input: 6480 },
    ],
  ];
  test.each(cases)('%s', (_name, plan, expected, shape = image) => {
    expect(plan(shape).flops(N)).toEqual(expected);
  });

  test('a residual block with a projection', () => {
    const conv = (filters: number, kernel: number, stride: number) =>
      conv2d({ filters, kernel, stride, padding: kernel === 3 ? 1 : 0, bias: false });
    const block = residual({
      branch: [conv(4, 3, 2), batchNorm(), relu(), conv(4, 3, 1), batchNorm()],
      shortcut: [conv(4, 1, 2), batchNorm()],
    })({ H: 6, W: 6, C: 2 });
    // 3x3x4 outputs of three images: 108; convolutions of 18, 36 and 2 products each; 27 values a channel
    const norm = { forward: 8 * 108 + 4 * 12, backward: 7 * 108 + 4 * 3 };
    expect(block.flops(3)).toEqual({
      forward: 3888 + norm.forward + 108 + 7776 + norm.forward + (432 + norm.forward) + 108,
      parameters: 3888 + norm.backward + 216 + 2 * 7776 + norm.backward + (432 + norm.backward),
      input: 3888 + 432 + 3 * 72,
    });
  });

  test('the losses', () => {
    expect(softmaxCrossEntropy().flops(2, 10)).toBe(2 * 73 + 1);
    expect(softmaxCrossEntropy({ labelSmoothing: 0.1 }).flops(2, 10)).toBe(2 * 93 + 1);
    expect(meanSquaredError().flops(2, 10)).toBe(2 * 42 + 1);
  });

  test('the mission CNN: the first layer does not compute the gradient of the image', () => {
    const plan = planNetwork({
      layers: missionCnn({ classes: 10, activation: relu, norm: null, dropout: 0 }),
      inShape: { H: 28, W: 28, C: 1 },
      classes: 10,
      batchSize: 32,
    });
    const forward = 389_376 + 21_632 + 21_632 + 4_460_544 + 7_744 + 6_400 + 409_600 + 128 + 2_560;
    const conv1 = 389_376 + 21_632;
    const others = 43_264 + 5_408 + (2 * 4_460_544 + 7_744) + 15_488 + 1_600 + (2 * 409_600 + 128) + 256;
    const backward = conv1 + others + (2 * 2_560 + 10);
    expect(plan.trainingFlops(1)).toBe(forward + 74 + backward);
    expect(plan.trainingFlops(32)).toBe(32 * (forward + 73 + backward) + 1);
  });
});

it('layers in front of the first one with parameters have no backward unless the gradient of the image is wanted', () => {
  const layers = [relu(), maxPool({ size: 2 }), flatten(), dense({ units: 2 }), relu()];
  const { forward, parameters, input } = sequential(layers)(image).flops(1);
  expect(forward).toBe(140 + 24 * 4 + 2 * 24 * 2 + 2);
  expect(parameters).toBe(2 * 24 * 2 + 2 + 2 * 2);
  expect(input).toBe(2 * 24 * 2 + 24 + 280);
  expect(sequential([relu()])(image).flops(1)).toEqual({ forward: 140, parameters: 0, input: 280 });
});

describe('every model, activation and norm of the catalog', () => {
  const gradient = (model: object, size: number): number => {
    const input = { data: { kind: 'synthGlyphs' }, model, optimizer: { kind: 'adam' }, epochs: 1, seed: 0 };
    const { kind, ...options } = parseSpec(input).model;
    const layers = (models[kind].create as (options: object, classes: number) => LayerPlan[])(options, 10);
    const inShape = { H: 16, W: 16, C: 1 };
    return planNetwork({ layers, inShape, classes: 10, batchSize: 8 }).trainingFlops(size);
  };
  const kinds = (family: string) => Object.keys(catalog[family]);
  const modelsWith: RunSpecInput['model'][] = [
    ...kinds('models')
      .filter((kind) => kind !== 'point')
      .map((kind) => ({ kind })),
    ...kinds('activations').map((kind) => ({ kind: 'plainNet', activation: { kind } })),
    ...kinds('norms').map((kind) => ({
      kind: 'plainNet',
      norm: kind === 'group' ? { kind, groups: 4 } : { kind },
    })),
  ] as RunSpecInput['model'][];
  test.each(modelsWith)('%j is a whole number, in equal steps of the number of images', (model) => {
    const [one, two, eight] = [1, 2, 8].map((size) => gradient(model, size));
    expect(Number.isSafeInteger(one) && one > 0).toBe(true);
    expect(two).toBeGreaterThan(one);
    expect(eight - one).toBe(7 * (two - one));
  });
});
