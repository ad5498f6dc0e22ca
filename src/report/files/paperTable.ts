import type { Spread } from '../../stats/summary.ts';
import type { Compared } from '../compared.ts';
import { metricName } from '../conclusion.ts';
import { count, formatNumber, formatPercent, formatRate } from '../format.ts';
import { isProblem } from '../methods.ts';
import type { SummaryRow } from '../table.ts';

/** How the cells of a column stand below each other; `decimal`: the points of their first numbers do. */
export type Align = 'left' | 'right' | 'center' | 'decimal';

/** A table as text cells, for whatever prints it: LaTeX (latex.ts), Markdown (markdown.ts). */
export interface PaperTable {
  /** Of the file and of the label that a paper refers to. */
  readonly id: string;
  readonly title: string;
  /** Which statistic, over how many seeds, and what is in bold. */
  readonly caption: string;
  readonly columns: readonly { readonly name: string; readonly align: Align }[];
  /** One cell a column; `emphasis` says which of them are in bold. */
  readonly rows: readonly { readonly cells: readonly string[]; readonly emphasis?: readonly boolean[] }[];
}

interface Column {
  readonly name: string;
  readonly align: Align;
  readonly cell: (row: SummaryRow) => string;
  /** What is better the lower it is. */
  readonly value?: (row: SummaryRow) => number;
}

const METHOD: Column = { name: 'Method', align: 'left', cell: (row) => row.method };
const RATE: Column = {
  name: 'Learning rate',
  align: 'decimal',
  cell: ({ learningRate, edge }) => `${formatRate(learningRate)}${edge === null ? '' : ` (${edge})`}`,
};
const LOSSES = [
  measured('Validation loss', (row) => row.validationLoss, formatNumber),
  measured('Training loss', (row) => row.trainLoss, formatNumber),
];
const ERRORS = [
  measured('Validation error', (row) => row.validationError, formatPercent),
  measured('Test error', (row) => row.testError, formatPercent),
];
const DISTANCE = measured('Distance from the minimum', (row) => row.validationLoss, formatNumber);
const DIVERGED: Column = {
  name: 'Diverged',
  align: 'right',
  cell: ({ diverged, runs, failed, lost }) =>
    [
      `${diverged} of ${runs}`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(lost > 0 ? [`${lost} lost`] : []),
    ].join(', '),
};

function measured(
  name: string,
  spreadOf: (row: SummaryRow) => Spread,
  format: (value: number) => string,
): Column {
  return {
    name,
    align: 'decimal',
    cell: (row) => spreadText(spreadOf(row), format),
    value: (row) => (spreadOf(row).n > 0 ? spreadOf(row).median : Number.NaN),
  };
}

/** `17.3% (17.0–17.6%)` */
function spreadText({ n, median, min, max }: Spread, format: (value: number) => string): string {
  if (n === 0) return '–';
  const shown = (value: number) => (Number.isFinite(value) ? format(value) : 'diverged');
  return n === 1 ? shown(median) : `${shown(median)} (${shown(min).replace('%', '')}–${shown(max)})`;
}

/** The summary of a report for a paper: a method a row, the best first, the lowest median of each column in bold. */
export function summaryTable(
  rows: readonly SummaryRow[],
  { methods, isDecided, chosenBy }: Pick<Compared, 'methods' | 'isDecided' | 'chosenBy'>,
): PaperTable {
  const runs = methods.flatMap(({ settings }) => settings.flatMap(({ records }) => records));
  const values = runs.length > 0 && runs.every(isProblem) ? [DISTANCE] : [...ERRORS, ...LOSSES];
  const columns = [METHOD, ...(isDecided ? [] : [RATE]), ...values, DIVERGED];
  const best = columns.map(({ value }) => (value === undefined ? Number.NaN : lowest(rows.map(value))));
  const seeds = rows.map((row) => row.validationLoss.n).filter((n) => n > 0);
  return {
    id: 'summary',
    title: 'Summary',
    caption: captionOf(seeds, isDecided ? undefined : metricName(chosenBy)),
    columns: columns.map(({ name, align }) => ({ name, align })),
    rows: rows.map((row) => ({
      cells: columns.map(({ cell }) => cell(row)),
      emphasis: columns.map(({ value }, i) => value !== undefined && value(row) === best[i]),
    })),
  };
}

/** NaN if none is finite: nothing is the best of what has all diverged. */
function lowest(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? Number.NaN : finite.reduce((a, b) => Math.min(a, b));
}

function captionOf(seeds: readonly number[], chosenBy: string | undefined): string {
  if (seeds.length === 0) return 'No run has completed.';
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const over = least === most ? count(most, 'seed') : `${least} to ${count(most, 'seed')}`;
  const statistic = most > 1 ? `median (lowest–highest) over ${over}` : 'one seed';
  const choice =
    chosenBy === undefined
      ? 'of the runs that the experiment’s decisions compare'
      : `each method at its best learning rate, the one with the lowest median ${chosenBy}`;
  return `Values at the end of training: ${statistic}, ${choice}. Bold: the lowest median of the column. Diverged: runs ${chosenBy === undefined ? 'of this table' : 'at every learning rate'}; a diverged run counts as infinitely bad.`;
}
