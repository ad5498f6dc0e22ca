import { InvalidInput } from '../core/check.ts';

/** The file of a store cannot be read or written: gone, replaced, damaged, read-only, no room. */
export class UnusableStore extends InvalidInput {}

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
export const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const KEPT = 'every run stored before is kept; run the same command again and it goes on';

const MESSAGES: Readonly<Record<number, (path: string) => string>> = {
  [BUSY]: (path) => `the store is busy: another program holds ${path}; close it and try again`,
  [READONLY]: (path) =>
    `cannot write the store: ${path} is read-only; make it writable, or name another file with --store`,
  [IOERR]: (path) =>
    `cannot write the store: the device of ${path} failed or has no room left (a full disk, a quota); ` +
    `free some space, or name another file with --store; ${KEPT}`,
  [CORRUPT]: damaged,
  [FULL]: (path) =>
    `cannot write the store: no room left for ${path}; free some space, or name another file with --store; ${KEPT}`,
  [CANTOPEN]: (path) =>
    `cannot open the store: ${path} cannot be read or written; check the folder and its permissions, or name another file with --store`,
  [NOTADB]: damaged,
};

function damaged(path: string): string {
  return `damaged store: ${path} cannot be read; it was left as it is. Move it away and run again, or restore a copy`;
}

/** The primary code of an error that SQLite raised, undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** What went wrong with the file at `path`, as a message for its user. Errors that are not SQLite's stay as they are. */
export function storeError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const message = MESSAGES[code];
  return new UnusableStore(
    message === undefined
      ? `cannot use the store ${path}: ${(error as Error).message} (SQLite ${code})`
      : `${message(path)} (SQLite: ${(error as Error).message})`,
    { cause: error },
  );
}

/** Runs `work`; an error of SQLite becomes a message that names the file. */
export function withStoreErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, path);
  }
}
