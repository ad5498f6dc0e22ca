import { expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { updateRatio } from '../../../src/report/figures/updateRatio.ts';
import { type Any, methodsOf, runWith } from './seriesRecords.ts';

it('has the ratio over the steps and the rule of thumb', () => {
  const runs = [
    runWith({ updateRatio: [0.01, 0.02, Number.NaN] }),
    runWith({ updateRatio: [0.03, 0.02, 0.01] }, { seed: 1 }),
  ];
  const figure = updateRatio(methodsOf(...runs))!;
  const { data } = figure.spec as Any;
  expect(data.values.map((row: Any) => row.spacing)).toEqual(['linear', 'log']);
  expect(data.values.slice(0, 1)).toMatchObject([
    {
      step: [1, 2, 3],
      median: [0.02, 0.02, 0.01],
      low: [0.01, 0.02, 0.01],
      high: [0.03, 0.02, 0.01],
      limit: [1e-3, 1e-3, 1e-3],
    },
  ]);
  expect(figure.caption).toContain('Dotted: 0.001, a rule of thumb');
  compileFigure(figure);
  expect(updateRatio(methodsOf(runWith({ loss: [1] })))).toBeNull();
});
