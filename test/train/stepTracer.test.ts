import { describe, expect, it } from 'vitest';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { StepTracer } from '../../src/train/stepTracer.ts';
import { run, tiny } from '../run/resumedRuns.ts';

const base: RunSpecInput = { ...tiny, epochs: 2 };
const others: Record<string, Partial<RunSpecInput>> = {
  'a fused kernel with a clip': { clip: { kind: 'globalNorm', maxNorm: 0.1 } },
  'the reference engine': { engine: 'reference' },
  'plain loops, decay, factors, an average': {
    optimizer: { kind: 'radam', learningRate: 0.01 },
    weightDecay: { kind: 'coupled', rate: 0.01 },
    rates: { conv1: 0.5 },
    averaging: { kind: 'ema' },
  },
  'two gradients a step': { optimizer: { kind: 'sam', learningRate: 0.01 } },
};

async function traced(input: RunSpecInput, step: number) {
  const trace = new StepTracer(step);
  return { result: await run(input, { trace }), operations: trace.operations };
}

describe('a traced run', () => {
  it.each(Object.keys(others))('has the bits of any other: %s', async (name) => {
    const input = { ...base, ...others[name] };
    const { result, operations } = await traced(input, 3);
    expect(operations.length).toBeGreaterThan(10);
    expect(result).toEqual(await run(input));
  });

  it('ends in the state of the run', async () => {
    const { operations } = await traced(base, 5);
    let params = new Float32Array(0);
    await run(base, {
      onStep: ({ step, network }) => {
        if (step === 5) params = Float32Array.from(network.params);
      },
    });
    const last = operations.find(({ operation }) => operation === 'the parameters');
    expect(last?.values[0].values).toEqual(params);
    expect(operations.at(-1)?.values.map(({ name }) => name)).toEqual(['mu', 'nu']);
  });

  it('tells layers, links and passes in the order in which they compute', async () => {
    const input = { ...base, ...others['plain loops, decay, factors, an average'] };
    const { operations } = await traced(input, 2);
    const links = operations.filter(({ part }) => part === 'optimizer').map(({ operation }) => operation);
    expect(links).toEqual([
      ...['the learning rate', 'coupledDecay', 'direction', 'learningRate', 'padding'],
      ...['optimizer', 'rates'],
    ]);
    const parts = operations.map(({ part }) => part).filter((part, i, all) => part !== all[i - 1]);
    expect(parts).toEqual(['batch', 'forward', 'loss', 'backward', 'optimizer', 'params', 'state']);
    const sam = await traced({ ...base, ...others['two gradients a step'] }, 2);
    const losses = sam.operations.filter(({ operation }) => operation === 'the loss');
    expect(losses.map(({ pass }) => pass)).toEqual([1, 2]);
  });

  it('tells the initial state as step 0, and nothing of a step that is not made', async () => {
    const start = await traced(base, 0);
    expect(start.operations.map(({ operation }) => operation)).toEqual([
      ...['the parameters', 'the state of the optimizer'],
    ]);
    expect((await traced(base, 1000)).operations).toEqual([]);
  });
});
