import { pairedEquivalence } from '../stats/equivalence.ts';
import { holm } from '../stats/multipleTesting.ts';
import { signedRankTest } from '../stats/signedRank.ts';
import { compareFamily } from '../stats/significance.ts';
import { FEWEST_FOR_INTERVAL } from './estimate.ts';
import { formatMetric } from './format.ts';
import type { Measure } from './methods.ts';
import type { Paired } from './pairs.ts';

/** Below it a difference counts as significant, after Holm's correction for all comparisons that are made together. */
export const ALPHA = 0.05;

/** `= 0.031`, `< 0.001` */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`;
}

/** `better, p = 0.031`, `equivalent within ±1.00%, p = 0.012`, or why there is no claim. */
export function verdictWords(verdict: Verdict, measure: Measure = 'loss'): string {
  if (verdict.kind === 'refused')
    return verdict.seeds === 0 ? 'no seed in common' : `no claim: ${verdict.reason}`;
  if (verdict.kind === 'equivalent')
    return `equivalent within ±${formatMetric(verdict.margin, measure)}, p ${pText(verdict.p)}`;
  const words = { better: 'better', worse: 'worse', open: 'not told apart' } as const;
  return `${words[verdict.kind]}, p ${pText(verdict.p)}`;
}

/** What can be said of two methods: whether the first is better, or why nothing can be said. */
export type Verdict =
  | { readonly kind: 'better' | 'worse' | 'open'; readonly p: number }
  /** Not told apart, and known to differ by less than the margin; p is that of the equivalence test. */
  | { readonly kind: 'equivalent'; readonly p: number; readonly margin: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly needed: number; readonly seeds: number };

/**
 * A verdict a comparison, by the exact signed-rank test on the differences seed by seed, p after Holm's correction for all of them, or for
 * `comparisons` if these are some of more. The larger sum of ranks says which is better. A test that could not be significant with as few
 * seeds is not made: it would say nothing, whatever the results.
 */
export function verdictsOf(pairs: readonly Paired[], comparisons = pairs.length): Verdict[] {
  const family = compareFamily(
    pairs.map(({ differences }) => differences),
    { alpha: ALPHA, comparisons },
  );
  return family.map(({ comparison, adjustedP: p, significant }, i) => {
    if (comparison.kind === 'refused') return comparison;
    if (!significant) return { kind: 'open', p };
    const { wPlus, wMinus } = signedRankTest(pairs[i].differences);
    return { kind: wMinus > wPlus ? 'better' : 'worse', p };
  });
}

/**
 * {@link verdictsOf} of declared comparisons, where a margin was declared as well: one that is not significant, whether it was tested or
 * refused, is equivalent if the paired TOST within ±margin has p <= {@link ALPHA} by Holm's method for all of them. With fewer than
 * {@link FEWEST_FOR_INTERVAL} seeds, of which a spread says little, it is not made and counts with p = 1.
 */
export function declaredVerdicts(pairs: readonly Paired[], margin?: number): Verdict[] {
  const verdicts = verdictsOf(pairs);
  if (margin === undefined) return verdicts;
  const equivalence = holm(
    pairs.map(({ differences }) =>
      differences.length < FEWEST_FOR_INTERVAL ? 1 : pairedEquivalence(differences, { delta: margin }).p,
    ),
  );
  return verdicts.map((verdict, i) => {
    const isOpen = verdict.kind === 'open' || verdict.kind === 'refused';
    return isOpen && equivalence[i] <= ALPHA ? { kind: 'equivalent', p: equivalence[i], margin } : verdict;
  });
}
