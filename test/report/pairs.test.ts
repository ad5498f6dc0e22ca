import { expect, it } from 'vitest';
import { groupMethods, type Method } from '../../src/report/methods.ts';
import { differenceText, pairedRuns } from '../../src/report/pairs.ts';
import { diverged, recordWithLosses } from './syntheticRecords.ts';

const metric = { split: 'validation', measure: 'loss', at: 'final' } as const;
/** null is a run that diverged. */
function method(kind: string, losses: Readonly<Record<number, number | null>>): Method {
  return groupMethods(
    Object.entries(losses).map(([seed, loss]) =>
      recordWithLosses([3, loss ?? 3], {
        optimizer: { kind, learningRate: 0.1 },
        seed: Number(seed),
        ...(loss === null ? { outcome: diverged(9) } : {}),
      }),
    ),
  )[0];
}

it('pairs by the seed, over the seeds of both', () => {
  const paired = pairedRuns(method('a', { 0: 1, 2: 2, 3: 4 }), method('b', { 3: 3, 2: 2.5, 1: 9 }), metric);
  expect(paired).toEqual({ seeds: 2, differences: [-0.5, 1], better: 1, worse: 1, difference: 0.25 });
  expect(differenceText(paired, metric)).toBe('0.250 higher');
});

it('counts a run that diverged as infinite, and two of them as equal', () => {
  const paired = pairedRuns(
    method('a', { 0: null, 1: 1, 2: null }),
    method('b', { 0: null, 1: 2, 2: 1 }),
    metric,
  );
  expect(paired).toEqual({ seeds: 3, differences: [0, -1, Infinity], better: 1, worse: 1, difference: 0 });
  expect(differenceText(paired, metric)).toBe('none');
});

it('says where no difference can be told', () => {
  const none = pairedRuns(method('a', { 0: 1 }), undefined, metric);
  expect(none).toMatchObject({ seeds: 0, difference: Number.NaN });
  expect(differenceText(none, metric)).toBe('no seed in common');
  const either = pairedRuns(method('a', { 0: null, 1: 1 }), method('b', { 0: 1, 1: null }), metric);
  expect(differenceText(either, metric)).toBe('infinite either way');
});
