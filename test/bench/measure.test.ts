import { describe, expect, it } from 'vitest';
import { openPeakKernels } from '../../src/bench/kernelFile.ts';
import { alternate, ratesOf, ratioOf } from '../../src/bench/measure.ts';
import { costBeside } from '../../src/bench/probeCost.ts';
import { scalingResult } from '../../src/bench/sweepSuite.ts';

describe('alternate', () => {
  it('gives one median a round, and lets every task have its turn in each', () => {
    const turns: string[] = [];
    const task = (name: string, milliseconds: number) => ({
      name,
      run() {
        if (turns.at(-1) !== name) turns.push(name);
        return { overriddenDuration: milliseconds };
      },
    });
    const rounds: number[] = [];
    const options = { seconds: 0.05, warmup: false, onRound: (round: number) => void rounds.push(round) };
    const times = alternate([task('a', 3), task('b', 20)], options);
    expect(times).toEqual([
      [3, 3, 3, 3, 3],
      [20, 20, 20, 20, 20],
    ]);
    expect(turns.join('')).toBe('ababababab');
    expect(rounds).toEqual([1, 2, 3, 4, 5]);
  });

  it('calls a task that is longer than its time once a round', () => {
    let calls = 0;
    const run = () => {
      calls++;
      return { overriddenDuration: 1000 };
    };
    alternate([{ name: 'long', run }], { seconds: 0.05, warmup: false });
    expect(calls).toBe(5);
  });

  it('throws what a task throws', () => {
    const run = () => {
      throw new Error('no such kernel');
    };
    expect(() => alternate([{ name: 'broken', run }], { seconds: 0.05 })).toThrow('no such kernel');
  });
});

it('turns milliseconds into rates and ratios', () => {
  expect(ratesOf([8, 16, 32], 32)).toEqual({ n: 3, median: 2000, min: 1000, max: 4000 });
  // medians 10 and 15; in the rounds 15/10, 12/10 and 16/8
  expect(ratioOf([10, 10, 8], [15, 12, 16])).toEqual({ ratio: 1.5, min: 1.2, max: 2 });
});

it('takes the cost of probes from medians step by step, so that one disturbed step does not count', () => {
  const without = [
    [10, 10],
    [10, 10],
    [10, 90],
  ];
  const withProbes = [
    [11, 10],
    [11, 10],
    [11, 10],
  ];
  const { ofStep, min, max } = costBeside(withProbes, without);
  expect(ofStep).toBeCloseTo(0.05, 12);
  expect(min).toBeCloseTo(21 / 100 - 1, 12);
  expect(max).toBeCloseTo(0.05, 12);
});

it('compares one worker with two', () => {
  expect(scalingResult(6, [7, 9], [4, 4])).toEqual({
    ...{ runs: 6, seconds: { 1: 8, 2: 4 } },
    ratio: { ratio: 2, min: 1.75, max: 2.25 },
  });
});

describe('the kernels that are measured against', () => {
  it('adds and multiplies as often as is said', () => {
    // six sums of 1, once a turn, and the products 1 to 6
    expect(openPeakKernels().peakArithmetic(10, 1)).toBe(6 * 11 + 21);
    expect(openPeakKernels().peakArithmetic(1, 2)).toBe(6 * 4 + 2 * 21);
  });

  it('copies from one place to the other', () => {
    const { copyBytes, memory } = openPeakKernels(64);
    memory.set([1, 2, 3, 4, 5], 0);
    copyBytes(1000, 1, 3);
    expect([...memory.subarray(999, 1004)]).toEqual([0, 2, 3, 4, 0]);
  });
});
