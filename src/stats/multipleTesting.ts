import { InvalidInput } from '../core/check.ts';
import { expm1, log1p } from '../core/math.ts';
import { ascending } from './ranks.ts';

/*
 * Adjusted p-values in the order given: a hypothesis is rejected at level alpha if its adjusted p-value is at most alpha. Bonferroni, Sidak, Holm,
 * Holm-Sidak, Hochberg and Hommel bound the probability of any false rejection, Benjamini-Hochberg and -Yekutieli the
 * expected share of false ones among the rejections. An empty list gives an empty list; a number outside [0, 1] throws InvalidInput.
 */

/** min(1, m p) (Bonferroni). */
export function bonferroni(pValues: readonly number[]): number[] {
  return adjust(pValues, (p, _rank, m) => m * p, 'each');
}

/** 1 - (1 - p)^m (Sidak 1967), for independent tests. */
export function sidak(pValues: readonly number[]): number[] {
  return adjust(pValues, (p, _rank, m) => anyOf(p, m), 'each');
}

/**
 * The largest (m - j + 1) p_(j) up to the rank (S. Holm 1979): as safe as Bonferroni under any dependence, and never weaker. With `m` above
 * the number of p-values the others count as 1: what was not tested, or is not shown, makes nothing significant.
 */
export function holm(pValues: readonly number[], m = pValues.length): number[] {
  return adjust(pValues, (p, rank) => (m - rank + 1) * p, 'largest below');
}

/** Holm's procedure with Sidak's bound, 1 - (1 - p_(j))^(m - j + 1). */
export function holmSidak(pValues: readonly number[]): number[] {
  return adjust(pValues, (p, rank, m) => anyOf(p, m - rank + 1), 'largest below');
}

/** The smallest (m - j + 1) p_(j) from the rank on (Y. Hochberg 1988), for independent or positively dependent tests. */
export function hochberg(pValues: readonly number[]): number[] {
  return adjust(pValues, (p, rank, m) => (m - rank + 1) * p, 'smallest above');
}

/** The smallest m p_(j) / j from the rank on (Y. Benjamini and Y. Hochberg 1995): false discovery rate. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  return adjust(pValues, (p, rank, m) => (m * p) / rank, 'smallest above');
}

/** Benjamini-Hochberg times 1 + 1/2 + ... + 1/m, under any dependence (Y. Benjamini and D. Yekutieli 2001). */
export function benjaminiYekutieli(pValues: readonly number[]): number[] {
  let harmonic = 0;
  for (let j = pValues.length; j >= 1; j--) harmonic += 1 / j;
  return adjust(pValues, (p, rank, m) => (m * p * harmonic) / rank, 'smallest above');
}

/**
 * G. Hommel's procedure (1988): the largest, over the sizes s, of Simes' value min_j s q_(j) / j of the intersection that speaks least
 * against p_i, q being the s - 1 largest p-values and p_i (or the next smaller one, if p_i is among the largest).
 */
export function hommel(pValues: readonly number[]): number[] {
  const { order, sorted } = ranked(pValues);
  const m = sorted.length;
  const adjusted = [...sorted];
  for (let size = m; size >= 2; size--) {
    const first = m - size; // the place of the smallest of the `size` largest
    // its own place is excluded: a smaller p-value takes it
    let simes = Number.POSITIVE_INFINITY;
    for (let j = 2; j <= size; j++) simes = Math.min(simes, (size * sorted[first + j - 1]) / j);
    for (let i = 0; i < m; i++) {
      const own = Math.min(simes, size * sorted[Math.min(i, first)]);
      adjusted[i] = Math.max(adjusted[i], own);
    }
  }
  return inGivenOrder(order, adjusted);
}

/** The probability that at least one of m independent tests falls below p. */
function anyOf(p: number, m: number): number {
  return m === 1 ? p : -expm1(m * log1p(-p));
}

/** How a value depends on those of its neighbours by rank. */
type Monotone = 'each' | 'largest below' | 'smallest above';

function adjust(
  pValues: readonly number[],
  value: (p: number, rank: number, m: number) => number,
  monotone: Monotone,
): number[] {
  const { order, sorted } = ranked(pValues);
  const m = sorted.length;
  const adjusted = sorted.map((p, i) => Math.min(1, value(p, i + 1, m)));
  if (monotone === 'largest below')
    for (let i = 1; i < m; i++) adjusted[i] = Math.max(adjusted[i], adjusted[i - 1]);
  if (monotone === 'smallest above')
    for (let i = m - 2; i >= 0; i--) adjusted[i] = Math.min(adjusted[i], adjusted[i + 1]);
  return inGivenOrder(order, adjusted);
}

function ranked(pValues: readonly number[]): { readonly order: number[]; readonly sorted: number[] } {
  for (const p of pValues)
    if (!(p >= 0 && p <= 1))
      throw new InvalidInput(`invalid p-value: got ${p}, expected a number from 0 to 1`);
  const order = pValues.map((_, i) => i).sort((i, j) => ascending(pValues[i], pValues[j]));
  return { order, sorted: order.map((i) => pValues[i]) };
}

function inGivenOrder(order: readonly number[], sorted: readonly number[]): number[] {
  const result: number[] = new Array(order.length);
  order.forEach((place, i) => {
    result[place] = sorted[i];
  });
  return result;
}
