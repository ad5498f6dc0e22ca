import { expect, it } from 'vitest';
import { compileFigure } from '../../../src/report/figure.ts';
import { divergedShare } from '../../../src/report/figures/divergedShare.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { diverged, syntheticRecord } from '../syntheticRecords.ts';
import type { Any } from './seriesRecords.ts';

const at = (learningRate: number, seed: number, isDiverged: boolean, kind = 'sgd') =>
  syntheticRecord({
    optimizer: { kind, learningRate },
    seed,
    ...(isDiverged ? { outcome: diverged(9) } : {}),
  });

it('has the share at every rate with its exact interval', () => {
  const failed = syntheticRecord({
    optimizer: { kind: 'sgd', learningRate: 1 },
    seed: 9,
    outcome: { kind: 'failed', message: 'it threw' },
  });
  const runs = [
    at(0.1, 0, false),
    at(0.1, 1, false),
    at(1, 0, true),
    at(1, 1, false),
    at(10, 0, true),
    failed,
  ];
  const figure = divergedShare(groupMethods([...runs, at(0, 0, false), at(0.1, 0, false, 'adam')]))!;
  const { data } = figure.spec as Any;
  const rows = data.values.map(({ rate, share, runs: of }: Any) => [rate, share, of]);
  expect(rows).toEqual([
    [0.1, 0, 2],
    [1, 0.5, 2],
    [10, 1, 1],
  ]);
  // Clopper and Pearson by hand: of 0 of 2 the upper end is 1 - 0.025^(1/2); of 1 of 2 the ends are 1 - 0.975^(1/2) and
  // 0.975^(1/2); of 1 of 1 the lower end is 0.025
  const close = [0, 1 - Math.sqrt(0.025), 1 - Math.sqrt(0.975), Math.sqrt(0.975), 0.025, 1];
  data.values
    .flatMap(({ low, high }: Any) => [low, high])
    .forEach((end: number, i: number) => {
      expect(end).toBeCloseTo(close[i], 12);
    });
  expect(data.values[1].tooltip).toBe('sgd, learning rate 1: 1 of 2 runs diverged (1.26% to 98.7%)');
  expect(figure.caption).toContain('Not shown: 1 method without a diverged run or with one rate alone.');
  compileFigure(figure);
});

it('is left out where nothing diverged, and where a method has one rate', () => {
  expect(divergedShare(groupMethods([at(0.1, 0, false), at(1, 0, false)]))).toBeNull();
  expect(divergedShare(groupMethods([at(1, 0, true), at(1, 1, false)]))).toBeNull();
});
