import { variance } from '../../stats/moments.ts';
import { detectableDifference } from '../../stats/power.ts';
import type { Compared } from '../compared.ts';
import {
  type ComparisonRow,
  type Conclusion,
  type ConclusionRow,
  comparisonRows,
  conclusionRows,
  type KeptDeclaration,
  metricName,
  targetName,
} from '../conclusion.ts';
import { FEWEST_FOR_INTERVAL } from '../estimate.ts';
import { count, formatAmount, formatMetric, formatPercent, formatSeconds, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { COST_AXES } from '../metric.ts';
import { differenceText } from '../pairs.ts';
import type { ReportInput } from '../report.ts';
import { ALPHA, declaredVerdicts, type Verdict, verdictWords } from '../verdicts.ts';
import { tableBlock } from './tableBlock.ts';

/** What the experiment said that it would conclude, and what came out of that; without a conclusion, whether its declaration was changed. */
export function declared(
  { experiment, declarations = [] }: ReportInput,
  { methods, isDecided, chosenBy }: Compared,
): Html | null {
  const { conclusion } = experiment;
  if (conclusion === undefined) return changed(declarations);
  const rows = conclusionRows(methods, conclusion);
  return html`<section aria-labelledby="declared-title">
<h2 id="declared-title">What was declared</h2>
<dl>${facts(conclusion).map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
${changed(declarations)}
${tableBlock(
  'Declared conclusion',
  headsOf(conclusion),
  rows.map((row) => rowOf(row, conclusion)),
)}
<<<<<<< HEAD
<p><small>Median${conclusion.target === undefined ? '' : ' of the metric, and what runs had spent by when half of them had reached the target'}, each method at ${isDecided ? 'the setting that the experiment chose' : `its best setting, which has the lowest median ${metricName(chosenBy)}`}; a run that diverged or failed counts as infinite${conclusion.target === undefined ? '' : ', and so does what was spent where fewer than half reached the target'}. Time is information only: it depends on the machine and on what else it does, and decides nothing.</small></p>
=======
<p><small>Median, with the smallest and the largest value over the seeds,${conclusion.target === undefined ? '' : ' of the metric and of what runs had spent when they first reached the target'}, each method at ${isDecided ? 'the setting that the experiment chose' : `its best setting, which has the lowest median ${metricName(chosenBy)}`}; a run that diverged or failed${conclusion.target === undefined ? '' : ', or missed the target,'} counts as infinite. Time is information only: it depends on the machine and on what else it does, and decides nothing.</small></p>
>>>>>>> main
${comparisons(comparisonRows(methods, conclusion), conclusion)}
</section>`;
}

function facts(conclusion: Conclusion): [string, string][] {
  const { metric, target, reference, margin } = conclusion;
  return [
    ['Metric', `${metricName(metric)}, the smaller the better`],
    ...(target === undefined ? [] : [['Target', targetName(conclusion)] as [string, string]]),
    ...(reference === undefined ? [] : [['Reference', reference] as [string, string]]),
    ...(margin === undefined
      ? []
      : [['Margin', `±${formatMetric(margin, metric.measure)}`] as [string, string]]),
  ];
}

/** The declared comparisons, seed by seed, with the verdict of each. */
function comparisons(rows: readonly ComparisonRow[], { metric, margin }: Conclusion): Html | null {
  if (rows.length === 0) return null;
  const verdicts = declaredVerdicts(rows, margin);
  const lines = rows.map((row, i) => {
    const { first, second, seeds, better, worse } = row;
    const detectable = detectableOf(row, verdicts[i], rows.length);
    const size = detectable === null ? '–' : formatMetric(detectable, metric.measure);
    return html`<tr><th scope="row">${first}</th><td class="text">${second}</td><td>${better} of ${seeds}</td><td>${worse} of ${seeds}</td><td>${differenceText(row, metric)}</td><td>${size}</td><td class="text wrap">${verdictWords(verdicts[i], metric.measure)}</td></tr>\n`;
  });
  const heads = [
    ...[{ text: 'Method' }, { text: 'Compared with' }, 'Better', 'Worse', 'Median difference'],
    ...['Detectable', { text: 'Verdict' }],
  ];
  return html`${tableBlock('Declared comparisons', heads, lines)}
<p><small>${comparisonNotes(rows.length, margin === undefined ? undefined : formatMetric(margin, metric.measure)).join(' ')}</small></p>`;
}

/** Of a test of one comparison. */
const POWER = 0.8;

/** The smallest difference that a t test at the level of one of so many comparisons finds with the power; null where none was tested. */
function detectableOf(
  { differences, seeds }: ComparisonRow,
  verdict: Verdict,
  comparisons: number,
): number | null {
  if (verdict.kind === 'refused' || seeds < 2 || !differences.every(Number.isFinite)) return null;
  const deviation = Math.sqrt(variance(differences));
  const isSpread = differences.some((value) => value !== differences[0]); // of equal values a rounding may be left
  return isSpread
    ? detectableDifference({ deviation, seeds, power: POWER, alpha: ALPHA / comparisons })
    : null;
}

function comparisonNotes(comparisons: number, margin: string | undefined): string[] {
  const level = comparisons === 1 ? `${ALPHA}` : `${ALPHA} / ${comparisons}`;
  return [
    'Seed by seed, since a seed is the same world for every method.',
    `Verdict: exact two-sided signed-rank test on the differences; p after Holm’s correction for ${count(comparisons, 'declared comparison')}, significant up to ${ALPHA}. A test that could not be significant with so few seeds, whatever they say, is not made.`,
    ...(margin === undefined
      ? []
      : [
          `Equivalent: not significant, and the paired equivalence test (TOST, Schuirmann 1987) within the declared margin of ±${margin} has p ≤ ${ALPHA} by Holm’s method for all of them; from ${FEWEST_FOR_INTERVAL} seeds on.`,
        ]),
    `Detectable: the smallest mean difference that so many seeds, whose differences spread as these do, show with power ${formatPercent(POWER)} by a paired t test at ${level} (the signed-rank test needs about 5% more seeds); smaller ones are more likely to be missed than that. None where no test was made, and where differences are infinite or all equal.`,
  ];
}

/** A conclusion or a protocol that was changed after runs were seen is another one. */
function changed(declarations: readonly KeptDeclaration[]): Html | null {
  if (declarations.length < 2) return null;
  const times = declarations.slice(1).map(({ runs }) => `after ${count(runs, 'run')}`);
  return html`<p class="warning">The declaration was changed ${times.join(', ')} in the store. The last one holds; the earlier ones:</p>
<details><summary>${count(declarations.length - 1, 'earlier declaration')}</summary>
${declarations.slice(0, -1).map(({ text, declaredAt, runs }) => html`<p>${declaredAt}, ${count(runs, 'run')} in the store:</p><pre tabindex="0"><code>${visibleLines(text)}</code></pre>\n`)}</details>`;
}

const COST_HEADS = {
  step: 'Steps to target',
  samples: 'Images',
  gradientEvaluations: 'Gradients',
  flops: 'FLOPs',
} as const;

function headsOf({ metric, target }: Conclusion) {
  const name = metricName(metric);
  return [
    { text: 'Method' },
    `${name[0].toUpperCase()}${name.slice(1)}`,
    ...(target === undefined ? [] : ['Reached', ...COST_AXES.map((cost) => COST_HEADS[cost])]),
    'Time of a run (information only)',
  ];
}

function rowOf(
  { method, metric, runs, reached, costs, seconds }: ConclusionRow,
  conclusion: Conclusion,
): Html {
  const format = (value: number) => formatMetric(value, conclusion.metric.measure);
  const range =
    runs > 1 ? html`<small>${format(metric.min).replace('%', '')}–${format(metric.max)}</small>` : null;
  const spent = costs === null ? [] : COST_AXES.map((cost) => html`<td>${formatAmount(costs[cost])}</td>`);
  return html`<tr><th scope="row">${method}</th><td>${format(metric.median)}${range}</td>${reached === null ? null : html`<td>${reached} of ${runs}</td>`}${spent}<td>${Number.isNaN(seconds) ? '–' : formatSeconds(seconds)}</td></tr>\n`;
}
