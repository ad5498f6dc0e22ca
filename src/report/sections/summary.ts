import type { Spread } from '../../stats/summary.ts';
import type { Compared } from '../compared.ts';
import { metricName } from '../conclusion.ts';
import { count, formatNumber, formatPercent, formatRate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { FINAL_LOSS } from '../methods.ts';
import type { Metric } from '../metric.ts';
import type { SummaryRow } from '../table.ts';

type Column = readonly [title: string, cell: (row: SummaryRow) => Html];

const RATE = 'Best learning rate';

const COLUMNS: readonly Column[] = [
  ['Method', (row) => html`<th scope="row" data-sort="${row.method}">${row.method}</th>`],
  [RATE, learningRateCell],
  ['Validation loss', (row) => spreadCell(row.validationLoss, formatNumber)],
  ['Validation error', (row) => spreadCell(row.validationError, formatPercent)],
  ['Test error', (row) => spreadCell(row.testError, formatPercent)],
  ['Training loss', (row) => spreadCell(row.trainLoss, formatNumber)],
  ['Diverged', (row) => countCell(row)],
];

const chosen = (by: Metric) =>
  `, each method at its best learning rate, which is the one with the lowest median ${metricName(by)}; a failed run counts as infinitely bad there and has no value here. Test data took no part in any choice.`;
const DECIDED = ', of the runs that the experiment’s decisions compare.';

/** The table of the methods, the best first. */
export function summary(
  rows: readonly SummaryRow[],
  { isDecided, chosenBy }: Pick<Compared, 'isDecided' | 'chosenBy'> = {
    isDecided: false,
    chosenBy: FINAL_LOSS,
  },
): Html {
  const columns = isDecided ? COLUMNS.filter(([title]) => title !== RATE) : COLUMNS;
  const seeds = rows.map((row) => row.validationError.n).filter((n) => n > 0);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const over = least === most ? count(most, 'seed') : `${least} to ${count(most, 'seed')}`;
  const statistic =
    seeds.length === 0
      ? 'No run has completed.'
      : `Values at the end of training: median${most > 1 ? ` and range over ${over}` : ' of one seed'}${isDecided ? DECIDED : chosen(chosenBy)}`;
  const heads = columns.map(
    ([title], i) =>
      html`<th scope="col" ${i === 0 ? { html: 'class="text"' } : null}${title === 'Validation error' ? { html: 'aria-sort="ascending"' } : null}><button type="button">${title}</button></th>`,
  );
  return html`<section aria-labelledby="summary-title">
<h2 id="summary-title">Summary</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Summary table">
<table class="sortable">
<thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${columns.map(([, cell]) => cell(row))}</tr>\n`)}</tbody>
</table>
</div>
<p><small>${statistic} “Diverged” counts the runs ${isDecided ? 'of this table' : 'at every learning rate'}; a diverged run counts as infinitely bad.</small></p>
</section>`;
}

function learningRateCell({ learningRate, edge, rates, triedZero }: SummaryRow): Html {
  const tried = `${edge === null ? `${rates} tried` : `${edge} of ${rates}`}${triedZero ? ' and 0' : ''}`;
  const note = html`<small${edge === null ? null : { html: ' class="flag"' }}>${tried}</small>`;
  return html`<td data-sort="${learningRate === null ? '' : String(learningRate)}">${formatRate(learningRate)}${note}</td>`;
}

function spreadCell({ n, median, min, max }: Spread, format: (value: number) => string): Html {
  if (n === 0) return html`<td data-sort="">–</td>`;
  const range = `${format(min).replace('%', '')}–${Number.isFinite(max) ? format(max) : 'diverged'}`;
  const shown = Number.isFinite(median) ? format(median) : 'diverged';
  return html`<td data-sort="${String(median)}">${shown}${n > 1 ? html`<small>${range}</small>` : null}</td>`;
}

function countCell({ diverged, runs, failed, lost }: SummaryRow): Html {
  const others = [...(failed > 0 ? [`${failed} failed`] : []), ...(lost > 0 ? [`${lost} lost`] : [])].join(
    ', ',
  );
  return html`<td data-sort="${diverged / runs}">${diverged} of ${runs}${others === '' ? null : html`<small class="flag">${others}</small>`}</td>`;
}
