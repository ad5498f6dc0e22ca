import { type Rng, stream } from '../core/rng.ts';
import { type Alternative, pOfTails, requireSample } from './hypothesis.ts';
import { requireCount } from './requirements.ts';

export interface PermutationOptions {
  readonly alternative?: Alternative;
  readonly seed?: number;
  /** Random permutations, where there are too many to take all. */
  readonly resamples?: number;
}

export interface PermutationResult {
  /** The mean of the differences, or the difference of the means; infinite where more runs of one arm diverged. */
  readonly statistic: number;
  readonly p: number;
  readonly method: 'exact' | 'monte-carlo';
  /** How many permutations were looked at. */
  readonly permutations: number;
  /** Of p, from the drawing of permutations: 0 if exact. */
  readonly standardError: number;
}

/** All permutations are taken if there are at most so many. */
export const EXACT_LIMIT = 65536;

const RESAMPLES = 9999;

/**
 * Sign-flip test of paired differences: if the two arms are exchangeable within a pair, every difference is as likely
 * with either sign. p is the share of the 2^n sign vectors with a mean at least (`greater`) or at most (`less`) the
 * observed, and twice the smaller of both, at most 1, if `two-sided` (Fisher 1935, section 21; as `permutation_test`
 * of SciPy with permutation_type "samples"). Exact if 2^n <= 65536 (n <= 16), else with random signs and p = (b + 1)
 * / (B + 1) (Phipson and Smyth 2010), which is never 0. Sums that differ by at most 1e-12 of sum |d| are equal.
 *
 * Infinite differences are larger than any sum of finite ones: sums are compared as their limit, when Infinity is a
 * number that grows beyond all bounds. Throws on no differences and on NaN.
 */
export function signFlipTest(
  differences: readonly number[],
  options: PermutationOptions = {},
): PermutationResult {
  requireSample('differences', differences, 1);
  const parts = differences.map(split);
  const tally = new Tally(total(parts), sumOfSizes(parts));
  const statistic = ratio(total(parts), parts.length);
  if (2 ** parts.length <= EXACT_LIMIT) {
    tallySigns(parts, 0, 0, 0, tally);
    return exact(statistic, tally, options);
  }
  return drawn(statistic, tally, options, (rng) => {
    let worst = 0;
    let rest = 0;
    for (const part of parts) {
      const sign = rng.uint32() >= 2147483648 ? 1 : -1;
      worst += sign * part.worst;
      rest += sign * part.rest;
    }
    tally.add(worst, rest);
  });
}

/** Adds all sums of `worst`, `rest` and parts[at …] with either sign to the tally. */
function tallySigns(parts: readonly Total[], at: number, worst: number, rest: number, tally: Tally): void {
  if (at === parts.length) {
    tally.add(worst, rest);
    return;
  }
  tallySigns(parts, at + 1, worst + parts[at].worst, rest + parts[at].rest, tally);
  tallySigns(parts, at + 1, worst - parts[at].worst, rest - parts[at].rest, tally);
}

/**
 * Permutation test of two independent samples on mean(a) - mean(b): if both have the same distribution, all C(n + m,
 * n) divisions of the pooled values are as likely. Exact if they are at most 65536, else random; otherwise as {@link
 * signFlipTest} ("independent" in SciPy).
 */
export function twoSampleTest(
  a: readonly number[],
  b: readonly number[],
  options: PermutationOptions = {},
): PermutationResult {
  requireSample('first sample', a, 1);
  requireSample('second sample', b, 1);
  const n = a.length;
  const size = n + b.length;
  const pooled = [...a, ...b].map(split);
  // n m (mean(a) - mean(b)) = size sum(a) - n sum(all): parts shifted so that their sum over a is just that
  const all = total(pooled);
  const parts = pooled.map(({ worst, rest }) => ({
    worst: worst * size - all.worst,
    rest: rest * size - all.rest,
  }));
  const observed = total(parts.slice(0, n));
  const tally = new Tally(observed, size * sumOfSizes(pooled));
  const statistic = ratio(observed, n * b.length);
  if (choose(size, n) <= EXACT_LIMIT) {
    tallyChoices(parts, 0, n, 0, 0, tally);
    return exact(statistic, tally, options);
  }
  const order = Int32Array.from(parts, (_, i) => i);
  return drawn(statistic, tally, options, (rng) => {
    rng.shuffle(order);
    let worst = 0;
    let rest = 0;
    for (let i = 0; i < n; i++) {
      worst += parts[order[i]].worst;
      rest += parts[order[i]].rest;
    }
    tally.add(worst, rest);
  });
}

/**
 * The smallest two-sided p of {@link twoSampleTest} for n values against m: 2 / C(n + m, n), when one division alone is as extreme (1
 * at most), and 2 / (B + 1) where permutations are drawn.
 */
export function minimumTwoSampleP(n: number, m: number, resamples = RESAMPLES): number {
  requireCount('number of values', n, 1);
  requireCount('number of values', m, 1);
  const ways = choose(n + m, n);
  return Math.min(1, 2 / (ways <= EXACT_LIMIT ? ways : resamples + 1));
}

/** Adds all sums of `worst`, `rest` and `left` of parts[at …] to the tally. */
function tallyChoices(
  parts: readonly Total[],
  at: number,
  left: number,
  worst: number,
  rest: number,
  tally: Tally,
): void {
  if (left === 0) {
    tally.add(worst, rest);
    return;
  }
  if (parts.length - at < left) return;
  tallyChoices(parts, at + 1, left - 1, worst + parts[at].worst, rest + parts[at].rest, tally);
  tallyChoices(parts, at + 1, left, worst, rest, tally);
}

/** A sum in which Infinity is a number M beyond all others: `worst` M + `rest`. */
interface Total {
  worst: number;
  rest: number;
}

/** How many sums are at least and at most the observed one: first by the multiples of M, then by what is left. */
class Tally {
  count = 0;
  atLeast = 0;
  atMost = 0;
  readonly #observed: Total;
  readonly #tolerance: number;

  constructor(observed: Total, scale: number) {
    this.#observed = observed;
    this.#tolerance = 1e-12 * scale;
  }

  add(worst: number, rest: number): void {
    const above = worst - this.#observed.worst || rest - this.#observed.rest;
    const tolerance = worst === this.#observed.worst ? this.#tolerance : 0;
    this.count++;
    if (above >= -tolerance) this.atLeast++;
    if (above <= tolerance) this.atMost++;
  }
}

function split(value: number): Total {
  return Number.isFinite(value) ? { worst: 0, rest: value } : { worst: Math.sign(value), rest: 0 };
}

function total(parts: readonly Total[]): Total {
  const sum = { worst: 0, rest: 0 };
  for (const part of parts) {
    sum.worst += part.worst;
    sum.rest += part.rest;
  }
  return sum;
}

function sumOfSizes(parts: readonly Total[]): number {
  return parts.reduce((sum, part) => sum + Math.abs(part.rest), 0);
}

function ratio(sum: Total, n: number): number {
  return sum.worst === 0 ? sum.rest / n : sum.worst * Number.POSITIVE_INFINITY;
}

function exact(
  statistic: number,
  { count, atLeast, atMost }: Tally,
  { alternative = 'two-sided' }: PermutationOptions,
): PermutationResult {
  const p = pOfTails(alternative, atMost / count, atLeast / count);
  return { statistic, p, method: 'exact', permutations: count, standardError: 0 };
}

/** Tallies random permutations; the standard error is that of b / B, sqrt(p (1 - p) / B), twice it if two-sided. */
function drawn(
  statistic: number,
  tally: Tally,
  { alternative = 'two-sided', seed = 0, resamples = RESAMPLES }: PermutationOptions,
  addOne: (rng: Rng) => void,
): PermutationResult {
  requireCount('number of permutations', resamples, 1);
  const rng = stream(seed, 'permutation').at();
  for (let r = 0; r < resamples; r++) addOne(rng);
  const share = (extreme: number) => (extreme + 1) / (resamples + 1);
  const p = pOfTails(alternative, share(tally.atMost), share(tally.atLeast));
  const sides = alternative === 'two-sided' ? 2 : 1;
  const oneSided = p / sides;
  const standardError = sides * Math.sqrt((oneSided * (1 - oneSided)) / resamples);
  return { statistic, p, method: 'monte-carlo', permutations: resamples, standardError };
}

/** C(n, k), exact as long as it and its products stay below 2^53; Infinity far beyond. */
function choose(n: number, k: number): number {
  const few = Math.min(k, n - k);
  let result = 1;
  for (let i = 1; i <= few; i++) result = (result * (n - few + i)) / i;
  return result;
}
