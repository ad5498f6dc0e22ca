import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnusableStore } from './sqliteError.ts';
import { openStore, type Store } from './store.ts';
import { readHeader } from './storeFile.ts';

export interface DamagedStore extends Store {
  /** That its end is gone, and how much of it. */
  readonly cut?: string;
}

/**
 * Opens a store for reading, to see what is wrong with it or to save what is whole: also one that was cut short while nobody used it, which
 * SQLite refuses. Such a file is left as it is: a copy in the system's temporary folder is filled up with zeros to the size that its
 * header names, and SQLite reads the pages that are there.
 * @throws InvalidInput as `openStore`, if not even the tables are there.
 */
export function openDamagedStore(path: string): DamagedStore {
  try {
    return openStore(path, { write: false });
  } catch (error) {
    if (!(error instanceof UnusableStore)) throw error;
    const size = statSync(path).size;
    const whole = sizeIn(readHeader(path));
    if (size >= whole) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'thalweg-cut-'));
    try {
      const copy = join(folder, 'store.sqlite');
      copyFileSync(path, copy);
      truncateSync(copy, whole);
      return openCut(path, openStore(copy, { write: false }), { size, whole, folder });
    } catch {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }
}

interface Cut {
  readonly size: number;
  readonly whole: number;
  /** Of the copy. */
  readonly folder: string;
}

function openCut(path: string, store: Store, { size, whole, folder }: Cut): DamagedStore {
  const cut = `${path} was cut to ${size} bytes, it had ${whole}: what stood behind them is gone`;
  return {
    ...store,
    path,
    cut,
    problems: () => [cut],
    lastNumber: () => lastReadable(store, whole / LEAST_RECORD),
    close() {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Bytes of the smallest record with its row. */
const LEAST_RECORD = 500;

/** The largest number that can be read. The page with the largest one of all may be gone: no gap is longer than what fits into a file. */
function lastReadable({ encoded }: Store, longestGap: number): number {
  let last = 0;
  for (let number = 1; number - last <= longestGap; number++) {
    try {
      if (encoded(number) !== undefined) last = number;
    } catch {
      // on a page that is gone
    }
  }
  return last;
}

/** Bytes of the whole file as SQLite's header has them: the size of a page (1 stands for 65536) times their number. */
function sizeIn(header: Buffer): number {
  const pageSize = header.readUInt16BE(16);
  return (pageSize === 1 ? 65536 : pageSize) * header.readUInt32BE(28);
}
