import { stringify } from 'csv-stringify/sync';
import { canonicalJson } from '../../core/json.ts';
import { parquet } from './parquet.ts';
import { type Cell, cellsOf, type NamedRun, type Table } from './table.ts';

/** A part of a file. */
export type Chunk = string | Uint8Array;

/** A file format: makes the file part by part, so that no more than some rows are in memory. */
export interface TableFormat {
  /** Bytes that no terminal should be given. */
  readonly isBinary: boolean;
  write<Row>(table: Table<Row>, runs: Iterable<NamedRun>): Generator<Chunk>;
}

export const tableFormats = {
  csv: { isBinary: false, write: csv },
  parquet: { isBinary: true, write: parquet },
  jsonl: { isBinary: false, write: jsonLines },
} as const satisfies Readonly<Record<string, TableFormat>>;

/** Rows that are made into text at a time. */
const ROWS = 500;

/**
 * RFC 4180. A number is the shortest text that reads back as the same double, NaN and the infinities are written as such; an
 * empty cell is a value that is not there.
 */
export function* csv<Row>(table: Table<Row>, runs: Iterable<NamedRun>): Generator<string> {
  let lines: string[][] = [table.columns.map(({ name }) => name)];
  for (const cells of cellsOf(table, runs)) {
    lines.push(cells.map(textOf));
    if (lines.length < ROWS) continue;
    yield stringify(lines);
    lines = [];
  }
  if (lines.length > 0) yield stringify(lines);
}

/** A cell as {@link csv} writes it. */
export function textOf(cell: Cell): string {
  if (cell === null) return '';
  return Object.is(cell, -0) ? '-0' : String(cell);
}

/** An object a line, by the names of the columns; numbers that JSON does not have as `{"$number":"NaN"}` (core/json.ts). */
export function* jsonLines<Row>(table: Table<Row>, runs: Iterable<NamedRun>): Generator<string> {
  const names = table.columns.map(({ name }) => name);
  for (const cells of cellsOf(table, runs))
    yield `${canonicalJson(Object.fromEntries(names.map((name, i) => [name, cells[i]])))}\n`;
}
