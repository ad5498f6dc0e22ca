import { InvalidInput, unknownName } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { type Chunk, type TableFormat, tableFormats } from '../report/tables/formats.ts';
import { type TableName, tableNamed, tableNames } from '../report/tables/tables.ts';
import type { RunRecord } from '../run/record.ts';
import { type StoredExperiment, withStored } from './storedExperiment.ts';
import { printChunks, writeWhole } from './writeChunks.ts';
import { namedRuns, partialNote } from './writeResults.ts';

export interface ExportOptions {
  readonly format?: string;
  /** `runs` unless given; without it jsonl gives complete records. */
  readonly table?: string;
  readonly only?: string;
  readonly acceptEngine?: string;
  readonly out?: string;
  readonly environment: boolean;
  readonly store: string;
}

/** `thalweg export`: what is stored, sorted by id, so that equal results give equal bytes. */
export async function exportCommand(file: string, options: ExportOptions): Promise<void> {
  const { out } = options;
  const format = formatOf(options.format);
  const table = options.table === undefined ? undefined : tableOf(options.table);
  if (format.isBinary && out === undefined && process.stdout.isTTY) {
    throw new InvalidInput(
      `${options.format} is not for a terminal; name a file with --out, for example --out runs.${options.format}`,
    );
  }
  await withStored(file, options, async (stored) => {
    const chunks = chunksOf(stored, format, table, options);
    if (out === undefined) await printChunks(chunks);
    else console.log(`${stored.ids.length} records: ${writeWhole(out, chunks)}`);
    const note = partialNote(stored);
    if (note !== undefined) console.error(note);
  });
}

function chunksOf(
  stored: StoredExperiment,
  format: TableFormat,
  table: TableName | undefined,
  { environment }: ExportOptions,
): Iterable<Chunk> {
  const records = recordsOf(stored, environment);
  if (table === undefined && format === tableFormats.jsonl) return lines(records);
  return format.write(tableNamed(table ?? 'runs', stored.specs()), namedRuns(stored, records));
}

function* recordsOf(stored: StoredExperiment, environment: boolean): Generator<RunRecord> {
  for (const id of stored.ids.toSorted()) {
    const record = stored.record(id);
    yield environment ? record : { ...record, environment: null };
  }
}

/** Complete records, one a line. */
function* lines(records: Iterable<RunRecord>): Generator<string> {
  for (const record of records) yield `${canonicalJson(record)}\n`;
}

function formatOf(name: string | undefined): TableFormat {
  const known = Object.keys(tableFormats);
  if (name === undefined)
    throw new InvalidInput(`no export format: name one of ${known.join(', ')} with --format`);
  if (!Object.hasOwn(tableFormats, name)) throw unknownName('export format', name, known);
  return tableFormats[name as keyof typeof tableFormats];
}

function tableOf(name: string): TableName {
  const found = tableNames.find((known) => known === name);
  if (found === undefined) throw unknownName('table', name, tableNames);
  return found;
}
