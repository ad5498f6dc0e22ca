import { canonicalJson, type Json } from '../../core/json.ts';
import { ascending } from '../../stats/ranks.ts';
import { metricName } from '../conclusion.ts';
import {
  type Comparison,
  type DecidedMethod,
  type DecidedTrial,
  type Decisions,
  type Halving,
  type Search,
  settingText,
} from '../decisions.ts';
import { count, formatAmount, formatMetric, visible, visibleLines } from '../format.ts';
import { type Html, html } from '../html.ts';
import { tableBlock } from './tableBlock.ts';

/** What the experiment decided from its results; null if there is nothing to decide, or not yet. */
export function decided(json: Json | undefined, decisions: Decisions | undefined): Html | null {
  if (json === undefined || json === null) return null;
  return html`<section aria-labelledby="decided-title">
<h2 id="decided-title">What was decided</h2>
${decisions === undefined ? raw(json) : SHOWN[decisions.kind](decisions.decided as never)}
</section>`;
}

const SHOWN = { comparison, search, halving } as const;

/** Decisions of a protocol of the user's own. */
function raw(json: Json): Html {
  return html`<pre tabindex="0"><code>${visibleLines(JSON.stringify(JSON.parse(canonicalJson(json)), null, 2))}</code></pre>`;
}

function comparison(decisions: Comparison): Html {
  const { track, budget, metric, target, seeds, evaluationSeeds, methods } = decisions;
  const format = formatOf(metric.measure);
  const entries = Object.entries(methods).toSorted(([, a], [, b]) =>
    ascending(a.evaluation.median, b.evaluation.median),
  );
  const heads = [
    { text: 'Method' },
    { text: 'Best setting' },
    'Trials',
    'Tuning',
    'Evaluation',
    ...(target === null ? [] : ['Steps to target', 'Reached']),
    'Diverged',
  ];
  const rows = entries.map(([name, method]) => comparisonRow(name, method, decisions));
  const trials = entries.filter(([, method]) => method.trials.length > 0);
  const budgetText =
    budget === 0
      ? 'without tuning: every method with its default'
      : `${count(budget, 'trial')} a method, each with ${count(seeds.length, 'seed')}; the median of the ${metricName(metric)} chooses`;
  return html`<p>Track ${track}: ${budgetText}. Each winner ran again on ${count(evaluationSeeds.length, 'fresh seed')}${target === null ? '' : `; the target is ${format(target)}`}.</p>
${tableBlock('Tuned comparison', heads, rows)}
<p><small>Trials: how many, and how many hyper-parameters were tuned. Tuning: the winner’s median over the seeds of its trial. Evaluation: median and range over the fresh seeds; a run that diverged or failed counts as infinite. Steps to target: those by which half of the runs had reached it; infinite where fewer did. In red: the winner lies on the edge of what was tried, so that the optimum may lie beyond; “although extended”: the space had been widened there once.</small></p>
${
  trials.length === 0
    ? null
    : html`<details><summary>All ${count(
        trials.reduce((sum, [, { trials: own }]) => sum + own.length, 0),
        'trial',
      )} of tuning</summary>
${trials.map(([name, method]) => html`<h3>${visible(name)}</h3>\n${trialTable(name, method.trials, format, method.winner.trial)}`)}</details>`
}`;
}

function comparisonRow(
  name: string,
  { winner, tunedDimensions, trials, edges, evaluation }: DecidedMethod,
  { metric, target }: Comparison,
): Html {
  const format = formatOf(metric.measure);
  const tuning = trials.find(({ trial }) => trial === winner.trial);
  const runs = evaluation.values.length;
  const toTarget = evaluation.toTarget;
  const reached =
    target === null || toTarget === null
      ? null
      : html`<td>${formatAmount(toTarget.costs.step.median)}</td><td>${toTarget.reached} of ${runs}</td>`;
  const failed = evaluation.failed > 0 ? html`<small class="flag">${evaluation.failed} failed</small>` : null;
  return html`<tr><th scope="row">${visible(name)}</th><td class="text wrap">${settingText(winner.params)}${winner.trial === 0 ? html`<small>the default</small>` : null}${edgeFlags(edges)}</td><td>${trials.length}<small>${count(tunedDimensions, 'dimension')}</small></td><td>${tuning === undefined ? '–' : format(tuning.median)}</td><td>${format(evaluation.median)}${rangeOf(evaluation.values, format)}</td>${reached}<td>${evaluation.diverged} of ${runs}${failed}</td></tr>\n`;
}

/** `learningRate is the highest tried, beyond an extension` */
function edgeFlags(edges: DecidedMethod['edges']): Html[] {
  return edges.map(({ dimension, side, extended }) => {
    const tried = `${visible(dimension)} is the ${side === 'low' ? 'lowest' : 'highest'} tried`;
    return html`<small class="flag">${tried}${extended ? ', although extended' : ''}</small>`;
  });
}

function search({ metric, ranked }: Search): Html {
  const [best] = ranked;
  if (best === undefined) return html`<p>No trial.</p>`;
  return html`<p>${count(ranked.length, 'trial')}, the best first: the median over the seeds decides, of equals the earlier trial.</p>
${trialTable('Trials of the search', ranked, formatOf(metric?.measure), best.trial)}`;
}

function halving({ metric, rungs }: Halving): Html {
  return html`<p>Successive halving: trials are compared after some epochs, and the best go on. A trial that diverged comes last.</p>
${rungs.map(({ epochs, ranked, kept }, i) => {
  const isLast = i === rungs.length - 1;
  const what = isLast ? `trial ${kept[0]} wins` : `${kept.length} of ${ranked.length} went on`;
  const table = trialTable(`Rung ${i + 1}`, ranked, formatOf(metric?.measure), ...kept);
  return html`<details${isLast ? { html: ' open' } : null}><summary>Rung ${i + 1}, ${count(epochs, 'epoch')}: ${count(ranked.length, 'trial')}, ${what}</summary>
${table}</details>`;
})}`;
}

/** A row a trial; those that were chosen are marked. */
function trialTable(
  label: string,
  trials: readonly DecidedTrial[],
  format: (value: number) => string,
  ...chosen: readonly number[]
): Html {
  const phases = trials.some(({ phase }) => phase === 'extension');
  const heads = [
    { text: 'Trial' },
    { text: 'Setting' },
    'Median',
    'Seeds',
    ...(phases ? [{ text: 'Space' }] : []),
  ];
  const rows = trials.map(
    ({ trial, params, median, values, phase }) =>
      html`<tr><th scope="row">${trial}${chosen.includes(trial) ? html`<small>chosen</small>` : null}</th><td class="text wrap">${settingText(params)}</td><td>${format(median)}</td><td>${values.map(format).join(', ')}</td>${phases ? html`<td class="text">${phase === 'extension' ? 'last quarter' : 'declared'}</td>` : null}</tr>\n`,
  );
  return tableBlock(label, heads, rows);
}

function rangeOf(values: readonly number[], format: (value: number) => string): Html | null {
  if (values.length < 2) return null;
  const sorted = values.toSorted(ascending);
  return html`<small>${format(sorted[0]).replace('%', '')}–${format(sorted[sorted.length - 1])}</small>`;
}

function formatOf(measure: 'loss' | 'error' = 'loss'): (value: number) => string {
  return (value) => formatMetric(value, measure);
}
