import { describe, expect, it } from 'vitest';
import { factorEffects } from '../../src/stats/effects.ts';
import { benchmarkCases, expectAllClose, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly name: string;
  readonly factors: string[];
  readonly rows: string[][];
  readonly values: number[];
  readonly terms: { factors: string[]; df: number; sum_of_squares: number; share: number }[];
  readonly main_optimizer: number[];
}

const responses = (rows: readonly (readonly [...string[], number])[]) =>
  rows.map((row) => ({ levels: row.slice(0, -1) as string[], value: row.at(-1) as number }));

describe('factorEffects', () => {
  it('has the sequential sums of squares of statsmodels, in balanced and unbalanced designs and with empty cells', () => {
    for (const { factors, rows, values, terms, main_optimizer } of benchmarkCases<Case>('effects')) {
      const runs = rows.map((levels, i) => ({ levels, value: values[i] }));
      const effects = factorEffects(factors, runs);
      expect(effects.scale).toBe('value');
      expect(effects.terms.map((term) => [term.factors, term.degreesOfFreedom])).toEqual(
        terms.map((term) => [term.factors, term.df]),
      );
      for (const [i, term] of effects.terms.entries()) {
        // references are differences of residual sums of squares of about 10: 1e-9 of that
        expect(Math.abs(term.sumOfSquares - terms[i].sum_of_squares)).toBeLessThan(1e-9);
        expect(Math.abs(term.share - terms[i].share)).toBeLessThan(1e-9);
      }
      const optimizer = effects.main.filter((effect) => effect.factors[0] === 'optimizer');
      expectAllClose(
        optimizer.map(({ effect }) => effect),
        main_optimizer,
      );
    }
  });

  it('gives levels and pairs what they add', () => {
    const runs = responses([
      ['adam', 'none', 1],
      ['adam', 'bn', 2],
      ['sgd', 'none', 3],
      ['sgd', 'bn', 10],
    ]);
    const { grandMean, main, interactions, terms } = factorEffects(['optimizer', 'norm'], runs);
    expect(grandMean).toBe(4);
    expect(main.map(({ levels, effect }) => [levels[0], effect])).toEqual([
      ['adam', -2.5],
      ['sgd', 2.5],
      ['none', -2],
      ['bn', 2],
    ]);
    // 1 - 1.5 - 2 + 4, 2 - 1.5 - 6 + 4, …
    expect(interactions.map(({ levels, effect }) => [levels.join(), effect])).toEqual([
      ['adam,none', 1.5],
      ['adam,bn', -1.5],
      ['sgd,none', -1.5],
      ['sgd,bn', 1.5],
    ]);
    expectAllClose(
      terms.map(({ sumOfSquares }) => sumOfSquares),
      [25, 16, 9, 0],
      1e-12,
    );
    expect(terms.map(({ degreesOfFreedom }) => degreesOfFreedom)).toEqual([1, 1, 1, 0]);
  });

  it('works on ranks as soon as a run diverged', () => {
    const runs = responses([
      ['a', 'x', 0.1],
      ['a', 'y', 0.2],
      ['b', 'x', Infinity],
      ['b', 'y', Infinity],
    ]);
    const effects = factorEffects(['optimizer', 'norm'], runs);
    expect(effects.scale).toBe('rank');
    expect(effects.grandMean).toBe(2.5);
    expect(effects.main.map(({ effect }) => effect)).toEqual([-1, 1, -0.25, 0.25]); // ranks 1, 2, 3.5, 3.5
    const counted = factorEffects(['optimizer', 'norm'], runs, 'diverged');
    expect(counted.grandMean).toBe(0.5);
    expect(counted.terms.map(({ share }) => share)).toEqual([1, 0, 0, 0]);
    expect(() => factorEffects(['optimizer', 'norm'], runs, 'value')).toThrow('invalid scale of effects');
  });

  it('has no shares where all responses are equal, or all diverged', () => {
    for (const value of [2, Infinity]) {
      const runs = responses([
        ['a', value],
        ['b', value],
        ['b', value],
      ]);
      const { terms, main } = factorEffects(['optimizer'], runs);
      expect(terms.map(({ share, sumOfSquares }) => [share, sumOfSquares])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(main.map(({ effect }) => effect)).toEqual([0, 0]);
    }
  });

  it('takes one response and a factor of one level', () => {
    const { terms } = factorEffects(['optimizer', 'norm'], responses([['a', 'x', 3]]));
    expect(terms.map(({ degreesOfFreedom }) => degreesOfFreedom)).toEqual([0, 0, 0, 0]);
  });

  it.each([',', '","', '\u0000'])('does not confuse levels that hold %j', (border) => {
    const runs = responses([
      [`a${border}b`, 'c', 1],
      ['a', `b${border}c`, 5],
    ]);
    expect(factorEffects(['f', 'g'], runs).interactions).toHaveLength(2);
  });

  it('refuses NaN, no responses and rows that do not fit', () => {
    expect(() => factorEffects(['f'], [])).toThrow('invalid responses: got 0 values');
    expect(() => factorEffects(['f'], responses([['a', Number.NaN]]))).toThrow('invalid responses: got NaN');
    expect(() => factorEffects(['f', 'g'], responses([['a', 1]]))).toThrow(
      'got 1 levels, expected one for each of f, g',
    );
  });
});

it('uses relative tolerances that can fail', () => {
  expect(() => expectClose(1 + 1e-8, 1)).toThrow();
});
