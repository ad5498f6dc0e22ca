import { describe, expect, it } from 'vitest';
import { varianceComponents } from '../../src/stats/variance.ts';
import { benchmarkCases, expectClose } from '../helpers/benchmarkGoldens.ts';

interface Case {
  readonly factors: string[];
  readonly levels: number[];
  readonly replicates: number;
  readonly values: number[];
  /** As they come out of the formulas, negative ones too. */
  readonly components: number[];
}

describe('varianceComponents', () => {
  it('are those of the textbook formulas', () => {
    let negative = 0;
    for (const { components, ...design } of benchmarkCases<Case>('variance')) {
      const mine = varianceComponents(design);
      expect(mine.length).toBe(components.length);
      for (const [i, expected] of components.entries()) {
        expectClose(mine[i].variance, Math.max(0, expected));
        expect(mine[i].negative).toBe(expected < 0 && Math.abs(expected) > 1e-12);
        if (expected < 0) negative++;
      }
    }
    expect(negative).toBeGreaterThan(0); // or the flag was not tested
  });

  it('name factors, pairs and the residual, with degrees of freedom that sum to n - 1', () => {
    const values = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) + (i % 3));
    const design = { factors: ['init', 'order'], levels: [3, 4], replicates: 2, values };
    const components = varianceComponents(design);
    expect(components.map(({ factors }) => factors.join('+'))).toEqual(['init', 'order', 'init+order', '']);
    expect(components.map(({ degreesOfFreedom }) => degreesOfFreedom)).toEqual([2, 3, 6, 12]);
    expect(components.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    const single = varianceComponents({ ...design, levels: [6, 4], replicates: 1 });
    expect(single.map(({ factors }) => factors.join('+'))).toEqual(['init', 'order', '']);
    expect(single.map(({ degreesOfFreedom }) => degreesOfFreedom)).toEqual([5, 3, 15]);
  });

  it('find the factor that does it all', () => {
    const values = [1, 1, 1, 5, 5, 5, 9, 9, 9];
    const [init, order, residual] = varianceComponents({
      factors: ['init', 'order'],
      levels: [3, 3],
      replicates: 1,
      values,
    });
    expectClose(init.variance, 16, 1e-14); // of 1, 5, 9 with divisor 2
    expect([init.share, order.variance, residual.variance]).toEqual([1, 0, 0]);
  });

  it('have no shares where nothing varies', () => {
    const components = varianceComponents({
      factors: ['init'],
      levels: [2],
      replicates: 2,
      values: [3, 3, 3, 3],
    });
    expect(components.map(({ variance, share }) => [variance, share])).toEqual([
      [0, Number.NaN],
      [0, Number.NaN],
    ]);
  });

  it('refuse designs that do not fit, single levels and diverged runs', () => {
    const design = { factors: ['init', 'order'], levels: [2, 2], replicates: 1, values: [1, 2, 3, 4] };
    expect(() => varianceComponents({ ...design, values: [1, 2, 3] })).toThrow(
      'got 3 values, expected 4 cells x 1 replicates',
    );
    expect(() => varianceComponents({ ...design, levels: [1, 4] })).toThrow('got 1 levels of init');
    expect(() => varianceComponents({ ...design, values: [1, 2, 3, Infinity] })).toThrow(
      'got Infinity at place 3',
    );
    expect(() => varianceComponents({ ...design, factors: ['init'] })).toThrow('got 1 factors and 2 numbers');
    expect(() =>
      varianceComponents({ factors: ['init'], levels: [4], replicates: 1, values: [1, 2, 3, 4] }),
    ).toThrow('got one factor without replicates');
  });
});
