import { requireSample } from './hypothesis.ts';
import { holm } from './multipleTesting.ts';
import { minimumSignedRankP, seedsForSignificance } from './power.ts';
import { requireLevel } from './requirements.ts';
import { signedRankTest } from './signedRank.ts';
import { median } from './summary.ts';

export interface ComparisonOptions {
  /** The number of comparisons of the family that this one belongs to, all of them, also those that are not shown. */
  readonly comparisons?: number;
  readonly alpha?: number;
}

/** A test that could have come out either way. */
export interface TestedSeeds {
  readonly kind: 'tested';
  /** Two-sided, of this comparison alone. */
  readonly p: number;
  readonly method: 'exact' | 'normal';
  /** Seeds, and those of them on which the two arms differ. */
  readonly seeds: number;
  readonly differing: number;
  readonly median: number;
  /** Differences below and above 0. */
  readonly below: number;
  readonly above: number;
  /**
   * p <= alpha / comparisons: significant whatever the p of the others (Bonferroni). Holm's correction may find more
   * and needs all p-values of the family: {@link compareFamily} reports its answer beside this one.
   */
  readonly significant: boolean;
}

/** No test: whatever the differences, it could not have been significant. */
export interface RefusedSeeds {
  readonly kind: 'refused';
  readonly reason: string;
  /** The number of seeds on which the arms must differ for a test to be able to be significant. */
  readonly needed: number;
  readonly seeds: number;
  readonly differing: number;
  readonly median: number;
}

export type SeedComparison = TestedSeeds | RefusedSeeds;

/**
 * Wilcoxon's signed-rank test of paired differences (one a seed, first less second; see `pairedDifferences`), or the
 * reason why there is none. With n differences that are not 0 the smallest two-sided p is 2 / 2^n; if that exceeds
 * alpha / comparisons (Bonferroni's bar, as nothing is known of the others here), significance could not be reached
 * with any result, and calling the result "not significant" would say something about the methods that is only true
 * of the plan. Such a test is refused with the number of seeds it needs.
 *
 * Differences of 0 (identical or both diverged) say nothing about the sign and do not count as seeds; an infinite
 * difference ranks last. The rule is the same for `auto`'s normal approximation, used beyond 50 differences.
 * @throws InvalidInput on NaN and for comparisons or alpha out of range. No differences at all are refused, not
 * thrown.
 */
export function compareSeeds(
  differences: readonly number[],
  options: ComparisonOptions = {},
): SeedComparison {
  const { comparisons = 1, alpha = 0.05 } = options;
  requireSample('differences', differences, 0);
  const needed = seedsForSignificance(comparisons, alpha);
  const reached = comparisons * minimumSignedRankP(countDiffering(differences));
  return compared(differences, { comparisons, alpha, needed, reached, correction: 'Bonferroni' });
}

/** What a comparison has to reach. */
interface Bar {
  readonly comparisons: number;
  readonly alpha: number;
  readonly needed: number;
  /** The smallest p that the differences could have, after the correction. */
  readonly reached: number;
  readonly correction: 'Bonferroni' | 'Holm';
}

function compared(differences: readonly number[], bar: Bar): SeedComparison {
  const differing = countDiffering(differences);
  const base = { seeds: differences.length, differing, median: median(differences) };
  if (bar.reached > bar.alpha) {
    const { needed } = bar;
    return { kind: 'refused', reason: refusal(base.seeds, differing, bar), needed, ...base };
  }
  const { p, method } = signedRankTest(differences);
  const below = differences.filter((d) => d < 0).length;
  const significant = p * bar.comparisons <= bar.alpha;
  return { kind: 'tested', p, method, ...base, below, above: differing - below, significant };
}

function countDiffering(differences: readonly number[]): number {
  return differences.filter((d) => d !== 0).length;
}

function refusal(
  seeds: number,
  differing: number,
  { comparisons, alpha, needed, reached, correction }: Bar,
): string {
  if (seeds > 0 && differing === 0)
    return `nothing to test: the two are equal on ${seeds === 1 ? 'the only seed' : `all ${seeds} seeds`}; at least ${needed} seeds that differ`;
  const who =
    differing === seeds
      ? plural(seeds)
      : `${plural(differing)} that differ${differing === 1 ? 's' : ''} (of ${seeds}; the rest are equal)`;
  const family = comparisons > 1 ? ` after ${correction}'s correction for ${comparisons} comparisons` : '';
  const smallest = minimumSignedRankP(differing);
  const bound = comparisons > 1 ? `${smallest}, after the correction ${reached} or more` : `${smallest}`;
  return `${who} cannot reach p < ${alpha}${family}: the smallest possible p of the exact signed-rank test is ${bound}; at least ${needed} seeds${differing === seeds ? '' : ' that differ'}`;
}

function plural(seeds: number): string {
  return seeds === 1 ? '1 seed' : `${seeds} seeds`;
}

/** A comparison within its family. */
export interface FamilyComparison {
  readonly comparison: SeedComparison;
  /** Holm's, over all comparisons of the family; NaN if refused. */
  readonly adjustedP: number;
  /** adjustedP <= alpha. */
  readonly significant: boolean;
}

/**
 * The smallest p that each test of a family could have after Holm's correction, from the smallest that it could have
 * before: what Holm's method gives where every test is at its smallest, as an adjusted p does not fall when another p
 * grows. A test of which this exceeds alpha no result can make significant.
 * @throws InvalidInput for a number outside [0, 1].
 */
export function smallestAdjusted(smallest: readonly number[], size = smallest.length): number[] {
  return holm(smallest, size);
}

/**
 * {@link compareSeeds} for all comparisons of a family, with Holm's adjusted p-values. A comparison is refused if it
 * could not be significant even if all of the family had the smallest p that their seeds allow. The family is all
 * that were asked for: a refused comparison counts in it with p = 1, for who looks at many is not helped by having
 * run some of them badly. `needed` is of one comparison, the others as they are.
 */
export function compareFamily(
  family: readonly (readonly number[])[],
  { alpha = 0.05, comparisons: size = family.length }: ComparisonOptions = {},
): FamilyComparison[] {
  for (const differences of family) requireSample('differences', differences, 0);
  requireLevel('alpha', alpha);
  const smallest = family.map((differences) => minimumSignedRankP(countDiffering(differences)));
  const reached = smallestAdjusted(smallest, size);
  const comparisons = family.map((differences, i) =>
    compared(differences, {
      ...{ alpha, comparisons: size, correction: 'Holm', reached: reached[i] },
      needed: seedsInFamily(smallest, size, i, alpha),
    }),
  );
  const adjusted = holm(
    comparisons.map((comparison) => (comparison.kind === 'tested' ? comparison.p : 1)),
    size,
  );
  return comparisons.map((comparison, i) => {
    const adjustedP = comparison.kind === 'tested' ? adjusted[i] : Number.NaN;
    return { comparison, adjustedP, significant: adjustedP <= alpha };
  });
}

/** The seeds that must differ for test i to be able to be significant: at most those that suffice for the smallest p of the family. */
function seedsInFamily(smallest: readonly number[], size: number, i: number, alpha: number): number {
  let n = 1;
  while (smallestAdjusted(smallest.with(i, minimumSignedRankP(n)), size)[i] > alpha) n++;
  return n;
}
