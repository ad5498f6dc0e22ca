/** Ascending, with infinities (a - b is NaN for two of them) and with -0 equal to 0. */
export function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** {@link ascending}, with what is not a number after everything else. */
export function ascendingNaNLast(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return ascending(a, b);
}

export interface Ranking {
  /** Of each value, from 1 for the smallest; equal values share the mean of their ranks. */
  readonly ranks: readonly number[];
  /** How many values share each rank that more than one has. */
  readonly ties: readonly number[];
}

/** Mid-ranks of values without NaN. Infinity is a value like others: diverged runs rank last, all alike. */
export function midRanks(values: readonly number[]): Ranking {
  const order = values.map((_, i) => i).sort((i, j) => ascending(values[i], values[j]));
  const ranks: number[] = new Array(values.length);
  const ties: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2;
    if (to - from > 1) ties.push(to - from);
    from = to;
  }
  return { ranks, ties };
}

/** The sum of t^3 - t over groups of t equal values, which corrects the variance of rank statistics. */
export function tieTerm(ties: readonly number[]): number {
  return ties.reduce((sum, t) => sum + (t * t * t - t), 0);
}
