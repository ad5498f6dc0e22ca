import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EncodedRecord } from './encodeRecord.ts';
import { insertRecord } from './records.ts';
import { createFile, makeFolder } from './storeFile.ts';

/** Where finished runs went that the store could not take, or could not keep. */
export interface Rescue {
  readonly path: string;
  /** Runs in it. */
  readonly count: number;
  /** For its user: what is where, and the command that brings it back. */
  readonly message: string;
}

/** How many bytes of the last records stay in memory, to be rescued when the file under them is cut. */
const REMEMBERED = 32e6;
/** What a record takes beside its bytes, measured: its id, digests and the objects around them. */
const OVERHEAD = 1000;

/** The records that were put last, oldest first. */
export function rememberRecords() {
  const records: EncodedRecord[] = [];
  let bytes = 0;
  return {
    records: records as readonly EncodedRecord[],
    add(record: EncodedRecord): void {
      records.push(record);
      bytes += record.bytes.length + OVERHEAD;
      while (bytes > REMEMBERED) bytes -= records.shift()!.bytes.length + OVERHEAD;
    },
  };
}

/** Writes `records` into a fresh store beside the one at `path`, or in the system's temporary folder. */
export function rescueRecords(path: string, records: () => Iterable<EncodedRecord>): Rescue | undefined {
  for (const place of [path, join(tmpdir(), basename(path))]) {
    const target = freePath(place);
    try {
      makeFolder(target);
      const count = writeStore(target, records());
      if (count > 0) return { path: target, count, message: describe(path, target, count) };
      rmSync(target);
      return undefined;
    } catch {
      // no room there either, or it may not be written: the next place
      for (const file of [target, `${target}.new`]) if (existsSync(file)) rmSync(file);
    }
  }
  return undefined;
}

function describe(path: string, target: string, count: number): string {
  const runs = count === 1 ? '1 finished run is' : `${count} finished runs are`;
  return `${runs} in ${target}; when the store can be written again: npx thalweg store merge ${target} --store ${path}`;
}

function freePath(path: string): string {
  for (let i = 1; ; i++) {
    const target = `${path}.rescued${i === 1 ? '' : `-${i}`}.sqlite`;
    if (!existsSync(target)) return target;
  }
}

function writeStore(path: string, records: Iterable<EncodedRecord>): number {
  createFile(path);
  const database = new DatabaseSync(path);
  try {
    const insert = insertRecord(database);
    database.exec('BEGIN');
    for (const record of records) insert(record);
    database.exec('COMMIT');
    return Number(database.prepare('SELECT count(*) AS n FROM records').get()?.n);
  } finally {
    database.close();
  }
}
