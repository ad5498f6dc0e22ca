import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { summaryText } from '../../src/report/text.ts';
import { diverged, hostileRecords, recordWithLosses, syntheticRecord } from './syntheticRecords.ts';

const run = (kind: string, learningRate: number, seed: number, loss: number | null) =>
  recordWithLosses([3, loss ?? 3], {
    optimizer: { kind, learningRate },
    seed,
    ...(loss === null ? { outcome: diverged(9) } : {}),
  });

describe('summaryText', () => {
  it('is a line a method, the best first', () => {
    const records = [
      ...[run('sgd', 0.1, 0, 3), run('sgd', 0.1, 1, 2), run('sgd', 1, 0, null), run('sgd', 1, 1, null)],
      ...[
        run('adam', 1e-4, 0, 2),
        run('adam', 1e-4, 1, 2),
        run('adam', 0.001, 0, 0.9),
        run('adam', 0.001, 1, 1.1),
      ],
      ...[run('adam', 0.01, 0, 2.5), run('adam', 0.01, 1, null)],
    ];
    expect(summaryText(records)).toBe(
      [
        'method  learning rate  validation error    test error          diverged',
        '-----------------------------------------------------------------------',
        'adam    0.001          10.0% (9.00-11.0%)  10.0% (9.00-11.0%)  1 of 6',
        'sgd     0.1 (lowest)   25.0% (20.0-30.0%)  25.0% (20.0-30.0%)  2 of 4',
        'errors: median (range) over 2 seeds at the best learning rate',
        '(lowest), (highest): the best rate is the last one tried in that direction; extend the grid',
        '',
      ].join('\n'),
    );
  });

  it('says what diverged, failed or is missing', () => {
    const failed = syntheticRecord({
      optimizer: { kind: 'lion', learningRate: 1 },
      outcome: { kind: 'failed', message: 'x' },
    });
    const lines = summaryText([run('sgd', 1, 0, null), failed]).split('\n');
    expect(lines[2]).toMatch(/^sgd +– +– +– +1 of 1$/);
    expect(lines[3]).toMatch(/^lion +– +– +– +0 of 1, 1 failed$/);
    expect(summaryText([])).toBe('no runs\n');
  });

  it('says that it is not complete', () => {
    const [plain, other] = [run('sgd', 1, 0, 1), run('adam', 1, 0, 1)];
    const planned = [plain.spec, other.spec];
    expect(summaryText([plain], { planned })).toContain('\nnot finished: 1 of 2 runs is missing\n');
    expect(summaryText([plain, other], { planned })).not.toContain('missing');
  });

  it('has the distances of problems', () => {
    const spec = { data: { kind: 'rosenbrock' }, model: { kind: 'point' } };
    const problem = recordWithLosses([3, 0.5], { optimizer: { kind: 'sgd', learningRate: 0.1 }, spec });
    const lines = summaryText([problem]).split('\n');
    expect(lines[0]).toBe('method  learning rate  distance from the minimum  diverged');
    expect(lines[2]).toBe('sgd     0.1            0.500                      0 of 1');
  });

  it('fits the terminal and one line a method, whatever the names', () => {
    const lines = summaryText(hostileRecords(), { width: 100 }).trimEnd().split('\n');
    expect(lines).toHaveLength(2 + hostileRecords().length);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(new Set(lines.map((line) => line.slice(0, 40))).size).toBe(lines.length);
  });

  it('names the winner of a search and has the order of the metric that ranked', () => {
    const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
    // the errors are in the other order
    const records = [2.5, 1.5].map((loss, trial) => {
      const record = recordWithLosses([3, loss], {
        optimizer: { kind: 'adam', learningRate: 0.01 + trial },
        seed: 0,
      });
      const { evaluations } = record.series;
      const validation = { ...evaluations.validation, error: [0.9, 0.1 + 0.1 * trial] };
      return { ...record, series: { ...record.series, evaluations: { ...evaluations, validation } } };
    });
    const ranked = [1, 0].map((trial) => ({
      ...{ trial, params: { learningRate: 0.01 + trial, width: 8 }, runs: [records[trial].id] },
      ...{ values: [trial === 1 ? 1.5 : 2.5], median: trial === 1 ? 1.5 : 2.5 },
    }));
    const linesOf = (decisions: object) => summaryText(records, { decisions: decisions as Json }).split('\n');
    const methods = (lines: string[]) => lines.slice(2, 4).map((line) => line.slice(0, 7));
    const lines = linesOf({ metric, ranked });
    expect(methods(lines)).toEqual(['trial 1', 'trial 0']);
    expect(lines).toContain('winner: trial 1, learningRate 1.01, width 8 (final validation loss 1.50)');
    const error = {
      metric: { ...metric, measure: 'error', at: 'best' },
      rungs: [{ epochs: 1, ranked: ranked.toReversed(), kept: [0] }],
    };
    expect(methods(linesOf(error))).toEqual(['trial 0', 'trial 1']);
    const twice = ranked.map((trial) => ({ ...trial, values: [trial.median, trial.median] }));
    expect(linesOf({ metric, ranked: twice }).join()).toContain('(median final validation loss 1.50)');
    expect(linesOf({ ranked: twice }).join()).toContain('width 8 (median 1.50)');
  });
});
