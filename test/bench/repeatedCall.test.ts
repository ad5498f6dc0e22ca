import { describe, expect, it, vi } from 'vitest';
import { repeatedCall, type TimedCall } from '../../src/bench/repeatedCall.ts';
import { profileStep } from '../../src/bench/stepProfile.ts';
import { benchTask } from '../../src/bench/tasks.ts';
import type { Vec } from '../../src/core/memory.ts';
import { wasmEngine, wasmEngines } from '../../src/kernels/wasm.ts';

type Args = readonly unknown[];

describe('a call that is repeated', () => {
  it('gives what is read and written the first numbers again', () => {
    const v = Float32Array.of(1, 2, 3);
    const seen: number[][] = [];
    const double = () => {
      seen.push([...v]);
      for (let i = 0; i < v.length; i++) v[i] *= 2;
    };
    const again = repeatedCall('reluBackward', [3, v, v, new Float32Array(3)], double);
    double();
    again();
    again();
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect([...v]).toEqual([2, 4, 6]);
  });

  it('counts the time of the kernel alone', () => {
    const now = vi.spyOn(performance, 'now');
    for (const time of [10, 14, 18]) now.mockReturnValueOnce(time);
    const v = new Float32Array(1);
    const call = repeatedCall('add', [1, v, v, v], () => {}) as () => TimedCall;
    expect(call()).toEqual({ overriddenDuration: 4, overriddenIterationCost: 8 });
    now.mockRestore();
  });

  it('leaves all others as they are', () => {
    const result = {};
    const again = repeatedCall('reluForward', [1, new Float32Array(1), new Float32Array(1)], () => result);
    expect(again()).toBe(result);
  });

  it('keeps the range of a step, its parameters and its moments', () => {
    const [params, grads, b] = [Float32Array.of(0, 1, 2), Float32Array.of(1, 1, 1), Float32Array.of(5, 5, 5)];
    const range = { offset: 1, length: 2, params, grads, updates: null, learningRate: 1 };
    const step = ([{ offset, length }]: readonly [typeof range, ...Args]) => {
      for (let i = offset; i < offset + length; i++) {
        b[i] += grads[i];
        params[i] -= b[i];
      }
    };
    const again = repeatedCall('momentumStep', [range, b, 0.9], step as unknown as (args: Args) => unknown);
    range.offset = 0;
    params[0] = 7;
    for (let i = 0; i < 3; i++) again();
    expect([...params]).toEqual([7, -5, -4]);
    expect([...b]).toEqual([5, 6, 6]);
  });

  it('does not let the gradient of batch norm run away, which it did', () => {
    const [rows, C] = [4, 4];
    const { kernels, allocator } = wasmEngine.open(4096);
    const place = (values: readonly number[]) => {
      const v = allocator.floats(values.length);
      v.set(values);
      return v;
    };
    const [inp, dout] = [0, 1].map((part) =>
      place(Array.from({ length: rows * C }, (_, i) => Math.cos(i + part))),
    );
    const [gamma, mean, invStd, dgamma, dbeta] = [3, 0, 1, 0, 0].map((value) =>
      place(new Array(C).fill(value)),
    );
    const args = [rows, C, true, dout, dgamma, dbeta, dout, inp, gamma, mean, invStd];
    const perform = (all: Args) =>
      kernels.batchNormBackward(...(all as Parameters<typeof kernels.batchNormBackward>));
    const again = repeatedCall('batchNormBackward', args, perform);
    perform(args);
    const first = dout.slice();
    for (let i = 0; i < 1000; i++) again();
    expect(dout).toEqual(first);
    // without it
    for (let i = 0; i < 1000; i++) perform(args);
    expect(dout.every(Number.isFinite)).toBe(false);
  });
});

it.each(['mission', 'vgg', 'resnet8'] as const)('%s: every repeat of a kernel is the same', (name) => {
  const task = benchTask(name, 2);
  const engine = wasmEngines[task.spec.convolution];
  const { open } = engine;
  const vectors: Vec[] = [];
  const spy = vi.spyOn(engine, 'open').mockImplementation((bytes) => {
    const { allocator, ...opened } = open(bytes);
    const floats = (length: number) => {
      const v = allocator.floats(length);
      vectors.push(v);
      return v;
    };
    return { ...opened, allocator: { ...allocator, floats } };
  });
  const { kernels } = profileStep(task, 0.001);
  spy.mockRestore();
  const memory = new Uint8Array(vectors[0].buffer);
  for (const { kernel, sizes, repeat } of kernels) {
    repeat();
    const once = memory.slice();
    for (let i = 0; i < 30; i++) repeat();
    expect(Buffer.compare(once, memory), `${kernel} ${sizes}`).toBe(0);
  }
  expect(vectors.every((v) => v.every(Number.isFinite))).toBe(true);
});
