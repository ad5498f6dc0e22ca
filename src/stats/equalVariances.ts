import { InvalidInput } from '../core/check.ts';
import { log } from '../core/math.ts';
import { chiSquareSf } from './distributions.ts';
import { requireSample } from './hypothesis.ts';
import { mean, sum, variance } from './moments.ts';
import { median } from './summary.ts';
import { type FTestResult, oneWayAnova } from './tTest.ts';

/**
 * H. Levene's test (1960) that groups have equal variances: the analysis of variance of |x - centre|. About the median, the
 * default, it is the test of M. B. Brown and A. B. Forsythe (1974), which heavy tails disturb less.
 * @throws InvalidInput as {@link oneWayAnova} does.
 */
export function leveneTest(
  groups: readonly (readonly number[])[],
  centre: 'median' | 'mean' = 'median',
): FTestResult {
  const middle = centre === 'median' ? median : mean;
  return oneWayAnova(
    groups.map((group) => {
      const m = middle(group);
      return group.map((value) => Math.abs(value - m));
    }),
  );
}

/**
 * M. S. Bartlett's test (1937) that normal groups have equal variances, a chi-square with k - 1 degrees of freedom.
 * @throws InvalidInput for fewer than 2 groups, fewer than 2 values in a group or a NaN.
 */
export function bartlettTest(groups: readonly (readonly number[])[]): {
  readonly statistic: number;
  readonly p: number;
} {
  if (groups.length < 2) throw new InvalidInput(`invalid groups: got ${groups.length}, expected 2 or more`);
  for (const [i, group] of groups.entries()) requireSample(`group ${i}`, group, 2);
  const free = groups.map(({ length }) => length - 1);
  const all = sum(free);
  const variances = groups.map((group) => variance(group));
  const pooled = sum(variances.map((value, i) => free[i] * value)) / all;
  const spread = all * log(pooled) - sum(variances.map((value, i) => free[i] * log(value)));
  const correction = 1 + (sum(free.map((df) => 1 / df)) - 1 / all) / (3 * (groups.length - 1));
  const statistic = spread / correction;
  return { statistic, p: chiSquareSf(statistic, groups.length - 1) };
}
