import { InvalidInput } from '../core/check.ts';
import { chiSquareSf, fSf } from './distributions.ts';
import { requireSample } from './hypothesis.ts';
import { midRanks, tieTerm } from './ranks.ts';

export interface FriedmanResult {
  /** Friedman's chi-square, corrected for ties. */
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
  /** Of each treatment over the blocks; rank 1 is the smallest value of a block. */
  readonly meanRanks: readonly number[];
  /** F = (n - 1) chi2 / (n (k - 1) - chi2) with k - 1 and (k - 1)(n - 1) degrees of freedom (Iman and Davenport 1980). */
  readonly imanDavenport: { readonly f: number; readonly p: number; readonly df: readonly [number, number] };
}

/**
 * Friedman's test (1937): do k treatments differ, each measured once in each of n blocks? `blocks[i][j]` is treatment j in block i. Statistic 0
 * and p 1 if every block is tied throughout. F is Infinity, with p 0, if all blocks order the treatments alike; NaN for a single block.
 * The chi-square and F distributions are approximations, Friedman's a conservative one for few blocks.
 * @throws InvalidInput for fewer than 1 block or 2 treatments, blocks of different lengths, or a NaN.
 */
export function friedmanTest(blocks: readonly (readonly number[])[]): FriedmanResult {
  const n = blocks.length;
  const k = blocks[0]?.length ?? 0;
  if (n < 1 || k < 2 || blocks.some((block) => block.length !== k))
    throw new InvalidInput(
      `invalid blocks: got ${n} of ${[...new Set(blocks.map((block) => block.length))].join(', ') || 'no'} values, expected one or more of the same 2 or more treatments`,
    );
  for (const [i, block] of blocks.entries()) requireSample(`block ${i}`, block, k);
  const rankings = blocks.map((block) => midRanks(block));
  const sums = blocks[0].map((_, j) => rankings.reduce((sum, { ranks }) => sum + ranks[j], 0));
  const tied = rankings.reduce((sum, { ties }) => sum + tieTerm(ties), 0);
  const untied = 1 - tied / (n * k * (k * k - 1));
  const centre = (n * (k + 1)) / 2;
  const squares = sums.reduce((sum, rankSum) => sum + (rankSum - centre) * (rankSum - centre), 0);
  const statistic = squares === 0 ? 0 : (12 * squares) / (n * k * (k + 1)) / untied;
  const df = k - 1;
  return {
    statistic,
    df,
    p: chiSquareSf(statistic, df),
    meanRanks: sums.map((rankSum) => rankSum / n),
    imanDavenport: imanDavenport(statistic, n, k),
  };
}

function imanDavenport(chi2: number, n: number, k: number): FriedmanResult['imanDavenport'] {
  const df = [k - 1, (k - 1) * (n - 1)] as const;
  if (n === 1) return { f: Number.NaN, p: Number.NaN, df };
  const left = n * (k - 1) - chi2;
  // the statistic of blocks that agree is n (k - 1), up to its last digits
  const f = left <= 1e-12 * n * (k - 1) ? Number.POSITIVE_INFINITY : ((n - 1) * chi2) / left;
  return { f, p: fSf(f, ...df), df };
}
