import { describe, expect, it } from 'vitest';
import type { DecidedMethod, Decisions } from '../../../src/report/decisions.ts';
import { compileFigure } from '../../../src/report/figure.ts';
import { bestOf, trialsOf } from '../../../src/report/figures/bestOf.ts';
import { FINAL_LOSS, groupMethods } from '../../../src/report/methods.ts';
import { dataOf, drawing } from '../drawing.ts';
import { diverged, recordWithLosses } from '../syntheticRecords.ts';

const run = (kind: string, learningRate: number, final: number, more = {}) =>
  recordWithLosses([2, final], { optimizer: { kind, learningRate }, ...more });

/** Four rates, losses 1, 2, 3 and 4. */
const grid = groupMethods([0.1, 0.01, 0.001, 0.0001].map((rate, i) => run('sgd', rate, i + 1)));

const trial = (number: number, median: number | null, phase?: string) => ({
  ...{ trial: number, params: {}, runs: [], values: [], median: median as number },
  ...(phase === undefined ? {} : { phase }),
});

function comparison(trials: DecidedMethod['trials']): Decisions {
  const metric = { split: 'validation', measure: 'error', at: 'best' } as const;
  const method = { trials } as DecidedMethod;
  return { kind: 'comparison', decided: { metric, methods: { sgd: method } } } as unknown as Decisions;
}

describe('trialsOf', () => {
  it('takes the learning rates of a method, each the median over its seeds', () => {
    expect(trialsOf(grid, undefined, FINAL_LOSS)).toEqual([
      { method: 'sgd', optimizer: 'sgd', values: [4, 3, 2, 1] },
    ]);
  });

  it('takes what was drawn from the declared space of a tuned comparison', () => {
    const trials = [trial(0, 9), trial(1, 0.5), trial(2, null), trial(3, 0.4, 'extension')];
    expect(trialsOf(grid, comparison(trials), FINAL_LOSS)).toEqual([
      { method: 'sgd', optimizer: 'sgd', values: [0.5, Number.POSITIVE_INFINITY] },
    ]);
  });

  it('takes all trials of a search, and none of halving', () => {
    const ranked = [trial(3, 0.1), trial(0, 0.2)];
    const search = { kind: 'search', decided: { ranked } } as unknown as Decisions;
    expect(trialsOf(grid, search, FINAL_LOSS)[0].values).toEqual([0.1, 0.2]);
    expect(trialsOf(grid, { kind: 'halving', decided: { rungs: [] } }, FINAL_LOSS)).toEqual([]);
  });
});

describe('bestOf', () => {
  const figure = bestOf(grid, undefined)!;

  it('has the mean over all subsets of k trials of the best, to half of the trials', () => {
    // k = 1: the mean of 1, 2, 3, 4; k = 2: of six pairs three have 1, two 2 and one 3
    const rows = dataOf(figure);
    expect(rows.map(({ k }) => k)).toEqual([1, 2]);
    expect(rows[0].value).toBeCloseTo(2.5, 12);
    expect(rows[1].value).toBeCloseTo(10 / 6, 12);
    for (const { value, low, high } of rows) {
      expect(low as number).toBeLessThan(value as number);
      expect(high as number).toBeGreaterThan(value as number);
    }
    expect(figure.caption).toContain('Expected final validation loss of the best of k trials');
    expect(figure.caption).toContain('4 trials a method, k up to half of them');
  });

  it('shows the median where a trial diverged, and says how many', () => {
    const some = groupMethods([
      ...[1, 2, 3].map((loss) => run('sgd', loss, loss)),
      run('sgd', 10, 1, { outcome: diverged(9) }),
    ]);
    const shown = bestOf(some, undefined)!;
    // k = 1: the middle of 1, 2, 3 and infinity; k = 2: half of the six pairs have 1: the middle of 1 and 2
    expect(dataOf(shown).map(({ value }) => value)).toEqual([2.5, 1.5]);
    expect(shown.caption).toContain('1 trial diverged and counts as infinite');
    expect(() => compileFigure(shown)).not.toThrow();
  });

  it('is drawn where all trials diverged and where all are equal', () => {
    const bad = groupMethods([1, 2, 3, 4].map((rate) => run('sgd', rate, 1, { outcome: diverged(9) })));
    expect(dataOf(bestOf(bad, undefined)!).map(({ value, high }) => [value, high])).toEqual([
      [null, null],
      [null, null],
    ]);
    const equal = groupMethods([1, 2, 3, 4].map((rate) => run('sgd', rate, 1)));
    for (const methods of [bad, equal])
      expect(() => compileFigure(bestOf(methods, undefined)!)).not.toThrow();
  });

  it('draws errors of a tuned comparison by its metric', () => {
    const trials = [1, 2, 3, 4].map((number) => trial(number, number / 10));
    const shown = bestOf(grid, comparison(trials))!;
    expect(dataOf(shown)[0].tooltip).toMatch(/^sgd, best of 1: 25\.0% \(/);
    expect(shown.caption).toContain('Expected best validation error');
    expect(() => compileFigure(shown)).not.toThrow();
  });

  it('is left out with fewer than four trials', () => {
    expect(
      bestOf(groupMethods([run('sgd', 1, 1), run('sgd', 2, 1), run('sgd', 3, 1)]), undefined),
    ).toBeNull();
  });

  it('gives more than three methods a panel each', () => {
    const many = groupMethods(
      ['a', 'b', 'c', 'd'].flatMap((kind) => [1, 2, 3, 4].map((rate) => run(kind, rate, rate))),
    );
    const crowded = bestOf(many, undefined)!;
    expect((crowded.spec.facet as { sort: string[] }).sort).toEqual(['a', 'b', 'c', 'd']);
    expect(() => compileFigure(crowded)).not.toThrow();
  });

  it('is drawn as before', () => {
    expect(drawing(figure)).toMatchSnapshot();
    expect(() => compileFigure(figure)).not.toThrow();
  });
});
