import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { interactionFigures } from '../../../src/report/figures/interactions.ts';
import { FINAL_LOSS, groupMethods } from '../../../src/report/methods.ts';
import { dataOf, drawing } from '../drawing.ts';
import { diverged, recordWithLosses } from '../syntheticRecords.ts';

const run = (kind: string, norm: string, seed: number, final: number, more = {}) =>
  recordWithLosses([2, final], {
    optimizer: { kind, learningRate: 0.1 },
    seed,
    spec: { model: { kind: 'mlp', norm: { kind: norm } } },
    ...more,
  });

const figuresOf = (records: ReturnType<typeof run>[]) =>
  interactionFigures({ methods: groupMethods(records), isDecided: false, chosenBy: FINAL_LOSS });

/** sgd without norm diverged with both seeds, adam without norm with one of two. */
const records = [0, 1].flatMap((seed) => [
  run('sgd', 'none', seed, 1, { outcome: diverged(9) }),
  run('sgd', 'batch', seed, 0.6 + 0.1 * seed),
  run('adam', 'none', seed, 0.5, seed === 1 ? { outcome: diverged(9) } : {}),
  run('adam', 'batch', seed, 0.2 + 0.1 * seed),
]);
const whole = [0, 1].flatMap((seed) => [
  run('sgd', 'none', seed, 0.8),
  run('sgd', 'batch', seed, 0.6),
  run('adam', 'none', seed, 0.6),
  run('adam', 'batch', seed, 0.2),
]);

describe('interactionFigures', () => {
  const [effects, map] = figuresOf(records);
  const [plain, plainMap] = figuresOf(whole);

  it('shows the effect of every level, in ranks where runs diverged', () => {
    expect(plain.caption).toContain('median final validation loss over 2 seeds');
    expect(plain.caption).toContain('4 of 4 combinations were run.');
    expect(plain.caption).not.toContain('rank');
    expect(dataOf(plain).map(({ row, tooltip }) => [row, tooltip])).toEqual([
      ['norm: none', 'norm: none: +0.150 (+0.150 to +0.150)'],
      ['norm: batch', 'norm: batch: -0.150 (-0.150 to -0.150)'],
      ['optimizer: sgd', 'optimizer: sgd: +0.150 (+0.150 to +0.150)'],
      ['optimizer: adam', 'optimizer: adam: -0.150 (-0.150 to -0.150)'],
    ]);
    // a median over one diverged run of two is infinite: two cells share ranks 3 and 4
    expect(effects.caption).toContain(
      'Runs diverged or failed, 2 cells with an infinite median: all numbers are ranks among the 4 cells, 1 the best, where infinite cells share the worst rank.',
    );
    expect(dataOf(effects).map(({ row, effect }) => [row, effect])).toEqual([
      ['norm: none', 1],
      ['norm: batch', -1],
      ['optimizer: sgd', 0.25],
      ['optimizer: adam', -0.25],
    ]);
  });

  it('has the shares of the variance under it', () => {
    expect(plain.table!.rows).toEqual([
      ['norm', '47.4%', '1'],
      ['optimizer', '47.4%', '1'],
      ['norm × optimizer', '5.26%', '1'],
      ['everything else', '0.00%', '0'],
    ]);
  });

  it('has a cell for each pair of levels, and marks what diverged', () => {
    expect(plainMap.title).toBe('norm × optimizer');
    expect(dataOf(plainMap).map(({ row, column, text, flag }) => [row, column, text, flag])).toEqual([
      ['none', 'sgd', '0.800', null],
      ['none', 'adam', '0.600', null],
      ['batch', 'sgd', '0.600', null],
      ['batch', 'adam', '0.200', null],
    ]);
    expect(dataOf(plainMap).map(({ shade }) => Math.round(1000 * (shade as number)))).toEqual([
      60, 227, 227, 560,
    ]);
    expect(dataOf(map).map(({ text, flag }) => [text, flag])).toEqual([
      ['diverged', '2/2'],
      ['diverged', '1/2'],
      ['0.650', null],
      ['0.250', null],
    ]);
    expect(dataOf(plainMap)[3].tooltip).toBe(
      'batch, adam: median 0.200 of 2 runs; the pair adds -0.0500 to its two levels',
    );
  });

  it('says “not run” where a combination is missing', () => {
    const three = [...whole, run('lion', 'none', 0, 0.9), run('lion', 'none', 1, 0.9)];
    const [, missing] = figuresOf(three);
    expect(dataOf(missing).at(-1)).toMatchObject({ row: 'lion', column: 'batch', n: 0, text: 'not run' });
    expect(() => compileFigure(missing)).not.toThrow();
  });

  it('is drawn as before, without a warning, also where everything diverged and for one seed', () => {
    expect(drawing(plain)).toMatchSnapshot();
    expect(drawing(map)).toMatchSnapshot();
    const bad = ['sgd', 'adam'].flatMap((kind) =>
      ['none', 'batch'].map((norm) => run(kind, norm, 0, 1, { outcome: diverged(9) })),
    );
    const one = whole.slice(0, 4);
    for (const figure of [effects, map, plain, plainMap, ...figuresOf(bad), ...figuresOf(one)])
      expect(() => compileFigure(figure)).not.toThrow();
    expect(figuresOf(one)[0].caption).toContain('No intervals');
  });

  it('draws at most three pairs', () => {
    const four = [1, 2].flatMap((batchSize) =>
      ['a', 'b'].flatMap((loss) =>
        ['none', 'x'].flatMap((clip) =>
          ['sgd', 'adam'].map((kind, i) =>
            recordWithLosses([2, 0.5 + 0.1 * i * batchSize], {
              optimizer: { kind, learningRate: 0.1 },
              spec: { batchSize, loss: { kind: loss }, clip: { kind: clip } },
            }),
          ),
        ),
      ),
    );
    const figures = figuresOf(four);
    expect(figures.map(({ id }) => id)).toEqual([
      'main-effects',
      'interaction-1',
      'interaction-2',
      'interaction-3',
    ]);
    expect(figures[1].title).toBe('optimizer × batchSize');
  });

  it('has nothing to show for settings that an experiment chose', () => {
    expect(
      interactionFigures({ methods: groupMethods(whole), isDecided: true, chosenBy: FINAL_LOSS }),
    ).toEqual([]);
  });
});
