import { InvalidInput } from '../core/check.ts';
import { chiSquareSf } from './distributions.ts';
import { requireSample } from './hypothesis.ts';
import { midRanks, tieTerm } from './ranks.ts';

/**
 * The Kruskal-Wallis test: do k independent groups come from one distribution? H = 12 / (N (N + 1)) sum n_i (mean rank_i - (N + 1) / 2)^2,
 * corrected for ties, with a chi-square of k - 1 degrees of freedom. H is 0 and p 1 if all values are equal.
 * @throws InvalidInput for fewer than 2 groups, an empty group or a NaN.
 */
export function kruskalWallisTest(groups: readonly (readonly number[])[]): {
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
} {
  if (groups.length < 2) throw new InvalidInput(`invalid groups: got ${groups.length}, expected 2 or more`);
  for (const [i, group] of groups.entries()) requireSample(`group ${i}`, group, 1);
  const { ranks, ties } = midRanks(groups.flat());
  const N = ranks.length;
  let offset = 0;
  let between = 0;
  for (const { length } of groups) {
    const sum = ranks.slice(offset, offset + length).reduce((total, rank) => total + rank, 0);
    const distance = sum / length - (N + 1) / 2;
    between += length * distance * distance;
    offset += length;
  }
  const untied = 1 - tieTerm(ties) / (N * N * N - N);
  const statistic = between === 0 ? 0 : (12 * between) / (N * (N + 1)) / untied;
  return { statistic, df: groups.length - 1, p: chiSquareSf(statistic, groups.length - 1) };
}
