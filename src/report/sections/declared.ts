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
import { count, formatAmount, formatMetric, formatSeconds, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { COST_AXES } from '../metric.ts';
import { differenceText } from '../pairs.ts';
import type { ReportInput } from '../report.ts';
import { ALPHA, verdictsOf, verdictWords } from '../verdicts.ts';
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
<p><small>Median${conclusion.target === undefined ? '' : ' of the metric, and what runs had spent by when half of them had reached the target'}, each method at ${isDecided ? 'the setting that the experiment chose' : `its best setting, which has the lowest median ${metricName(chosenBy)}`}; a run that diverged or failed counts as infinite${conclusion.target === undefined ? '' : ', and so does what was spent where fewer than half reached the target'}. Time is information only: it depends on the machine and on what else it does, and decides nothing.</small></p>
${comparisons(comparisonRows(methods, conclusion), conclusion)}
</section>`;
}

function facts(conclusion: Conclusion): [string, string][] {
  const { metric, target, reference } = conclusion;
  return [
    ['Metric', `${metricName(metric)}, the smaller the better`],
    ...(target === undefined ? [] : [['Target', targetName(conclusion)] as [string, string]]),
    ...(reference === undefined ? [] : [['Reference', reference] as [string, string]]),
  ];
}

/** The declared comparisons, seed by seed, with the verdict of each. */
function comparisons(rows: readonly ComparisonRow[], { metric }: Conclusion): Html | null {
  if (rows.length === 0) return null;
  const verdicts = verdictsOf(rows);
  const lines = rows.map((row, i) => {
    const { first, second, seeds, better, worse } = row;
    return html`<tr><th scope="row">${first}</th><td class="text">${second}</td><td>${better} of ${seeds}</td><td>${worse} of ${seeds}</td><td>${differenceText(row, metric)}</td><td class="text wrap">${verdictWords(verdicts[i])}</td></tr>\n`;
  });
  const heads = [
    ...[{ text: 'Method' }, { text: 'Compared with' }, 'Better', 'Worse', 'Median difference'],
    { text: 'Verdict' },
  ];
  return html`${tableBlock('Declared comparisons', heads, lines)}
<p><small>Seed by seed, since a seed is the same world for every method. Verdict: exact two-sided signed-rank test on the differences; p after Holm’s correction for ${count(rows.length, 'declared comparison')}, significant up to ${ALPHA}. A test that could not be significant with so few seeds, whatever they say, is not made.</small></p>`;
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
