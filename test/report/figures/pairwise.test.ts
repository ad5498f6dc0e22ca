import { describe, expect, it } from 'vitest';
import { compileFigure, type Figure } from '../../../src/report/figure.ts';
import { pairwise } from '../../../src/report/figures/pairwise.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { summaryRows } from '../../../src/report/table.ts';
import { recordWithLosses } from '../syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: a spec is plain JSON; the paths below say what is expected where
type Any = any;

const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
/** The final losses of methods by seed. */
function figureOf(losses: Readonly<Record<string, readonly number[]>>): Figure | null {
  const methods = groupMethods(
    Object.entries(losses).flatMap(([kind, values]) =>
      values.map((loss, seed) =>
        recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed }),
      ),
    ),
  );
  return pairwise(methods, summaryRows(methods, { metric, isDeclared: true }), metric);
}
/** By `row column`; the rows are `1  adam`, the columns their numbers. */
const cellsOf = (figure: Figure | null) => {
  const { data, layer } = figure!.spec as Any;
  const names = layer[0].encoding.y.scale.domain.map((name: string) => name.split('  ')[1]);
  return Object.fromEntries(
    data.values.map((cell: Any) => [`${cell.row.split('  ')[1]} ${names[cell.column - 1]}`, cell]),
  );
};
const seeds = (n: number, first: number, step: number) =>
  Array.from({ length: n }, (_, i) => first + i * step);

describe('pairwise', () => {
  it('has the share of pairs of runs in which the row is better, the best first', () => {
    const figure = figureOf({ sgd: [1, 2, 3], adam: [0.5, 1.5, 2.5] });
    const cells = cellsOf(figure);
    // 0.5 beats all three, 1.5 two of them, 2.5 one: 6 of 9
    expect(cells['adam sgd']).toMatchObject({
      probability: 6 / 9,
      text: '0.67',
      better: 3,
      worse: 0,
      seeds: 3,
    });
    expect(cells['sgd adam']).toMatchObject({ probability: expect.closeTo(3 / 9, 12), better: 0, worse: 3 });
    expect(cells['adam sgd'].strength).toBeCloseTo(1 / 3, 12);
    expect(cells['adam sgd'].low).toBeUndefined(); // three seeds are too few
    expect((figure!.spec as Any).layer[0].encoding.y.scale.domain).toEqual(['1  adam', '2  sgd']);
    expect(figure!.caption).toMatch(/Not tested: 1 of 1 pair \(3 seeds cannot reach p < 0\.05/);
    expect(figure!.caption).not.toContain('Star:');
    compileFigure(figure!);
  });

  it('stars what is significant and says what was not tested', () => {
    const figure = figureOf({ adam: seeds(12, 1, 0.01), sgd: seeds(12, 1, 0.01), lion: seeds(12, 2, 0.01) });
    const cells = cellsOf(figure);
    expect([cells['adam lion'].text, cells['lion adam'].text]).toEqual(['1.00*', '0.00*']);
    expect(cells['adam sgd'].text).toBe('0.50');
    expect(cells['adam lion'].low).toBe(1); // twelve seeds have an interval
    expect(cells['adam lion'].tooltip).toContain('median difference 1.00 lower; p = 0.001 after Holm');
    expect(figure!.caption).toContain('correction for all 3 pairs of methods');
    expect(figure!.caption).toContain('Not tested: 1 of 3 pairs (nothing to test: the two are equal');
  });

  it('corrects for all pairs of all methods, of which it shows those of the twelve best', () => {
    const kinds = seeds(14, 0, 1).map((i) => [`method${i}`, seeds(14, 1 + i, 0.01)] as const);
    const figure = figureOf(Object.fromEntries(kinds));
    expect((figure!.spec as Any).data.values).toHaveLength(12 * 11);
    expect(figure!.caption).toContain('for all 91 pairs of methods');
    expect(figure!.caption).toContain('The 12 best of 14 methods.');
  });

  it('needs two methods that have runs', () => {
    expect(figureOf({ adam: [1, 2] })).toBeNull();
  });
});
