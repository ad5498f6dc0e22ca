import type { DatabaseSync } from 'node:sqlite';
import type { RunRecord } from '../run/record.ts';
import { decodeRecord, type EncodedRecord, type Ending, type RecordFacts } from './encodeRecord.ts';
import { storeError, UnusableStore, withStoreErrors } from './sqliteError.ts';

/** A row of the table `records`: what a listing shows, read without the series. */
export interface RecordRow extends RecordFacts {
  /** Counts up in the order in which runs were first stored. */
  readonly number: number;
  /** Bytes of the encoded record. */
  readonly size: number;
}

export interface Records {
  /** How a run of this engine ended; see isResult. */
  endingOf(id: string, engine: string): Ending | undefined;
  /** The engines of which there is a record of the run, in the order in which they were stored. */
  enginesOf(id: string): string[];
  get(id: string, engine: string): RunRecord | undefined;
  /** All rows, one at a time, the latest first. */
  rows(): Iterable<RecordRow>;
  /** The rows of the runs whose id begins so. */
  rowsOf(idPrefix: string): RecordRow[];
  /** A record as it was put, not decoded. */
  encoded(number: number): EncodedRecord | undefined;
  /** The largest number of a row, 0 if there is none. */
  lastNumber(): number;
}

const FACTS = [
  'id',
  'engine',
  'outcome',
  'reason',
  'optimizer',
  'model',
  'data',
  'seed',
  'learningRate',
  'steps',
  'validationLoss',
  'validationError',
  'seconds',
  'startedAt',
  'thalweg',
  'content',
] as const satisfies (keyof RecordFacts)[];

/** Questions to the tables `records` and `bodies` of the store at `path`. */
export function readRecords(database: DatabaseSync, path: string): Records {
  const prepare = (query: string) => withStoreErrors(path, () => database.prepare(query));
  const rows = `SELECT number, size, ${FACTS} FROM records`;
  const whole = `SELECT ${FACTS}, environment, bytes FROM records LEFT JOIN bodies USING (number)`;
  const sql = {
    ending: prepare('SELECT outcome FROM records WHERE id = ? AND engine = ?'),
    engines: prepare('SELECT engine FROM records WHERE id = ? ORDER BY number'),
    get: prepare(`${whole} WHERE id = ? AND engine = ?`),
    encoded: prepare(`${whole} WHERE number = ?`),
    rowsOf: prepare(`${rows} WHERE id >= ? AND id < ? ORDER BY number DESC`),
    last: prepare('SELECT max(number) AS number FROM records'),
  };
  return {
    endingOf: (id, engine) =>
      withStoreErrors(path, () => sql.ending.get(id, engine)?.outcome as Ending | undefined),
    enginesOf: (id) => withStoreErrors(path, () => sql.engines.all(id).map((row) => row.engine as string)),
    get(id, engine) {
      const found = withStoreErrors(path, () => sql.get.get(id, engine)) as EncodedRecord | undefined;
      return found === undefined ? undefined : decode(found, path);
    },
    *rows() {
      // a statement of its own: two walks at a time do not disturb each other
      const walk = prepare(`${rows} ORDER BY number DESC`);
      try {
        yield* walk.iterate() as Iterable<unknown> as Iterable<RecordRow>;
      } catch (error) {
        throw storeError(error, path);
      }
    },
    rowsOf: (prefix) =>
      withStoreErrors(path, () => sql.rowsOf.all(prefix, `${prefix}\u{10ffff}`)) as unknown[] as RecordRow[],
    encoded: (number) => withStoreErrors(path, () => sql.encoded.get(number)) as EncodedRecord | undefined,
    lastNumber: () => withStoreErrors(path, () => Number(sql.last.get()?.number ?? 0)),
  };
}

function decode(found: EncodedRecord, path: string): RunRecord {
  try {
    return decodeRecord(found);
  } catch (cause) {
    throw new UnusableStore(
      `damaged store: the record of ${found.id} in ${path} cannot be read; restore a copy of the file, ` +
        `or see what else is damaged: thalweg store check --store ${path}`,
      { cause },
    );
  }
}

/**
 * Writes a record inside of a transaction and gives its number. A finished run is never replaced (undefined), a failed
 * or lost one by anything.
 */
export function insertRecord(database: DatabaseSync): (record: EncodedRecord) => number | undefined {
  const columns = [...FACTS, 'size'];
  const row = database.prepare(
    `INSERT INTO records (${columns}) VALUES (${columns.map((name) => `:${name}`)})
     ON CONFLICT (id, engine) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`)}
     WHERE outcome IN ('failed', 'lost') RETURNING number`,
  );
  const body = database.prepare('INSERT OR REPLACE INTO bodies VALUES (?, ?, ?)');
  return (record) => {
    const facts = Object.fromEntries(FACTS.map((name) => [name, record[name]]));
    const written = row.get({ ...facts, size: record.bytes.length });
    if (written === undefined) return undefined;
    body.run(written.number as number, record.environment, record.bytes);
    return written.number as number;
  };
}

/** Inside of a transaction. */
export function removeRecords(database: DatabaseSync, numbers: Iterable<number>): void {
  const tables = ['bodies', 'records'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE number = ?`),
  );
  for (const number of numbers) for (const table of tables) table.run(number);
}
