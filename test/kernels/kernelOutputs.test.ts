import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { kernelValues } from '../../src/kernels/kernelOutputs.ts';
import { observedEngine } from '../../src/kernels/observedKernels.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';
import { leakyRelu, prelu, relu, sigmoid, tanh } from '../../src/nn/activation.ts';
import { avgPool } from '../../src/nn/avgPool.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { conv2d } from '../../src/nn/conv2d.ts';
import { dense } from '../../src/nn/dense.ts';
import { flatten } from '../../src/nn/flatten.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import type { LayerPlan } from '../../src/nn/layer.ts';
import { maxPool } from '../../src/nn/maxPool.ts';
import { openNetwork, planNetwork } from '../../src/nn/network.ts';
import { residual } from '../../src/nn/residual.ts';

const conv = (filters: number) => conv2d({ filters, kernel: 3, padding: 1 });
const head = [flatten(), dense({ units: 4 })];
const layers = [
  ...[conv(16), batchNorm(), prelu(), avgPool({ size: 3, stride: 2, padding: 1 }), conv(16), relu()],
  ...[
    maxPool({ size: 2 }),
    residual({ branch: [conv(16), tanh()] }),
    leakyRelu(),
    maxPool({ size: 2, stride: 1 }),
  ],
  ...[sigmoid(), conv(8), relu(), ...head],
];
const kernels = [
  'conv2dForward',
  'conv2dBackwardWeight',
  'conv2dBackwardInput',
  'denseForward',
  'denseBackwardWeight',
];
const networks = {
  'all layers with kernels': {
    layers,
    kernels: [...kernels, 'batchNormEvaluate', 'preluBackward', 'avgPoolBackward', 'add'],
  },
  'reference: all layers with kernels': {
    layers,
    kernels: [...kernels, 'reluBackward', 'tanhBackward', 'sigmoidForward'],
  },
} as Readonly<Record<string, { readonly layers: LayerPlan[]; readonly kernels: string[] }>>;

/** Whether two vectors lie in the same memory, one of them inside the other. */
function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}

describe('kernelValues', () => {
  it.each(Object.keys(networks))('leaves out nothing that a kernel has written: %s', (name) => {
    const seen = new Set<string>();
    const missed: string[] = [];
    let scratch: ArrayBufferView | undefined;
    const isScratch = ({ buffer, byteOffset }: ArrayBufferView) =>
      buffer === scratch?.buffer && byteOffset === scratch.byteOffset;
    const watched = observedEngine(
      name.startsWith('reference') ? referenceEngine : wasmEngines.winograd,
      (kernel, args, perform) => {
        seen.add(kernel);
        const vectors = args.filter((arg) => ArrayBuffer.isView(arg)) as Float32Array[];
        const before = vectors.map((vector) => vector.slice());
        const result = perform();
        const told = kernelValues(kernel, args, result).map(({ values }) => values);
        vectors.forEach((vector, i) => {
          if (isScratch(vector) || told.some((values) => overlap(values, vector))) return;
          if (vector.some((value, k) => !Object.is(value, before[i][k])))
            missed.push(`${kernel}, vector ${i}`);
        });
        return result;
      },
    );
    const inShape = { H: 9, W: 8, C: 3 };
    const { layers, kernels } = networks[name];
    const { network } = openNetwork(planNetwork({ layers, inShape, classes: 4, batchSize: 3 }), watched);
    scratch = network.layers[0].memory.floats.scratch; // one for all layers
    network.initialize(pytorchDefault(), stream(1, 'init'));
    const values = stream(2, 'init').at(0);
    for (let i = 0; i < network.input.length; i++) network.input[i] = values.normal();
    network.trainingStep(2, 0, stream(3, 'dropout'));
    network.evaluate(2);
    expect(missed).toEqual([]);
    expect([...seen].toSorted()).toEqual(expect.arrayContaining(kernels));
  });

  it('tells what was given, what was written and what was returned, without what lies behind', () => {
    const { kernels, allocator } = referenceEngine.open(1000);
    const [losses, dlogits, logits] = [3, 8, 8].map((length) => allocator.floats(length));
    const args = [2, 2, 0.1, losses, dlogits, logits, allocator.ints(2)] as const;
    const mean = kernels.softmaxCrossEntropy(...args);
    const values = kernelValues('softmaxCrossEntropy', args, mean);
    expect(values.map(({ name, values, isArgument }) => [name, values.length, isArgument])).toEqual([
      ...[
        ['N', 1, true],
        ['K', 1, true],
        ['smoothing', 1, true],
      ],
      ...[
        ['losses', 2, undefined],
        ['dlogits', 4, undefined],
        ['mean', 1, undefined],
      ],
    ]);
    expect([values[2].values[0], values[5].values[0]]).toEqual([0.1, mean]);
    expect(mean).toBeCloseTo(Math.LN2, 12);
  });

  it('of a step are the moments and the parameters of the slot, or the updates', () => {
    const [params, updates, b] = [1, 2, 3].map((first) =>
      Float32Array.from({ length: 8 }, (_, i) => first + i),
    );
    const range = { offset: 4, length: 3, params, grads: b, learningRate: 0.5 };
    const rest = { coupledDecay: null, decoupledDecay: -0.25 };
    const names = (moved: Float32Array | null) =>
      kernelValues('momentumStep', [{ ...range, ...rest, updates: moved }, b, 0.9, 1, false], undefined)
        .filter(({ name }) => name !== 'length')
        .map(({ name, values }) => [name, ...values]);
    const given = [
      ['learningRate', 0.5],
      ['decoupledDecay', -0.25],
      ['momentum', 0.9],
      ['gradientWeight', 1],
    ];
    expect(names(null)).toEqual([...given, ['b', 7, 8, 9], ['params', 5, 6, 7]]);
    expect(names(updates)).toEqual([...given, ['b', 7, 8, 9], ['updates', 6, 7, 8]]);
  });
});
