import { describe, expect, it } from 'vitest';
import { chart, compileFigure, type Figure } from '../../src/report/figure.ts';
import { figuresOf } from '../../src/report/figures.ts';
import { groupMethods } from '../../src/report/methods.ts';
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

/** Of one method at several learning rates. */
const ALONE = [
  ...['loss-curves', 'error-curves', 'learning-rate', 'final-error'],
  ...['step-loss', 'step-gradNorm', 'gradient-norms'],
];
/** Of several methods, of which some runs diverged. */
const COMPARED = [
  ...ALONE.slice(0, 4),
  ...['pairwise', 'time-to-target', 'target-ladder'],
  ...ALONE.slice(4),
  'diverged-share',
];
const without = (ids: readonly string[], ...left: readonly string[]) =>
  ids.filter((id) => !left.includes(id));

describe('the figures of a report', () => {
  const cases: readonly (readonly [string, readonly RunRecord[], readonly string[]])[] = [
    ['seven methods', quickstartLike(2), COMPARED],
    ['five seeds', quickstartLike(5), COMPARED],
    [
      'four methods',
      quickstartLike(3).filter((run) => ['sgd', 'adam', 'adamax'].includes(run.spec.optimizer.kind)),
      COMPARED,
    ],
    ['one seed', quickstartLike(1), COMPARED],
    ['one run', [syntheticRecord({ optimizer: sgd })], without(ALONE, 'learning-rate')],
    [
      'a run of no step',
      [syntheticRecord({ optimizer: sgd, epochs: 0 })],
      ['loss-curves', 'error-curves', 'final-error'],
    ],
    [
      'a learning rate of zero',
      [0, 1].map((learningRate) => syntheticRecord({ optimizer: { ...sgd, learningRate } })),
      ALONE,
    ],
    ['strange numbers', poisonedRecords(), ALONE],
    ['hostile names', hostileRecords(), without(COMPARED, 'learning-rate', 'diverged-share')],
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
