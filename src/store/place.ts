import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { UnusableStore } from './sqliteError.ts';
import { checkPages } from './storeFile.ts';

/** Watches the file under an open store: SQLite goes on writing to one that was moved, deleted or cut without a word. */
export interface Place {
  /**
   * Before every write. @throws UnusableStore if the file was moved, deleted, replaced, cut short, overwritten or made
   * read-only.
   */
  check(): void;
  /** After a write: what the file looks like now is our own doing; only compacting makes it shorter. */
  accept(change?: 'shorter'): void;
  /** Whether what was stored is still where its user looks for it. */
  isSound(): boolean;
  /** What stands at the place now: our file, another one or none. */
  holds(): 'ours' | 'another' | 'nothing';
  /** After the store was closed. */
  close(): void;
}

export function watchPlace(path: string): Place {
  // kept open: closing any descriptor of a file takes away the locks that SQLite holds on it in this process
  const file = openSync(path, 'r');
  let known = statSync(path);
  let header = readHeader(file);
  let damaged = false;
  const holds = (now = look(path)) => {
    if (now === undefined) return 'nothing';
    return now.ino === known.ino && now.dev === known.dev ? 'ours' : 'another';
  };
  const problemOf = (now: Stats | undefined): string | undefined => {
    if (now === undefined || holds(now) !== 'ours')
      return `the store has vanished: ${path} was moved, deleted or replaced while it was in use; put it back, or run the same command again`;
    if (now.size < known.size)
      return `damaged store: ${path} was cut to ${now.size} bytes while it was in use, it had ${known.size}; move it away, or restore a copy`;
    if (now.mtimeMs !== known.mtimeMs && (!header.equals(readHeader(file)) || !isWhole(path)))
      return `damaged store: ${path} was overwritten by another program while it was in use; move it away, or restore a copy`;
    return undefined;
  };
  const check = () => {
    const now = look(path);
    const problem = problemOf(now);
    damaged = problem !== undefined;
    if (problem !== undefined) throw new UnusableStore(problem);
    requireWritable(path, now!);
    known = now!;
  };
  return {
    check,
    accept(change) {
      const now = look(path);
      if (now === undefined || holds(now) !== 'ours' || now.mtimeMs === known.mtimeMs) return;
      if (now.size < known.size && change !== 'shorter') return;
      known = now;
      header = readHeader(file);
    },
    isSound() {
      try {
        check();
      } catch {
        // it says why; here only whether the file is damaged counts
      }
      return !damaged && isWhole(path);
    },
    holds,
    close: () => closeSync(file),
  };
}

/** Read anew: the open connection may know the pages from before. */
function isWhole(path: string): boolean {
  try {
    checkPages(path);
    return true;
  } catch {
    return false;
  }
}

/** The first 100 bytes: what SQLite's file format keeps in one place. */
function readHeader(file: number): Buffer {
  const header = Buffer.alloc(100);
  readSync(file, header, 0, 100, 0);
  return header;
}

/** The administrator may write everything: the file's mode is asked, which says what its owner wants. */
export function requireWritable(path: string, { mode }: Stats): void {
  if ((mode & 0o222) !== 0) return;
  throw new UnusableStore(
    `cannot write the store: ${path} is read-only; make it writable, or name another file with --store`,
  );
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // its folder is gone, or may not be entered any more
  }
}
