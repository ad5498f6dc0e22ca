import { stringify } from 'csv-stringify/sync';
import { type FaultCell, type FaultMatrix, NO_FAULT } from '../faultMatrix.ts';
import { LEVEL_BUCKETS } from '../faultRecovery.ts';
import type { PaperTable } from '../files/paperTable.ts';
import { count, formatPercent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { textOf } from '../tables/formats.ts';
import { tableBlock } from './tableBlock.ts';

/** Who came back after which fault, and when: a table with a row a setting. Null where no run has a fault. */
export function faultRecovery(matrix: FaultMatrix | null): Html | null {
  if (matrix === null) return null;
  const row = ({ setting, cells }: FaultMatrix['rows'][number]) =>
    html`<tr><th scope="row">${setting}</th>${cells.map(cellHtml)}</tr>\n`;
  const heads = [{ text: 'Setting' }, ...matrix.faults];
  return html`<section aria-labelledby="faults-title">
<h2 id="faults-title">Faults</h2>
${tableBlock('Steps until the loss was back after a fault', heads, matrix.rows.map(row))}
<p><small>${faultCaption(matrix)}</small></p>
<p><small><a href="data:text/csv;charset=utf-8,${encodeURIComponent(faultCsv(matrix))}" download="faults.csv">CSV of the faults</a></small></p>
</section>
`;
}

/** The same table for a paper. */
export function faultTables(matrix: FaultMatrix | null): PaperTable[] {
  if (matrix === null) return [];
  const columns = [
    { name: 'Setting', align: 'left' as const },
    ...matrix.faults.map((name) => ({ name, align: 'center' as const })),
  ];
  const rows = matrix.rows.map(({ setting, cells }) => ({ cells: [setting, ...cells.map(paperText)] }));
  return [{ id: 'faults', title: 'Faults', caption: faultCaption(matrix), columns, rows }];
}

/** A line a setting and a fault, in numbers. */
export function faultCsv({ faults, rows }: FaultMatrix): string {
  const heads = [
    ...['setting', 'fault', 'runs', 'recovered', 'notRecovered', 'diverged'],
    ...['steps', 'stepsLow', 'stepsHigh', 'resolution', 'mendedLow', 'mendedHigh', 'validationError'],
  ];
  const lines = rows.flatMap(({ setting, cells }) =>
    cells.flatMap((cell, i) => {
      if (cell === null) return [];
      const { runs, recovered, notRecovered, diverged, steps, resolution, mended, finalError } = cell;
      const numbers = [
        runs,
        recovered,
        notRecovered,
        diverged,
        steps.median,
        steps.low,
        steps.high,
        resolution,
      ];
      const [low, high] = mended ?? [null, null];
      return [[setting, faults[i], ...numbers, low, high, finalError].map(textOf)];
    }),
  );
  return stringify([heads, ...lines]);
}

interface CellText {
  readonly text: string;
  readonly notes: readonly string[];
  readonly isLost: boolean;
}

function textsOf(cell: FaultCell | null): CellText {
  if (cell === null || cell.runs === 0) return { text: '–', notes: [], isLost: false };
  const { runs, recovered, diverged, steps, mended, finalError } = cell;
  const text = Number.isFinite(steps.median)
    ? stepsText(steps.median, cell)
    : 2 * diverged >= runs
      ? 'diverged'
      : 'not back';
  const share = [
    ...(recovered > 0 && recovered < runs ? [`${recovered} of ${runs} back`] : []),
    ...(diverged > 0 && diverged < runs ? [`${diverged} diverged`] : []),
  ];
  const range =
    recovered === runs && steps.low < steps.high
      ? [`${stepsText(steps.low, cell)}–${stepsText(steps.high, cell)}`]
      : [];
  const error = Number.isFinite(finalError) ? [formatPercent(finalError)] : [];
  return {
    text,
    notes: [...range, ...share, ...(mended === null ? [] : mendedText(mended)), ...error],
    isLost: recovered === 0,
  };
}

function mendedText([low, high]: readonly [number, number]): string[] {
  if (high === 0) return [];
  return [low === high ? `${low} mended` : `${low}–${high} mended`];
}

/** What is within the resolution is no more than that. */
function stepsText(steps: number, { resolution }: FaultCell): string {
  return steps <= resolution ? `≤${resolution}` : String(steps);
}

function cellHtml(cell: FaultCell | null): Html {
  const { text, notes, isLost } = textsOf(cell);
  const main = isLost ? html`<span class="flag">${text}</span>` : text;
  return html`<td>${main}${notes.map((note) => html`<small>${note}</small>`)}</td>`;
}

function paperText(cell: FaultCell | null): string {
  const { text, notes } = textsOf(cell);
  return notes.length === 0 ? text : `${text} (${notes.join('; ')})`;
}

/** The definitions, for the page and for papers. */
function faultCaption({ faults, rows, at, seeds: [fewest, most] }: FaultMatrix): string {
  const isMended = rows.some(({ cells }) => cells.some((cell) => (cell?.mended?.[1] ?? 0) > 0));
  const over = fewest === most ? count(most, 'seed') : `${fewest} to ${count(most, 'seed')}`;
  const sentences = [
    `Steps from the last step of a fault${at === null ? '' : ` (all begin at step ${at})`} to the end of the first bucket of steps in which the training loss is back and stays: the bucket’s median, and the median of it and the ${LEVEL_BUCKETS - 1} buckets behind it, are at most the median of the last ${LEVEL_BUCKETS} buckets before the fault.`,
    `Median and range over ${over}; not back: not until the run ended; diverged: half of the runs or more. ≤ is the resolution, the first bucket behind the fault: the loss may never have left its level.`,
    at !== null && faults.includes(NO_FAULT) && `Without a fault the same is measured from step ${at}.`,
    isMended &&
      'Mended: steps of all seeds at which the loss or the gradient was not finite and the policy skipped them or made them without it.',
    'Per cent: the median validation error at the end, which tells of damage that the loss of the batches does not.',
  ];
  return sentences.filter((sentence) => sentence !== false).join(' ');
}
