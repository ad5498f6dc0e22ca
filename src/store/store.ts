import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { InvalidInput } from '../core/check.ts';
import { keepCheckpoints } from './checkpoints.ts';
import { keepDeclarations } from './declarations.ts';
import type { EncodedRecord } from './encodeRecord.ts';
import { FORMAT, formatOf, migrate } from './format.ts';
import { requireWritable, watchPlace } from './place.ts';
import { insertRecord, type Records, readRecords } from './records.ts';
import { type Rescue, readableRecords, rememberRecords, rescueRecords } from './rescue.ts';
import { withStoreErrors } from './sqliteError.ts';
import { checkHeader, checkPages, createFile, makeFolder } from './storeFile.ts';
import { lockForWriting, type WriterLock } from './writerLock.ts';

/**
 * Records by content id in one SQLite file (docs/store.md). A record counts only for the engine that computed it: every
 * question names the engine's digest. Whatever writes does so in one transaction, on the disk when it returns.
 */
export interface Store
  extends Records,
    ReturnType<typeof keepCheckpoints>,
    ReturnType<typeof keepDeclarations> {
  readonly path: string;
  /**
   * Stores a record. A finished run (completed or diverged) is never replaced, a failed or lost one by anything.
   * @throws InvalidInput if the file cannot take it: gone, replaced, damaged, read-only, no room.
   */
  put(record: EncodedRecord): void;
  /** The same for many, all or none. */
  putAll(records: Iterable<EncodedRecord>): void;
  /** Removes the records with these numbers and gives the room back to the system. */
  remove(numbers: Iterable<number>): void;
  /** What SQLite's integrity check objects to; empty if nothing. */
  problems(): string[];
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
  /** The largest size of the file in pages of 4096 bytes: `put` then fails as it does on a full disk. */
  readonly maxPages?: number;
}

/**
 * Opens the store at `path`; a writer creates it (and its folder) if it is not there, and brings an older one up to
 * date.
 * @throws InvalidInput on a file that is not ours, damaged, of another format, read-only or being written by another
 *   process. Such a file is not touched.
 */
export function openStore(path: string, { write, maxPages }: StoreOptions): Store {
  const exists = checkHeader(path); // before anything is put beside a file that is not ours
  if (!write) return createStore(path, openForReading(path, exists));
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
  const problems = () => withStoreErrors(path, () => integrityProblems(database));
  const place = watchPlace(path, () => isWhole(database));
  const recent = rememberRecords();
  let last = records.lastNumber();
  const inTransaction = (work: () => void) => {
    place.check();
    withStoreErrors(path, () => transaction(database, work));
    place.accept();
  };
  const putAll = (encoded: Iterable<EncodedRecord>) =>
    inTransaction(() => {
      for (const record of encoded) last = Math.max(last, insert(record) ?? 0);
    });
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
    problems,
    remove(numbers) {
      inTransaction(() => {
        const rows = database.prepare('DELETE FROM records WHERE number = ?');
        const bodies = database.prepare('DELETE FROM bodies WHERE number = ?');
        for (const number of numbers) for (const table of [bodies, rows]) table.run(number);
      });
      withStoreErrors(path, () => database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
      place.accept();
    },
    rescue: (unsaved) => {
      const lost = place.isSound()
        ? []
        : [() => readableRecords(records.encoded, last), () => recent.records];
      return rescueRecords(path, function* () {
        for (const part of [...lost, () => unsaved]) yield* part();
      });
    },
    close() {
      database.close();
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
  return found.map((row) => String(row.integrity_check)).filter((line) => line !== 'ok');
}

function isWhole(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
  } catch {
    return false;
  }
}

function openForReading(path: string, exists: boolean): DatabaseSync {
  if (!exists) {
    throw new InvalidInput(
      `unknown store: there is no file ${path}; run an experiment first, or name its store with --store`,
    );
  }
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
