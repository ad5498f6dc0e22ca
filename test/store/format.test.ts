import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

let folder: string;
let path: string;
const SEEDS = [3, 1, 4, 9];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-format-'));
  path = join(folder, 'store.sqlite');
  writeFormat1(gzipSync);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store as thalweg 0.1.0 wrote it; the last record's blob is made by `pack`. */
function writeFormat1(pack: (json: string) => Uint8Array): void {
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA application_id = ${0x74687767}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
    CREATE TABLE records (id TEXT NOT NULL, engine TEXT NOT NULL, outcome TEXT NOT NULL, record BLOB NOT NULL, UNIQUE (id, engine))`);
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?)');
  for (const seed of SEEDS) {
    const { id, engine, outcome } = fakeRecord(seed);
    const json = canonicalJson(fakeRecord(seed));
    insert.run(id, engine, outcome.kind, seed === SEEDS.at(-1) ? pack(json) : gzipSync(json));
  }
  database.close();
}

describe('a store of format 1', () => {
  it('is migrated by its next writer: the same records in the same order, and room for what is new', () => {
    openStore(path, { write: true }).close();
    const store = openStore(path, { write: false });
    expect([...store.rows()].map((row) => row.seed)).toEqual(SEEDS.toReversed());
    expect([...store.rows()].map((row) => row.outcome)).toEqual([
      'diverged',
      'diverged',
      'completed',
      'completed',
    ]);
    for (const seed of SEEDS) {
      const { id, engine } = fakeRecord(seed);
      expect(canonicalJson(store.get(id, engine))).toBe(canonicalJson(fakeRecord(seed)));
    }
    expect(store.problems()).toEqual([]);
    expect(store.checkpoints()).toEqual([]);
    expect(store.declarations()).toEqual([]);
    store.close();
    expect(readFileSync(path).readUInt32BE(60)).toBe(2);
  });

  it('is not read, with the command that brings it up to date', () => {
    const bytes = readFileSync(path);
    expect(() => openStore(path, { write: false })).toThrow(
      `older store: ${path} has format 1, this thalweg works with 2; bring it up to date with: thalweg store migrate --store ${path}`,
    );
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  it('is migrated as a whole or not at all', () => {
    writeFormat1(() => Buffer.from('no gzip'));
    expect(() => openStore(path, { write: true })).toThrow(InvalidInput);
    expect(() => openStore(path, { write: true })).toThrow(
      `damaged store: the record of ${fakeRecord(9).id} in ${path} cannot be read`,
    );
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA user_version').get()?.user_version).toBe(1);
    expect(database.prepare('SELECT count(record) AS n FROM records').get()?.n).toBe(SEEDS.length);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()).toEqual([
      expect.objectContaining({ name: 'records' }),
    ]);
    database.close();
  });
});
