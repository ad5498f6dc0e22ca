import { InvalidInput } from '../core/check.ts';
import { describeValue } from '../run/schema.ts';

/** Axes by their names: the values that each is tried with. */
export type Axes = Readonly<Record<string, readonly unknown[]>>;

/** What a list of points can be made of: axes (their grid), or the points themselves. */
export type PointList = Axes | Iterable<object>;

/** Points of a sweep, made when they are asked for, as often as they are asked for. */
export class Points<Point> implements Iterable<Point> {
  readonly #walk: () => Iterator<Point>;

  constructor(walk: () => Iterator<Point>) {
    this.#walk = walk;
  }

  [Symbol.iterator](): Iterator<Point> {
    return this.#walk();
  }

  /** What `make` gives for each point: `runs: () => cross(...).map(({ learningRate, seed }) => ({ ... }))`. */
  map<Made>(make: (point: Point) => Made): Points<Made> {
    const points = this;
    return new Points(function* () {
      for (const point of points) yield make(point);
    });
  }
}

/** Parts of points: each point of a grid has one of every factor. */
export type Factor = Iterable<object>;

/** A list of points is one factor of a grid, every axis one of its own. */
export function factorsOf(list: PointList, what: string, place: number): Factor[] {
  if (isIterable(list)) return [checkedPoints(list, what, place)];
  checkAxes(list, what);
  return Object.entries(list).map(([axis, values]) => values.map((value) => ({ [axis]: value })));
}

function isIterable(list: PointList): list is Iterable<object> {
  return typeof (list as Iterable<object> | undefined)?.[Symbol.iterator] === 'function';
}

/** The points of the factors from `at` on, each with what `point` has. */
export function* combine(factors: readonly Factor[], at: number, point: object): Generator<object> {
  if (at === factors.length) {
    yield point;
    return;
  }
  for (const more of factors[at]) {
    for (const axis of Object.keys(more)) {
      if (Object.hasOwn(point, axis)) throw givenTwice(axis);
    }
    yield* combine(factors, at + 1, { ...point, ...more });
  }
}

function givenTwice(axis: string): InvalidInput {
  return new InvalidInput(
    `invalid grid: the axis ${axis} is given twice, expected every axis in one list only; union puts lists one after the other`,
  );
}

export function checkAxes(axes: Axes, what: string): void {
  if (typeof axes !== 'object' || axes === null) {
    throw new InvalidInput(
      `invalid ${what}: got ${describeValue(axes)}, expected axes such as { learningRate: [0.1, 0.01] } or a list of points`,
    );
  }
  for (const [axis, values] of Object.entries(axes)) {
    if (!Array.isArray(values)) {
      const way =
        values instanceof Points ? '; a list of points is a part of its own: cross(axes, points)' : '';
      const got = values instanceof Points ? 'a list of points' : describeValue(values);
      throw new InvalidInput(`invalid ${what}: the axis ${axis}: got ${got}, expected an array${way}`);
    }
    if (values.length === 0) {
      throw new InvalidInput(
        `invalid ${what}: the axis ${axis} has no values, so that there is nothing to run; give it at least one`,
      );
    }
  }
}

/** A list that can be walked again, of which every member is looked at when its turn comes. */
function checkedPoints(list: Iterable<object>, what: string, place: number): Iterable<object> {
  const name = `invalid ${what}: list ${place + 1}`;
  if (Array.isArray(list) && list.length === 0) {
    throw new InvalidInput(`${name} has no points, so that there is nothing to run; give it at least one`);
  }
  if (typeof list === 'string' || (list[Symbol.iterator]() as unknown) === list) {
    const got = typeof list === 'string' ? 'a string' : 'a generator, which gives its points only once';
    throw new InvalidInput(`${name}: got ${got}, expected an array of points; [...points] makes one`);
  }
  return new Points(function* () {
    let index = 0;
    for (const point of list) {
      if (typeof point !== 'object' || point === null || Array.isArray(point)) {
        throw new InvalidInput(
          `${name}[${index}]: got ${describeValue(point)}, expected a point such as { learningRate: 0.1 }`,
        );
      }
      yield point;
      index++;
    }
  });
}
