import type { RunRecord } from '../../run/record.ts';

/** A value of a table. null stands for what is not there, NaN for what is not a number. */
export type Cell = string | number | boolean | null;

/** `whole`: whole numbers up to 2^53; `number`: doubles with NaN, the infinities and -0. */
export type ColumnType = 'text' | 'boolean' | 'whole' | 'number';

/** What all formats and the documentation know of a column. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** Empty where there is none. */
  readonly unit: string;
  readonly meaning: string;
  readonly value: (row: Row) => Cell;
}

/** A record with the name of its method in the report, null if it belongs to none. */
export interface NamedRun {
  readonly record: RunRecord;
  readonly method: string | null;
  /** The stage of the experiment that it belongs to, null if there is one stage only. */
  readonly stage?: string | null;
}

/** A table of which the rows are made one record at a time. */
export interface Table<Row = unknown> {
  readonly name: string;
  /** What a row is. */
  readonly meaning: string;
  readonly columns: readonly Column<Row>[];
  rows(run: NamedRun): Iterable<Row>;
}

/** The cells of all rows of a table, in the order of its columns, one row at a time. */
export function* cellsOf<Row>(table: Table<Row>, runs: Iterable<NamedRun>): Generator<Cell[]> {
  for (const run of runs)
    for (const row of table.rows(run)) yield table.columns.map((column) => column.value(row));
}

/** What tells the runs apart, at the head of every table. */
export function identity<Row extends { readonly run: NamedRun }>(): Column<Row>[] {
  return [
    {
      name: 'id',
      type: 'text',
      unit: '',
      meaning: 'the content id of the run: `r` and the SHA-256 of its canonical spec',
      value: ({ run }) => run.record.id,
    },
    {
      name: 'method',
      type: 'text',
      unit: '',
      meaning: 'the name of its method in the report',
      value: ({ run }) => run.method,
    },
  ];
}
