import { describe, expect, it } from 'vitest';
import type { Vec } from '../../src/core/memory.ts';
import { stream } from '../../src/core/rng.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { prelu, relu } from '../../src/nn/activation.ts';
import { batchNorm } from '../../src/nn/batchNorm.ts';
import { conv2d } from '../../src/nn/conv2d.ts';
import { dense } from '../../src/nn/dense.ts';
import { flatten } from '../../src/nn/flatten.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import { maxPool } from '../../src/nn/maxPool.ts';
import { openNetwork, planNetwork } from '../../src/nn/network.ts';
import { probes } from '../../src/run/catalog/probes.ts';
import { parseSpec } from '../../src/run/spec.ts';
import type { ProbeFactory } from '../../src/train/probe.ts';
import { batchNormDrift } from '../../src/train/probes/batchNormDrift.ts';
import { deadUnits } from '../../src/train/probes/deadUnits.ts';
import { gradientNorm } from '../../src/train/probes/gradientNorm.ts';
import { slopes } from '../../src/train/probes/slopes.ts';
import { update } from '../../src/train/probes/update.ts';

const BATCH = 6;
/** Smaller than the batch size: what lies behind it is of an older batch. */
const N = 4;
const C = 5;
const SIZE = 4;

/** A network behind the pass of one step, with known updates. */
function trained() {
  const plan = planNetwork({
    layers: [
      conv2d({ filters: C, kernel: 3, padding: 'same' }),
      batchNorm(),
      relu(),
      flatten(),
      dense({ units: 3 }),
      prelu(),
    ],
    inShape: { H: SIZE, W: SIZE, C: 1 },
    classes: 3,
    batchSize: BATCH,
  });
  const { network, kernels, extra } = openNetwork(plan, referenceEngine, (layout, allocator) => ({
    updates: allocator.floats(layout.length),
  }));
  network.initialize(pytorchDefault(), stream(1, 'init'));
  const rng = stream(1, 'test').at(0);
  for (let i = 0; i < network.input.length; i++) network.input[i] = rng.normal() + 1;
  for (let i = 0; i < BATCH; i++) network.labels[i] = i % 3;
  // channel 2 never passes the ReLU; channel 0 passes in a whole batch first, and not in the smaller one behind it
  const beta = plan.layout.slots.find(({ name }) => name === 'batchNorm1.beta')?.offset ?? Number.NaN;
  network.params.set([3, 0.5, -50, 0, 0], beta);
  network.trainingStep(BATCH, 0, stream(1, 'dropout'));
  network.params[beta] = -50;
  network.trainingStep(N, 1, stream(1, 'dropout'));
  for (const { offset, length } of network.layout.slots)
    for (let i = offset; i < offset + length; i++) extra.updates[i] = rng.normal() / 100;
  return { network, kernels, ...extra };
}

function measured(make: (options: { every: number }) => ProbeFactory): {
  readonly of: ReturnType<typeof trained>;
  readonly values: Readonly<Record<string, number>>;
} {
  const of = trained();
  const probe = make({ every: 1 })(of.network);
  const values: Record<string, number> = {};
  probe.measure({ step: 2, N, ...of }, (channel, value) => {
    values[channel] = value;
  });
  expect(Object.keys(values).sort()).toEqual([...probe.channels].sort());
  return { of, values };
}

const norm = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((sum, x) => sum + x * x, 0));
const layerOf = ({ network }: ReturnType<typeof trained>, path: string) => {
  const found = network.layers.find((layer) => layer.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
};
const inSlots = ({ network }: ReturnType<typeof trained>, v: Vec) =>
  network.layout.slots.flatMap(({ offset, length }) => [...v.subarray(offset, offset + length)]);

describe('probes', () => {
  it('gradientNorm: of each tensor, and of all together', () => {
    const { of, values } = measured(gradientNorm);
    const { layout, grads } = of.network;
    expect(Object.keys(values)).toHaveLength(1 + layout.slots.length);
    for (const { name, offset, length } of layout.slots) {
      const expected = norm(grads.subarray(offset, offset + length));
      expect(values[`gradNorm/${name}`]).toBeCloseTo(expected, 14);
    }
    expect(values['gradNorm/dense1.weight']).toBeGreaterThan(0.01);
    expect(values.gradNorm).toBeCloseTo(norm(inSlots(of, grads)), 14);
  });

  it('update: the norms of the update and of the weights before it, the one over the other', () => {
    const { of, values } = measured(update);
    const updateNorm = norm(inSlots(of, of.updates));
    const weightNorm = norm(inSlots(of, of.network.params));
    expect(weightNorm).toBeGreaterThan(10 * updateNorm);
    expect(values.updateNorm).toBeCloseTo(updateNorm, 14);
    expect(values.weightNorm).toBeCloseTo(weightNorm, 12);
    expect(values.updateRatio).toBeCloseTo(updateNorm / weightNorm, 14);
  });

  it('deadUnits: channels that are zero at every place of every image of the batch', () => {
    const { of, values } = measured(deadUnits);
    const { out } = layerOf(of, 'relu1');
    const alive = new Set<number>();
    for (let i = 0; i < N * SIZE * SIZE * C; i++) if (out[i] > 0) alive.add(i % C);
    expect(alive).toEqual(new Set([1, 3, 4]));
    expect(values).toEqual({ 'deadUnits/relu1': 2 / 5 });
    // the channel 0 lived in the batch before, whose rows still stand behind this one
    const behind = Array.from(out.subarray(N * SIZE * SIZE * C)).filter((_, i) => i % C === 0);
    expect(Math.max(...behind)).toBeGreaterThan(0);
  });

  it('deadUnits: the smallest output above 0 is alive', () => {
    const of = trained();
    const { out } = layerOf(of, 'relu1');
    out[0] = Number.MIN_VALUE;
    const probe = deadUnits({ every: 1 })(of.network);
    probe.measure({ step: 2, N, ...of }, (_channel, value) => {
      expect(value).toBe(1 / 5);
    });
    expect.assertions(1);
  });

  it('deadUnits: in front of a max-pool, with an output that only the pool does not see', () => {
    // 3x3 images under a pool that covers 2x2 of them; filter k passes the pixel if k is even, its negative if k is odd
    const plan = planNetwork({
      layers: [
        conv2d({ filters: 4, kernel: 1 }),
        relu(),
        maxPool({ size: 2 }),
        flatten(),
        dense({ units: 4 }),
      ],
      inShape: { H: 3, W: 3, C: 1 },
      classes: 4,
      batchSize: 2,
    });
    const { network, kernels } = openNetwork(plan, referenceEngine);
    network.initialize(pytorchDefault(), stream(1, 'init'));
    network.params.set([1, -1, 1, 0], plan.layout.slots[0].offset);
    network.params.set([0, 0, -5, 0], plan.layout.slots[1].offset);
    network.labels.fill(0);
    const dead = (pixels: Readonly<Record<number, number>>) => {
      network.input.fill(0);
      for (const [i, value] of Object.entries(pixels)) network.input[Number(i)] = value;
      network.trainingStep(2, 0, stream(1, 'dropout'));
      const values: number[] = [];
      const moment = { step: 1, N: 2, network, kernels, updates: network.grads };
      deadUnits({ every: 1 })(network).measure(moment, (_channel, value) => values.push(value));
      return values;
    };
    expect(dead({ 0: 1, 1: -1 })).toEqual([2 / 4]);
    expect(dead({ 0: 1, 9: 9, 13: -1 })).toEqual([1 / 4]);
    // the last pixel of the second image lies outside the pool
    expect(dead({ 17: 1 })).toEqual([3 / 4]);
    expect(dead({ 17: -1 })).toEqual([3 / 4]);
    expect(dead({})).toEqual([1]);
  });

  it('batchNormDrift: in standard deviations of the batch, the mean of the channels', () => {
    const { of, values } = measured(batchNormDrift);
    const { out } = layerOf(of, 'conv1');
    const { runningMean } = layerOf(of, 'batchNorm1').memory.buffers;
    const rows = N * SIZE * SIZE;
    const drifts = Array.from({ length: C }, (_, c) => {
      const channel = Array.from({ length: rows }, (_, i) => out[i * C + c]);
      const mean = channel.reduce((sum, x) => sum + x, 0) / rows;
      const variance = channel.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
      return Math.abs(mean - runningMean[c]) / Math.sqrt(variance + 1e-5);
    });
    expect(values['batchNormDrift/batchNorm1']).toBeCloseTo(drifts.reduce((a, x) => a + x, 0) / C, 12);
    expect(Math.max(...drifts)).toBeGreaterThan(0.1);
  });

  it('slopes: the mean of the slopes', () => {
    const of = trained();
    const slot = of.network.layout.slots.find(({ role }) => role === 'slope');
    of.network.params.set([0.1, 0.2, 0.9], slot?.offset);
    const probe = slopes({ every: 1 })(of.network);
    probe.measure({ step: 2, N, ...of }, (channel, value) => {
      expect([channel, value]).toEqual(['slope/prelu1.slope', expect.closeTo(0.4, 14)]);
    });
    expect.assertions(1);
  });

  it('are what the catalogue calls them, as often as the spec says', () => {
    const { network } = trained();
    const factories = { gradientNorm, update, deadUnits, slopes, batchNormDrift };
    expect(Object.keys(probes).sort()).toEqual(Object.keys(factories).sort());
    const spec = parseSpec({
      data: { kind: 'fashion5k' },
      model: { kind: 'mlp' },
      optimizer: { kind: 'sgd', learningRate: 1 },
      epochs: 1,
      seed: 0,
      probes: Object.keys(factories).map((kind, i) => ({ kind, every: i + 2 })),
    });
    spec.probes.forEach((options, i) => {
      const probe = probes[options.kind].create(options)(network);
      expect(probe.every).toBe(i + 2);
      expect(probe.channels).toEqual(factories[options.kind]({ every: 1 })(network).channels);
    });
  });
});
