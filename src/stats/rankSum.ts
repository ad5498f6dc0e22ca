import { InvalidInput } from '../core/check.ts';
import { type Alternative, pOfNormal, pOfTails, requireSample } from './hypothesis.ts';
import { midRanks, tieTerm } from './ranks.ts';
import type { RankMethod } from './signedRank.ts';

/** Up to this product of the sample sizes (25 by 25) `auto` is exact. */
const EXACT_PAIRS = 625;
/** The largest table of an exact test, in numbers: 100 by 100 fits. */
const MOST_CELLS = 5e6;

export interface RankSumOptions {
  readonly alternative?: Alternative;
  readonly method?: RankMethod;
  /** A continuity correction of 1/2 in the normal approximation (default true, as in SciPy and R). */
  readonly correction?: boolean;
}

export interface RankSumResult {
  /** U of the first sample: the number of pairs (a, b) with a > b, ties counting 1/2. */
  readonly statistic: number;
  readonly p: number;
  readonly method: 'exact' | 'normal';
  /** The standardised U of the normal approximation without correction, NaN of an exact test. */
  readonly z: number;
}

/**
 * The rank-sum test of Wilcoxon, Mann and Whitney: do two independent samples come from one distribution (H. B. Mann and D. R. Whitney 1947).
 * The exact test counts all splits of the pooled mid-ranks, so that it holds with ties; SciPy's `exact` ignores ties.
 * Infinite values rank last, all alike. If all values are equal, p is 1.
 * @throws InvalidInput for an empty sample, a NaN, or `exact` for samples whose table would not fit (100 by 100 fits).
 */
export function rankSumTest(
  a: readonly number[],
  b: readonly number[],
  options: RankSumOptions = {},
): RankSumResult {
  const { alternative = 'two-sided', method = 'auto', correction = true } = options;
  requireSample('first sample', a, 1);
  requireSample('second sample', b, 1);
  const { ranks, ties } = midRanks([...a, ...b]);
  const rankSum = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const statistic = rankSum - (a.length * (a.length + 1)) / 2;
  if (method === 'exact' || (method === 'auto' && a.length * b.length <= EXACT_PAIRS)) {
    const { lower, upper } = exactTails(ranks, a.length, rankSum);
    return { statistic, p: pOfTails(alternative, lower, upper), method: 'exact', z: Number.NaN };
  }
  const n = a.length + b.length;
  const pairs = a.length * b.length;
  const deviation = Math.sqrt((pairs / 12) * (n + 1 - tieTerm(ties) / (n * (n - 1))));
  if (deviation === 0) return { statistic, p: 1, method: 'normal', z: 0 };
  const distance = statistic - pairs / 2;
  const step = correction ? 0.5 : 0;
  const above = pOfNormal('greater', (distance - step) / deviation);
  const below = pOfNormal('less', (distance + step) / deviation);
  return { statistic, p: pOfTails(alternative, below, above), method: 'normal', z: distance / deviation };
}

/**
 * P(R <= r) and P(R >= r) for the rank sum R of `size` ranks drawn without replacement. Ranks are doubled to be whole;
 * `counts[k][s]` is the number of choices of k of the ranks so far with doubled sum s: exact below 2^53, and relatively
 * accurate above, every number being a sum of positive ones.
 */
function exactTails(
  ranks: readonly number[],
  size: number,
  r: number,
): { readonly lower: number; readonly upper: number } {
  // the other sample's rank sum is what is left of the total, so that the smaller sample can stand for both
  if (size > ranks.length - size) {
    const total = (ranks.length * (ranks.length + 1)) / 2;
    const { lower, upper } = exactTails(ranks, ranks.length - size, total - r);
    return { lower: upper, upper: lower };
  }
  const doubled = ranks.map((rank) => 2 * rank);
  const largest = doubled
    .toSorted((x, y) => y - x)
    .slice(0, size)
    .reduce((sum, rank) => sum + rank, 0);
  if ((size + 1) * (largest + 1) > MOST_CELLS)
    throw new InvalidInput(
      `invalid method: got exact for ${size} of ${ranks.length} values, expected about 100 of 200 at most; use normal`,
    );
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(largest + 1));
  counts[0][0] = 1;
  for (const [i, rank] of doubled.entries()) {
    for (let k = Math.min(i + 1, size); k >= 1; k--) {
      for (let s = rank; s <= largest; s++) counts[k][s] += counts[k - 1][s - rank];
    }
  }
  let below = 0;
  let at = 0;
  let above = 0;
  for (const [s, count] of counts[size].entries()) {
    if (s < 2 * r) below += count;
    else if (s > 2 * r) above += count;
    else at += count;
  }
  const all = below + at + above;
  return { lower: (below + at) / all, upper: (above + at) / all };
}
