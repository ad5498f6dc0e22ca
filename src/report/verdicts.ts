import { signedRankTest } from '../stats/signedRank.ts';
import { compareFamily } from '../stats/significance.ts';
import type { Paired } from './pairs.ts';

/** Below it a difference counts as significant, after Holm's correction for all comparisons that are made together. */
export const ALPHA = 0.05;

/** `= 0.031`, `< 0.001` */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`;
}

/** `better, p = 0.031`, or why there is no claim. */
export function verdictWords(verdict: Verdict): string {
  if (verdict.kind === 'refused') return `no claim: ${verdict.reason}`;
  const words = { better: 'better', worse: 'worse', open: 'not told apart' } as const;
  return `${words[verdict.kind]}, p ${pText(verdict.p)}`;
}

/** What can be said of two methods: whether the first is better, or why nothing can be said. */
export type Verdict =
  | { readonly kind: 'better' | 'worse' | 'open'; readonly p: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly needed: number };

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
