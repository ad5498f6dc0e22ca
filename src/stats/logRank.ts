import { InvalidInput } from '../core/check.ts';
import { pow } from '../core/math.ts';
import { chiSquareSf } from './distributions.ts';
import { type PermutationOptions, type PermutationResult, twoSampleTest } from './permutation.ts';
import { type Durations, eventTable, requireDurations } from './survival.ts';

/** The weights of the event times: all 1, the number at risk (Gehan and Breslow), its root (Tarone and Ware), or S(t-)^rho (Fleming and Harrington). */
export type LogRankWeights = 'log-rank' | 'gehan-breslow' | 'tarone-ware' | { readonly rho: number };

export interface LogRankResult {
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
}

/**
 * The log-rank test (N. Mantel 1966) that groups have one survival curve: chi-square = u' V^-1 u with k - 1 degrees of freedom, u the weighted
 * sums of events minus expected events of all groups but the last, V their hypergeometric covariance. Statistic 0 and p 1
 * where there is nothing to compare: no events, or none while two groups are at risk.
 * @throws InvalidInput for fewer than 2 groups, or as {@link kaplanMeier} does.
 */
export function logRankTest(
  groups: readonly Durations[],
  weights: LogRankWeights = 'log-rank',
): LogRankResult {
  if (groups.length < 2) throw new InvalidInput(`invalid groups: got ${groups.length}, expected 2 or more`);
  groups.forEach(requireDurations);
  const df = groups.length - 1;
  const u: number[] = new Array(df).fill(0);
  const V = u.map(() => new Array<number>(df).fill(0));
  let survival = 1;
  for (const { atRisk, events } of eventTable(groups)) {
    const n = atRisk.reduce((total, value) => total + value, 0);
    const d = events.reduce((total, value) => total + value, 0);
    const weight = weightOf(weights, n, survival);
    const spread = n > 1 ? (weight * weight * d * (n - d)) / (n - 1) : 0;
    for (let i = 0; i < df; i++) {
      u[i] += weight * (events[i] - (d * atRisk[i]) / n);
      for (let j = 0; j < df; j++) V[i][j] += spread * (atRisk[i] / n) * ((i === j ? 1 : 0) - atRisk[j] / n);
    }
    survival *= (n - d) / n;
  }
  const statistic = quadraticForm(V, u);
  return { statistic, df, p: chiSquareSf(statistic, df) };
}

/**
 * The log-rank scores of all durations, group by group: 1 less the cumulative hazard H(t) = sum d_j / n_j over the event times of all
 * groups up to t for an event at t, -H(t) for one censored there. They sum to 0; the sum over a group is its observed less its expected
 * events, so that the log-rank test is one of their means.
 * @throws InvalidInput as {@link kaplanMeier} does.
 */
export function logRankScores(groups: readonly Durations[]): number[][] {
  groups.forEach(requireDurations);
  const table = eventTable(groups);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return groups.map(({ times, observed }) =>
    times.map((time, i) => {
      const hazards = table.flatMap((row) => (row.time <= time ? [sum(row.events) / sum(row.atRisk)] : []));
      return (observed[i] ? 1 : 0) - sum(hazards);
    }),
  );
}

/**
 * The log-rank test of two groups by permutation: if both have one curve and are censored alike, all C(n + m, n) ways to deal the runs
 * are as likely, and p counts those with {@link logRankScores} whose mean differs as much or more ({@link twoSampleTest}: all of them
 * up to 65,536, otherwise random ones; two-sided: twice the smaller tail). With few runs the chi-square of {@link logRankTest} is
 * too small: of 4 runs against 4 that were all slower it is 0.0067, where no more than 2 of 70 ways are so far apart. The statistic
 * is the difference of the means of the scores: above 0 where the first group is the faster one. The same scores are those of
 * `logrank_test` of R's coin.
 * @throws InvalidInput as {@link kaplanMeier} and {@link twoSampleTest} do.
 */
export function logRankPermutationTest(
  first: Durations,
  second: Durations,
  options: PermutationOptions = {},
): PermutationResult {
  const [a, b] = logRankScores([first, second]);
  return twoSampleTest(a, b, options);
}

function weightOf(weights: LogRankWeights, n: number, survival: number): number {
  if (weights === 'gehan-breslow') return n;
  if (weights === 'tarone-ware') return Math.sqrt(n);
  return weights === 'log-rank' ? 1 : pow(survival, weights.rho);
}

/** u' V^-1 u by elimination; a row without variance (a group that is never at risk beside another) is left out. */
function quadraticForm(V: readonly number[][], u: readonly number[]): number {
  const [left, right] = [V.map((row) => [...row]), [...u]];
  const scale = Math.max(...V.map((row, i) => row[i]));
  let form = 0;
  for (let i = 0; i < u.length; i++) {
    if (!(left[i][i] > 1e-12 * scale)) continue;
    form += (right[i] * right[i]) / left[i][i];
    for (let j = i + 1; j < u.length; j++) {
      const factor = left[j][i] / left[i][i];
      for (let k = i; k < u.length; k++) left[j][k] -= factor * left[i][k];
      right[j] -= factor * right[i];
    }
  }
  return form;
}
