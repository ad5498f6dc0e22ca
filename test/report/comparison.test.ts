import { describe, expect, it } from 'vitest';
import { compare } from '../../src/report/compared.ts';
import { compareSides, type Side } from '../../src/report/comparison.ts';
import { differencesOf, equalityText, pairWords, renderComparison } from '../../src/report/comparisonPage.ts';
import { equalityOf } from '../../src/report/sameBits.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { diverged, recordWithLosses } from './syntheticRecords.ts';

const run = (kind: string, seed: number, loss: number, more: object = {}) =>
  recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed, ...more });
const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

const runsOf = (records: readonly RunRecord[]) => ({
  ids: records.map(({ id }) => id),
  record: (id: string) => records.find((record) => record.id === id)!,
});
const equality = (a: RunRecord, b: RunRecord) => equalityOf(runsOf([a]), runsOf([b]));

function side(letter: string, records: readonly RunRecord[]): Side {
  const conclusion = { metric: { split: 'validation', measure: 'loss', at: 'final' }, target: 1.2 } as const;
  const compared = compare({ records, conclusion }, undefined);
  return { letter, name: 'an experiment', source: 'a store', compared, conclusion, runs: runsOf(records) };
}

describe('two sides', () => {
  const a = side('A', [
    ...SEEDS.map((seed) => run('adam', seed, 1 + seed / 100)),
    ...SEEDS.map((seed) => run('sgd', seed, 2)),
    run('lion', 0, 5),
  ]);
  const b = side('B', [
    ...SEEDS.map((seed) => run('adam', seed, 0.5 + seed / 50)),
    ...SEEDS.map((seed) => run('sgd', seed, 2)),
    run('yogi', 0, 5),
  ]);
  const { pairs, onlyA, onlyB, equality } = compareSides(a, b);

  it('compare methods of one name seed by seed', () => {
    expect(pairs.map(({ method }) => method)).toEqual(['adam', 'sgd']);
    expect([onlyA, onlyB]).toEqual([['lion'], ['yogi']]);
    const [adam, sgd] = pairs;
    expect([adam.a.median, adam.b.median]).toEqual([expect.closeTo(1.035, 12), expect.closeTo(0.57, 12)]);
    // differences -0.5 + seed / 100
    expect(adam.paired.difference).toBeCloseTo(-0.465, 12);
    expect(adam.probability).toBe(1);
    // eight seeds of one sign: 2 / 2^8, times the two methods
    expect(adam.verdict).toEqual({ kind: 'better', p: 4 / 256 });
    expect(pairWords(adam)).toBe('better, p = 0.016');
    expect(sgd.probability).toBe(0.5);
    expect(pairWords(sgd)).toBe('the same on all 8 seeds');
  });

  it('say where runs of one id part', () => {
    expect([equality.shared, equality.same]).toEqual([16, 8]);
    // 3 before training is the same; 1 against 0.5 at step 140
    expect(equality.different[0]).toMatchObject({ step: 140, relative: 0.5 });
    expect(equalityText(compareSides(a, b))).toMatch(
      /^8 of 16 runs that both have are the same to the last bit; 8 differ, the first one \(r[0-9a-f]{11}\) from step 140 on, by up to 0\.500 of the value there\.$/,
    );
    expect(equalityText(compareSides(a, a))).toBe('All 17 runs that both have are the same to the last bit.');
  });

  it('are one page, with the figures of both unless they are the same', () => {
    const page = renderComparison({ a, b, command: 'npx thalweg compare a.ts b.ts' });
    const text = page.replace(/<script[\s\S]*?<\/script>/g, '');
    expect(text).toContain('<p>Only in A: lion.</p>');
    expect(text).toContain('<td>0.465 lower</td><td>1.00</td><td class="text wrap">better, p = 0.016</td>');
    expect(text).toContain('id="loss-curves"');
    expect(text).toContain('at most 1.20'); // the declared target, not one that was chosen after the results
    expect(text).not.toContain('No target was declared');
    expect(page).toContain('A: adam');
    expect(page).toContain('B: adam');
    const same = renderComparison({ a, b: { ...a, letter: 'B' }, command: '' });
    expect(same).not.toContain('id="loss-curves"');
  });
});

describe('equalityOf', () => {
  const one = run('adam', 0, 1);
  const noSeries = { step: null, relative: 0, name: '', values: [undefined, undefined] };

  it('sees a difference of the state alone, and none of the place where a run was computed', () => {
    expect(equality(one, { ...one, environment: null, engine: 'other' })).toEqual({
      shared: 1,
      same: 1,
      different: [],
    });
    expect(equality(one, { ...one, digest: 'other' }).different).toEqual([{ id: one.id, ...noSeries }]);
  });

  it('sees an evaluation that only one of them has, and -0 for 0', () => {
    const longer = run('adam', 0, 1);
    const shorter = recordWithLosses([3], { optimizer: { kind: 'adam', learningRate: 0.1 } });
    expect(equality(longer, shorter).different).toMatchObject([{ step: 140, relative: Infinity }]);
    const zero = run('adam', 0, 0);
    expect(equality(zero, run('adam', 0, -0)).different).toMatchObject([{ step: 140, relative: 0 }]);
  });

  it('sees another ending, and a bucket of steps', () => {
    const ended = { ...one, outcome: { kind: 'diverged', step: 9, reason: 'x' } } as const;
    expect(equality(one, ended).different).toEqual([{ id: one.id, ...noSeries }]);
    const { steps } = one.series;
    const loss = { ...steps.channels.loss, max: steps.channels.loss.max.with(3, 1e9) };
    const spiked = {
      ...one,
      series: { ...one.series, steps: { ...steps, channels: { ...steps.channels, loss } } },
    };
    expect(equality(one, spiked).different).toMatchObject([
      { step: steps.step[3], name: 'loss max', values: [steps.channels.loss.max[3], 1e9] },
    ]);
  });

  it('counts runs with a result alone', () => {
    const failed = run('adam', 0, 1, { outcome: { kind: 'failed', message: 'no' } });
    expect(equality(one, failed).shared).toBe(0);
    const gone = run('sgd', 0, 1, { outcome: diverged(5) });
    expect(equality(gone, gone)).toEqual({ shared: 1, same: 1, different: [] });
  });
});

it('differencesOf names the options by their paths, the seed left out', () => {
  const a = { seed: 0, epochs: 1, clip: { kind: 'none' }, optimizer: { kind: 'adam', beta1: 0.9 } };
  const b = { seed: 1, epochs: 2, clip: { kind: 'none' }, optimizer: { kind: 'adam', beta1: 0.8, eps: 1 } };
  expect(differencesOf(a, b)).toEqual([
    ['epochs', '1', '2'],
    ['optimizer.beta1', '0.9', '0.8'],
    ['optimizer.eps', '–', '1'],
  ]);
});
