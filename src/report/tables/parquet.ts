import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { canonicalJson } from '../../core/json.ts';
import { type Cell, type Column, type ColumnType, cellsOf, type NamedRun, type Table } from './table.ts';

/** Cells of a row group: some 10 MB while it is being made. */
const CELLS = 200_000;

type Values = (string | number | bigint | boolean | null)[];

/**
 * Apache Parquet: UTF8, BOOLEAN, INT64 and DOUBLE, every column nullable, in row groups. Doubles are exact with NaN, the infinities and
 * -0; equal rows give equal bytes. The units and meanings of the columns are in the file's metadata under `thalweg`.
 */
export function* parquet<Row>(table: Table<Row>, runs: Iterable<NamedRun>): Generator<Uint8Array> {
  const { columns } = table;
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: columns.map((column) => sourceOf(column, [])) }),
    kvMetadata: [{ key: 'thalweg', value: descriptionOf(table) }],
    createdBy: 'thalweg',
  });
  const rows = Math.max(1, Math.floor(CELLS / columns.length));
  let group: Values[] = columns.map(() => []);
  const writeGroup = () => {
    const columnData = columns.map((column, i) => sourceOf(column, group[i]));
    file.write({ columnData, rowGroupSize: rows });
    group = columns.map(() => []);
    return taken(bytes);
  };
  for (const cells of cellsOf(table, runs)) {
    for (const [i, cell] of cells.entries()) group[i].push(valueIn(cell, columns[i].type));
    if (group[0].length === rows) yield writeGroup();
  }
  if (group[0].length > 0) yield writeGroup();
  file.finish();
  yield taken(bytes);
}

/** What was written since the last time; the writer goes on at the beginning of its memory. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}

const TYPES = { text: 'STRING', boolean: 'BOOLEAN', whole: 'INT64', number: 'DOUBLE' } as const;

/** Doubles without a dictionary: it would take 0 and -0 for one value. */
function sourceOf({ name, type }: Column<never>, data: Values): ColumnSource {
  return {
    name,
    data,
    type: TYPES[type],
    nullable: true,
    ...(type === 'number' ? { encoding: 'PLAIN' } : {}),
  };
}

function valueIn(cell: Cell, type: ColumnType): Values[number] {
  return type === 'whole' && cell !== null ? BigInt(cell as number) : cell;
}

function descriptionOf<Row>({ name, meaning, columns }: Table<Row>): string {
  const described = columns.map((column) => ({
    name: column.name,
    unit: column.unit,
    meaning: column.meaning,
  }));
  return canonicalJson({ table: name, meaning, columns: described });
}
