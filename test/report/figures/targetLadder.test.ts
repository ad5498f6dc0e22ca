import { describe, expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { ladderScore, targetLadder } from '../../../src/report/figures/targetLadder.ts';
import { FINAL_LOSS, groupMethods } from '../../../src/report/methods.ts';
import { dataOf, drawing } from '../drawing.ts';
import { recordWithLosses } from '../syntheticRecords.ts';

const run = (kind: string, losses: readonly number[]) =>
  recordWithLosses(losses, { optimizer: { kind, learningRate: 0.1 } });

/** From 2 to 0.5: the rungs are 2 * 4^(-i/10). A loss of 1 reaches the first five of ten, 0.5 all. */
const methods = groupMethods([run('sgd', [2, 1.9, 0.99]), run('adam', [2, 0.99, 0.5])]);

describe('targetLadder', () => {
  const figure = targetLadder(methods, FINAL_LOSS)!;

  it('has the share of targets that were reached by each step', () => {
    const corners = (name: string) =>
      dataOf(figure).flatMap(({ method, time, x, share }) =>
        method === name && time === 'step' ? [[x, share]] : [],
      );
    expect(corners('sgd')).toEqual([
      [0, 0],
      [280, 0.5],
    ]);
    expect(corners('adam')).toEqual([
      [0, 0],
      [140, 0.5],
      [280, 1],
    ]);
  });

  it('scores the area under the line', () => {
    // of ten targets five at 140 of 280 steps, the others at the end or never
    expect(figure.table!.rows).toEqual([
      ['adam', '0.250', '100.0%', '1'],
      ['sgd', '0.00', '50.0%', '1'],
    ]);
    expect(
      ladderScore(
        [
          [0, 70],
          [140, Number.POSITIVE_INFINITY],
        ],
        280,
      ),
    ).toBe((1 + 0.75 + 0.5 + 0) / 4);
  });

  it('is drawn as before, without a warning', () => {
    expect(drawing(figure)).toMatchSnapshot();
    expect(() => compileFigure(figure)).not.toThrow();
    expect(figure.caption).toContain(
      'from a validation loss of 1.74 to 0.500, the best that any run had: chosen after the results',
    );
  });

  it('has the bootstrap interval of the share over the runs, or their range', () => {
    const seeded = (losses: readonly number[], seed: number) =>
      recordWithLosses(losses, { optimizer: { kind: 'sgd', learningRate: 0.1 }, seed });
    const good = [2, 0.5];
    const bad = [2, 2];
    const bandOf = (runs: number[][]) => {
      const drawn = targetLadder(groupMethods(runs.map(seeded)), FINAL_LOSS)!;
      const [, row] = dataOf(drawn).filter(({ time }) => time === 'step');
      return { row, caption: drawn.caption };
    };
    // each run reaches all targets or none: the share of a resample is binomial, 0.6 of 5: P(0) = 0.010 and P(5) = 0.078
    const five = bandOf([good, good, good, bad, bad]);
    expect(five.row).toMatchObject({ x: 140, share: 0.6, low: 0.2, high: 1 });
    expect(five.caption).toContain(
      'Band: 95% pointwise bootstrap interval over the runs, all targets of a run together (5 a method).',
    );
    const three = bandOf([good, good, bad]);
    expect(three.row).toMatchObject({ share: 2 / 3, low: 0, high: 1 });
    expect(three.caption).toContain('Band: the range of the runs (3 a method).');
    expect(bandOf([good]).row).not.toHaveProperty('low');
    expect(bandOf([good]).caption).toContain('One run a method: no band.');
  });

  it('is left out where nothing became better', () => {
    expect(targetLadder(groupMethods([run('sgd', [2, 3])]), FINAL_LOSS)).toBeNull();
  });
});
