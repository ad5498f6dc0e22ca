import { describe, expect, it } from 'vitest';
import { addedPart, edgesOf, extensionAt, extremesOf } from '../../src/sweep/edges.ts';
import { choice, type Dimension, int, logUniform, uniform, valueAt } from '../../src/sweep/space.ts';

const trialsOf = (values: readonly number[]) => values.map((x, trial) => ({ trial, params: { x } }));
const edgeAt = (dimension: Dimension, values: readonly number[], winner: number) =>
  edgesOf({ x: dimension }, trialsOf(values), trialsOf(values)[winner]).map(({ side }) => side);

describe('edgesOf', () => {
  const rate = logUniform(0.01, 1);

  it('is where the winner has the smallest or the largest value that was tried', () => {
    expect(edgeAt(rate, [0.1, 0.02, 0.9], 0)).toEqual([]);
    expect(edgeAt(rate, [0.1, 0.02, 0.9], 1)).toEqual(['low']);
    expect(edgeAt(rate, [0.1, 0.02, 0.9], 2)).toEqual(['high']);
    expect(edgeAt(int(1, 3), [1, 3, 3], 1)).toEqual(['high']);
  });

  it('is nowhere for choices, for one value, at a hard limit and at 0 on a log scale', () => {
    expect(edgeAt(choice([1, 2]), [1, 2], 1)).toEqual([]);
    expect(edgeAt(rate, [0.1], 0)).toEqual([]);
    expect(edgeAt(uniform(0, 0.5, { least: 0 }), [0, 0.2], 0)).toEqual([]);
    expect(edgeAt(uniform(0, 0.5), [0, 0.2], 0)).toEqual(['low']);
    expect(edgeAt(rate, [0, 0.1, 0.2], 0)).toEqual([]);
    // of whole numbers 1 is the lowest of a log scale, even where 0 is declared
    for (const limits of [{}, { least: 0 }, { least: 1 }])
      expect(edgeAt(int(1, 16, { log: true, ...limits }), [4, 1, 9], 1)).toEqual([]);
    expect(edgeAt(int(2, 16, { log: true }), [4, 2, 9], 1)).toEqual(['low']);
  });

  it('looks at every dimension', () => {
    const trials = [
      { trial: 0, params: { a: 1, b: 5 } },
      { trial: 1, params: { a: 2, b: 4 } },
      { trial: 2, params: { a: 3, b: 6 } },
    ];
    expect(edgesOf({ a: uniform(0, 4), b: uniform(3, 7) }, trials, trials[0])).toEqual([
      { dimension: 'a', side: 'low' },
    ]);
    expect(edgesOf({ a: uniform(0, 4), b: uniform(3, 7) }, trials, trials[2])).toHaveLength(2);
  });
});

describe('extensionAt', () => {
  const ends = (dimension: Dimension, side: 'low' | 'high') => {
    const extension = extensionAt({ x: dimension }, { dimension: 'x', side });
    return extension === undefined ? undefined : [extension.from, extension.to];
  };

  it('adds half of the width, of a log scale half of its logarithm', () => {
    expect(ends(uniform(1, 3), 'high')).toEqual([3, 4]);
    expect(ends(uniform(1, 3), 'low')).toEqual([1, 0]);
    expect(ends(logUniform(0.01, 1), 'high')).toEqual([1, 10]);
    expect(ends(logUniform(0.01, 1), 'low')).toEqual([0.01, 0.001]);
    expect(ends(int(2, 5), 'high')).toEqual([5, 7]);
    expect(ends(int(2, 5), 'low')).toEqual([2, 0]);
    expect(ends(int(2, 32, { log: true }), 'high')).toEqual([32, 128]);
    expect(ends(int(2, 32, { log: true }), 'low')).toEqual([2, 1]);
  });

  it('stops at a hard limit, and is nothing where the range ends there', () => {
    expect(ends(uniform(0.8, 0.98, { most: 0.999 }), 'high')).toEqual([0.98, 0.999]);
    expect(ends(uniform(0, 0.5, { least: 0 }), 'low')).toBeUndefined();
    expect(ends(int(1, 8, { log: true, least: 0 }), 'low')).toBeUndefined();
    expect(ends(logUniform(0.01, 1, { most: 1 }), 'high')).toBeUndefined();
  });

  it('gives the part that trials are drawn from', () => {
    const space = { x: logUniform(0.01, 1), n: int(2, 5), y: uniform(0, 1) };
    const high = extensionAt(space, { dimension: 'x', side: 'high' })!;
    const low = extensionAt(space, { dimension: 'n', side: 'low' })!;
    const added = addedPart(space, [high, low]);
    expect([0, 0.5, 1].map((u) => valueAt(added.x, u))).toEqual([1, 3.16228, 10]);
    expect([0, 0.99].map((u) => valueAt(added.n, u))).toEqual([0, 1]); // 2 has been tried
    expect(added.y).toEqual(space.y);
  });

  it('says how far values may go', () => {
    expect(extremesOf(logUniform(0.01, 1, { most: 2 }))).toEqual([0.001, 2]);
    expect(extremesOf(choice(['a', 'b']))).toEqual(['a', 'b']);
  });
});
