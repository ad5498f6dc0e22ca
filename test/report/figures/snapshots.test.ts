import { expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { figuresOf } from '../../../src/report/figures.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { drawing } from '../drawing.ts';
import { diverged } from '../syntheticRecords.ts';
import { runWith } from './seriesRecords.ts';

// Two methods at two rates with three steps each, of which the higher rate of one diverged: every figure has something to show.
const methods = groupMethods(
  ['sgd', 'adam'].flatMap((kind) =>
    [0.1, 1].map((learningRate) =>
      runWith(
        {
          loss: [2, 1, 0.5],
          gradNorm: [1, 4, 3],
          'gradNorm/conv1.weight': [1, 2, 3],
          'gradNorm/dense1.weight': [0, 0.1, 10],
          updateRatio: [0.1, 0.01, 0.001],
          'deadUnits/relu1': [0, 0.25, 0.5],
          'slope/prelu1': [0.25, 0.2, 0.1],
          'batchNormDrift/norm1': [1, 0.5, 0.25],
          'clip.acted': [0, 1, 1],
          'clip.normBefore': [1, 4, 3],
          'clip.normAfter': [1, 2, 2],
        },
        {
          optimizer: { kind, learningRate },
          epochs: 1,
          floor: kind === 'adam' ? 0.3 : 0.5,
          spec: { clip: { kind: 'globalNorm', maxNorm: 2, normType: 2, eps: 0, place: 'gradient' } },
          ...(kind === 'sgd' && learningRate === 1 ? { outcome: diverged(3) } : {}),
        },
      ),
    ),
  ),
);
const figures = figuresOf(methods);

it('every figure of the report is here, those of time, tuning and factors in tests of their own', () => {
  expect(figures.map(({ id }) => id)).toEqual([
    ...['loss-curves', 'error-curves', 'learning-rate', 'final-error', 'pairwise'],
    ...['time-to-target', 'target-ladder', 'step-loss', 'step-gradNorm', 'gradient-norms', 'update-ratio'],
    ...['dead-units', 'slopes', 'batch-norm-drift', 'clip-acting', 'diverged-share'],
  ]);
});

it.each(figures)('$id is drawn as before, without a warning', (figure) => {
  expect([figure.caption, drawing(figure)]).toMatchSnapshot();
  compileFigure(figure);
});
