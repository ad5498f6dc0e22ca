import { type Alternative, requireSample } from './hypothesis.ts';
import { ascending } from './ranks.ts';

/**
 * The Kolmogorov-Smirnov test of two samples: d is the largest distance of their empirical distribution functions (`greater`: of
 * the first above the second, `less`: below). p is exact for samples without ties, from the random path that the pooled order
 * walks; with ties it is too large rather than too small (SciPy's `exact` does the same).
 * @throws InvalidInput for an empty sample or a NaN.
 */
export function kolmogorovSmirnov(
  a: readonly number[],
  b: readonly number[],
  alternative: Alternative = 'two-sided',
): { readonly d: number; readonly p: number } {
  requireSample('first sample', a, 1);
  requireSample('second sample', b, 1);
  const [n, m] = [a.length, b.length];
  // distances are whole multiples of 1 / (n m)
  const distance = (i: number, j: number) => {
    const difference = i * m - j * n;
    if (alternative === 'two-sided') return Math.abs(difference);
    return alternative === 'greater' ? difference : -difference;
  };
  const [first, second] = [a.toSorted(ascending), b.toSorted(ascending)];
  let [i, j, largest] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(first[i], second[j]);
    while (i < n && first[i] === value) i++;
    while (j < m && second[j] === value) j++;
    largest = Math.max(largest, distance(i, j));
  }
  return { d: largest / (n * m), p: reachProbability(n, m, (x, y) => distance(x, y) >= largest) };
}

/** The probability that a path from (n, m) to (0, 0), all paths being equally likely, meets a point that is outside. */
function reachProbability(n: number, m: number, outside: (i: number, j: number) => boolean): number {
  let column = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    const next = new Float64Array(m + 1);
    for (let j = 0; j <= m; j++) {
      if (outside(i, j)) next[j] = 1;
      else if (i + j > 0) next[j] = (i * column[j] + (j > 0 ? j * next[j - 1] : 0)) / (i + j);
    }
    column = next;
  }
  return Math.min(1, column[m]);
}
