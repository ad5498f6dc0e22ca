import { describe, expect, it } from 'vitest';
import { faultMatrix } from '../../src/report/faultMatrix.ts';
import { faultWindow, mendedSteps, recoveryOf } from '../../src/report/faultRecovery.ts';
import { renderReport, reportContents } from '../../src/report/report.ts';
import { faultCsv } from '../../src/report/sections/faultRecovery.ts';
import type { Outcome, RunRecord } from '../../src/run/record.ts';
import { syntheticRecord } from './syntheticRecords.ts';

const CONSTANT = (values: readonly number[]) => ({ median: values, min: values, max: values });

/** A run with these medians of the loss in buckets of `width` steps. */
function runOf(
  losses: readonly number[],
  { width = 2, faults = [{ kind: 'nanGradient', at: 12, steps: 1 }] as readonly object[], ...more } = {},
  outcome: Outcome = { kind: 'completed' },
  seed = 0,
): RunRecord {
  const record = syntheticRecord({
    optimizer: { kind: 'sgd', learningRate: 0.1 },
    outcome,
    seed,
    spec: { ...(faults.length > 0 ? { faults: faults as never } : {}), ...more },
  });
  const step = losses.map((_, i) => width * (i + 1));
  return {
    ...record,
    steps: outcome.kind === 'diverged' ? outcome.step - 1 : step.at(-1)!,
    series: { ...record.series, steps: { step, channels: { loss: CONSTANT(losses) } } },
  };
}

const recovered = (losses: readonly number[], at = 12) => recoveryOf(runOf(losses), { first: at, last: at });
/** Six buckets before step 12 or with it: the level is 5, the median of 9 3 5 4 6 in the buckets 1 to 5. */
const BEFORE = [9, 3, 5, 4, 6, 100];

describe('recovery after a fault', () => {
  it('is counted from the last step of the fault to the end of the first bucket that is back at the level', () => {
    expect(recovered([...BEFORE, 5, 5, 5, 5, 5])).toEqual({ kind: 'recovered', steps: 2, from: 0 });
    expect(recovered([...BEFORE, 5.1, 6, 5, 4, 4, 4, 4])).toEqual({ kind: 'recovered', steps: 6, from: 4 });
    // a step earlier the bucket of the fault's step has one behind it
    expect(recovered([...BEFORE, 5, 5, 5, 5, 5], 11)).toEqual({ kind: 'recovered', steps: 3, from: 1 });
  });

  it('stays: the median of five buckets must be back too', () => {
    expect(recovered([...BEFORE, 5, 6, 6, 6, 5, 5, 5, 4, 4])).toEqual({
      kind: 'recovered',
      steps: 10,
      from: 8,
    });
    expect(recovered([...BEFORE, 5, 6, 6, 4, 4])).toEqual({ kind: 'recovered', steps: 2, from: 0 });
    expect(recovered([...BEFORE, 5, 6, 6, 6, 4])).toEqual({ kind: 'notRecovered', within: 10 });
  });

  it('is censored where the run ends first: fewer than five buckets prove nothing', () => {
    expect(recovered([...BEFORE, 9, 9, 1, 1, 1, 1])).toEqual({ kind: 'notRecovered', within: 12 });
    expect(recovered([...BEFORE, 9, 9, 1, 1, 1, 1, 1])).toEqual({ kind: 'recovered', steps: 6, from: 4 });
    expect(recovered(BEFORE)).toEqual({ kind: 'notRecovered', within: 0 });
  });

  it('takes a loss that is not a number for one above any level', () => {
    const { NaN: none } = Number;
    expect(recovered([...BEFORE, none, none, 5, 5, none, 5, 5])).toEqual({
      kind: 'recovered',
      steps: 6,
      from: 4,
    });
    expect(recovered([...BEFORE, none, none, none, none, none])).toEqual({
      kind: 'notRecovered',
      within: 10,
    });
  });

  it('has a level of the buckets that there are, and none without one', () => {
    expect(recovered([9, 2, 8, 5, 5, 5, 5, 5], 5)).toEqual({ kind: 'recovered', steps: 3, from: 1 });
    expect(recovered([9, 2, 8, 5, 5, 5, 5, 5], 2)).toBeNull();
  });

  it('is none of a run that diverges, with the steps it had left', () => {
    const diverged = (step: number) =>
      recoveryOf(runOf([...BEFORE, 7], {}, { kind: 'diverged', step, reason: 'NaN' }), {
        first: 12,
        last: 12,
      });
    expect(diverged(12)).toEqual({ kind: 'diverged', steps: 0 });
    expect(diverged(14)).toEqual({ kind: 'diverged', steps: 2 });
    expect(diverged(11)).toBeNull(); // the fault never came
  });

  it('begins with the first fault and ends with the last one', () => {
    const windowOf = (faults: readonly object[]) => faultWindow(runOf([1], { faults }));
    expect(windowOf([])).toBeNull();
    expect(windowOf([{ kind: 'rateSpike', at: 7, steps: 3, factor: 2 }])).toEqual({ first: 7, last: 9 });
    const dead = { kind: 'deadUnits', at: 5, bias: -9 };
    expect(windowOf([{ kind: 'zeroGradient', at: 7, steps: 3 }, dead])).toEqual({ first: 5, last: 9 });
    expect(windowOf([{ kind: 'labelNoise', at: 4, share: 1 }])).toEqual({ first: 4, last: 4 });
  });
});

describe('mended steps', () => {
  const mended = (width: number, buckets: readonly (readonly number[])[]) => {
    const record = runOf(
      buckets.map(() => 1),
      { width },
    );
    const channel = (of: (sorted: readonly number[]) => number) =>
      buckets.map((values) => of(values.toSorted((a, b) => a - b)));
    const half = width >> 1;
    const nonFinite = {
      median: channel((v) => (width % 2 === 1 ? v[half] : (v[half - 1] + v[half]) / 2)),
      min: channel((v) => v[0]),
      max: channel((v) => v[width - 1]),
    };
    const steps = { ...record.series.steps, channels: { nonFinite } };
    return mendedSteps({ ...record, series: { ...record.series, steps } });
  };

  it('are exact up to three steps a bucket, and bounded above', () => {
    expect(mended(1, [[0], [4], [1]])).toEqual([2, 2]);
    expect(
      mended(2, [
        [0, 0],
        [4, 0],
        [1, 1],
      ]),
    ).toEqual([3, 3]);
    expect(
      mended(3, [
        [0, 4, 0],
        [1, 1, 0],
        [1, 1, 1],
      ]),
    ).toEqual([6, 6]);
    expect(mended(4, [[0, 0, 0, 9]])).toEqual([1, 1]);
    expect(mended(4, [[0, 0, 2, 9]])).toEqual([2, 3]);
    expect(mended(4, [[0, 1, 2, 9]])).toEqual([2, 3]);
    expect(
      mended(5, [
        [0, 0, 0, 0, 9],
        [9, 9, 0, 0, 0],
      ]),
    ).toEqual([2, 4]);
    expect(mendedSteps(runOf([1]))).toBeNull();
  });
});

describe('the matrix of faults', () => {
  const nan = { kind: 'nanGradient', at: 12, steps: 1 };
  const dead = { kind: 'deadUnits', at: 12, bias: -100 };
  const good = [...BEFORE, 5, 5, 5, 5, 5];
  const slow = [...BEFORE, 6, 6, 5, 5, 5, 5, 5];
  const bad = [...BEFORE, 8, 8, 8, 8, 8];
  const skip = { nonFinite: 'skip' };
  const end = { nonFinite: 'end' };
  const ended: Outcome = { kind: 'diverged', step: 12, reason: 'the norm of the gradient is NaN' };
  const records = [
    ...[0, 1, 2].map((seed) => runOf(good, { faults: [], ...end }, { kind: 'completed' }, seed)),
    ...[0, 1, 2].map((seed) => runOf(BEFORE, { faults: [nan], ...end }, ended, seed)),
    ...[0, 1, 2].map((seed) =>
      runOf([good, slow, bad][seed], { faults: [nan], ...skip }, { kind: 'completed' }, seed),
    ),
    ...[0, 1, 2].map((seed) => runOf(bad, { faults: [dead], ...skip }, { kind: 'completed' }, seed)),
  ];

  it('has a row a setting and a column a fault, with counts and the median over the seeds', () => {
    const { faults, rows, at, seeds } = faultMatrix(records)!;
    expect([faults, at, seeds]).toEqual([['no fault', 'nanGradient', 'deadUnits'], 12, [3, 3]]);
    expect(rows.map(({ setting }) => setting)).toEqual(['nonFinite end', 'nonFinite skip']);
    const [[none, ended, missing], [absent, skipped, never]] = rows.map(({ cells }) => cells);
    expect([missing, absent]).toEqual([null, null]);
    expect(none).toMatchObject({
      runs: 3,
      recovered: 3,
      steps: { median: 2, low: 2, high: 2 },
      resolution: 2,
    });
    expect(ended).toMatchObject({ runs: 3, diverged: 3, recovered: 0, finalError: Number.POSITIVE_INFINITY });
    expect(skipped).toMatchObject({
      recovered: 2,
      notRecovered: 1,
      steps: { median: 6, low: 2, high: Infinity },
    });
    expect(never).toMatchObject({ recovered: 0, notRecovered: 3, diverged: 0 });
  });

  it('is a table of the report, a table for papers and CSV; without faults there is none', () => {
    const input = {
      experiment: { name: 'crash', title: 'Crash', question: '?' },
      records,
      command: 'again',
    };
    const page = renderReport(input);
    const section = page.split('id="faults-title"')[1].split('</section>')[0];
    expect(section).toContain('<th scope="row">nonFinite end</th><td>≤2<small>');
    expect(section).toContain('<span class="flag">diverged</span></td>');
    expect(section).toContain('<td>6<small>2 of 3 back</small>');
    expect(section).toContain('<span class="flag">not back</span><small>');
    expect(section).toContain('(all begin at step 12)');
    const { tables, faults } = reportContents(input);
    const table = tables.find(({ id }) => id === 'faults')!;
    expect(table.columns.map(({ name }) => name)).toEqual([
      'Setting',
      'no fault',
      'nanGradient',
      'deadUnits',
    ]);
    expect(table.rows[1].cells.slice(0, 2)).toEqual(['nonFinite skip', '–']);
    expect(faultCsv(faults!).split('\n')[2]).toBe(
      'nonFinite end,nanGradient,3,0,0,3,Infinity,Infinity,Infinity,0,,,Infinity',
    );
    const without = { ...input, records: records.slice(0, 3) };
    expect(renderReport(without)).not.toContain('faults-title');
    expect(reportContents(without).tables.map(({ id }) => id)).not.toContain('faults');
  });

  it('names faults of a kind by the options that differ', () => {
    const more = [
      { ...nan, part: 'conv1' },
      { ...nan, steps: 3 },
    ].map((fault) => runOf(good, { faults: [fault], ...skip }));
    expect(faultMatrix([...records, ...more])!.faults.slice(1)).toEqual([
      'nanGradient, steps 1',
      'deadUnits',
      'nanGradient, steps 1, part conv1',
      'nanGradient, steps 3',
    ]);
  });
});
