import { expect, it } from 'vitest';
import { engineSuite, stepResult } from '../../src/bench/engineSuite.ts';
import { BYTES_PER_PARAMETER, optimizerResult } from '../../src/bench/optimizersSuite.ts';
import { probedStep } from '../../src/bench/probeCost.ts';
import { type PlannedRun, sweepSuite } from '../../src/bench/sweepSuite.ts';
import { benchTask, engineTasks } from '../../src/bench/tasks.ts';
import { type OpenTask, openTask } from '../../src/bench/trainingStep.ts';
import type { Vec } from '../../src/core/memory.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';
import { execute } from '../../src/run/execute.ts';

it('knows the tasks, built of the catalog', () => {
  const listed = engineTasks().map(({ name, batch, spec }) => `${name} ${batch} ${spec.optimizer.kind}`);
  expect(listed).toEqual([
    ...['mission 32 adam', 'mission 128 adam', 'mission 1 adam', 'mission 8 adam'],
    ...['vgg 64 momentum', 'resnet8 64 momentum'],
  ]);
  const parameters = engineTasks().map(
    (task) => openTask({ ...task, batch: 1 }, wasmEngine).plan.parameterCount,
  );
  // vgg: 286,560 of the convolutions, 896 of batch norm, 448 slopes, 20,490 dense
  expect(parameters).toEqual([225_034, 225_034, 225_034, 225_034, 308_394, 78_042]);
});

it('moves the parameters by the optimizer: momentum, first and second step, to the bit', () => {
  const { fround } = Math;
  const { network, gradient, update } = openTask(benchTask('vgg', 1), wasmEngine);
  const { params, grads } = network;
  const trace = new Float32Array(params.length);
  for (let step = 1; step <= 2; step++) {
    const before = params.slice();
    gradient();
    update();
    const expected = before.map((p, i) => {
      trace[i] = 0.9 * trace[i] + grads[i];
      return p + fround(-0.01 * trace[i]);
    });
    expect(grads.some((g) => g !== 0)).toBe(true);
    expect(params).toEqual(expected);
  }
});

it('shows the updates before the parameters move', () => {
  const { network, updated, gradient, update } = openTask(benchTask('mission', 1), wasmEngine);
  gradient();
  let seen = { update: 0, before: 0 };
  update(() => {
    seen = { update: updated.updates[0], before: network.params[0] };
  });
  expect(seen.update).not.toBe(0);
  expect(network.params[0]).toBe(Math.fround(seen.before + seen.update));
});

it('has updates for the probes that read them, else moves the parameters in one pass, as the training loop does', () => {
  const stepOf = (readsUpdates: boolean) => {
    const open = openTask(benchTask('mission', 1), wasmEngine);
    const before = open.network.params.slice();
    let moved = false;
    const probe = {
      every: 2,
      channels: [],
      readsUpdates,
      measure() {
        moved = notEqual(open, before);
      },
    };
    const step = probedStep(open, [probe]);
    step(1);
    expect(moved).toBe(false);
    expect(notEqual(open, before)).toBe(true);
    const seen = open.updated.updates.some((update) => update !== 0);
    open.updated.updates.fill(0);
    step(2);
    expect(open.updated.updates.every((update) => update === 0)).toBe(true);
    return seen;
  };
  const notEqual = ({ network }: OpenTask, params: Vec) => network.params.some((p, i) => p !== params[i]);
  expect(stepOf(true)).toBe(true);
  expect(stepOf(false)).toBe(false);
});

it('gives images a second for the milliseconds of a step', () => {
  expect(stepResult(benchTask('mission', 32), [10, 16, 8])).toEqual({
    ...{ task: 'mission', batch: 32, optimizer: 'adam', convolution: 'winograd' },
    imagesPerSecond: 3200,
    spread: { n: 3, median: 3200, min: 2000, max: 4000 },
    millisecondsPerStep: 10,
  });
});

it('measures the tasks it is given', () => {
  const [result] = engineSuite({ seconds: 0.001 }, [benchTask('mission', 1)]);
  expect(result).toMatchObject({ task: 'mission', batch: 1 });
  expect(result.imagesPerSecond * result.millisecondsPerStep).toBeCloseTo(1000, 6);
});

it('counts the bytes of an optimizer: reads and writes of the parameter, the gradient and the moments', () => {
  const bytes = (moments: number) => 4 * (2 + 1 + 2 * moments);
  expect(BYTES_PER_PARAMETER).toEqual({
    ...{ sgd: bytes(0), momentum: bytes(1), adam: bytes(2), adamw: bytes(2) },
    ...{ rmsprop: bytes(1), adagrad: bytes(1) },
  });
  // 28 MB in 14 ms; the copy moves 2 * 128 MiB in 67 (4 GB/s), the small one 28 MB in 7
  const copied = (2 * 128 * 2 ** 20) / 4e6;
  const result = optimizerResult('adam', [14, 14, 28], [copied, (8 / 7) * copied, copied], [7, 7, 7]);
  expect(result).toMatchObject({
    ...{ optimizer: 'adam', parameters: 1_000_000, bytesPerParameter: 28, milliseconds: 14 },
    gigabytesPerSecond: { n: 3, median: 2, min: 1, max: 2 },
    ofSmallCopy: { ratio: 0.5, min: 0.25, max: 0.5 },
  });
  for (const [got, expected] of [
    [result.copyGigabytesPerSecond, { median: 4, min: 3.5, max: 4 }],
    [result.ofCopy, { ratio: 0.5, min: 0.25, max: 8 / 14 }],
  ] as const) {
    for (const [name, value] of Object.entries(expected)) {
      expect((got as unknown as Record<string, number>)[name], name).toBeCloseTo(value, 12);
    }
  }
});

it('runs the same runs with one and with two workers, and runs of no steps before', async () => {
  const sweeps: { workers: number; runs: readonly PlannedRun[] }[] = [];
  const parts: string[] = [];
  const results = await sweepSuite({
    seconds: 0.001,
    long: false,
    onPart: (part) => parts.push(part),
    async runInWorkers(runs, resources, workers, onEnd) {
      sweeps.push({ workers, runs });
      if (sweeps.length === 1) expect((await execute(runs[0].spec, resources)).steps).toBe(0);
      for (const _ of runs) onEnd();
    },
  });
  const described = sweeps.map(({ workers, runs }) => `${workers}: ${runs.length} x ${runs[0].spec.epochs}`);
  expect(described).toEqual(['1: 30 x 0', '1: 6 x 1', '2: 6 x 1', '1: 6 x 1', '2: 6 x 1']);
  expect(sweeps[1].runs).toBe(sweeps[2].runs);
  expect(new Set(sweeps.flatMap(({ runs }) => runs).map(({ id }) => id)).size).toBe(36);
  expect(parts).toEqual(['overhead of a run', 'probes', 'hash chain', 'evaluation', '1 and 2 workers']);
  expect(results.overhead.millisecondsPerRun.n).toBe(19);
  expect(results.scaling).toMatchObject({ runs: 6 });
  expect(Number.isFinite(results.probes.everyStep.ofStep)).toBe(true);
  // at a cadence of 2 % by the price list a link costs more than nothing and less than a step
  expect(results.chains.map(({ task, batch, every }) => [task, batch, every])).toEqual([
    ['mission', 32, 2],
    ['mission', 8, 8],
    ['vgg', 64, 1],
  ]);
  for (const { ofStep } of results.chains) expect(ofStep > 0 && ofStep < 1).toBe(true);
  expect(results.evaluation.ofForward.ratio).toBeGreaterThan(0);
});
