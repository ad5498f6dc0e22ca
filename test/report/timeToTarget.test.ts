import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../src/report/conclusion.ts';
import { FINAL_LOSS, groupMethods } from '../../src/report/methods.ts';
import { costsOf, ladderOf, targetOf, timedMethods } from '../../src/report/timeToTarget.ts';
import { diverged, recordWithLosses } from './syntheticRecords.ts';

const run = (kind: string, seed: number, losses: readonly number[], more = {}) =>
  recordWithLosses(losses, { optimizer: { kind, learningRate: 0.1 }, seed, ...more });

/** A step is 140 an evaluation. Medians of the final losses: sgd 0.9, adam 0.5, lion 0.7. */
const methods = groupMethods([
  run('sgd', 0, [2, 1, 0.8]),
  run('sgd', 1, [2, 1.2, 1]),
  run('adam', 0, [2, 0.6, 0.5]),
  run('adam', 1, [2, 0.6, 0.5]),
  run('lion', 0, [2, 0.65, 0.7]),
  run('lion', 1, [2, 0.5], { outcome: diverged(200) }),
  run('lion', 2, [2, 0.9, 0.7]),
]);
const target = { metric: FINAL_LOSS, value: 0.7, chosen: null };

describe('targetOf', () => {
  it('is the declared target', () => {
    const conclusion: Conclusion = { metric: FINAL_LOSS, target: 0.6 };
    expect(targetOf(methods, conclusion, FINAL_LOSS)).toEqual({
      metric: FINAL_LOSS,
      value: 0.6,
      chosen: null,
    });
  });

  it('is the median of the method in the middle where none was declared, and says so', () => {
    expect(targetOf(methods, undefined, FINAL_LOSS)).toEqual({
      metric: FINAL_LOSS,
      value: 0.7,
      chosen: 'the median final validation loss of lion, which stands in the middle',
    });
  });

  it('is the median of the reference, where there is one', () => {
    const conclusion: Conclusion = { metric: FINAL_LOSS, reference: 'sgd' };
    expect(targetOf(methods, conclusion, FINAL_LOSS)).toMatchObject({
      value: 0.9,
      chosen: 'the median final validation loss of sgd, the reference',
    });
  });

  it('is the worse one of two, the last finite one where more diverged, and null where all did', () => {
    expect(targetOf(methods.slice(0, 2), undefined, FINAL_LOSS)!.value).toBe(0.9);
    const bad = groupMethods(['a', 'b'].map((kind) => run(kind, 0, [2], { outcome: diverged(9) })));
    expect(targetOf([...bad, methods[1]], undefined, FINAL_LOSS)!.value).toBe(0.5);
    expect(targetOf(bad, undefined, FINAL_LOSS)).toBeNull();
  });
});

describe('timedMethods', () => {
  it('censors what missed the target at its budget, and what diverged at that of its method', () => {
    expect(
      timedMethods(methods, target, 'step').map(({ label, budget, runs }) => [label, budget, runs]),
    ).toEqual([
      ['sgd', 280, [0, 1].map(() => ({ spent: 280, reached: false }))],
      ['adam', 280, [0, 1].map(() => ({ spent: 140, reached: true }))],
      [
        'lion',
        280,
        [
          { spent: 140, reached: true },
          { spent: 280, reached: false }, // had 0.5 at 140 and diverged at 200
          { spent: 280, reached: true },
        ],
      ],
    ]);
  });

  it('counts other costs', () => {
    const [, adam] = timedMethods(methods, target, 'samples');
    expect(adam.runs[0]).toEqual({ spent: 32 * 140, reached: true });
  });

  it('takes the budget of the others where no run of a method completed, and is empty where none completed', () => {
    const bad = groupMethods([run('bad', 0, [2], { outcome: diverged(9) })]);
    expect(timedMethods([methods[0], ...bad], target, 'step')[1].runs).toEqual([
      { spent: 280, reached: false },
    ]);
    expect(timedMethods(bad, target, 'step')).toEqual([]);
  });
});

describe('ladderOf', () => {
  it('goes from the start to the best value of any run in equal ratios', () => {
    const ladder = ladderOf(methods, FINAL_LOSS);
    expect(ladder).toHaveLength(10);
    // from 2 to 0.5: the fifth of ten rungs is half way, at the geometric mean
    expect(ladder[4]).toBeCloseTo(1, 12);
    expect(ladder[9]).toBe(0.5);
    for (let i = 1; i < 10; i++) expect(ladder[i] / ladder[i - 1]).toBeCloseTo(4 ** -0.1, 12);
  });

  it('ends at the best value, also of 0, and is empty where nothing became better', () => {
    const solved = groupMethods([run('sgd', 0, [2, 0])]);
    const ladder = ladderOf(solved, FINAL_LOSS);
    expect(ladder[0]).toBeCloseTo(2 * 0.001 ** 0.1, 12);
    expect(ladder[9]).toBe(0);
    expect(ladderOf(groupMethods([run('sgd', 0, [2, 3])]), FINAL_LOSS)).toEqual([]);
    expect(ladderOf(groupMethods([run('sgd', 0, [2], { outcome: diverged(1) })]), FINAL_LOSS)).toEqual([]);
  });
});

describe('costsOf', () => {
  it('has gradient evaluations where a run makes more than one a step', () => {
    expect(costsOf(methods)).toEqual(['step', 'samples', 'flops']);
    const record = run('sam', 0, [2, 1]);
    const { evaluations } = record.series;
    const twice = { ...evaluations, gradientEvaluations: evaluations.step.map((step) => 2 * step) };
    const sam = groupMethods([{ ...record, series: { ...record.series, evaluations: twice } }]);
    expect(costsOf([...methods, ...sam])).toEqual(['step', 'samples', 'gradientEvaluations', 'flops']);
  });
});
