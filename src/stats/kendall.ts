import { InvalidInput } from '../core/check.ts';
import { requirePairs } from './correlation.ts';
import { type Alternative, pOfNormal, pOfTails } from './hypothesis.ts';
import { midRanks } from './ranks.ts';

export interface KendallResult {
  /** tau-b: (concordant - discordant) / sqrt((pairs - ties in x) (pairs - ties in y)). NaN if x or y is constant. */
  readonly tauB: number;
  /** Stuart's tau-c: 2 (concordant - discordant) / (n^2 (m - 1) / m), m the smaller number of different values. */
  readonly tauC: number;
  readonly p: number;
}

/**
 * M. Kendall's rank correlation (1938). `normal` takes the normal approximation with the variance for ties (SciPy's
 * `asymptotic`, without continuity correction); `exact` the distribution of the number of discordant pairs over all n! orders.
 * @throws InvalidInput also for `exact` with ties.
 */
export function kendall(
  x: readonly number[],
  y: readonly number[],
  { method = 'normal', alternative = 'two-sided' }: KendallOptions = {},
): KendallResult {
  requirePairs(x, y);
  const n = x.length;
  const pairs = (n * (n - 1)) / 2;
  const [tiesX, tiesY] = [midRanks(x).ties, midRanks(y).ties];
  const { concordant, discordant } = countPairs(x, y);
  const excess = concordant - discordant;
  const untied = (ties: readonly number[]) => Math.sqrt(pairs - over(ties, (t) => (t * (t - 1)) / 2));
  const classes = Math.min(new Set(x.map(plain)).size, new Set(y.map(plain)).size);
  const tauB = excess / untied(tiesX) / untied(tiesY);
  const tauC = (2 * excess) / ((n * n * (classes - 1)) / classes);
  if (method === 'exact') {
    if (tiesX.length + tiesY.length > 0)
      throw new InvalidInput('invalid method: got exact for values with ties, expected normal');
    const lower = fewerInversions(n, concordant); // few concordant pairs: tau this low or lower
    const upper = fewerInversions(n, discordant);
    return { tauB, tauC, p: pOfTails(alternative, lower, upper) };
  }
  const p = Number.isNaN(tauB) ? tauB : pOfNormal(alternative, excess / deviation(n, tiesX, tiesY));
  return { tauB, tauC, p };
}

export interface KendallOptions {
  readonly method?: 'normal' | 'exact';
  readonly alternative?: Alternative;
}

const plain = (value: number) => value + 0; // -0 counts as 0

function countPairs(x: readonly number[], y: readonly number[]) {
  let [concordant, discordant] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const sign = order(x[i], x[j]) * order(y[i], y[j]);
      if (sign > 0) concordant++;
      else if (sign < 0) discordant++;
    }
  }
  return { concordant, discordant };
}

const order = (a: number, b: number) => (a > b ? 1 : a < b ? -1 : 0);

function over(ties: readonly number[], term: (t: number) => number): number {
  return ties.reduce((sum, t) => sum + term(t), 0);
}

/** The standard deviation of concordant - discordant with ties in both (Kendall 1970, chapter 4). */
function deviation(n: number, tiesX: readonly number[], tiesY: readonly number[]): number {
  const twice = n * (n - 1);
  const pairsOf = (t: number) => (t * (t - 1)) / 2;
  const triples = (t: number) => t * (t - 1) * (t - 2);
  const leading = (t: number) => t * (t - 1) * (2 * t + 5);
  const both = (2 * over(tiesX, pairsOf) * over(tiesY, pairsOf)) / twice;
  const three = n > 2 ? (over(tiesX, triples) * over(tiesY, triples)) / (9 * twice * (n - 2)) : 0;
  const first = (twice * (2 * n + 5) - over(tiesX, leading) - over(tiesY, leading)) / 18;
  return Math.sqrt(first + both + three);
}

/** The share of the n! orders with at most `most` inversions: the i-th element adds 0 to i - 1 of them, each equally likely. */
function fewerInversions(n: number, most: number): number {
  let share = new Float64Array(most + 1);
  share[0] = 1;
  for (let i = 2; i <= n; i++) {
    const next = new Float64Array(most + 1);
    for (let s = 0; s <= most; s++) {
      for (let added = 0; added < i && added <= s; added++) next[s] += share[s - added] / i;
    }
    share = next;
  }
  return Math.min(
    1,
    share.reduce((sum, value) => sum + value, 0),
  );
}
