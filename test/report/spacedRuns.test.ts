import { expect, it } from 'vitest';
import { seedOf } from '../../src/report/methods.ts';
import { dotsEach, spacedRuns, spacedSentence } from '../../src/report/spacedRuns.ts';
import { syntheticRecord } from './syntheticRecords.ts';

const runs = Array.from({ length: 11 }, (_, seed) =>
  syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, seed }),
);

it('takes evenly spaced ranks, the ends among them', () => {
  const value = (run: (typeof runs)[number]) => (seedOf(run) === 0 ? Number.POSITIVE_INFINITY : -seedOf(run));
  expect(spacedRuns(runs, value, 3).map(seedOf)).toEqual([10, 5, 0]);
  expect(spacedRuns(runs, value, 11)).toBe(runs);
});

it('says so where a run has no dot, and only there', () => {
  expect(spacedSentence([2, 5], 5)).toBe('');
  expect(spacedSentence([2, 6], 5)).toBe(
    ' Of more than 5 seeds 5 have a dot: those at evenly spaced ranks, the lowest and the highest among them.',
  );
  expect([dotsEach(10, 800), dotsEach(1000, 800), dotsEach(0, 800)]).toEqual([80, 5, 800]);
});
