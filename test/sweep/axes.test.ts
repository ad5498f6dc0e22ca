import { describe, expect, expectTypeOf, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { cross, exclude, seeds, union, when, zip } from '../../src/sweep/axes.ts';

const rates = { learningRate: [0.1, 0.01] } as const;

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('cross', () => {
  it('gives every combination, the last axis the fastest', () => {
    expect([...cross({ rate: [0.1, 0.01], seed: [0, 1, 2] })]).toEqual([
      { rate: 0.1, seed: 0 },
      { rate: 0.1, seed: 1 },
      { rate: 0.1, seed: 2 },
      { rate: 0.01, seed: 0 },
      { rate: 0.01, seed: 1 },
      { rate: 0.01, seed: 2 },
    ]);
  });

  it('takes points beside axes, in any order', () => {
    const methods = [{ kind: 'sgd' }, { kind: 'adam', beta1: 0.8 }] as const;
    expect([...cross(methods, { rate: [1] }, seeds(2))]).toEqual([
      { kind: 'sgd', rate: 1, seed: 0 },
      { kind: 'sgd', rate: 1, seed: 1 },
      { kind: 'adam', beta1: 0.8, rate: 1, seed: 0 },
      { kind: 'adam', beta1: 0.8, rate: 1, seed: 1 },
    ]);
  });

  it('can be walked again, and maps without making a list', () => {
    const points = cross(rates, seeds(2));
    expect([...points]).toEqual([...points]);
    const texts = points.map(({ learningRate, seed }) => `${learningRate}/${seed}`);
    expect([...texts]).toEqual(['0.1/0', '0.1/1', '0.01/0', '0.01/1']);
    expect([...texts]).toHaveLength(4);
  });

  it('makes a point when it is asked for', () => {
    let made = 0;
    const counted = seeds(1000).map((point) => {
      made++;
      return point;
    });
    const [first] = cross(counted, { rate: Array.from({ length: 1000 }, (_, i) => i) });
    expect(first).toEqual({ seed: 0, rate: 0 });
    expect(made).toBe(1);
  });

  it('infers the type of a point', () => {
    const points = cross({ kind: ['sgd', 'adam'], width: [8, 16] }, seeds(2), [{ clip: 'none' }]);
    expectTypeOf([...points]).toEqualTypeOf<
      { kind: 'sgd' | 'adam'; width: 8 | 16; seed: number; readonly clip: 'none' }[]
    >();
  });
});

describe('zip', () => {
  it('takes the values side by side', () => {
    const points = zip({ width: [8, 16], rate: [0.1, 0.03] });
    expect([...points, ...points]).toEqual([
      { width: 8, rate: 0.1 },
      { width: 16, rate: 0.03 },
      { width: 8, rate: 0.1 },
      { width: 16, rate: 0.03 },
    ]);
    expectTypeOf([...points]).toEqualTypeOf<{ width: 8 | 16; rate: 0.1 | 0.03 }[]>();
  });
});

describe('union', () => {
  it('puts lists one after the other', () => {
    const points = union(cross({ kind: ['sgd'], ...rates }), [{ kind: 'lion', learningRate: 1e-4 }]);
    expect([...points]).toEqual([
      { kind: 'sgd', learningRate: 0.1 },
      { kind: 'sgd', learningRate: 0.01 },
      { kind: 'lion', learningRate: 1e-4 },
    ]);
    for (const { kind } of points) expectTypeOf(kind).toEqualTypeOf<'sgd' | 'lion'>();
  });
});

describe('when', () => {
  it('crosses the points for which the condition holds, the others pass', () => {
    const points = when(cross({ kind: ['sgd', 'momentum'] }, seeds(1)), ({ kind }) => kind === 'momentum', {
      mu: [0.9, 0.99],
    });
    expect([...points]).toEqual([
      { kind: 'sgd', seed: 0 },
      { kind: 'momentum', seed: 0, mu: 0.9 },
      { kind: 'momentum', seed: 0, mu: 0.99 },
    ]);
    for (const { mu } of points) expectTypeOf(mu).toEqualTypeOf<0.9 | 0.99 | undefined>();
  });
});

describe('exclude', () => {
  it('leaves out the points for which the condition holds', () => {
    const points = exclude(
      cross({ kind: ['sgd', 'adam'], ...rates }),
      ({ kind, learningRate }) => kind === 'adam' && learningRate === 0.1,
    );
    expect([...points]).toEqual([
      { kind: 'sgd', learningRate: 0.1 },
      { kind: 'sgd', learningRate: 0.01 },
      { kind: 'adam', learningRate: 0.01 },
    ]);
    expectTypeOf([...points]).toEqualTypeOf<{ kind: 'sgd' | 'adam'; learningRate: 0.1 | 0.01 }[]>();
  });
});

describe('seeds', () => {
  it('counts from 0, or from where it is told', () => {
    expect([...seeds(2)]).toEqual([{ seed: 0 }, { seed: 1 }]);
    expect([...seeds(2, { from: 100 })]).toEqual([{ seed: 100 }, { seed: 101 }]);
  });
});

/** What the types forbid, as a file that is run without being type-checked may say it. */
const wrong = (value: unknown) => value as never;

it.each<[work: () => unknown, message: string]>([
  [
    () => cross({ rate: [0.1], seed: [] }),
    'invalid grid: the axis seed has no values, so that there is nothing to run; give it at least one',
  ],
  [() => cross({ seed: wrong(3) }), 'invalid grid: the axis seed: got 3, expected an array'],
  [
    () => cross({ seed: wrong(seeds(3)) }),
    'invalid grid: the axis seed: got a list of points, expected an array; a list of points is a part of its own: cross(axes, points)',
  ],
  [
    () => cross(wrong(undefined)),
    'invalid grid: got nothing, expected axes such as { learningRate: [0.1, 0.01] } or a list of points',
  ],
  [
    () => cross(rates, []),
    'invalid grid: list 2 has no points, so that there is nothing to run; give it at least one',
  ],
  [
    () => cross(rates, [{ seed: 0 }].values()),
    'invalid grid: list 2: got a generator, which gives its points only once, expected an array of points; [...points] makes one',
  ],
  [
    () => [...cross({ seed: [0, 1] }, seeds(2))],
    'invalid grid: the axis seed is given twice, expected every axis in one list only; union puts lists one after the other',
  ],
  [
    () => [...union([{ seed: 0 }], wrong([7]))],
    'invalid union: list 2[0]: got 7, expected a point such as { learningRate: 0.1 }',
  ],
  [
    () => zip({ width: [8, 16], rate: [0.1, 0.03, 0.01] }),
    'invalid zip: got axes of different lengths (width has 2, rate has 3), expected as many values in each',
  ],
  [
    () => when(seeds(2), wrong(true), rates),
    'invalid condition of when: got true, expected a function of a point',
  ],
  [
    () => [
      ...exclude(
        seeds(2),
        wrong(async () => true),
      ),
    ],
    'invalid condition of exclude: it gave a Promise, expected true or false',
  ],
  [
    () => [...when(seeds(2), () => true, { seed: [1] })],
    'invalid grid: the axis seed is given twice, expected every axis in one list only; union puts lists one after the other',
  ],
  [() => seeds(0), 'invalid seeds: count: got 0, expected a whole number of at least 1'],
  [() => seeds(2, { from: 0.5 }), 'invalid seeds: from: got 0.5, expected a whole number of at least 0'],
])('refuses what makes no points: %#', (work, message) => {
  expect(messageOf(work)).toBe(message);
});
