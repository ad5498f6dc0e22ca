import { InvalidInput } from '../core/check.ts';
import { type Alternative, pOfNormal, pOfTails, requireSample } from './hypothesis.ts';
import { midRanks } from './ranks.ts';

/** `exact`: all sign patterns count alike; `normal`: the normal approximation; `auto`: exact up to {@link EXACT_DIFFERENCES}. */
export type RankMethod = 'auto' | 'exact' | 'normal';

/** Up to so many differences that are not 0 `auto` is exact. */
export const EXACT_DIFFERENCES = 50;
/** Beyond it `exact` is refused: its table grows with the square, its work with the cube. */
const MOST_EXACT = 1000;

export interface SignedRankOptions {
  readonly alternative?: Alternative;
  readonly method?: RankMethod;
  /**
   * What becomes of differences of 0: `wilcox` drops them before ranking, `pratt` ranks them and then drops them (Pratt
   * 1959), `zsplit` gives half of their ranks to each side.
   */
  readonly zeros?: 'wilcox' | 'pratt' | 'zsplit';
  /** A continuity correction of 1/2 in the normal approximation. */
  readonly correction?: boolean;
}

export interface SignedRankResult {
  /** min(W+, W-) for `two-sided`, else W+ (as SciPy reports it). */
  readonly statistic: number;
  readonly wPlus: number;
  readonly wMinus: number;
  readonly p: number;
  /** The number of differences that are not 0. */
  readonly n: number;
  readonly method: 'exact' | 'normal';
  /** The standardised statistic of the normal approximation, NaN of an exact test. */
  readonly z: number;
}

/**
 * Wilcoxon's signed-rank test of differences that are symmetric about 0 under the null hypothesis (F. Wilcoxon 1945). W+ is
 * the sum of the mid-ranks of |d| over the positive d. The exact test is conditional on the observed mid-ranks, so that it holds with ties and
 * zeros; SciPy's `exact` ignores ties, R's `wilcox.test` leaves the exact test when there are any. Values are tied when they are
 * equal to the last bit. Infinite differences rank last. If all differences are 0, n is 0 and p is 1.
 * @throws InvalidInput for an empty sample, a NaN, or `exact` with more than 1000 differences.
 */
export function signedRankTest(
  differences: readonly number[],
  options: SignedRankOptions = {},
): SignedRankResult {
  const { alternative = 'two-sided', method = 'auto', zeros = 'wilcox', correction = false } = options;
  requireSample('differences', differences, 1);
  const kept = zeros === 'wilcox' ? differences.filter((d) => d !== 0) : differences;
  const { ranks } = midRanks(kept.map(Math.abs));
  const sumWhere = (wanted: (d: number) => boolean) =>
    kept.reduce((sum, d, i) => (wanted(d) ? sum + ranks[i] : sum), 0);
  const half = zeros === 'zsplit' ? sumWhere((d) => d === 0) / 2 : 0;
  const wPlus = sumWhere((d) => d > 0) + half;
  const wMinus = sumWhere((d) => d < 0) + half;
  const signed = ranks.filter((_, i) => kept[i] !== 0);
  const n = signed.length;
  const statistic = alternative === 'two-sided' ? Math.min(wPlus, wMinus) : wPlus;
  const base = { statistic, wPlus, wMinus, n };
  if (method === 'exact' || (method === 'auto' && n <= EXACT_DIFFERENCES)) {
    const { lower, upper } = exactTails(signed, wPlus - half);
    return { ...base, p: pOfTails(alternative, lower, upper), method: 'exact', z: Number.NaN };
  }
  const z = standardised(statistic, zeros === 'zsplit' ? ranks : signed, alternative, correction);
  return { ...base, p: pOfNormal(alternative, z), method: 'normal', z };
}

/**
 * P(W+ <= w) and P(W+ >= w) over all 2^n equally likely signs of the ranks. Ranks are doubled to be whole; `share[s]` is the
 * probability that the doubled sum is s, of the ranks so far.
 */
function exactTails(ranks: readonly number[], w: number): { readonly lower: number; readonly upper: number } {
  if (ranks.length > MOST_EXACT)
    throw new InvalidInput(
      `invalid method: got exact for ${ranks.length} differences, expected at most ${MOST_EXACT}; use normal`,
    );
  const doubled = ranks.map((rank) => 2 * rank);
  const share = new Float64Array(doubled.reduce((sum, rank) => sum + rank, 0) + 1);
  share[0] = 1;
  let largest = 0;
  for (const rank of doubled) {
    largest += rank;
    for (let s = largest; s >= 0; s--) share[s] = (share[s] + (s >= rank ? share[s - rank] : 0)) / 2;
  }
  let lower = 0;
  let upper = 0;
  for (let s = 0; s <= 2 * w; s++) lower += share[s];
  for (let s = share.length - 1; s >= 2 * w; s--) upper += share[s];
  return { lower: Math.min(1, lower), upper: Math.min(1, upper) };
}

/** (W - sum r / 2 - correction) / sqrt(sum r^2 / 4) over the ranks that have a sign; 0 if there are none. */
function standardised(
  w: number,
  ranks: readonly number[],
  alternative: Alternative,
  correction: boolean,
): number {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  const towards = alternative === 'two-sided' ? Math.sign(w - mean) : alternative === 'less' ? -1 : 1;
  return variance === 0 ? 0 : (w - mean - (correction ? towards / 2 : 0)) / Math.sqrt(variance);
}
