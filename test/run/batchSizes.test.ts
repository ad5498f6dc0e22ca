import { expect, it } from 'vitest';
import { batchSizesOf, largestBatch, stepsOf } from '../../src/run/batchSizes.ts';
import { pureSchedule } from '../../src/run/catalog/pureSchedules.ts';

it('gives every epoch its batch size, in whole images', () => {
  expect(batchSizesOf(32, 3)).toEqual([32, 32, 32]);
  const doubling = pureSchedule.parse({ kind: 'stepDecay', stepSize: 2, gamma: 2 });
  expect(batchSizesOf({ base: 16, schedule: doubling }, 5)).toEqual([16, 16, 32, 32, 64]);
  const vanishing = pureSchedule.parse({ kind: 'linear' });
  expect(batchSizesOf({ base: 3, schedule: vanishing }, 8)).toEqual([3, 3, 2, 2, 2, 1, 1, 1]);
});

it('counts steps and finds the largest batch alike for a number and for a schedule that stays', () => {
  const constant = { base: 32, schedule: pureSchedule.parse({ kind: 'constant' }) };
  for (const batchSize of [32, constant]) {
    expect(stepsOf({ batchSize, epochs: 3 }, 100)).toBe(3 * 4);
    expect(stepsOf({ batchSize, epochs: 3, until: 2 }, 100)).toBe(2 * 4);
    expect(stepsOf({ batchSize, epochs: 0 }, 100)).toBe(0);
    expect(largestBatch({ batchSize, epochs: 0 })).toBe(32);
  }
  const doubling = pureSchedule.parse({ kind: 'stepDecay', stepSize: 2, gamma: 2 });
  expect(largestBatch({ batchSize: { base: 16, schedule: doubling }, epochs: 5 })).toBe(64);
});
