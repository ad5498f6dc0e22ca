import type { Compared } from '../compared.ts';
import { metricName } from '../conclusion.ts';
import { FEWEST_FOR_INTERVAL } from '../estimate.ts';
import { summaryCsv } from '../files/summaryCsv.ts';
import { count, formatMetric } from '../format.ts';
import { type Html, html } from '../html.ts';
import { type SummaryCell, summaryColumns } from '../summaryColumns.ts';
import type { SummaryRow } from '../table.ts';

export type Summarised = Pick<
  Compared,
  'isDecided' | 'chosenBy' | 'reported' | 'referenceName' | 'isReferenceDeclared'
>;

/** The table of the methods, the best first. */
export function summary(rows: readonly SummaryRow[], compared: Summarised): Html {
  const columns = summaryColumns(rows, compared);
  const heads = columns.map(
    ({ title, isText, isOrder }) =>
      html`<th scope="col"${isText ? { html: ' class="text"' } : null}${isOrder ? { html: ' aria-sort="ascending"' } : null}><button type="button">${title}</button></th>`,
  );
  return html`<section aria-labelledby="summary-title">
<h2 id="summary-title">Summary</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Summary table">
<table class="sortable">
<thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${columns.map(({ cell, isText }) => cellHtml(cell(row), isText === true))}</tr>\n`)}</tbody>
</table>
</div>
<p><small>${summaryCaption(rows, compared)}</small></p>
<p><small><a href="data:text/csv;charset=utf-8,${encodeURIComponent(summaryCsv(rows))}" download="summary.csv">CSV of the summary</a></small></p>
</section>`;
}

function cellHtml({ text, note, isFlag, sort }: SummaryCell, isHead: boolean): Html {
  const small =
    note === undefined ? null : html`<small${isFlag ? { html: ' class="flag"' } : null}>${note}</small>`;
  const key = sort === null ? '' : String(sort);
  return isHead
    ? html`<th scope="row" data-sort="${key}">${text}${small}</th>`
    : html`<td data-sort="${key}">${text}${small}</td>`;
}

/** Which statistics the table has, over how many seeds, and what they mean. */
export function summaryCaption(rows: readonly SummaryRow[], compared: Summarised): string {
  const { isDecided, chosenBy, reported, referenceName, isReferenceDeclared } = compared;
  const seeds = rows.map((row) => row.metric.n).filter((n) => n > 0);
  if (seeds.length === 0) return 'No run has completed.';
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const over = least === most ? count(most, 'seed') : `${least} to ${count(most, 'seed')}`;
  const choice = isDecided
    ? 'of the runs that the experiment’s decisions compare'
    : `each method at its best learning rate, which is the one with the lowest median ${metricName(chosenBy)}; a failed run counts as infinitely bad there and has no value here. Test data took no part in any choice`;
  const any = (has: (row: SummaryRow) => boolean) => rows.some(has);
  const sentences = [
    `Values: median${most > 1 ? ` and ${rangeWords(least, most)} over ${over}` : ' of one seed'}, ${choice}.`,
    any(({ improvement }) => improvement !== null) &&
      `P(better): the probability that a run of the method has a lower ${metricName(reported.metric)} than one of ${referenceName}${isReferenceDeclared ? ', the declared reference' : ', the best method here, which the results chose'}: equal values count half, 0.5 is no difference${most >= FEWEST_FOR_INTERVAL ? '; 95% bootstrap interval over the seeds' : ''}.`,
    reported.target !== undefined &&
      `Target: ${metricName(reported.metric)} at most ${formatMetric(reported.target, reported.metric.measure)}; steps: those by which half of the runs had reached it, infinite where fewer did.`,
    `Diverged: of the runs ${isDecided ? 'of this table' : 'at every learning rate'}; such a run counts as infinitely bad.`,
    any(({ sensitivity }) => sensitivity !== null) &&
      'Rate sensitivity: how much the median validation loss loses on average over the learning rates tried (Wortsman et al. 2023), and the decades of rates within 5% of the best (≥: up to an end of the grid); compare methods with equally wide grids only.',
    any(({ flopsPerStep }) => flopsPerStep > 0) &&
      'Cost of a step: operations that the engine counts; time is information only, it depends on the machine.',
  ];
  return sentences.filter((sentence) => sentence !== false).join(' ');
}

function rangeWords(least: number, most: number): string {
  if (least >= FEWEST_FOR_INTERVAL) return '95% bootstrap interval of the median';
  if (most < FEWEST_FOR_INTERVAL) return 'range';
  return `range (95% bootstrap interval of the median from ${FEWEST_FOR_INTERVAL} seeds on)`;
}
