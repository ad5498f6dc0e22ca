import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { InvalidInput } from '../core/check.ts';
import { type Checkpoints, keepCheckpoints } from './checkpoints.ts';
import { type Declarations, keepDeclarations } from './declarations.ts';
import type { EncodedRecord } from './encodeRecord.ts';
import { FORMAT, formatOf, migrate } from './format.ts';
import { inspect } from './inspect.ts';
import { requireWritable, watchPlace } from './place.ts';
import { insertRecord, type Records, readRecords, removeRecords } from './records.ts';
import { type Rescue, rememberRecords, rescueRecords } from './rescue.ts';
import { withStoreErrors } from './sqliteError.ts';
import { checkHeader, checkPages, createFile, makeFolder, removeLog } from './storeFile.ts';
import { lockForWriting, type WriterLock } from './writerLock.ts';

/**
 * Records by content id in one SQLite file (docs/store.md). A record counts only for the engine that computed it: every
 * question names the engine's digest. Whatever writes does so in one transaction, on the disk when it returns.
 */
export interface Store extends Records, Checkpoints, Declarations {
  readonly path: string;
  /**
   * Stores a record. A finished run (completed or diverged) is never replaced, a failed or lost one by anything.
   * @throws UnusableStore if the file cannot take it: gone, replaced, damaged, read-only, no room.
   */
  put(record: EncodedRecord): void;
  /** The same for many, all or none. */
  putAll(records: Iterable<EncodedRecord>): void;
  /** Whatever `work` writes, in one transaction: all or none of it, and on the disk once. */
  atOnce(work: () => void): void;
  /** Removes the records with these numbers, all or none. */
  remove(numbers: Iterable<number>): void;
  /** Gives the room of what was removed back to the system. */
  compact(): void;
  /** What SQLite's integrity check objects to; empty if nothing. */
  problems(): string[];
  /** Whether what was stored is still where its user looks for it. */
  isSound(): boolean;
  /**
   * After `put` has thrown: writes what it could not take, and all that the store can no longer show at its place,
   * into a fresh store beside it. undefined if there is nothing to write, or nowhere to write it.
   */
  rescue(unsaved: readonly EncodedRecord[]): Rescue | undefined;
  close(): void;
}

export interface StoreOptions {
  /** One writer at a time; any number of readers while it works. */
  readonly write: boolean;
  /** Whether a writer makes a store that is not there; it does unless this is false. */
  readonly create?: boolean;
  /** The largest size of the file in pages of 4096 bytes: `put` then fails as it does on a full disk. */
  readonly maxPages?: number;
}

/**
 * Opens the store at `path`; a writer creates it (and its folder) if it is not there, and brings an older one up to
 * date.
 * @throws InvalidInput on a file that is not ours, damaged, of another format, read-only or being written by another
 *   process. Such a file is not touched.
 */
export function openStore(path: string, { write, create = write, maxPages }: StoreOptions): Store {
  const exists = checkHeader(path); // before anything is put beside a file that is not ours
  if (!exists && !create) {
    throw new InvalidInput(
      `unknown store: there is no file ${path}; run an experiment first, or name its store with --store`,
    );
  }
  if (!write) return createStore(path, openForReading(path));
  makeFolder(path);
  const lock = lockForWriting(path);
  try {
    // asked again: another writer may have made it before it gave the lock back
    if (checkHeader(path)) {
      requireWritable(path, statSync(path));
      checkPages(path);
    } else createFile(path);
    return createStore(path, openForWriting(path, maxPages), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function createStore(path: string, database: DatabaseSync, lock?: WriterLock): Store {
  const records = readRecords(database, path);
  const insert = withStoreErrors(path, () => insertRecord(database));
  const place = lock === undefined ? undefined : watchPlace(path);
  const recent = rememberRecords();
  let last = lock === undefined ? 0 : records.lastNumber(); // for a rescue: a reader writes nothing
  let isRescued = false;
  const inTransaction = (work: () => void) => {
    if (database.isTransaction) return work();
    place?.check();
    try {
      withStoreErrors(path, () => transaction(database, work));
    } finally {
      place?.accept();
    }
  };
  const putAll = (encoded: Iterable<EncodedRecord>) =>
    inTransaction(() => {
      for (const record of encoded) last = Math.max(last, insert(record) ?? 0);
    });
  const isSound = () => place?.isSound() ?? true;
  return {
    path,
    ...records,
    ...keepCheckpoints(database, path, inTransaction),
    ...keepDeclarations(database, path, inTransaction),
    put(record) {
      putAll([record]);
      recent.add(record);
    },
    putAll,
    atOnce: inTransaction,
    problems: () => withStoreErrors(path, () => integrityProblems(database)),
    remove: (numbers) => inTransaction(() => removeRecords(database, numbers)),
    compact() {
      place?.check();
      withStoreErrors(path, () => database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
      place?.accept('shorter');
    },
    isSound,
    rescue(unsaved) {
      const isWhole = isSound();
      const rescue = rescueRecords(path, function* () {
        if (!isWhole) {
          for (const { record, problem } of inspect(records.encoded, last))
            if (problem === undefined) yield record;
          yield* recent.records;
        }
        yield* unsaved;
      });
      isRescued ||= rescue !== undefined;
      return rescue;
    },
    close() {
      const found = place?.holds();
      database.close();
      place?.close();
      // put back to its place, a file that was moved needs its log; a file that has taken its place must not get it
      if (found === 'another' || (found === 'nothing' && isRescued)) removeLog(path);
      if (lock === undefined) removeEmptyLog(path);
      lock?.release();
    },
  };
}

/** All of `work` or nothing of it. */
function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function integrityProblems(database: DatabaseSync): string[] {
  const found = database.prepare('PRAGMA integrity_check').all();
  const problems = found.map((row) => String(row.integrity_check)).filter((line) => line !== 'ok');
  if (problems.length > 0) return problems;
  const alone = database.prepare('PRAGMA foreign_key_check').all();
  return alone.map(({ rowid }) => `the body with the number ${rowid} belongs to no record`);
}

/**
 * A reader that comes first makes an empty log and cannot remove it when it ends. A connection that may write does, unless others still have the
 * store open; nothing is written, as there is nothing in the log.
 */
function removeEmptyLog(path: string): void {
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size !== 0) return;
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.prepare('PRAGMA schema_version').get();
    } finally {
      database.close();
    }
  } catch {
    // read-only, or in use: the log stays
  }
}

function openForReading(path: string): DatabaseSync {
  return withStoreErrors(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    const format = formatOf(database);
    if (format === FORMAT) return database;
    database.close();
    throw new InvalidInput(
      `older store: ${path} has format ${format}, this thalweg works with ${FORMAT}; bring it up to date with: thalweg store migrate --store ${path}`,
    );
  });
}

function openForWriting(path: string, maxPages?: number): DatabaseSync {
  return withStoreErrors(path, () => {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    migrate(database);
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    return database;
  });
}
