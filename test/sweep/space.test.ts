import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { checkSpace, choice, int, logUniform, type Point, uniform, valueAt } from '../../src/sweep/space.ts';

const at = (dimension: Parameters<typeof valueAt>[0], places: readonly number[]) =>
  places.map((u) => valueAt(dimension, u));

describe('dimensions', () => {
  it('give the values at equal steps of the value or of its logarithm, with six digits', () => {
    expect(at(uniform(1, 3), [0, 0.25, 0.5, 1])).toEqual([1, 1.5, 2, 3]);
    expect(at(logUniform(1e-4, 1), [0, 0.25, 0.5, 0.75, 1])).toEqual([0.0001, 0.001, 0.01, 0.1, 1]);
    expect(at(logUniform(1e-4, 0.3), [1 / 3, 0.6])).toEqual([0.00144225, 0.0121976]);
    expect(valueAt(uniform(0, 1), 1 / 3)).toBe(0.333333);
  });

  it('do not leave the range where its ends have more digits', () => {
    expect(at(uniform(0.1234564, 0.9876546), [0, 1])).toEqual([0.1234564, 0.9876546]);
  });

  it('give every whole number its share', () => {
    expect(at(int(2, 5), [0, 0.24, 0.25, 0.5, 0.75, 0.99, 1])).toEqual([2, 2, 3, 4, 5, 5, 5]);
    // log2 of 1, 2, 4, 8 of 16: n has the share log((n + 1) / n)
    expect(at(int(1, 15, { log: true }), [0, 0.24, 0.26, 0.51, 0.76, 1])).toEqual([1, 1, 2, 4, 8, 15]);
  });

  it('give every choice its share', () => {
    expect(at(choice(['a', 0, null]), [0, 0.33, 0.34, 0.66, 0.67, 1])).toEqual(['a', 'a', 0, 0, null, null]);
  });

  it('type the points of a space', () => {
    const space = { learningRate: logUniform(1e-3, 1), momentum: choice([0, 0.9]), layers: int(1, 3) };
    const point: Point<typeof space> = { learningRate: 0.1, momentum: 0.9, layers: 2 };
    // @ts-expect-error 0.8 is none of the choices
    const wrong: Point<typeof space> = { learningRate: 0.1, momentum: 0.8, layers: 2 };
    expect(point).not.toEqual(wrong);
  });
});

describe('checkSpace', () => {
  const messageOf = (space: Parameters<typeof checkSpace>[0]) => {
    try {
      checkSpace(space, 'space');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      return (error as Error).message;
    }
    return '';
  };

  it('accepts what makes sense', () => {
    const limited = logUniform(0.8, 0.98, { most: 0.999 });
    expect(messageOf({ a: uniform(-1, 1), b: limited, c: int(0, 3), d: choice([1]) })).toBe('');
  });

  it('lists every mistake with its path, got and expected', () => {
    const message = messageOf({
      a: logUniform(0, 1),
      b: uniform(2, 1),
      c: int(0.5, 3),
      d: choice([]),
      e: uniform(0, Number.NaN),
      f: uniform(0, 1, { most: 0.9 }),
      g: int(0, 3, { log: true }),
      h: uniform(0, 1, { least: 0.1 }),
      i: 3 as never,
    });
    expect(message.split('\n  ')).toEqual([
      'invalid space.a.low: got 0, expected a number above 0 on a log scale',
      'space.b.high: got 1, expected more than low, 2',
      'space.c.low: got 0.5, expected a whole number',
      'space.d.values: got none, expected at least one value',
      'space.e.high: got NaN, expected a finite number',
      'space.f.most: got 0.9, expected at least high, 1',
      'space.g.low: got 0, expected a number above 0 on a log scale',
      'space.h.least: got 0.1, expected at most low, 0',
      'space.i: got 3, expected one of logUniform, uniform, int, choice',
    ]);
  });
});
