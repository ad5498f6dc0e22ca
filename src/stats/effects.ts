import { InvalidInput } from '../core/check.ts';
import { ascending, checkSample } from './checkSample.ts';
import { median } from './summary.ts';

/** One response (a run, or the middle of the seeds of a cell) and its level of every factor. */
export interface Response {
  readonly levels: readonly string[];
  readonly value: number;
}

/**
 * How responses enter sums: as they are; by their ranks among all (mean ranks for equal ones, so Infinity is simply the worst); or
 * 1 for Infinity and 0 for the rest, so that effects are shares of diverged runs.
 */
export type ResponseScale = 'value' | 'rank' | 'diverged';

/** One row of the analysis of variance; `factors` has one name, two, or none for the residual. */
export interface EffectTerm {
  readonly factors: readonly string[];
  readonly degreesOfFreedom: number;
  readonly sumOfSquares: number;
  /** Sum of squares over that of all responses about their mean: eta squared. 0 if all responses are equal. */
  readonly share: number;
}

/** What one level, or one pair of levels, adds to the mean. */
export interface LevelEffect {
  readonly factors: readonly string[];
  readonly levels: readonly string[];
  readonly n: number;
  readonly effect: number;
}

export interface Effects {
  readonly scale: ResponseScale;
  readonly grandMean: number;
  readonly terms: readonly EffectTerm[];
  readonly main: readonly LevelEffect[];
  readonly interactions: readonly LevelEffect[];
}

/**
 * One response a cell (a combination of levels): the median or the mean over its runs. A mean over a diverged run is Infinity.
 * Cells in the order in which they first occur.
 */
export function cellResponses(runs: readonly Response[], middle: 'median' | 'mean' = 'median'): Response[] {
  return groupBy(runs, ({ levels }) => levels).map((cell) => {
    const values = cell.map(({ value }) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { levels: cell[0].levels, value: middle === 'median' ? median(values) : mean };
  });
}

/**
 * Main effects and two-way interactions of categorical factors on a response, and how much of the variance each
 * explains. Effects are of means: mean(level) - grand mean for a level, and
 * mean(cell) - mean(row level) - mean(column level) + grand mean for a pair of levels, over the responses there are.
 *
 * The sums of squares are sequential ("type I"): what a term takes from the residual of least squares after the terms before it, main
 * effects in the order of `factors`, then pairs (1,2), (1,3), …, (2,3), …. In a balanced design the order does
 * not matter; in an unbalanced one a term is credited with what it shares with later ones, so put first what is
 * of the least interest. Terms and residual sum to the total; eta squared is their share. It is a description
 * and grows with the number of levels even without an effect; it is not a test.
 *
 * `scale` is 'value' if not given, or 'rank' as soon as a response is infinite. Throws on NaN, on rows with another number of
 * levels than factors, and if 'value' is asked for with an infinite response.
 */
export function factorEffects(
  factors: readonly string[],
  responses: readonly Response[],
  scale?: ResponseScale,
): Effects {
  checkResponses(factors, responses);
  const values = responses.map(({ value }) => value);
  const finite = values.every(Number.isFinite);
  if (scale === 'value' && !finite)
    throw new InvalidInput(
      'invalid scale of effects: got value with an infinite response, expected rank or diverged; or collapse seeds to medians first (cellResponses)',
    );
  const chosen = scale ?? (finite ? 'value' : 'rank');
  const y = scaled(values, chosen);
  const grandMean = mean(y);
  const main = factors.map((factor, f) => levelEffects([factor], [f], responses, y, grandMean));
  const interactions = pairs(factors.length).flatMap(([f, g]) =>
    levelEffects([factors[f], factors[g]], [f, g], responses, y, grandMean).map((cell) => {
      const row = main[f].find(({ levels }) => levels[0] === cell.levels[0]);
      const column = main[g].find(({ levels }) => levels[0] === cell.levels[1]);
      return { ...cell, effect: cell.effect - (row as LevelEffect).effect - (column as LevelEffect).effect };
    }),
  );
  const terms = sequentialSquares(factors, responses, y);
  return { scale: chosen, grandMean, terms, main: main.flat(), interactions };
}

function scaled(values: readonly number[], scale: ResponseScale): number[] {
  if (scale === 'value') return [...values];
  if (scale === 'diverged') return values.map((value) => (value === Number.POSITIVE_INFINITY ? 1 : 0));
  const sorted = values.toSorted(ascending);
  // the ranks of equal values are first + 1 … last + 1
  const ranks = new Map<number, number>();
  for (let first = 0; first < sorted.length; ) {
    let last = first;
    while (sorted[last + 1] === sorted[first]) last++;
    ranks.set(sorted[first], (first + last) / 2 + 1);
    first = last + 1;
  }
  return values.map((value) => ranks.get(value) as number);
}

/** The mean at every level (or pair of levels) of the factors `at`, less the grand mean. */
function levelEffects(
  factors: readonly string[],
  at: readonly number[],
  responses: readonly Response[],
  y: readonly number[],
  grandMean: number,
): LevelEffect[] {
  const rows = responses.map(({ levels }, i) => ({ levels: at.map((f) => levels[f]), value: y[i] }));
  return groupBy(rows, ({ levels }) => levels).map((group) => ({
    factors,
    levels: group[0].levels,
    n: group.length,
    effect: mean(group.map(({ value }) => value)) - grandMean,
  }));
}

function pairs(n: number): [number, number][] {
  const result: [number, number][] = [];
  for (let f = 0; f < n; f++) for (let g = f + 1; g < n; g++) result.push([f, g]);
  return result;
}

/** Sums of squares of the terms in their order, by Gram and Schmidt on the indicators of levels. */
function sequentialSquares(
  factors: readonly string[],
  responses: readonly Response[],
  y: readonly number[],
): EffectTerm[] {
  const sets = [...factors.map((_, f) => [f]), ...pairs(factors.length)];
  const residual = Float64Array.from(y);
  const basis: Float64Array[] = [];
  project(residual, basis, new Float64Array(y.length).fill(1));
  const total = dot(residual, residual);
  const share = (squares: number) => (total > 0 ? squares / total : 0);
  const terms = sets.map((set) => {
    let sumOfSquares = 0;
    let degreesOfFreedom = 0;
    for (const column of indicators(responses, set)) {
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
  const left = y.length - basis.length;
  const sumOfSquares = left > 0 ? dot(residual, residual) : 0; // of a saturated model only rounding is left
  terms.push({ factors: [], degreesOfFreedom: left, sumOfSquares, share: share(sumOfSquares) });
  return terms;
}

/** The indicators of the levels (or pairs of levels) of the factors in `set` that occur. */
function indicators(responses: readonly Response[], set: readonly number[]): Float64Array[] {
  const indexed = responses.map(({ levels }, i) => ({ levels: set.map((f) => levels[f]), i }));
  return groupBy(indexed, ({ levels }) => levels).map((group) => {
    const column = new Float64Array(responses.length);
    for (const { i } of group) column[i] = 1;
    return column;
  });
}

/**
 * Takes the part of `column` that is orthogonal to the basis out of `residual`, adds it to the basis and returns the squares that it
 * took; null if the column depends on the basis. Orthogonalised twice, which is enough (Giraud et al. 2005).
 */
function project(residual: Float64Array, basis: Float64Array[], column: Float64Array): number | null {
  const before = dot(column, column);
  for (let pass = 0; pass < 2; pass++)
    for (const direction of basis) subtract(column, direction, dot(column, direction));
  const norm = Math.sqrt(dot(column, column));
  if (norm * norm <= 1e-18 * before || norm < 1e-9 * Math.sqrt(before)) return null;
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Groups in the order in which their keys first occur. */
function groupBy<T>(rows: readonly T[], key: (row: T) => readonly string[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = JSON.stringify(key(row)); // no level can imitate the border between two others
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function checkResponses(factors: readonly string[], responses: readonly Response[]): void {
  for (const { levels } of responses)
    if (levels.length !== factors.length)
      throw new InvalidInput(
        `invalid response: got ${levels.length} levels, expected one for each of ${factors.join(', ')}`,
      );
  checkSample(
    'responses',
    responses.map(({ value }) => value),
  );
}

/** A cell of the table of two factors; without runs its value is NaN. */
export interface InteractionCell {
  readonly row: string;
  readonly column: string;
  readonly n: number;
  readonly diverged: number;
  readonly value: number;
}

/**
 * The cells of a heat map of two factors: the median over all runs with the two levels, their number and how many
 * diverged. Row by row, levels in the order in which they first occur; cells without runs are there too.
 * Throws as {@link factorEffects}, and on a factor that is not there.
 */
export function interactionCells(
  factors: readonly string[],
  responses: readonly Response[],
  row: string,
  column: string,
): InteractionCell[] {
  checkResponses(factors, responses);
  const [f, g] = [row, column].map((name) => {
    if (!factors.includes(name))
      throw new InvalidInput(`unknown factor: ${name}, known: ${factors.join(', ')}`);
    return factors.indexOf(name);
  });
  const rows = [...new Set(responses.map(({ levels }) => levels[f]))];
  const columns = [...new Set(responses.map(({ levels }) => levels[g]))];
  return rows.flatMap((rowLevel) =>
    columns.map((columnLevel) => {
      const values = responses
        .filter(({ levels }) => levels[f] === rowLevel && levels[g] === columnLevel)
        .map(({ value }) => value);
      const diverged = values.filter((value) => value === Number.POSITIVE_INFINITY).length;
      return { row: rowLevel, column: columnLevel, n: values.length, diverged, value: median(values) };
    }),
  );
}
