import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/report/compared.ts';
import type { Conclusion } from '../../../src/report/conclusion.ts';
import { declared } from '../../../src/report/sections/declared.ts';
import { recordWithLosses } from '../syntheticRecords.ts';

const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
/** Six seeds of adam, whose losses are those of sgd, 10, and these differences. */
const DIFFERENCES = [1, -1.5, 2, -2.5, 3, -3.5];
const records = DIFFERENCES.flatMap((difference, seed) => [
  recordWithLosses([20, 10 + difference], { optimizer: { kind: 'adam', learningRate: 0.1 }, seed }),
  recordWithLosses([20, 10], { optimizer: { kind: 'sgd', learningRate: 0.1 }, seed }),
]);

function textOf(conclusion: Conclusion, these = records): string {
  const experiment = { name: 'x', title: 'X', question: '?', conclusion };
  return declared(
    { experiment, records: these, command: '' },
    compare({ records: these, conclusion }, undefined),
  )!.html;
}

describe('declared comparisons', () => {
  it('have the smallest difference that their seeds would show', () => {
    const text = textOf({ metric, reference: 'sgd' });
    // deviation 2.622; SciPy, noncentral t: 2.622 times 1.4346 has power 0.8 with 6 pairs
    expect(text).toContain('<td>0.250 lower</td><td>3.76</td><td class="text wrap">not told apart, p = ');
    expect(text).toContain('show with power 80.0% by a paired t test at 0.05 (');
    expect(text).not.toContain('equivalent within');
  });

  it('have none where no test was made', () => {
    const text = textOf({ metric, reference: 'sgd' }, records.slice(0, 8));
    expect(text).toContain('<td>–</td><td class="text wrap">no claim: 4 seeds');
  });

  it('are equivalent within the declared margin', () => {
    const text = textOf({ metric, reference: 'sgd', margin: 3 });
    expect(text).toContain('<dt>Margin</dt><dd>±3.00</dd>');
    expect(text).toContain('equivalent within ±3.00, p = 0.025');
    expect(text).toContain(
      'within the declared margin of ±3.00 has p ≤ 0.05 by Holm’s method for all of them',
    );
  });
});
