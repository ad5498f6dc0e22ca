import { describe, expect, it } from 'vitest';
import { endings } from '../../../src/report/sections/endings.ts';
import type { Outcome, RunRecord } from '../../../src/run/record.ts';
import { syntheticRecord } from '../syntheticRecords.ts';

const run = (learningRate: number, seed: number, outcome: Outcome, kind = 'sgd') =>
  syntheticRecord({ optimizer: { kind, learningRate }, seed, outcome });
const nameOf = (record: RunRecord) => (record.spec.optimizer as { kind: string }).kind;
const linesOf = (records: RunRecord[], options = {}) =>
  (endings(records, nameOf, options)?.html ?? '')
    .split('<tbody>')[1]
    .split('</tbody>')[0]
    .trim()
    .split('\n')
    .map((line) => line.replace(/<[^>]*>/g, '|').replace(/\|+/g, '|'));

const oneNone = { median: [Number.NaN], min: [Number.NaN], max: [Number.NaN] };

describe('endings', () => {
  it('gathers the diverged runs of a method, a rate and a reason, whatever the numbers in it', () => {
    const blown = (loss: number, step: number): Outcome => ({
      kind: 'diverged',
      step,
      reason: `the training loss ${loss} is above the bound of 10000`,
    });
    const nan: Outcome = { kind: 'diverged', step: 5, reason: 'the training loss is NaN' };
    const records = [
      run(1, 3, blown(2e5, 40)),
      run(1, 0, blown(12345.5, 9)),
      run(1, 1, blown(1e22, 12)),
      run(1, 2, nan),
      run(2, 0, nan),
      run(2, 0, nan, 'adam'),
      run(2, 1, { kind: 'completed' }),
    ];
    const ids = records.map(({ id }) => id.slice(0, 13));
    const lines = linesOf(records).map((line) => line.split('|'));
    expect(lines.map((cells) => cells.slice(1, 3))).toEqual([
      ['sgd', '1'],
      ['sgd', '1'],
      ['sgd', '2'],
      ['adam', '2'],
    ]);
    expect(lines[0].slice(3, 7)).toEqual([
      '0–1, 3',
      '3 runs',
      '9–40',
      'the training loss 12345.5 is above the bound of 10000', // that of the lowest seed
    ]);
    expect(lines[0].slice(-3)).toEqual([ids[1], 'and 2 others', '']);
    expect(lines[1].slice(3, 6)).toEqual(['2', '5', 'the training loss is NaN']);
  });

  it('has the loss and the gradient norm before, of the record with its series', () => {
    const record = run(1, 0, { kind: 'diverged', step: 3, reason: 'NaN' });
    const bare = { ...record, series: { ...record.series, steps: { step: [], channels: {} } } };
    const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
    const whole = {
      ...record,
      series: {
        ...record.series,
        steps: {
          step: [1, 2, 3],
          channels: {
            loss: { median: [2, 30, none], min: [2, 30, none], max: [2, 40, none] },
            gradNorm: { median: [1, 2, infinite], min: [1, 2, 77], max: [1, 2, none] },
          },
        },
      },
    };
    const asked: string[] = [];
    const complete = ({ id }: RunRecord) => {
      asked.push(id);
      return whole;
    };
    expect(linesOf([bare], { complete })[0]).toContain('|NaN|40.0|2.00|');
    expect(asked).toEqual([record.id]);
    expect(linesOf([bare])[0]).toContain('|NaN|–|–|');
    // in the first bucket: the smallest value is the best guess at what was before
    const atOnce = { ...whole, outcome: { kind: 'diverged', step: 1, reason: 'NaN' } as const };
    const bucket = { loss: { median: [30], min: [2.5], max: [none] }, gradNorm: oneNone };
    const early = { ...atOnce, series: { ...whole.series, steps: { step: [1], channels: bucket } } };
    expect(linesOf([early])[0]).toContain('|NaN|2.50|–|');
  });

  it('has the command for what failed or was lost, and none for what diverged, which would not run again', () => {
    const again = ({ id }: RunRecord) => `again ${id}`;
    const failed = [0, 1, 2].map((seed) => run(10 ** seed, seed, { kind: 'failed', message: 'it\nthrew' }));
    const lost = run(1, 7, { kind: 'lost', message: 'its worker died' });
    const nan = run(1, 8, { kind: 'diverged', step: 2, reason: 'NaN' });
    const { html } = endings([...failed, lost, nan], nameOf, { again })!;
    expect(html).toContain('<h2 id="endings-title">Diverged, failed and lost runs</h2>');
    expect(html).toContain(
      `<td>3 rates</td><td>0–2<small>3 runs</small></td><td>–</td><td class="text wrap">failed: it\nthrew<small><code>again ${failed[0].id}</code>`,
    );
    expect(html).toContain(`lost: its worker died<small><code>again ${lost.id}</code>`);
    expect(html).not.toContain(`again ${nan.id}`);
  });

  it('folds long lists, cuts very long ones and says how much is missing', () => {
    const many = (n: number) =>
      Array.from({ length: n }, (_, i) => run(1 + i, 0, { kind: 'diverged', step: 2, reason: 'NaN' }));
    expect(endings(many(12), nameOf)!.html).not.toContain('<details>');
    expect(endings(many(13), nameOf)!.html).toContain('<summary>13 runs in 13 lines</summary>');
    const { html } = endings(many(105), nameOf)!;
    expect(html.match(/<th scope="row">/g)).toHaveLength(100);
    expect(html).toContain('Not listed: 5 more runs in 5 lines; <code>runs.csv</code> has them all.');
  });

  it('counts seeds that lie apart, and is left out where every run completed', () => {
    const apart = Array.from({ length: 9 }, (_, i) =>
      run(1, 2 * i, { kind: 'diverged', step: 2, reason: 'NaN' }),
    );
    expect(linesOf(apart)[0]).toContain('|9 seeds|9 runs|');
    expect(endings([run(1, 0, { kind: 'completed' })], nameOf)).toBeNull();
  });
});
