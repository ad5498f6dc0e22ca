import { InvalidInput } from '../core/check.ts';
import { describeValue } from '../run/schema.ts';
import { type Axes, checkAxes, combine, factorsOf, type PointList, Points } from './points.ts';

type PointOf<List> =
  List extends Iterable<infer Point>
    ? Point
    : { -readonly [Axis in keyof List]: List[Axis] extends readonly (infer Value)[] ? Value : never };
type Merged<Point> = Point extends unknown ? { [Axis in keyof Point]: Point[Axis] } : never;
type Crossed<Lists> = Lists extends readonly [infer First, ...infer Rest]
  ? PointOf<First> & Crossed<Rest>
  : unknown;

/**
 * Every combination of the values of the axes and of the points of other lists, the last one the fastest:
 * `for (const { learningRate, seed } of cross({ learningRate: [0.1, 0.01] }, seeds(3))) yield { ... }`.
 * @throws InvalidInput on an axis without values (there would be nothing to run), and on an axis that is given twice.
 */
export function cross<const Lists extends readonly PointList[]>(
  ...lists: Lists
): Points<Merged<Crossed<Lists>>> {
  const factors = lists.flatMap((list, place) => factorsOf(list, 'grid', place));
  return new Points(() => combine(factors, 0, {}) as Iterator<Merged<Crossed<Lists>>>);
}

/**
 * The first values of all axes, then the second ones: `zip({ width: [8, 16], learningRate: [0.1, 0.03] })` is two points.
 * @throws InvalidInput on axes of different lengths.
 */
export function zip<const A extends Axes>(axes: A): Points<PointOf<A>> {
  checkAxes(axes, 'zip');
  const entries = Object.entries(axes);
  const lengths = entries.map(([axis, { length }]) => `${axis} has ${length}`);
  if (entries.some(([, { length }]) => length !== entries[0][1].length)) {
    throw new InvalidInput(
      `invalid zip: got axes of different lengths (${lengths.join(', ')}), expected as many values in each`,
    );
  }
  return new Points(function* () {
    for (let i = 0; i < (entries[0]?.[1].length ?? 0); i++) {
      yield Object.fromEntries(entries.map(([axis, values]) => [axis, values[i]])) as PointOf<A>;
    }
  });
}

/** The points of all lists, one list after the other. A run that comes out of two of them is run once. */
export function union<const Lists extends readonly PointList[]>(
  ...lists: Lists
): Points<Merged<PointOf<Lists[number]>>> {
  const factors = lists.map((list, place) => factorsOf(list, 'union', place));
  return new Points(function* () {
    for (const each of factors) yield* combine(each, 0, {}) as Generator<Merged<PointOf<Lists[number]>>>;
  });
}

/**
 * Crosses the points for which the condition holds with more axes; the others pass as they are:
 * `when(points, ({ kind }) => kind === 'momentum', { momentum: [0.9, 0.99] })`.
 */
export function when<const List extends PointList, const More extends PointList>(
  points: List,
  condition: (point: Merged<PointOf<List>>) => boolean,
  axes: More,
): Points<Merged<PointOf<List> & Partial<PointOf<More>>>> {
  const holds = checkedCondition(condition, 'when');
  const factors = factorsOf(points, 'when', 0);
  const more = factorsOf(axes, 'when', 2);
  return new Points(function* () {
    for (const point of combine(factors, 0, {})) {
      yield* (holds(point) ? combine(more, 0, point) : [point]) as Iterable<
        Merged<PointOf<List> & Partial<PointOf<More>>>
      >;
    }
  });
}

/** The points for which the condition does not hold. */
export function exclude<const List extends PointList>(
  points: List,
  condition: (point: Merged<PointOf<List>>) => boolean,
): Points<Merged<PointOf<List>>> {
  const holds = checkedCondition(condition, 'exclude');
  const factors = factorsOf(points, 'exclude', 0);
  return new Points(function* () {
    for (const point of combine(factors, 0, {})) if (!holds(point)) yield point as Merged<PointOf<List>>;
  });
}

/**
 * The axis `seed`: `count` worlds (initial weights and order of the data), the same for every method that they are crossed with.
 * @throws InvalidInput unless both are whole numbers.
 */
export function seeds(
  count: number,
  { from = 0 }: { readonly from?: number } = {},
): Points<{ seed: number }> {
  requireWhole('count', count, 1);
  requireWhole('from', from, 0);
  return new Points(function* () {
    for (let i = 0; i < count; i++) yield { seed: from + i };
  });
}

/** A condition that is forgotten to be called, or that is asynchronous, would hold for every point. */
function checkedCondition<Point>(condition: (point: Point) => boolean, what: string) {
  if (typeof condition !== 'function') {
    throw new InvalidInput(
      `invalid condition of ${what}: got ${describeValue(condition)}, expected a function of a point`,
    );
  }
  return (point: object): boolean => {
    const holds: unknown = condition(point as Point);
    if (typeof holds === 'boolean') return holds;
    const got = holds instanceof Promise ? 'a Promise' : describeValue(holds);
    throw new InvalidInput(`invalid condition of ${what}: it gave ${got}, expected true or false`);
  };
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InvalidInput(
    `invalid seeds: ${name}: got ${describeValue(value)}, expected a whole number of at least ${least}`,
  );
}
