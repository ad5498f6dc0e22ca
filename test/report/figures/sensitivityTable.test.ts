import { describe, expect, it } from 'vitest';
import { sensitivityRows, sensitivityTable } from '../../../src/report/figures/sensitivityTable.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { summaryRows } from '../../../src/report/table.ts';
import type { RunRecord } from '../../../src/run/record.ts';
import { diverged, recordWithLosses } from '../syntheticRecords.ts';

const run = (learningRate: number, final: number, more = {}) =>
  recordWithLosses([2, final], { optimizer: { kind: 'sgd', learningRate }, ...more });

/** Losses by rate: 1.5, 1, 1.1, diverged; before training 2. */
const records = [run(0.01, 1.5), run(0.1, 1), run(1, 1.1), run(10, 0, { outcome: diverged(9) })];

describe('sensitivityRows', () => {
  const [row] = sensitivityRows(groupMethods(records));

  it('has the mean excess over the best, a diverged run counted as one that learnt nothing', () => {
    expect(row.sensitivity).toBeCloseTo((0.5 + 0 + 0.1 + 1) / 4, 12);
  });

  it('has the width of the basin within 5% of the best', () => {
    // up: 1.05 lies half way from 1 to 1.1; down: a tenth of the way from 1 to 1.5. In decades
    expect(row.decades).toBeCloseTo(0.5 + 0.1, 12);
    expect(row.isAtLeast).toBe(false);
    expect(row.edge).toBeNull();
  });

  it('has the share that diverged with its interval', () => {
    expect([row.diverged, row.runs]).toEqual([1, 4]);
    // SciPy: beta.ppf(0.025, 1, 4) and beta.ppf(0.975, 2, 3)
    expect(row.share[0]).toBeCloseTo(0.006309463209709866, 10);
    expect(row.share[1]).toBeCloseTo(0.8058795503167565, 10);
  });

  it('flags a basin that goes to the end of what was tried', () => {
    const [open] = sensitivityRows(groupMethods(records.slice(1)));
    expect(open).toMatchObject({ isAtLeast: true, edge: 'lowest', rates: 3 });
    expect(open.decades).toBeCloseTo(0.5, 12);
  });

  it('leaves out a rate of zero and methods with a single rate, and has no basin where all diverged', () => {
    expect(sensitivityRows(groupMethods([run(0, 2), run(0.1, 1)]))).toEqual([]);
    const bad = [1, 10, 100].map((rate) => run(rate, 0, { outcome: diverged(9) }));
    const [row] = sensitivityRows(groupMethods(bad));
    expect(row).toMatchObject({ sensitivity: 0, decades: Number.NaN, diverged: 3 });
    expect(sensitivityTable(groupMethods(bad))!.rows[0][3]).toBe('–');
  });
});

describe('the summary and the table', () => {
  const summarised = (these: RunRecord[]) => summaryRows(groupMethods(these))[0].sensitivity;

  it('say the same of S and of the basin', () => {
    const [row] = sensitivityRows(groupMethods(records));
    expect(summarised(records)).toEqual({
      sensitivity: row.sensitivity,
      decades: row.decades,
      isAtEnd: row.isAtLeast,
    });
  });

  it('say nothing of two rates, of which the table still has what diverged', () => {
    const two = records.slice(1, 3);
    expect(summarised(two)).toBeNull();
    expect(sensitivityRows(groupMethods(two))).toMatchObject([
      { rates: 2, sensitivity: Number.NaN, decades: Number.NaN, diverged: 0 },
    ]);
    // a rate of which all runs failed was not tried
    const failed = run(0.01, 1, { outcome: { kind: 'failed', message: 'it threw' } });
    expect(summarised([...two, failed])).toBeNull();
  });

  it('have no S where no run was evaluated before its first step', () => {
    const late = records.map((record) => ({
      ...record,
      series: {
        ...record.series,
        evaluations: {
          ...record.series.evaluations,
          step: record.series.evaluations.step.map((step) => step + 1),
        },
      },
    }));
    expect(summarised(late)).toMatchObject({ sensitivity: Number.NaN, decades: expect.closeTo(0.6, 12) });
    expect(sensitivityTable(groupMethods(late))!.rows[0].slice(2, 4)).toEqual(['–', '0.6 decades']);
  });
});

describe('sensitivityTable', () => {
  it('says all of it', () => {
    expect(sensitivityTable(groupMethods(records))!.rows).toEqual([
      ['sgd', '4', '0.400', '0.6 decades', 'inside', '1 of 4', '0.63% to 80.6%'],
    ]);
    expect(sensitivityTable(groupMethods(records.slice(1)))!.rows[0][3]).toBe('≥ 0.5 decades');
    expect(sensitivityTable(groupMethods(records.slice(0, 1)))).toBeUndefined();
  });
});
