import { mean } from './moments.ts';
import { groupBy, type Response } from './responses.ts';

/** One row of the analysis of variance; `factors` has one name, two, or none for the residual. */
export interface EffectTerm {
  readonly factors: readonly string[];
  readonly degreesOfFreedom: number;
  readonly sumOfSquares: number;
  /** Sum of squares over that of all responses about their mean: eta squared. 0 if all responses are equal. */
  readonly share: number;
}

/**
 * Sums of squares of the main effects in the order of `factors`, of the pairs (1,2), (1,3), …, (2,3), … and of the
 * residual, each after the terms before it: least squares by Gram and Schmidt on the indicators of levels. Responses
 * with the same levels have the same row, so the work grows with the number of cells: a cell of n responses is one
 * row with the weight sqrt(n), and the squares within it are residual.
 */
export function sequentialSquares(factors: readonly string[], responses: readonly Response[]): EffectTerm[] {
  const cells = groupBy(responses, ({ levels }) => levels).map((cell) => {
    const values = cell.map(({ value }) => value - responses[0].value); // exactly 0 if all are equal
    const centre = mean(values);
    const within = values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
    return { levels: cell[0].levels, weight: Math.sqrt(cell.length), centre, within };
  });
  const within = cells.reduce((sum, cell) => sum + cell.within, 0);
  const residual = Float64Array.from(cells, ({ weight, centre }) => weight * centre);
  const weights = Float64Array.from(cells, ({ weight }) => weight);
  const basis: Float64Array[] = [];
  project(residual, basis, weights.slice());
  const total = dot(residual, residual) + within;
  const share = (squares: number) => (total > 0 ? squares / total : 0);
  const terms = [...factors.map((_, f) => [f]), ...pairs(factors.length)].map((set) => {
    let sumOfSquares = 0;
    let degreesOfFreedom = 0;
    for (const column of indicators(cells, weights, set)) {
      const taken = project(residual, basis, column);
      if (taken === null) continue;
      sumOfSquares += taken;
      degreesOfFreedom++;
    }
    return {
      factors: set.map((f) => factors[f]),
      degreesOfFreedom,
      sumOfSquares,
      share: share(sumOfSquares),
    };
  });
  // where there are as many terms as cells only rounding is left of the cells
  const sumOfSquares = within + (basis.length < cells.length ? dot(residual, residual) : 0);
  const degreesOfFreedom = responses.length - basis.length;
  return [...terms, { factors: [], degreesOfFreedom, sumOfSquares, share: share(sumOfSquares) }];
}

/** All pairs f < g of the numbers below n. */
export function pairs(n: number): [number, number][] {
  const result: [number, number][] = [];
  for (let f = 0; f < n; f++) for (let g = f + 1; g < n; g++) result.push([f, g]);
  return result;
}

/** The weighted indicators of the levels (or pairs of levels) of the factors in `set` that occur. */
function indicators(
  cells: readonly { readonly levels: readonly string[] }[],
  weights: Float64Array,
  set: readonly number[],
): Float64Array[] {
  const indexed = cells.map(({ levels }, i) => ({ levels: set.map((f) => levels[f]), i }));
  return groupBy(indexed, ({ levels }) => levels).map((group) => {
    const column = new Float64Array(cells.length);
    for (const { i } of group) column[i] = weights[i];
    return column;
  });
}

/**
 * Takes the part of `column` that is orthogonal to the basis out of `residual`, adds it to the basis and returns the
 * squares that it took; null if the column depends on the basis. Orthogonalised twice, which is enough (Giraud et al.
 * 2005).
 */
function project(residual: Float64Array, basis: Float64Array[], column: Float64Array): number | null {
  const before = dot(column, column);
  for (let pass = 0; pass < 2; pass++)
    for (const direction of basis) subtract(column, direction, dot(column, direction));
  const norm = Math.sqrt(dot(column, column));
  if (norm < 1e-9 * Math.sqrt(before)) return null;
  for (let i = 0; i < column.length; i++) column[i] /= norm;
  const along = dot(residual, column);
  subtract(residual, column, along);
  basis.push(column);
  return along * along;
}

function subtract(from: Float64Array, direction: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] -= factor * direction[i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
