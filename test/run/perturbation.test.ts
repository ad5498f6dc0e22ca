import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/core/rounding.ts';
import { differenceOf } from '../../src/core/ulps.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { expectSameBytes, run, tiny } from './resumedRuns.ts';

const short: RunSpecInput = { ...tiny, epochs: 1 };

/** The parameters after each step, without padding, and the roles of their tensors. */
async function paramsOf(input: RunSpecInput) {
  const states: number[][] = [];
  const roles: string[] = [];
  await run(input, {
    onStep({ network: { params, layout } }) {
      states.push(
        layout.slots.flatMap(({ offset, length }) => [...params.subarray(offset, offset + length)]),
      );
      if (roles.length === 0)
        for (const { role, length } of layout.slots) roles.push(...Array(length).fill(role));
    },
  });
  return { states, roles };
}

/** Units in the last place from x up to y; a normal number of float16 has 2^13 of float32 to its neighbour. */
function ulpsFrom(x: number, y: number, format: FormatName): number {
  const Floats = format === 'float64' ? Float64Array : Float32Array;
  const { largestUlps = 0 } = differenceOf(Floats.of(x), Floats.of(y)) ?? {};
  return (Math.sign(y - x) * largestUlps) / (format === 'float16' ? 2 ** 13 : 1);
}

/** Where two states differ, and by how many units. */
function differences(a: readonly number[], b: readonly number[], format: FormatName = 'float32') {
  return a.flatMap((x, i) => (Object.is(x, b[i]) ? [] : [{ i, ulps: ulpsFrom(x, b[i], format) }]));
}

describe('a perturbation', () => {
  it.each([1, -1, 40])(
    'moves one weight by %i units in the last place before the first step',
    async (ulps) => {
      for (const seed of [0, 1, 2]) {
        const base = await paramsOf({ ...short, seed });
        const moved = await paramsOf({ ...short, seed, perturbation: { ulps } });
        const [only, ...others] = differences(base.states[0], moved.states[0]);
        expect([only.ulps, others]).toEqual([ulps, []]);
        expect(base.states[0][only.i]).not.toBe(0); // nor is it one of the biases
      }
    },
  );

  it('moves the element that it is asked for, after the step that it is asked for', async () => {
    const base = await paramsOf(short);
    const moved = await paramsOf({ ...short, perturbation: { step: 3, element: 7, ulps: 2 } });
    expect(moved.states.slice(0, 3)).toEqual(base.states.slice(0, 3));
    expect(differences(base.states[3], moved.states[3])).toEqual([{ i: 7, ulps: 2 }]);
  });

  it('counts in the units of what the parameters are stored in', async () => {
    const perturbation = { element: 5, ulps: 3 };
    for (const [format, change] of [
      ['float64', { engine: 'reference' }],
      ['float16', { precision: { weights: { format: 'float16' } } }],
    ] as const) {
      const base = await paramsOf({ ...short, ...change });
      const moved = await paramsOf({ ...short, ...change, perturbation });
      expect(differences(base.states[0], moved.states[0], format)).toEqual([{ i: 5, ulps: 3 }]);
    }
  });

  it('happens once, also where the run goes on from a checkpoint', async () => {
    await expectSameBytes({ ...short, perturbation: { step: 4 } }, [3, 4, 6]);
    await expectSameBytes({ ...short, perturbation: {} }, [1]);
  });

  it('refuses a step behind the horizon, not one behind the end', async () => {
    // eight steps
    await expect(run({ ...short, perturbation: { step: 9 } })).rejects.toThrow(
      'invalid perturbation.step: got 9, expected at most 8, the last step of the run',
    );
    const at = async (step: number) => (await run({ ...short, perturbation: { step } })).digest;
    expect(await at(8)).not.toBe((await run(short)).digest);
    const begun = { ...short, epochs: 2, until: 1 };
    expect((await run({ ...begun, perturbation: { step: 9 } })).digest).toBe((await run(begun)).digest);
  });

  it('refuses an element that is not there', async () => {
    await expect(run({ ...short, perturbation: { element: 1e6 } })).rejects.toThrow(
      /invalid perturbation.element: got 1000000, expected one from 0 to \d+/,
    );
    await expect(run({ ...short, perturbation: { ulps: 0 } })).rejects.toThrow(
      'expected a whole number that is not 0',
    );
  });
});
