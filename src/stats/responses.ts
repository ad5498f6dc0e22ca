import { InvalidInput, unknownName } from '../core/check.ts';
import { requireSample } from './hypothesis.ts';
import { mean } from './moments.ts';
import { median } from './summary.ts';

/** One response (a run, or the middle of the seeds of a cell) and its level of every factor. */
export interface Response {
  readonly levels: readonly string[];
  readonly value: number;
}

/**
 * One response a cell (a combination of levels): the median or the mean over its runs. A mean over a diverged run is
 * Infinity. Cells in the order in which they first occur.
 */
export function cellResponses(runs: readonly Response[], middle: 'median' | 'mean' = 'median'): Response[] {
  return groupBy(runs, ({ levels }) => levels).map((cell) => {
    const values = cell.map(({ value }) => value);
    return { levels: cell[0].levels, value: middle === 'median' ? median(values) : mean(values) };
  });
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
 * diverged. Row by row, levels in the order in which they first occur; cells without runs are there too. Throws as
 * {@link requireResponses}, and on a factor that is not there.
 */
export function interactionCells(
  factors: readonly string[],
  responses: readonly Response[],
  row: string,
  column: string,
): InteractionCell[] {
  requireResponses(factors, responses);
  const [f, g] = [row, column].map((name) => {
    if (!factors.includes(name)) throw unknownName('factor', name, factors);
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

/** Groups in the order in which their keys first occur. */
export function groupBy<T>(rows: readonly T[], key: (row: T) => readonly string[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = JSON.stringify(key(row)); // no level can imitate the border between two others
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/** @throws InvalidInput for no responses, a NaN, and rows with another number of levels than factors. */
export function requireResponses(factors: readonly string[], responses: readonly Response[]): void {
  for (const { levels } of responses)
    if (levels.length !== factors.length)
      throw new InvalidInput(
        `invalid response: got ${levels.length} levels, expected one for each of ${factors.join(', ')}`,
      );
  requireSample(
    'responses',
    responses.map(({ value }) => value),
    1,
  );
}
