import { describe, expect, it } from 'vitest';
import { chart, compileFigure, type Figure } from '../../src/report/figure.ts';
import { groupMethods } from '../../src/report/methods.ts';
import { figuresOf } from '../../src/report/report.ts';
import type { RunRecord } from '../../src/run/record.ts';
import {
  diverged,
  hostileRecords,
  poisonedRecords,
  quickstartLike,
  syntheticRecord,
} from './syntheticRecords.ts';

const sgd = { kind: 'sgd', learningRate: 0.1 };
const LAYOUT = { panels: 1, minWidth: 100, maxWidth: 200, axis: 40 };

function lineOver(values: readonly number[], scale: string): Figure {
  const y = { field: 'y', type: 'quantitative', scale: { type: scale } };
  const data = { values: values.map((value, x) => ({ x, y: value })) };
  const spec = chart('a line', LAYOUT, {
    data,
    mark: 'line',
    encoding: { x: { field: 'x', type: 'quantitative' }, y },
  });
  return { id: 'line', title: 'line', caption: 'line', spec };
}

describe('compileFigure', () => {
  it('compiles what draws', () => {
    expect(compileFigure(lineOver([1, 2, 3], 'log')).marks).toHaveLength(1);
  });

  it.each([
    ['an infinite value', lineOver([1, Infinity], 'linear'), /figure line does not draw: .*Infinite extent/],
    ['zero on a logarithmic axis', lineOver([0, 1], 'log'), /figure line does not draw: .*zero/],
  ])('refuses %s, of which Vega only warns', (_what, figure, message) => {
    expect(() => compileFigure(figure)).toThrow(message);
  });

  it('refuses what Vega-Lite warns of', () => {
    const figure = lineOver([1, 2], 'linear');
    const spec = {
      ...figure.spec,
      encoding: { x: { field: 'x', type: 'quantitative', scale: { type: 'band' } } },
    };
    expect(() => compileFigure({ ...figure, spec })).toThrow(/figure line does not draw/);
  });
});

describe('the figures of a report', () => {
  const cases: readonly (readonly [string, readonly RunRecord[], readonly string[]])[] = [
    ['seven methods', quickstartLike(2), [...ALL(), 'diverged-share']],
    ['five seeds', quickstartLike(5), [...ALL(), 'diverged-share']],
    [
      'four methods',
      quickstartLike(3).filter((run) => ['sgd', 'adam', 'adamax'].includes(run.spec.optimizer.kind)),
      [...ALL(), 'diverged-share'],
    ],
    ['one seed', quickstartLike(1), [...ALL(), 'diverged-share']],
    ['one run', [syntheticRecord({ optimizer: sgd })], ONE().slice(1)],
    [
      'a run of no step',
      [syntheticRecord({ optimizer: sgd, epochs: 0 })],
      ['loss-curves', 'error-curves', 'final-error'],
    ],
    [
      'a learning rate of zero',
      [0, 1].map((learningRate) => syntheticRecord({ optimizer: { ...sgd, learningRate } })),
      ONE(),
    ],
    ['strange numbers', poisonedRecords(), ONE()],
    ['hostile names', hostileRecords(), ALL().slice(1)],
    [
      'only diverged runs',
      [1, 10].map((learningRate) =>
        syntheticRecord({ optimizer: { ...sgd, learningRate }, outcome: diverged(5) }),
      ),
      ['learning-rate', 'diverged-share'],
    ],
    [
      'only a failed run',
      [syntheticRecord({ optimizer: sgd, outcome: { kind: 'failed', message: 'no' } })],
      [],
    ],
    ['nothing', [], []],
  ];

  it.each(cases)('draw without a warning: %s', (_what, records, expected) => {
    const figures = figuresOf(groupMethods(records));
    expect(figures.map((figure) => figure.id)).toEqual(expected);
    for (const figure of figures) expect(compileFigure(figure).marks?.length).toBeGreaterThan(0);
  });

  it('hold plain JSON: a number that JSON cannot hold would become null unseen', () => {
    for (const figure of figuresOf(groupMethods([...quickstartLike(2), ...poisonedRecords()]))) {
      expect(JSON.parse(JSON.stringify(figure.spec))).toEqual(figure.spec);
    }
  });
});

function ALL(): string[] {
  return [
    'learning-rate',
    'loss-curves',
    'error-curves',
    'final-error',
    'time-to-target',
    'target-ladder',
    'step-loss',
    'step-gradNorm',
    'gradient-norms',
  ];
}

/** Those of a single method: nobody declared a target, and there is nothing to compare. */
function ONE(): string[] {
  return ALL().filter((id) => id !== 'time-to-target' && id !== 'target-ladder');
}
