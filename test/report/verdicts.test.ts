import { describe, expect, it } from 'vitest';
import type { Paired } from '../../src/report/pairs.ts';
import { declaredVerdicts, verdictsOf, verdictWords } from '../../src/report/verdicts.ts';

/** What pairedRuns would give for these differences, as far as a verdict looks at it. */
function paired(differences: readonly number[]): Paired {
  return { seeds: differences.length, differences, better: 0, worse: 0, difference: 0 };
}
const times = (n: number, value: number) => Array.from({ length: n }, (_, i) => value * (1 + i / 100));

describe('verdictsOf', () => {
  it('is better for lower values, worse for higher ones', () => {
    // six seeds of one sign: 2 / 2^6
    expect(verdictsOf([paired(times(6, -1))])).toEqual([{ kind: 'better', p: 0.03125 }]);
    expect(verdictsOf([paired(times(6, 1))])).toEqual([{ kind: 'worse', p: 0.03125 }]);
  });

  it('follows the ranks where most seeds are equal: the median is 0 there', () => {
    expect(verdictsOf([paired([...times(7, 0), ...times(6, -1)])])).toEqual([{ kind: 'better', p: 0.03125 }]);
    expect(verdictsOf([paired([...times(7, 0), ...times(6, 1)])])).toEqual([{ kind: 'worse', p: 0.03125 }]);
  });

  it('follows the ranks, not the number of seeds', () => {
    // three small losses against seven large wins: W+ = 1 + 2 + 3, p of 6 or less of 55 is 2 * 14 / 1024
    const differences = [0.1, 0.2, 0.3, ...times(7, -1)];
    expect(verdictsOf([paired(differences)])).toEqual([{ kind: 'better', p: 28 / 1024 }]);
  });

  it('counts a run that diverged as worse than all, two of them as equal', () => {
    const differences = [Number.NEGATIVE_INFINITY, 0, ...times(6, -1)];
    expect(verdictsOf([paired(differences)])).toEqual([{ kind: 'better', p: 2 / 128 }]);
  });

  it('corrects for the comparisons that it is told of, shown or not', () => {
    const [first, second] = verdictsOf([paired(times(9, -1)), paired([1, ...times(8, -2)])]);
    // 2 / 2^9 times two; of the second only the sum of ranks 0 or 1: 4 / 2^9, the last one of the two
    expect(first).toEqual({ kind: 'better', p: 4 / 512 });
    expect(second).toEqual({ kind: 'better', p: 4 / 512 });
    expect(verdictsOf([paired(times(9, -1))], 10)).toEqual([{ kind: 'better', p: 20 / 512 }]);
    expect(verdictsOf([paired(times(9, -1))], 13)).toMatchObject([{ kind: 'refused' }]);
  });

  it('leaves open what is not significant, and refuses what could not be', () => {
    const [open] = verdictsOf([paired([1, -1.5, 2, -2.5, 3, -3.5])]);
    expect(open.kind).toBe('open');
    const [refused] = verdictsOf([paired(times(5, -1))]);
    expect(refused).toMatchObject({ kind: 'refused', needed: 6 });
    expect(verdictWords(refused)).toMatch(/^no claim: 5 seeds cannot reach p < 0\.05: .*at least 6 seeds$/);
    expect(verdictWords({ kind: 'better', p: 0.0001 })).toBe('better, p < 0.001');
    expect(verdictWords({ kind: 'open', p: 0.5 })).toBe('not told apart, p = 0.500');
  });
});

describe('declaredVerdicts', () => {
  const open = paired([1, -1.5, 2, -2.5, 3, -3.5]);

  it('is equivalent where the difference lies within the margin, tested as well', () => {
    expect(declaredVerdicts([open])).toMatchObject([{ kind: 'open' }]);
    // SciPy: the larger one of t.sf((mean + 3) / se, 5) and t.sf((3 - mean) / se, 5); within 2 it is 0.0815
    const [found] = declaredVerdicts([open], 3);
    expect(found).toEqual({ kind: 'equivalent', p: expect.closeTo(0.025046625752629316, 12), margin: 3 });
    expect(declaredVerdicts([open], 2)).toMatchObject([{ kind: 'open' }]);
    expect(verdictWords(found)).toBe('equivalent within ±3.00, p = 0.025');
    expect(verdictWords({ ...found, margin: 0.03 } as typeof found, 'error')).toBe(
      'equivalent within ±3.00%, p = 0.025',
    );
  });

  it('corrects for all comparisons', () => {
    // twice 0.0250 is 0.0501, twice 0.0034 is not too much
    expect(declaredVerdicts([open, open], 3).map(({ kind }) => kind)).toEqual(['refused', 'refused']);
    expect(declaredVerdicts([open, open], 5).map(({ kind }) => kind)).toEqual(['equivalent', 'equivalent']);
  });

  it('does not take back what is significant, and says nothing of four seeds', () => {
    expect(declaredVerdicts([paired(times(6, -1))], 10)).toEqual([{ kind: 'better', p: 0.03125 }]);
    expect(declaredVerdicts([paired([0.1, -0.1, 0.2, -0.2])], 10)).toMatchObject([{ kind: 'refused' }]);
    expect(declaredVerdicts([paired([0.1, -0.1, 0.2, -0.2, 0])], 10)).toMatchObject([{ kind: 'equivalent' }]);
  });
});
