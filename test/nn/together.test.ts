/** Layers that are computed as one, against the same layers with identities between them, which keep them apart. */
import { describe, expect, test } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { elementsOf, type Shape } from '../../src/core/shape.ts';
import type { EngineFactory } from '../../src/kernels/kernels.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';
import { identity, relu } from '../../src/nn/activation.ts';
import { type Conv2dOptions, conv2d } from '../../src/nn/conv2d.ts';
import { dense } from '../../src/nn/dense.ts';
import { flatten } from '../../src/nn/flatten.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { maxPool } from '../../src/nn/maxPool.ts';
import { type Network, openNetwork, planNetwork } from '../../src/nn/network.ts';
import { standardizedConv2d } from '../../src/nn/weightStandardisation.ts';
import { engines } from '../conformance/engines.ts';

interface Case {
  readonly inShape: Shape;
  readonly batchSize: number;
  /** Images of the batches, at most as many. */
  readonly N: number;
  /** Between two layers stands what `between` makes: nothing or an identity. */
  readonly layers: (between: () => LayerPlan[]) => LayerPlan[];
}

const masks = stream(0, 'dropout');
const halves = maxPool({ size: 2 });

/** A convolution, a ReLU and a pool of pairs for each of the `convolutions`. */
const pooled =
  (...convolutions: readonly LayerPlan[]): Case['layers'] =>
  (between) =>
    convolutions.flatMap((convolution) => [convolution, ...between(), relu(), ...between(), halves]);

/** In front of the convolution stands another one, so that it has to give the gradient of its input. */
const wide = (channels: number, options: Conv2dOptions): Case['layers'] => {
  const front = conv2d({ filters: channels, kernel: 1 });
  return (between) => [front, ...pooled(conv2d(options))(between)];
};

/** 3x3 convolutions that Winograd's algorithm takes, the first and the fourth in more than one block of images. */
const forWinograd: Record<string, Case> = {
  'two blocks': {
    ...{ inShape: { H: 17, W: 16, C: 2 }, batchSize: 10, N: 9 },
    layers: wide(16, { filters: 16, kernel: 3, padding: 1 }),
  },
  'odd outputs': {
    ...{ inShape: { H: 13, W: 9, C: 1 }, batchSize: 3, N: 2 },
    layers: wide(32, { filters: 16, kernel: 3, bias: false }),
  },
  'no convolution in front': {
    ...{ inShape: { H: 8, W: 7, C: 16 }, batchSize: 2, N: 2 },
    layers: pooled(conv2d({ filters: 32, kernel: 3, padding: 1 })),
  },
  'stride 2, three blocks': {
    ...{ inShape: { H: 27, W: 31, C: 1 }, batchSize: 7, N: 7 },
    layers: wide(16, { filters: 16, kernel: 3, padding: 1, stride: 2 }),
  },
  'stride 2, odd outputs': {
    ...{ inShape: { H: 13, W: 17, C: 1 }, batchSize: 4, N: 1 },
    layers: wide(16, { filters: 32, kernel: 3, padding: 1, stride: 2 }),
  },
};

const others: Record<string, Case> = {
  'a ReLU between a convolution and pools of other windows': {
    ...{ inShape: { H: 11, W: 10, C: 1 }, batchSize: 3, N: 2 },
    layers: (between) => [
      ...[conv2d({ filters: 6, kernel: 3 }), ...between(), relu(), ...between()],
      ...[maxPool({ size: 3, stride: 2 }), relu(), ...between(), maxPool({ size: [2, 1], padding: [1, 0] })],
    ],
  },
  'a pool and a ReLU in front of a pool': {
    ...{ inShape: { H: 11, W: 10, C: 1 }, batchSize: 3, N: 3 },
    layers: (between) => [
      ...pooled(conv2d({ filters: 6, kernel: 3 }))(between),
      ...[relu(), ...between(), maxPool({ size: [2, 1], padding: [1, 0] })],
    ],
  },
  'standardised weights': {
    ...{ inShape: { H: 9, W: 8, C: 1 }, batchSize: 3, N: 2 },
    layers: (between) => [
      conv2d({ filters: 16, kernel: 1 }),
      ...pooled(standardizedConv2d({ filters: 16, kernel: 3 }))(between),
    ],
  },
};

/** One or two convolutions of any kind, on images that they fit. */
const random = Object.fromEntries(
  Array.from({ length: 12 }, (_, seed): [string, Case] => {
    const rng = stream(seed, 'together').at(0);
    const oneOf = <T>(...values: T[]) => values[rng.below(values.length)];
    const inShape = { H: 14 + rng.below(6), W: 14 + rng.below(6), C: oneOf(1, 3, 16) };
    const convolution = (stride: 1 | 2, padding: 'same' | 'valid') => {
      const kernel = oneOf<Conv2dOptions['kernel']>(3, 3, 1, [2, 3]);
      return { filters: oneOf(3, 5, 8, 16, 32), kernel, stride, padding, bias: rng.below(3) > 0 };
    };
    const first = convolution(oneOf(1, 2), oneOf('same', 'valid'));
    const all = [first, ...(rng.below(3) > 0 ? [convolution(1, 'same')] : [])];
    const batchSize = 1 + rng.below(5);
    const layers = pooled(...all.map(conv2d));
    const name = `${JSON.stringify(inShape)}, ${JSON.stringify(all)}`;
    return [name, { inShape, batchSize, N: 1 + rng.below(batchSize), layers }];
  }),
);

function open({ inShape, batchSize, layers }: Case, engine: EngineFactory, apart: boolean): Network {
  const all = [...layers(() => (apart ? [identity()] : [])), flatten(), dense({ units: 10 })];
  const { network } = openNetwork(planNetwork({ layers: all, inShape, classes: 10, batchSize }), engine);
  network.initialize(pytorchDefault(), stream(0, 'init'));
  const rng = stream(0, 'test').at(0);
  for (let i = 0; i < network.input.length; i++) network.input[i] = rng.normal();
  for (let i = 0; i < batchSize; i++) network.labels[i] = rng.below(10);
  return network;
}

/** What every layer but the identities put out for the first N images. They are read one after the other, forwards or backwards. */
function outputsOf(network: Network, N: number, backwards: boolean): Record<string, number[]> {
  const layers = network.layers.filter(({ layer }) => layer.stem !== 'identity');
  if (backwards) layers.reverse();
  return Object.fromEntries(
    layers.map((placed) => [
      placed.path,
      Array.from(placed.out.subarray(0, N * elementsOf(placed.layer.outShape))),
    ]),
  );
}

/** The layers that are inside of what is computed as one: nobody keeps what they put out. */
function computedOnAsking({ layers }: Network): string[] {
  const onAsking = layers.filter((layer) => Object.getOwnPropertyDescriptor(layer, 'out')?.get !== undefined);
  return onAsking.map(({ path }) => path);
}

describe.each(engines)('on the $title engine', (engine) => {
  test.each(Object.entries({ ...forWinograd, ...others, ...random }))(
    'the bits of layer after layer: %s',
    (_name, which) => {
      const { N } = which;
      const networks = [open(which, engine, false), open(which, engine, true)];
      const { layers } = networks[0];
      const inside = layers.filter(
        ({ layer }, i) => layer.stem === 'relu' || (layer.withPool && layers[i + 2].layer.poolsPairs),
      );
      expect(inside.length).toBeGreaterThan(0);
      expect(networks.map(computedOnAsking)).toEqual([inside.map(({ path }) => path), []]);

      const same = (what: string, of: (network: Network) => unknown) => {
        const [got, expected] = networks.map(of);
        expect(got, what).toEqual(expected);
      };
      for (const step of [1, 2]) {
        same('loss', (network) => network.trainingStep(N, step, masks));
        same('gradients', ({ grads }) => Array.from(grads));
        same('outputs', (network) => outputsOf(network, N, false));
        same('outputs, from the last', (network) => outputsOf(network, N, true));
        for (const { params, grads } of networks) params.set(params.map((w, i) => w - 0.02 * grads[i]));
        same('evaluation', (network) => network.evaluate(N));
        same('logits', ({ logits }) => Array.from(logits.subarray(0, N * 10)));
        same('evaluated outputs, from the last', (network) => outputsOf(network, N, true));
        same('evaluated outputs', (network) => outputsOf(network, N, false));
      }
      expect(networks[0].grads.some((gradient) => gradient !== 0)).toBe(true);
    },
  );
});

test.each(Object.entries(forWinograd))("is computed by Winograd's algorithm: %s", (_name, which) => {
  const [direct, winograd] = [wasmEngines.direct, wasmEngines.winograd].map((engine) => {
    const network = open(which, engine, false);
    const last = network.layers.findLast(({ layer }) => layer.stem === 'conv');
    expect(computedOnAsking(network), 'with its ReLU and its pool').toEqual([last?.path, 'relu1']);
    network.trainingStep(which.N, 1, masks);
    return Array.from(network.grads);
  });
  expect(winograd).not.toEqual(direct);
});
