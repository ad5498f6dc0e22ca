import { type Summarised, summaryCaption } from '../sections/summary.ts';
import { type SummaryCell, summaryColumns } from '../summaryColumns.ts';
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

/** The summary of a report for a paper: a method a row, the best first, the lowest value of each column of results in bold. */
export function summaryTable(rows: readonly SummaryRow[], compared: Summarised): PaperTable {
  const columns = summaryColumns(rows, compared);
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const best = columns.map(({ isLowBest }, i) =>
    isLowBest === true ? lowest(cells.map((line) => line[i].sort)) : Number.NaN,
  );
  return {
    id: 'summary',
    title: 'Summary',
    caption: `${summaryCaption(rows, compared)} Bold: the lowest value of the column.`,
    columns: columns.map(({ title, isText }) => ({
      name: title,
      align: isText === true ? 'left' : 'decimal',
    })),
    rows: cells.map((line) => ({
      cells: line.map(textOf),
      emphasis: line.map(({ sort }, i) => sort === best[i]),
    })),
  };
}

/** `17.3% (17.0–17.6%)` */
function textOf({ text, note, isDetail }: SummaryCell): string {
  return note === undefined || isDetail === true ? text : `${text} (${note})`;
}

/** NaN if none is finite: nothing is the best of what has all diverged. */
function lowest(values: readonly SummaryCell['sort'][]): number {
  const finite = values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  return finite.length === 0 ? Number.NaN : finite.reduce((a, b) => Math.min(a, b));
}
