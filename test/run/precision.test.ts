import { describe, expect, it } from 'vitest';
import { createLayout } from '../../src/core/layout.ts';
import { type NarrowFormat, roundToNearest } from '../../src/core/rounding.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import type { SeenStep } from '../../src/train/checkpoint.ts';
import { momentsOf, storedGradients } from '../../src/train/rounding.ts';
import { expectSameBytes, run, tiny } from './resumedRuns.ts';

const short: RunSpecInput = { ...tiny, epochs: 2 };

/** What `look` sees after each step, the start first. */
async function watched<T>(input: RunSpecInput, look: (seen: SeenStep) => T) {
  const values: T[] = [];
  const result = await run(input, { onStep: (seen) => values.push(look(seen)) });
  return { values, result };
}

/** The tensors of a vector that have a number which is not of the format. */
function unrounded({ network: { layout } }: SeenStep, v: ArrayLike<number>, format: NarrowFormat): string[] {
  return layout.slots
    .filter(({ offset, length }) => {
      for (let i = offset; i < offset + length; i++) if (roundToNearest(v[i], format) !== v[i]) return true;
      return false;
    })
    .map(({ name }) => name);
}

describe('storage in fewer bits', () => {
  it.each(['nearest', 'stochastic'] as const)(
    'rounds weights and moments at every step, %s',
    async (rounding) => {
      const input: RunSpecInput = {
        ...short,
        precision: { weights: { format: 'bfloat16', rounding }, moments: { format: 'float16', rounding } },
      };
      const { values, result } = await watched(input, (seen) => [
        ...unrounded(seen, seen.network.params, 'bfloat16'),
        ...momentsOf(seen.optimizerState, seen.network.layout).flatMap((v) => unrounded(seen, v, 'float16')),
      ]);
      expect(values).toHaveLength(17);
      expect(values.flat()).toEqual([]);
      expect(result.digest).not.toBe((await run(short)).digest);
    },
  );

  it('rounds the gradients that everything else sees', async () => {
    const gradients = { format: 'float16' } as const;
    const rounded = await watched({ ...short, precision: { gradients } }, (seen) =>
      unrounded(seen, seen.network.grads, 'float16'),
    );
    expect(rounded.values.flat()).toEqual([]);
    const scaled = await watched(
      { ...short, precision: { gradients: { ...gradients, scale: 1024 } } },
      (seen) => {
        const times = seen.network.grads.map((g) => g * 1024);
        return [...unrounded(seen, times, 'float16'), ...unrounded(seen, seen.network.grads, 'float16')];
      },
    );
    // small gradients keep bits below 2^-24, which float16 without a scale does not have
    expect(scaled.values.flat().length).toBeGreaterThan(0);
    expect(scaled.result.digest).not.toBe(rounded.result.digest);
  });

  it('divides by the scale, whatever it is', () => {
    const layout = createLayout([{ name: 'w', shape: [2000], role: 'weight' }]);
    const grads = Float64Array.from({ length: layout.length }, (_, i) => (i + 1) / 7);
    const expected = Float64Array.from(grads, (g) => roundToNearest(g * 3, 'float16') / 3);
    const { gradient } = storedGradients({ format: 'float16', random: null, applies: () => true }, 3);
    gradient?.({ step: 1, network: { grads, layout } } as never);
    expect([...grads.subarray(0, 2000)]).toEqual([...expected.subarray(0, 2000)]);
    // the reciprocal of 3 is rounded
    expect(expected.some((g, i) => g !== roundToNearest(((i + 1) / 7) * 3, 'float16') * (1 / 3))).toBe(true);
  });

  it('has overflowing gradients seen by the guard', async () => {
    const precision = { gradients: { format: 'float16', scale: 1e9 } } as const;
    const { outcome } = await run({ ...short, precision });
    expect(outcome).toMatchObject({ kind: 'diverged', step: 1 });
    const skipping = await watched({ ...short, precision, nonFinite: 'skip' }, ({ value }) =>
      value('nonFinite'),
    );
    expect(skipping.values.slice(1).every((bad = 0) => bad > 0)).toBe(true);
  });

  it('rounds the chosen tensors alone', async () => {
    const all = (
      await watched(short, (seen) => seen.network.layout.slots.map(({ name, role }) => [name, role]))
    ).values[0];
    const on = ['weight', all[1][0]];
    const kept = all.filter(([name, role]) => role !== 'weight' && name !== on[1]).map(([name]) => name);
    const { values } = await watched(
      { ...short, precision: { weights: { format: 'bfloat16', on } } },
      (seen) => unrounded(seen, seen.network.params, 'bfloat16'),
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(values.at(-1)).toEqual(kept);
  });

  it('works in the reference engine, from float64', async () => {
    const input: RunSpecInput = { ...short, epochs: 1, engine: 'reference' };
    const { values } = await watched(
      { ...input, precision: { weights: { format: 'float16', rounding: 'stochastic' } } },
      (seen) => unrounded(seen, seen.network.params, 'float16'),
    );
    expect(values.flat()).toEqual([]);
  });

  it('goes on from a checkpoint with the same bits', async () => {
    const bits = { format: 'bfloat16', rounding: 'stochastic' } as const;
    const precision = {
      weights: bits,
      gradients: { ...bits, format: 'float16', scale: 64 },
      moments: bits,
      newtonSchulz: { format: 'bfloat16', accumulate: true },
    } as const;
    await expectSameBytes({ ...short, optimizer: { kind: 'muon' }, precision }, [1, 7, 11]);
  });
});

describe('weights in bfloat16', () => {
  // x <- x - x / 1024 from 1: half a unit in the last place is 2^-9 below 1, the step 2^-10
  const steps = 2000;
  const n = 100;
  const input = (rounding: 'nearest' | 'stochastic'): RunSpecInput => ({
    data: { kind: 'quadratic', dimension: n, condition: 1, stepsPerEpoch: steps },
    model: { kind: 'point' },
    optimizer: { kind: 'sgd', learningRate: 2 ** -10 },
    batchSize: 1,
    epochs: 1,
    seed: 0,
    precision: { weights: { format: 'bfloat16', rounding } },
  });
  const meanOf = async (spec: RunSpecInput) => {
    const means = await watched(
      spec,
      ({ network }) => [...network.params].reduce((sum, x) => sum + x, 0) / n,
    );
    return means.values;
  };

  it('stay where they are under steps of less than half a unit in the last place', async () => {
    expect(new Set(await meanOf(input('nearest')))).toEqual(new Set([1]));
  });

  it('move as they should in the mean where they are rounded stochastically', async () => {
    const means = await meanOf(input('stochastic'));
    // a step adds a variance of at most (2^-8 / 2)^2, and what was there shrinks: five standard errors of the mean of 100
    const error = 5 * Math.sqrt((steps * 2 ** -18) / n);
    expect(error).toBeLessThan(0.05);
    for (const step of [500, 1000, 2000])
      expect(Math.abs(means[step] - (1 - 2 ** -10) ** step)).toBeLessThan(error);
    expect(means[2000]).toBeLessThan(0.2);
    expect(means).toEqual(await meanOf(input('stochastic')));
    expect(means).not.toEqual(await meanOf({ ...input('stochastic'), seed: 1 }));
  });
});

describe('the key precision', () => {
  const mistake = (precision: unknown, optimizer: unknown = tiny.optimizer) => {
    try {
      parseSpec({ ...tiny, optimizer, precision });
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('no mistake was found');
  };

  it('is absent when unused, and has its defaults when not', () => {
    expect('precision' in parseSpec(tiny)).toBe(false);
    expect(runId(parseSpec({ ...tiny, precision: undefined, perturbation: undefined }))).toBe(
      runId(parseSpec(tiny)),
    );
    const { precision } = parseSpec({ ...tiny, precision: { gradients: { format: 'float16' } } });
    expect(precision).toEqual({ gradients: { format: 'float16', rounding: 'nearest', scale: 1 } });
  });

  it('says what is wrong', async () => {
    expect(mistake({})).toContain('precision: expected weights, gradients, moments or newtonSchulz');
    expect(mistake({ weight: {} })).toContain('did you mean weights?');
    expect(mistake({ weights: { format: 'float8' } })).toContain('bfloat16');
    expect(mistake({ newtonSchulz: { format: 'bfloat16' } })).toContain(
      'precision.newtonSchulz: got it with the optimizer adam, expected muon',
    );
    const on = ['conv9'];
    await expect(run({ ...tiny, precision: { moments: { format: 'float16', on } } })).rejects.toThrow(
      'invalid precision.moments.on: unknown role, layer or tensor: conv9',
    );
  });
});
