import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvalidInput } from '../core/check.ts';
import { APPLICATION_ID, FORMAT, TABLES } from './format.ts';
import { makeFolders } from './makeFolders.ts';
import { withStoreErrors } from './sqliteError.ts';

/** The first bytes of the file, read without SQLite, which might change the file of another program by opening it. */
export function checkHeader(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.isFile() && stats.size === 0)) return false;
  const otherPlace = 'name another file with --store';
  if (!stats.isFile()) throw new InvalidInput(`invalid store: ${path} is not a file; ${otherPlace}`);
  const header = readHeader(path);
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new InvalidInput(
      `invalid store: ${path} is not a store of thalweg (not an SQLite file); ${otherPlace}`,
    );
  }
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new InvalidInput(`invalid store: ${path} is an SQLite file of another program; ${otherPlace}`);
  }
  const format = header.readUInt32BE(60);
  if (format > FORMAT) {
    throw new InvalidInput(
      `invalid store: ${path} has format ${format}, this thalweg reads up to ${FORMAT}; update thalweg, or ${otherPlace}`,
    );
  }
  return true;
}

/** The first 100 bytes, read without SQLite. */
export function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, 100, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

/** Up to this many bytes every page is looked at, which takes a second or two; above, the pages of the listing. */
const SMALL = 256e6;

/** Looks at the pages before the first write, so that a damaged store is not written further. */
export function checkPages(path: string): void {
  withStoreErrors(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    try {
      const scope = statSync(path).size <= SMALL ? '1' : 'records';
      const found = String(database.prepare(`PRAGMA quick_check(${scope})`).get()?.quick_check)
        .split('\n')
        .at(-1);
      if (found !== 'ok') {
        throw new InvalidInput(
          `damaged store: ${path} fails SQLite's check (${found}); it was left as it is. Move it away and run again, or restore a copy`,
        );
      }
    } finally {
      database.close();
    }
  });
}

/** Made beside its place and renamed, so that a store at `path` is always whole: header, tables and version. */
export function createFile(path: string): void {
  const draft = `${path}.new`;
  // a write-ahead log without its store (someone deleted it) would be played into the new one
  rmSync(draft, { force: true });
  removeLog(path);
  withStoreErrors(path, () => {
    const database = new DatabaseSync(draft);
    try {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; ${TABLES}`);
    } finally {
      database.close();
    }
  });
  renameSync(draft, path);
}

/** Removes the write-ahead log beside a store that it does not belong to: SQLite would play it into that store. */
export function removeLog(path: string): void {
  for (const file of [`${path}-wal`, `${path}-shm`]) if (existsSync(file)) rmSync(file);
}

export function makeFolder(path: string): void {
  const folder = dirname(path);
  try {
    makeFolders(folder);
  } catch (cause) {
    throw new InvalidInput(
      `cannot make the folder of the store: ${folder} (${(cause as Error).message}); name another file with --store`,
      { cause },
    );
  }
}
