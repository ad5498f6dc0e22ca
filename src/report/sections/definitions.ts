import { FEWEST_FOR_INTERVAL } from '../estimate.ts';
import { type Html, html } from '../html.ts';
import { ALPHA } from '../verdicts.ts';

/** The words of the page that stand for a statistic, with what is computed and from where it is. */
const DEFINITIONS: readonly (readonly [term: string, text: string])[] = [
  [
    'Run, seed',
    'A run is one spec with one seed. Seed i is the same world for every method: the same initial parameters and the same order of the data, so that methods are compared seed by seed. Runs of one task are never pooled with those of another.',
  ],
  [
    'Diverged',
    'The loss or the gradient was no longer finite, or the loss passed the bound of the spec. Such a run is a result: it counts as infinitely bad in every median and as a miss of every target. Nothing is imputed and nothing is dropped. A failed run has no result; where a setting is chosen it counts as infinitely bad.',
  ],
  [
    'Best setting',
    'Of the settings of a method the one with the lowest median of the metric that chooses, which is on the validation data. Test data choose nothing. Where it is the first or the last one tried, it is flagged: the optimum may lie outside.',
  ],
  [
    'Interval of a median',
    `Percentile bootstrap, 95%, 2000 resamples of the seeds from a fixed seed (Efron 1979); the range where there are fewer than ${FEWEST_FOR_INTERVAL} seeds.`,
  ],
  [
    'Probability of being better',
    'P(a < b) + P(a = b) / 2 over all pairs of a run of each method: Mann and Whitney’s U over its largest value. Its interval is a bootstrap over the seeds of both. Cliff’s delta is twice it, less one. With few seeds such an interval is too short, and where all pairs agree it has no width: that is no certainty.',
  ],
  [
    'Significant',
    `The exact two-sided signed-rank test (Wilcoxon 1945, ties and zeros included) on the differences seed by seed has p ≤ ${ALPHA} after Holm’s correction (1979) for all comparisons that are made together. With n seeds that differ p cannot be below 2 / 2ⁿ: a test that no results of the family could make significant is refused, and counts with p = 1. That a difference is not significant does not say that there is none: equivalence within a margin that was declared is a test of its own (TOST, Schuirmann 1987).`,
  ],
  ['Share of runs', 'Reached and diverged shares have the exact 95% interval of Clopper and Pearson (1934).'],
  [
    'Time to target',
    'The first evaluation after step 0 at which the metric is at most the target, in steps, images, gradients or operations. Runs that missed it are censored at their budget: curves are Kaplan and Meier’s (1958), the restricted mean is the area under them up to the budget. The steps of a method are those by which half of its runs were there, their median. The log-rank test (Mantel 1966) takes its p from dealing the runs anew, not from chi-square. Expected running time: all that was spent over the number of runs that got there (Hansen et al. 2021).',
  ],
  [
    'Rate sensitivity',
    'S is the mean over the learning rates tried of min(loss, loss before training) less the smallest of them (Wortsman et al. 2023). The basin is the range of rates around the best with a loss within 5% of it, in decades, interpolated on the logarithm of the rate.',
  ],
  [
    'Best of k',
    'The expected best of k of the settings tried, without bias (Tang et al. 2020), for k up to half of their number.',
  ],
  [
    'Buckets',
    'The series of every step are kept in at most 100 buckets of neighbouring steps, each with its median and its smallest and largest value, so that no spike is lost. No curve is smoothed.',
  ],
];

/** What the statistics of the page are; the same in every report. */
export function definitions(): Html {
  return html`<section aria-labelledby="definitions-title">
<h2 id="definitions-title">Definitions</h2>
<details><summary>What the statistics of this page are</summary>
<dl>${DEFINITIONS.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>\n`)}</dl>
</details>
</section>`;
}
