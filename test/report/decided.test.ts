import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import {
  type Comparison,
  comparedRuns,
  decisionsOf,
  type Halving,
  namesOfRuns,
  type Search,
} from '../../src/report/decisions.ts';
import { renderReport } from '../../src/report/report.ts';
import { decided } from '../../src/report/sections/decided.ts';
import { summaryText } from '../../src/report/text.ts';
import type { RunRecord } from '../../src/run/record.ts';
import type { SearchDecision } from '../../src/sweep/search.ts';
import type { HalvingDecision } from '../../src/sweep/successiveHalving.ts';
import type { ComparisonDecision } from '../../src/sweep/tunedComparison.ts';
import { syntheticRecord } from './syntheticRecords.ts';

const run = (kind: string, learningRate: number, seed: number) =>
  syntheticRecord({ optimizer: { kind, learningRate }, seed, floor: learningRate });
const idsOf = (records: readonly RunRecord[]) => records.map(({ id }) => id);

const tuning = { low: [run('sgd', 0.1, 0), run('sgd', 0.1, 1)], high: [run('sgd', 1, 0), run('sgd', 1, 1)] };
const evaluation = [run('sgd', 0.1, 1000), run('sgd', 0.1, 1001), run('sgd', 0.1, 1002)];
const plain = [run('adam', 0.5, 1000), run('adam', 0.5, 1001), run('adam', 0.5, 1002)];
const costs = (median: number) => ({ values: [], median });

const decisions: Comparison = {
  track: 'tuned-2',
  budget: 2,
  metric: { split: 'validation', measure: 'error', at: 'final' },
  target: 0.2,
  seeds: [0, 1],
  evaluationSeeds: [1000, 1001, 1002],
  methods: {
    'plain <adam>': {
      tunedDimensions: 0,
      trials: [],
      winner: { trial: 0, params: {} },
      edges: [],
      evaluation: {
        runs: idsOf(plain),
        values: [0.5, Infinity, Infinity],
        median: Infinity,
        diverged: 1,
        failed: 1,
        toTarget: {
          reached: 0,
          costs: {
            step: costs(Infinity),
            samples: costs(Infinity),
            gradientEvaluations: costs(Infinity),
            flops: costs(Infinity),
          },
        },
      },
    },
    sgd: {
      tunedDimensions: 1,
      trials: [
        {
          trial: 0,
          params: { learningRate: 0.1 },
          runs: idsOf(tuning.low),
          values: [0.2, 0.3],
          median: 0.25,
        },
        {
          trial: 1,
          params: { learningRate: 1 },
          runs: idsOf(tuning.high),
          values: [0.5, Infinity],
          median: Infinity,
          phase: 'extension',
        },
      ],
      winner: { trial: 0, params: { learningRate: 0.1 } },
      edges: [{ dimension: 'learningRate', side: 'low', extended: true }],
      evaluation: {
        runs: idsOf(evaluation),
        values: [0.1, 0.3, 0.2],
        median: 0.2,
        diverged: 0,
        failed: 0,
        toTarget: {
          reached: 2,
          costs: { step: costs(1250), samples: costs(1), gradientEvaluations: costs(1), flops: costs(1) },
        },
      },
    },
  },
};
const trial = (n: number, median: number, runs: readonly string[]) => ({
  trial: n,
  params: { learningRate: 0.1 * n },
  runs,
  values: [median],
  median,
});
const halving: Halving = {
  rungs: [
    { epochs: 1, ranked: [trial(2, 1, ['r2']), trial(1, 2, ['r1']), trial(0, 3, ['r0'])], kept: [2] },
    { epochs: 3, ranked: [trial(2, 0.5, ['r2b'])], kept: [2] },
  ],
};

const json = (value: unknown) => value as Json;
const shown = (value: unknown) => decided(json(value), decisionsOf(json(value)))!.html;
/** The text of every cell of the rows of a table, markup left out. */
const rowsOf = (markup: string) =>
  Array.from(markup.matchAll(/<tr>(<th scope="row">.*?)<\/tr>/gs), ([, row]) =>
    row.split(/<\/t[hd]>/).flatMap(
      (cell) =>
        cell
          .replace(/<[^>]*>/g, '|')
          .replace(/\|+/g, '|')
          .split('|')
          .filter(Boolean)
          .join(' ') || [],
    ),
  );

it('the decisions of the protocols are what the report reads', () => {
  // checked by the types: what a protocol returns may be given to the report
  const comparisonOf = (decision: ComparisonDecision): Comparison => decision;
  const halvingOf = (decision: HalvingDecision): Halving => decision;
  const searchOf = (decision: SearchDecision): Search => decision;
  expect([comparisonOf, halvingOf, searchOf]).toHaveLength(3);
});

describe('decisionsOf', () => {
  it('tells by what they hold', () => {
    expect(decisionsOf(json(decisions))?.kind).toBe('comparison');
    expect(decisionsOf(json(halving))?.kind).toBe('halving');
    expect(decisionsOf(json({ ranked: halving.rungs[0].ranked }))?.kind).toBe('search');
    for (const other of [undefined, null, 3, [], {}, { methods: { a: 1 } }, { ranked: [{ trial: 1 }] }])
      expect(decisionsOf(json(other))).toBeUndefined();
    for (const metric of ['loss', null, { split: 'validation', measure: 'losses', at: 'final' }])
      expect(decisionsOf(json({ ...halving, metric }))).toBeUndefined();
    expect(decisionsOf(json({ ...decisions, metric: 3 }))).toBeUndefined();
  });

  it('names the compared runs after their methods, and every run of a trial', () => {
    const comparison = decisionsOf(json(decisions))!;
    expect(comparedRuns(comparison)).toEqual([
      { name: 'plain <adam>', ids: idsOf(plain) },
      { name: 'sgd', ids: idsOf(evaluation) },
    ]);
    const names = namesOfRuns(comparison);
    expect(names.get(tuning.high[1].id)).toBe('sgd');
    expect(names.get(plain[0].id)).toBe('plain <adam>');
    expect(names.size).toBe(10);
    expect(comparedRuns(decisionsOf(json(halving))!)).toEqual([{ name: 'trial 2', ids: ['r2b'] }]);
    expect(namesOfRuns(decisionsOf(json(halving))!).get('r1')).toBe('trial 1');
  });
});

describe('What was decided', () => {
  it('has a row a method of a tuned comparison, the best first, with its flags', () => {
    const [sgd, adam] = rowsOf(shown(decisions));
    expect(sgd).toEqual([
      'sgd',
      'learningRate 0.1 the default learningRate is the lowest tried, although extended',
      '2 1 dimension',
      '25.0%',
      '20.0% 10.0–30.0%',
      '1,250',
      '2 of 3',
      '0 of 3',
    ]);
    expect(adam).toEqual([
      'plain &lt;adam&gt;',
      'nothing to choose the default',
      '0 0 dimensions',
      '–',
      '∞ 50.0–∞',
      'not reached',
      '0 of 3',
      '1 of 3 1 failed',
    ]);
  });

  it('folds all trials away, the winner marked', () => {
    const markup = shown(decisions);
    const details = markup.slice(markup.indexOf('<details>'));
    expect(details).toContain('<summary>All 2 trials of tuning</summary>');
    expect(rowsOf(details)).toEqual([
      ['0 chosen', 'learningRate 0.1', '25.0%', '20.0%, 30.0%', 'declared'],
      ['1', 'learningRate 1', '∞', '50.0%, ∞', 'last quarter'],
    ]);
  });

  it('has the rungs of successive halving', () => {
    const markup = shown(halving);
    expect(markup).toContain('<summary>Rung 1, 1 epoch: 3 trials, 1 of 3 went on</summary>');
    expect(markup).toContain('<details open><summary>Rung 2, 3 epochs: 1 trial, trial 2 wins</summary>');
    expect(rowsOf(markup).map(([first]) => first)).toEqual(['2 chosen', '1', '0', '2 chosen']);
  });

  it('writes the medians of a halving as what its metric measures', () => {
    const metric = { split: 'validation', measure: 'error', at: 'final' };
    expect(rowsOf(shown({ ...halving, metric })).at(-1)).toContain('50.0%');
    expect(rowsOf(shown(halving)).at(-1)).toContain('0.500');
  });

  it('shows the decisions of a protocol of the user’s own as they are', () => {
    expect(shown({ best: '<b>', rate: 3 })).toContain(
      '{\n  &quot;best&quot;: &quot;&lt;b&gt;&quot;,\n  &quot;rate&quot;: 3\n}',
    );
    expect(decided(null, undefined)).toBeNull();
  });
});

describe('a report of a tuned comparison', () => {
  const records = [...tuning.low, ...tuning.high, ...evaluation, ...plain];
  const experiment = { name: 'x', title: 'T', question: 'Q?' };
  const page = renderReport({ experiment, records, decisions: json(decisions), command: 'c' });
  const text = page.replace(/<script[\s\S]*?<\/script>/g, '');

  it('compares the winners on fresh seeds under the names of the methods, and no trial', () => {
    const summary = text.slice(text.indexOf('id="summary-title"'), text.indexOf('<figure'));
    expect(Array.from(summary.matchAll(/<th scope="row"[^>]*>([^<]*)/g), ([, name]) => name)).toEqual([
      'sgd',
      'plain &lt;adam&gt;',
    ]);
    expect(summary).not.toContain('Best learning rate');
    expect(summary.match(/0 of 3<\/td>/g)).toHaveLength(2);
    expect(text).toContain('each method with the setting that tuning chose');
    expect(text).not.toContain('at its best learning rate');
    expect(text).toContain('<b>10</b> runs');
    expect(text).toContain('<b>2</b> methods');
  });

  it('has the same methods in the text', () => {
    const lines = summaryText(records, { decisions: json(decisions) }).split('\n');
    expect(lines[0]).toMatch(/^method {8,}validation error +test error +diverged$/);
    expect(lines.slice(2, 4).map((line) => line.slice(0, 12).trim())).toEqual(['sgd', 'plain <adam>']);
  });
});
