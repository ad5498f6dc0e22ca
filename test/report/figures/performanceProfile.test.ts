import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { performanceProfile } from '../../../src/report/figures/performanceProfile.ts';
import { FINAL_LOSS, groupMethods } from '../../../src/report/methods.ts';
import { dataOf, drawing } from '../drawing.ts';
import { recordWithLosses } from '../syntheticRecords.ts';

const run = (kind: string, data: string, losses: readonly number[]) =>
  recordWithLosses(losses, { optimizer: { kind, learningRate: 0.1 }, spec: { data: { kind: data } } });

/** Steps to 0.5 in units of 140: on a: sgd 2, adam 1; on b: sgd 1, adam 3; on c: sgd 2, adam never; nobody on d. */
const methods = groupMethods([
  run('sgd', 'a', [2, 1, 0.5, 0.4]),
  run('adam', 'a', [2, 0.5, 0.5, 0.4]),
  run('sgd', 'b', [2, 0.5, 0.5, 0.5]),
  run('adam', 'b', [2, 1, 1, 0.5]),
  run('sgd', 'c', [2, 1, 0.5, 0.5]),
  run('adam', 'c', [2, 1, 1, 0.9]),
  run('sgd', 'd', [2, 1, 1, 1]),
  run('adam', 'd', [2, 1, 1, 1]),
]);
const conclusion = { metric: FINAL_LOSS, target: 0.5, reference: 'sgd' };

describe('performanceProfile', () => {
  const figure = performanceProfile(methods, conclusion, FINAL_LOSS)!;

  it('has the share of workloads within each ratio to the fastest', () => {
    const corners = (name: string) =>
      dataOf(figure).flatMap(({ method, x, share }) => (method === name ? [[x, share]] : []));
    // ratios of sgd: 2, 1, 1, infinite; of adam: 1, 3, infinite, infinite
    expect(corners('sgd')).toEqual([
      [1, 0],
      [1, 0.5],
      [2, 0.75],
      [4.2, 0.75],
    ]);
    expect(corners('adam')).toEqual([
      [1, 0],
      [1, 0.25],
      [3, 0.5],
      [4.2, 0.5],
    ]);
  });

  it('scores the exact area up to four times the fastest, and the speed-up where both got there', () => {
    // sgd: (2 + 3 + 3 + 0) / 4 / 3; adam: (3 + 1) / 4 / 3; speed-up on a and b: sqrt(2 / 1 * 1 / 3)
    expect(figure.table!.rows).toEqual([
      ['sgd', '0.667', '3 of 4', '2', '1.00 (on 3)'],
      ['adam', '0.333', '2 of 4', '1', '0.816 (on 2)'],
    ]);
  });

  it('knows the reference by the name that it has among all runs', () => {
    const named = methods.find(({ optimizer }) => optimizer === 'sgd')!.label;
    expect(named).toBe('sgd, data a');
    const table = performanceProfile(methods, { ...conclusion, reference: named }, FINAL_LOSS)!.table!;
    expect(table.heads).toContain('Speed-up');
    expect(table.rows.map((row) => row.at(-1))).toEqual(['1.00 (on 3)', '0.816 (on 2)']);
    // without a declared target it is the median of the reference on every workload: 0.4, 0.5, 0.5, 1
    const chosen = performanceProfile(methods, { metric: FINAL_LOSS, reference: named }, FINAL_LOSS)!;
    // sgd 3, 1, 2, 1 evaluations; adam 3, 3, never, 1
    expect(chosen.table!.rows.map(([, , reached, fastest]) => [reached, fastest])).toEqual([
      ['4 of 4', '4'],
      ['3 of 4', '2'],
    ]);
    expect(
      performanceProfile(methods, { ...conclusion, reference: 'lion' }, FINAL_LOSS)!.table!.heads,
    ).not.toContain('Speed-up');
  });

  it('names the workloads, and that on which no method got there', () => {
    expect(figure.caption).toContain('Workloads: data a; data b; data c; data d.');
    expect(figure.caption).toContain('No method reached it on data d.');
  });

  it('says that targets were chosen after the results', () => {
    const chosen = performanceProfile(methods, undefined, FINAL_LOSS)!;
    expect(chosen.caption).toContain('chosen after the results');
  });

  it('is drawn as before, without a warning', () => {
    expect(drawing(figure)).toMatchSnapshot();
    expect(() => compileFigure(figure)).not.toThrow();
  });

  it('is left out with one workload, and where nothing was reached', () => {
    expect(performanceProfile(methods.slice(0, 2), conclusion, FINAL_LOSS)).toBeNull();
    expect(performanceProfile(methods, { ...conclusion, target: 0.1 }, FINAL_LOSS)).toBeNull();
  });
});
