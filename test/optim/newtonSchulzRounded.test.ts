import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { muonVectors } from '../../src/conform/matrixVectors.ts';
import { type OptimizerCase, runOptimizerCase } from '../../src/conform/optimizerCases.ts';
import type { Problem } from '../../src/conform/problems.ts';
import { readVectorJson, type VectorFile } from '../../src/conform/vectors.ts';
import { stream } from '../../src/core/rng.ts';
import { roundToNearest } from '../../src/core/rounding.ts';
import { newtonSchulz, newtonSchulzScratch } from '../../src/optim/newtonSchulz.ts';
import type { RoundedIteration } from '../../src/optim/newtonSchulzRounded.ts';

const bfloat16: RoundedIteration = { format: 'bfloat16', accumulate: false };

function iterated(G: Float64Array, rows: number, columns: number, rounded?: RoundedIteration, steps = 5) {
  const X = G.slice();
  newtonSchulz(X, 0, rows, columns, { steps, rounded }, newtonSchulzScratch([[rows, columns]]));
  return X;
}

function random(rows: number, columns: number): Float64Array {
  const rng = stream(8, 'G').at(rows, columns);
  return Float64Array.from({ length: rows * columns }, () => rng.normal());
}

function largestDifference(x: Float64Array, y: Float64Array): number {
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
}

describe('the rounded iteration', () => {
  it('rounds after every operation: two numbers by hand', () => {
    // X = (3, 4) / 5 = (0.6015625, 0.80078125) in bfloat16, whose spacing is 2^-8 there; the sums of one step:
    // A = 1.0031280517578125 -> 1, cA = 2.03125, (cA) A = 2.03125, bA = -4.78125, B = -2.75
    // BX = (-1.654296875 -> -1.65625, -2.2021484375 -> -2.203125), aX = (2.0720820 -> 2.078125, 2.758291 -> 2.765625)
    const X = iterated(Float64Array.of(3, 4), 1, 2, bfloat16, 1);
    expect([...X]).toEqual([2.078125 - 1.65625, 2.765625 - 2.203125]);
  });

  it.each(['bfloat16', 'float16'] as const)('leaves %s, at a distance of its roundings', (format) => {
    for (const [rows, columns] of [
      [6, 20],
      [20, 6],
    ]) {
      const G = random(rows, columns);
      const exact = iterated(G, rows, columns);
      const once = iterated(G, rows, columns, { format, accumulate: false });
      const every = iterated(G, rows, columns, { format, accumulate: true });
      for (const X of [once, every]) expect([...X]).toEqual([...X].map((x) => roundToNearest(x, format)));
      expect([...every]).not.toEqual([...once]);
      // half a unit of a number near 1 at the least; the five steps amplify by at most 3.4445 each
      const unit = format === 'bfloat16' ? 2 ** -8 : 2 ** -11;
      for (const X of [once, every]) {
        expect(largestDifference(X, exact)).toBeGreaterThan(unit / 8);
        expect(largestDifference(X, exact)).toBeLessThan(40 * unit);
      }
    }
  });

  it("in bfloat16 is as far from the authors' run in bfloat16 as that is from full precision", () => {
    const read = (name: string) =>
      readVectorJson(fileURLToPath(new URL(`../goldens/optimizers/${name}.json`, import.meta.url)));
    const { cases } = read('muon-bf16') as VectorFile;
    const { problems } = read('_problems') as { problems: Problem[] };
    for (const testCase of cases as unknown as OptimizerCase[]) {
      const problem = problems.find(({ id }) => id === testCase.inputs.problem) as Problem;
      const result = runOptimizerCase(testCase, problem, muonVectors(bfloat16));
      // the order of the sums, which a library leaves open, decides as much as the format
      expect(result).toMatchObject({ status: 'pass' });
    }
  });

  it('leaves a zero matrix', () => {
    expect([...iterated(new Float64Array(6), 2, 3, bfloat16)]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
