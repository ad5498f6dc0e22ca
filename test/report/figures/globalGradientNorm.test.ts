import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { globalGradientNorm } from '../../../src/report/figures/globalGradientNorm.ts';
import { type Any, methodsOf, runWith } from './seriesRecords.ts';

const withClip = (clip: Any, gradNorm: readonly number[], more = {}, seed = 0) =>
  runWith({ gradNorm, ...more }, { spec: { clip }, seed });
const figureOf = (...records: Any[]) => globalGradientNorm(methodsOf(...records))!;
const limitsOf = (figure: Any) =>
  figure.spec.data.values.filter((row: Any) => row.spacing === 'linear').map((row: Any) => row.limit);

describe('globalGradientNorm', () => {
  it('has the norms and the threshold of a clip by the global norm', () => {
    const figure = figureOf(
      withClip({ kind: 'globalNorm', maxNorm: 2, normType: 2, eps: 0, place: 'gradient' }, [1, 4, 3]),
    );
    const [row] = (figure.spec as Any).data.values;
    expect(row).toMatchObject({ median: [1, 4, 3], limit: [2, 2, 2] });
    expect(figure.caption).toContain('Dotted: the threshold of the clip.');
    compileFigure(figure);
  });

  it('has the median over the seeds of a threshold that moves', () => {
    const at = (seed: number, threshold: number[]) =>
      withClip({ kind: 'autoClip', percentile: 10 }, [1, 4, 3], { 'clip.threshold': threshold }, seed);
    const figure = figureOf(at(0, [1, 2, 3]), at(1, [3, 2, 4]));
    expect(limitsOf(figure)).toEqual([[2, 2, 3.5]]);
    expect(figure.caption).toContain('where it moves, the median over the seeds');
  });

  it.each([
    ['no clip', { kind: 'none' }],
    ['a clip of the elements', { kind: 'value', clipValue: 2, place: 'gradient' }],
    ['another norm', { kind: 'globalNorm', maxNorm: 2, normType: 1, place: 'gradient' }],
    ['a clip of the update', { kind: 'globalNorm', maxNorm: 2, normType: 2, place: 'update' }],
  ])('has no line for %s', (_, clip) => {
    const figure = figureOf(withClip(clip, [1, 4, 3]));
    expect(limitsOf(figure)).toEqual([undefined]);
    expect(figure.caption).not.toContain('threshold');
    expect(JSON.stringify(figure.spec)).not.toContain('datum.limit');
  });

  it('names a threshold that is too far away to be drawn', () => {
    const figure = figureOf(withClip({ kind: 'globalNorm', maxNorm: 1e6, normType: 2 }, [1, 4, 3]));
    expect(limitsOf(figure)).toEqual([undefined]);
    expect(figure.caption).toContain(
      'Not drawn, since it is more than 100 times away from every norm: the threshold of sgd.',
    );
  });

  it('is left out where no norm was recorded', () => {
    expect(globalGradientNorm(methodsOf(runWith({ loss: [1, 2] })))).toBeNull();
  });
});
