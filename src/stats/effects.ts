import { InvalidInput } from '../core/check.ts';
import { mean } from './moments.ts';
import { midRanks } from './ranks.ts';
import { groupBy, type Response, requireResponses } from './responses.ts';
import { type EffectTerm, pairs, sequentialSquares } from './sequentialSquares.ts';

/**
 * How responses enter sums: as they are; by their ranks among all (mean ranks for equal ones, so Infinity is simply
 * the worst); or 1 for Infinity and 0 for the rest, so that effects are shares of diverged runs.
 */
export type ResponseScale = 'value' | 'rank' | 'diverged';

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
 * Main effects and two-way interactions of categorical factors on a response, and how much of the variance each
 * explains. Effects are of means: mean(level) - grand mean for a level, and mean(cell) - mean(row level) -
 * mean(column level) + grand mean for a pair of levels, over the responses there are.
 *
 * The sums of squares are sequential ("type I"): what a term takes from the residual of least squares after the terms
 * before it, main effects in the order of `factors`, then pairs (1,2), (1,3), …, (2,3), …. In a balanced design the
 * order does not matter; in an unbalanced one a term is credited with what it shares with later ones, so put first
 * what is of the least interest. Terms and residual sum to the total; eta squared is their share. It is a description
 * and grows with the number of levels even without an effect; it is not a test.
 *
 * `scale` is 'value' if not given, or 'rank' as soon as a response is infinite. Throws on NaN, on rows with another
 * number of levels than factors, and if 'value' is asked for with an infinite response.
 */
export function factorEffects(
  factors: readonly string[],
  responses: readonly Response[],
  scale?: ResponseScale,
): Effects {
  requireResponses(factors, responses);
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
  const terms = sequentialSquares(
    factors,
    responses.map(({ levels }, i) => ({ levels, value: y[i] })),
  );
  return { scale: chosen, grandMean, terms, main: main.flat(), interactions };
}

function scaled(values: readonly number[], scale: ResponseScale): number[] {
  if (scale === 'value') return [...values];
  if (scale === 'diverged') return values.map((value) => (value === Number.POSITIVE_INFINITY ? 1 : 0));
  return [...midRanks(values).ranks];
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
