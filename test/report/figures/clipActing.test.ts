import { expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { clipActing, shareText } from '../../../src/report/figures/clipActing.ts';
import { type Any, methodsOf, runWith } from './seriesRecords.ts';

it('has the share of the steps of all seeds at which the clip acted', () => {
  const acted = (values: number[], seed: number) =>
    runWith({ 'clip.acted': values, 'clip.normBefore': values, 'clip.normAfter': values }, { seed });
  const none = runWith({ loss: [1] }, { optimizer: { kind: 'adam', learningRate: 0.1 } });
  const figure = clipActing(methodsOf(acted([1, 1, 0], 0), acted([1, 0, 0], 1), none))!;
  const { data } = figure.spec as Any;
  expect(data.values).toEqual([
    {
      method: 'sgd',
      start: [0, 1, 2],
      end: [1, 2, 3],
      share: [1, 0.5, 0],
      text: ['100.0%', '50.0%', '0.00%'],
    },
  ]);
  expect(figure.caption).toContain('over all seeds (2 seeds each)');
  compileFigure(figure);
  expect(clipActing(methodsOf(none))).toBeNull();
});

it('joins neighbouring buckets of long runs', () => {
  const acted = Array.from({ length: 100 }, (_, i) => (i < 10 ? 1 : 0));
  const figure = clipActing(methodsOf(runWith({ 'clip.acted': acted })))!;
  const [row] = (figure.spec as Any).data.values;
  expect(row.end).toEqual(Array.from({ length: 25 }, (_, i) => 4 * (i + 1)));
  expect(row.share).toEqual([1, 1, 0.5, ...Array(22).fill(0)]);
});

it('writes a share, or its bounds', () => {
  expect(shareText(0.25, 0.25)).toBe('25.0%');
  expect(shareText(0.1, 0.4)).toBe('10.0% to 40.0%');
  expect(shareText(Number.NaN, Number.NaN)).toBe('–');
});
