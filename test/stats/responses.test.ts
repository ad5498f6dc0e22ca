import { describe, expect, it } from 'vitest';
import { cellResponses, interactionCells } from '../../src/stats/responses.ts';

const responses = (rows: readonly (readonly [...string[], number])[]) =>
  rows.map((row) => ({ levels: row.slice(0, -1) as string[], value: row.at(-1) as number }));

describe('cellResponses', () => {
  it('collapses seeds to the middle of each cell', () => {
    const runs = responses([
      ['a', 'x', 1],
      ['a', 'y', 7],
      ['a', 'x', Infinity],
      ['a', 'x', 3],
    ]);
    expect(cellResponses(runs)).toEqual(
      responses([
        ['a', 'x', 3],
        ['a', 'y', 7],
      ]),
    );
    expect(cellResponses(runs, 'mean').map(({ value }) => value)).toEqual([Infinity, 7]);
  });
});

describe('interactionCells', () => {
  const runs = responses([
    ['a', 'x', '1', 0.5],
    ['a', 'x', '2', 0.7],
    ['b', 'x', '1', Infinity],
    ['b', 'y', '1', 0.4],
  ]);

  it('has every pair of levels, also those without runs', () => {
    expect(interactionCells(['optimizer', 'norm', 'clip'], runs, 'norm', 'optimizer')).toEqual([
      { row: 'x', column: 'a', n: 2, diverged: 0, value: 0.6 },
      { row: 'x', column: 'b', n: 1, diverged: 1, value: Infinity },
      { row: 'y', column: 'a', n: 0, diverged: 0, value: Number.NaN },
      { row: 'y', column: 'b', n: 1, diverged: 0, value: 0.4 },
    ]);
  });

  it('refuses a factor that is not there', () => {
    expect(() => interactionCells(['optimizer', 'norm', 'clip'], runs, 'norm', 'init')).toThrow(
      'unknown factor: init, known: optimizer, norm, clip',
    );
  });
});
