import { describe, expect, it } from 'vitest';
import { conclusionRows } from '../../../src/report/conclusion.ts';
import { compileFigure } from '../../../src/report/figure.ts';
import { horizonOf, targetRows, timeToTarget } from '../../../src/report/figures/timeToTarget.ts';
import type { Interaction } from '../../../src/report/interaction.ts';
import { FINAL_LOSS, groupMethods } from '../../../src/report/methods.ts';
import { summaryRows } from '../../../src/report/table.ts';
import { timedMethods } from '../../../src/report/timeToTarget.ts';
import { targetCosts } from '../../../src/report/workloads.ts';
import { dataOf, drawing } from '../drawing.ts';
import { diverged, recordWithLosses } from '../syntheticRecords.ts';

const run = (kind: string, seed: number, losses: readonly number[], more = {}) =>
  recordWithLosses(losses, { optimizer: { kind, learningRate: 0.1 }, seed, ...more });

/** Steps to a loss of 0.5, an evaluation each 140: sgd 280, 420, never, never; adam 140, 140, 280, diverged. */
const records = [
  run('sgd', 0, [2, 1, 0.5, 0.4]),
  run('sgd', 1, [2, 1, 0.8, 0.5]),
  run('sgd', 2, [2, 1, 0.8, 0.6]),
  run('sgd', 3, [2, 1, 0.8, 0.6]),
  run('adam', 0, [2, 0.5, 0.4, 0.3]),
  run('adam', 1, [2, 0.4, 0.4, 0.3]),
  run('adam', 2, [2, 0.8, 0.3, 0.3]),
  run('adam', 3, [2, 0.4], { outcome: diverged(200) }),
];
const methods = groupMethods(records);
const target = { metric: FINAL_LOSS, value: 0.5, chosen: null };

describe('targetRows', () => {
  const timed = timedMethods(methods, target, 'step');
  const [sgd, adam] = targetRows(timed, target, horizonOf(timed), 'sgd');

  it('counts what reached the target, with its interval', () => {
    expect(horizonOf(timed)).toBe(420);
    expect([sgd.reached, sgd.runs, adam.reached, adam.runs]).toEqual([2, 4, 3, 4]);
    // 2 of 4: the ends are beta quantiles B(0.025; 2, 3) and, by symmetry, one minus it; SciPy: beta.ppf(0.025, 2, 3)
    expect(sgd.share[0]).toBeCloseTo(0.06758598648854294, 10);
    expect(sgd.share[1]).toBeCloseTo(0.932414013511457, 10);
  });

  it('has the median, and the mean of the steps with those beyond the horizon cut off', () => {
    // half of the runs of sgd are there at 420; (280 + 420 + 420 + 420) / 4
    expect([sgd.median, sgd.restrictedMean]).toEqual([420, 385]);
    // (140 + 140 + 280 + 420) / 4
    expect([adam.median, adam.restrictedMean]).toEqual([140, 245]);
  });

  it('has the expected running time: all steps for each run that got there', () => {
    expect(sgd.expected).toBe((280 + 420 + 420 + 420) / 2);
    expect(adam.expected).toBe((140 + 140 + 280 + 420) / 3);
    const never = timedMethods(methods, { ...target, value: 0.1 }, 'step');
    expect(targetRows(never, target, 420).map(({ expected }) => expected)).toEqual([Infinity, Infinity]);
  });

  it('tests only where the seeds can show a difference', () => {
    // 2 / C(8, 4) = 1/35 suffices for one test, but not for two
    expect(adam.p).not.toBeNull();
    expect(sgd.p).toBeNull();
    const lion = groupMethods([run('lion', 0, [2, 0.5, 0.4, 0.3])]);
    const three = timedMethods([...methods, ...lion], target, 'step');
    // lion's one run is not tested, adam's four are not enough for two tests
    expect(targetRows(three, target, 420, 'sgd').map(({ p }) => p)).toEqual([null, null, null]);
  });

  it('has the p of the log-rank test, of the ways to deal the runs anew', () => {
    // the scores times 12: adam 9, 9, 5, -10, sgd 5, 2, -10, -10. Of 70 choices of four, 11 have a sum of 13 or more; the chi-square
    // of the test, 1.2079, would give 0.2718. SciPy: permutation_test of the scores gives 22 / 70
    expect(adam.p).toBeCloseTo(22 / 70, 14);
  });

  it('corrects for all methods but the reference, also for those that are not tested', () => {
    // five runs of lion that are all there before the five of sgd: 2 of 252 ways. One run of adam cannot be tested, yet it counts
    const early = [0, 1, 2, 3, 4].map((seed) => run('lion', seed, [2, 0.5, 0.4, 0.3]));
    const late = [0, 1, 2, 3, 4].map((seed) => run('sgd', seed, [2, 1, 0.9, 0.5]));
    const one = [run('adam', 0, [2, 0.5, 0.4, 0.3])];
    const timed = timedMethods(groupMethods([...early, ...late, ...one]), target, 'step');
    const rows = targetRows(timed, target, 420, 'sgd');
    expect(rows.map(({ method, p }) => [method, p])).toEqual([
      ['lion', (2 * 2) / 252],
      ['sgd', null],
      ['adam', null],
    ]);
    const { note } = timeToTarget(groupMethods([...early, ...late, ...one]), target, 'sgd')!.table!;
    expect(note).toContain('by Holm’s method for all 2, those not made with p = 1');
    expect(note).toContain('(5 and 5 would do for all)'); // 2 * 2 / 252, but 2 * 2 / 70 is above 0.05
  });

  it('tests nothing against a target that was chosen after the results', () => {
    const chosen = { ...target, chosen: 'the median of adam' };
    expect(targetRows(timed, chosen, 420, 'sgd').map(({ p }) => p)).toEqual([null, null]);
  });
});

describe('the steps to the target', () => {
  it('are one number in the figure, the summary, the declared table and the profile', () => {
    const conclusion = { metric: FINAL_LOSS, target: 0.5, reference: 'sgd' };
    const timed = timedMethods(methods, target, 'step');
    const inFigure = targetRows(timed, target, 420).map(({ method, median }) => [method, median]);
    // half of the four runs of sgd got there, the second one at 420; two of adam at 140
    expect(inFigure).toEqual([
      ['sgd', 420],
      ['adam', 140],
    ]);
    const summarised = summaryRows(methods, { metric: FINAL_LOSS, isDeclared: true, target: 0.5 });
    expect(summarised.map((row) => [row.method, row.target!.steps])).toEqual(
      expect.arrayContaining(inFigure),
    );
    const declared = conclusionRows(methods, conclusion);
    expect(declared.map((row) => [row.method, row.costs!.step])).toEqual(expect.arrayContaining(inFigure));
    const cells = methods.map((method) => [method]);
    expect(targetCosts({ cells, methods: [], workloads: ['one'], outside: 0 }, [target])).toEqual([
      [420],
      [140],
    ]);
  });
});

describe('timeToTarget', () => {
  const figure = timeToTarget(methods, target, 'sgd')!;

  it('draws the share of runs that have reached the target, to the budget', () => {
    const corners = dataOf(figure)
      .filter(({ method, mark, time }) => method === 'adam' && mark === 'line' && time === 'step')
      .map(({ x, share }) => [x, share]);
    expect(corners).toEqual([
      [0, 0],
      [140, 0.5],
      [280, 0.75],
      [420, 0.75],
    ]);
    const stopped = dataOf(figure).filter(({ mark, time }) => mark === 'stopped' && time === 'step');
    expect(stopped.map(({ method, x, share }) => [method, x, share])).toEqual([
      ['sgd', 420, 0.5],
      ['adam', 420, 0.75],
    ]);
  });

  it('has the log-log band of the curve, from its first step to its last one', () => {
    const band = (name: string, data = dataOf(figure)) =>
      data.flatMap(({ method, mark, time, x, low, high }) =>
        method === name && mark === 'line' && time === 'step' ? [[x, low, high]] : [],
      );
    // S = 3/4 of 4: exp(z sqrt(1 / 12) / ln(4 / 3)) = 7.147; 1 - S^(1 / 7.147) and 1 - S^7.147 (R: survfit, 0.128 and 0.961)
    expect(band('sgd')).toEqual([
      [0, 0, 0],
      [280, 0.0395, 0.8721],
      [420, 0.1551, 0.9422], // S = 1/2 (R: 0.0578 and 0.8449)
    ]);
    // a curve that ends at 1 has no band there: that of the step before goes on up to it
    const all = groupMethods([run('sgd', 0, [2, 0.5, 0.5]), run('sgd', 1, [2, 0.6, 0.5])]);
    const ended = band('sgd', dataOf(timeToTarget(all, target)!));
    expect(ended.map(([x]) => x)).toEqual([0, 140, 280]);
    expect(ended[2].slice(1)).toEqual(ended[1].slice(1));
    expect(figure.caption).toContain('Band: 95% pointwise interval (log-log, Greenwood’s variance)');
  });

  it('counts samples and operations as well, by a switch', () => {
    const { controls } = figure.spec.usermeta as unknown as Interaction;
    expect(controls.map(({ signal, options }) => [signal, options.map(({ value }) => value)])).toEqual([
      ['time', ['step', 'samples', 'flops']], // a gradient a step: no axis of its own
      ['bands', [false, true]],
    ]);
    const places = (cost: string) =>
      dataOf(figure).flatMap(({ method, mark, time, x }) =>
        method === 'adam' && mark === 'line' && time === cost ? [x] : [],
      );
    expect(places('samples')).toEqual([0, 32 * 140, 32 * 280, 32 * 420]);
    expect(places('flops')).toEqual([0, 1.4e8, 2.8e8, 4.2e8]);
  });

  it('has a table, the fastest first, and a caption with statistic and n', () => {
    expect(
      figure.table!.rows.map(([method, reached, , middle, mean, ert]) => [
        method,
        reached,
        middle,
        mean,
        ert,
      ]),
    ).toEqual([
      ['adam', '3 of 4', '140', '245', '327'],
      ['sgd', '2 of 4', '420', '385', '770'],
    ]);
    expect(figure.table!.rows[1].at(-1)).toBe('reference');
    expect(figure.caption).toContain(
      'Share of runs (4 a method) that have reached a validation loss of at most 0.500',
    );
    expect(figure.table!.note).toContain('ERT: expected running time');
    expect(figure.caption).not.toContain('supports no claim');
  });

  it('says that a target was chosen after the results', () => {
    const chosen = timeToTarget(methods, { ...target, chosen: 'the median of adam' }, 'sgd')!;
    expect(chosen.caption).toContain(
      'the median of adam, was chosen after the results and supports no claim',
    );
    expect(chosen.table!.heads).not.toContain('p');
  });

  it('is drawn as before, without a warning', () => {
    expect(drawing(figure)).toMatchSnapshot();
    expect(() => compileFigure(figure)).not.toThrow();
  });

  it('is drawn for one run, and left out where all diverged', () => {
    expect(() => compileFigure(timeToTarget(methods.slice(0, 1), target)!)).not.toThrow();
    const bad = groupMethods([run('sgd', 0, [2], { outcome: diverged(1) })]);
    expect(timeToTarget(bad, target)).toBeNull();
    expect(timeToTarget(methods, null)).toBeNull();
  });

  it('gives more than six methods a panel each', () => {
    const many = groupMethods(Array.from({ length: 8 }, (_, i) => run(`k${i}`, 0, [2, 1, 0.5])));
    const crowded = timeToTarget(many, target)!;
    expect((crowded.spec.facet as { sort: string[] }).sort).toHaveLength(8);
    expect(crowded.caption).toContain('Grey: the other methods.');
    expect(() => compileFigure(crowded)).not.toThrow();
  });
});
