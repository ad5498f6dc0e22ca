import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

let folder: string;
let path: string;
const open: Store[] = [];

/** Opens a store that is closed after the test, whatever happens. */
function store(write: boolean, maxPages?: number): Store {
  const opened = openStore(path, maxPages === undefined ? { write } : { write, maxPages });
  open.push(opened);
  return opened;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-store-'));
  path = join(folder, 'deep', 'store.sqlite');
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('records', () => {
  it('gives back what was stored, with NaN, infinities, -0 and denormals', () => {
    const record = fakeRecord(1);
    store(true).put(encodeRecord(record));
    const back = store(false).get(record.id, record.engine) as RunRecord;
    expect(canonicalJson(back)).toBe(canonicalJson(record));
    const loss = back.series.evaluations.test.loss;
    expect(loss.slice(0, 6).map((x) => (Object.is(x, -0) ? '-0' : String(x)))).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      '-0',
      '0',
      '5e-324',
    ]);
  });

  it('does not take a record of another engine for one of this engine', () => {
    const record = fakeRecord(1, 'engine one');
    const opened = store(true);
    opened.put(encodeRecord(record));
    expect(opened.endingOf(record.id, 'engine one')).toBe('completed');
    expect(opened.endingOf(record.id, 'engine two')).toBeUndefined();
    expect(opened.get(record.id, 'engine two')).toBeUndefined();
    expect(opened.enginesOf(record.id)).toEqual(['engine one']);
    expect(opened.enginesOf('r0')).toEqual([]);
    opened.put(encodeRecord({ ...record, engine: 'engine two', digest: 'other' }));
    expect(opened.get(record.id, 'engine one')?.digest).toBe(record.digest);
    expect(opened.get(record.id, 'engine two')?.digest).toBe('other');
    expect(opened.enginesOf(record.id)).toEqual(['engine one', 'engine two']);
  });

  it.each(['failed', 'lost'])('keeps a %s run until anything replaces it; a result stays', (kind) => {
    const record = fakeRecord(1);
    const opened = store(true);
    for (const message of ['it threw', 'it threw again']) {
      const outcome = { kind, message } as RunRecord['outcome'];
      opened.put(encodeRecord({ ...record, outcome }));
      expect(opened.get(record.id, record.engine)?.outcome).toEqual({ kind, message });
      expect(opened.endingOf(record.id, record.engine)).toBe(kind);
    }
    opened.put(encodeRecord(record));
    expect(opened.endingOf(record.id, record.engine)).toBe('completed');
    opened.put(encodeRecord({ ...record, digest: 'another result' }));
    expect(opened.get(record.id, record.engine)?.digest).toBe(record.digest);
  });

  it('is there after closing, in one file', () => {
    const record = fakeRecord(1);
    const writer = openStore(path, { write: true });
    writer.put(encodeRecord(record));
    writer.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const reader = openStore(path, { write: false });
    expect(reader.endingOf(record.id, record.engine)).toBe('completed');
    const second = openStore(path, { write: false });
    reader.close();
    expect(second.endingOf(record.id, record.engine)).toBe('completed');
    expect(existsSync(`${path}-shm`)).toBe(true); // still in use
    second.close();
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false]);
    cpSync(path, join(folder, 'copy.sqlite'));
    path = join(folder, 'copy.sqlite');
    expect(store(false).endingOf(record.id, record.engine)).toBe('completed');
  });
});

describe('one writer, any readers', () => {
  it('shows a reader what the writer stores', () => {
    const writer = store(true);
    const reader = store(false);
    const record = fakeRecord(1);
    expect(reader.endingOf(record.id, record.engine)).toBeUndefined();
    writer.put(encodeRecord(record));
    expect(reader.endingOf(record.id, record.engine)).toBe('completed');
  });

  it('tells a second writer in the same process', () => {
    store(true);
    expect(() => store(true)).toThrow(
      /the store is in use: another process is writing .*; wait until it has finished/,
    );
  });

  it('does not make a new store over one that another writer made in the meantime', () => {
    mkdirSync(dirname(path), { recursive: true });
    // the first writer makes the store at the moment when the second asks for the lock
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementationOnce(function (
      this: DatabaseSync,
      sql,
    ) {
      exec.mockRestore();
      const first = openStore(path, { write: true });
      first.put(encodeRecord(fakeRecord(1)));
      first.close();
      return this.exec(sql);
    });
    const second = store(true);
    expect(second.endingOf(fakeRecord(1).id, fakeRecord(1).engine)).toBe('completed');
  });

  it('does not play the log of a deleted store into a new one', () => {
    const writer = store(true);
    for (let seed = 0; seed < 5; seed++) writer.put(encodeRecord(fakeRecord(seed)));
    const log = readFileSync(`${path}-wal`);
    path = join(folder, 'new.sqlite');
    writeFileSync(`${path}-wal`, log);
    const fresh = store(true);
    expect(fresh.endingOf(fakeRecord(1).id, fakeRecord(1).engine)).toBeUndefined();
    fresh.put(encodeRecord(fakeRecord(9)));
    expect(store(false).endingOf(fakeRecord(9).id, fakeRecord(9).engine)).toBe('diverged');
  });

  it('tells a second process who writes, and forgets a writer that was killed', async () => {
    const source = new URL('../../src/store/store.ts', import.meta.url).href;
    const script = `import { openStore } from ${JSON.stringify(source)};
      const store = openStore(${JSON.stringify(path)}, { write: true });
      console.log('open');
      setInterval(() => store.path, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    expect(() => store(true)).toThrow(`process ${child.pid} is writing ${path}`);
    expect(store(false).endingOf('r0', 'e')).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const record = fakeRecord(1);
    const writer = store(true);
    writer.put(encodeRecord(record));
    expect(writer.endingOf(record.id, record.engine)).toBe('completed');
  });
});

describe('files that are refused', () => {
  /** Expects both ways of opening to throw, and the file to be the same bytes. */
  function expectRefused(content: Uint8Array, message: RegExp, readable = false): void {
    path = join(folder, 'given.sqlite');
    writeFileSync(path, content);
    expect(() => store(true)).toThrow(message);
    if (!readable) expect(() => store(false)).toThrow(message);
    expect(() => store(true)).toThrow(InvalidInput);
    expect(Buffer.compare(readFileSync(path), content)).toBe(0);
  }

  function storeBytes(records: number): Buffer {
    const writer = openStore(path, { write: true });
    for (let seed = 0; seed < records; seed++) writer.put(encodeRecord(fakeRecord(seed)));
    writer.close();
    return readFileSync(path);
  }

  it('refuses a text file', () => {
    expectRefused(Buffer.from('not a database '.repeat(50)), /not a store of thalweg \(not an SQLite file\)/);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("refuses another program's database, also one in write-ahead mode", () => {
    const other = join(folder, 'other.sqlite');
    const database = new DatabaseSync(other);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    database.close();
    expectRefused(readFileSync(other), /an SQLite file of another program/);
    expect(existsSync(`${path}-shm`)).toBe(false);
  });

  it('refuses a newer format', () => {
    const bytes = storeBytes(1);
    bytes.writeUInt32BE(3, 60);
    expectRefused(bytes, /has format 3, this thalweg reads up to 2; update thalweg/);
  });

  it('refuses a truncated store', () => {
    const bytes = storeBytes(40);
    expectRefused(bytes.subarray(0, bytes.length - 8192), /damaged store: .* it was left as it is/, true);
  });

  it('refuses a store with a broken page', () => {
    const bytes = storeBytes(40);
    bytes.fill(0xa5, 4096, 8192);
    expectRefused(bytes, /damaged store: .* it was left as it is/, true);
  });

  it('names the record whose bytes are broken', () => {
    const record = fakeRecord(0);
    storeBytes(1);
    const database = new DatabaseSync(path);
    database.exec("UPDATE bodies SET bytes = x'1f8b0800'");
    database.close();
    expect(() => store(false).get(record.id, record.engine)).toThrow(
      `damaged store: the record of ${record.id}`,
    );
  });

  it('refuses a folder, and a reader refuses a file that is not there', () => {
    path = folder;
    expect(() => store(true)).toThrow(/is not a file/);
    path = join(folder, 'nothing.sqlite');
    expect(() => store(false)).toThrow(/unknown store: there is no file .*run an experiment first/);
    path = join(import.meta.filename, 'store.sqlite');
    expect(() => store(true)).toThrow(/cannot make the folder of the store/);
  });
});

describe('a disk that gives out', () => {
  it('says that there is no room, keeps what was stored, and goes on when there is', () => {
    const records = Array.from({ length: 40 }, (_, seed) => fakeRecord(seed));
    const writer = openStore(path, { write: true, maxPages: 12 });
    let stored = 0;
    const fill = () => {
      for (const record of records) {
        writer.put(encodeRecord(record));
        stored++;
      }
    };
    expect(fill).toThrow(
      /cannot write the store: no room left for .*; free some space, .*every run stored before is kept/,
    );
    writer.close();
    expect(stored).toBeGreaterThan(0);
    const again = store(true);
    expect(records.filter((record) => again.endingOf(record.id, record.engine))).toHaveLength(stored);
    for (const record of records) again.put(encodeRecord(record));
    expect(records.filter(({ id, engine }) => again.get(id, engine) !== undefined)).toHaveLength(40);
  });

  it('notices that its file was deleted or replaced, which SQLite does not', () => {
    const writer = store(true);
    writer.put(encodeRecord(fakeRecord(0)));
    rmSync(path);
    expect(() => writer.put(encodeRecord(fakeRecord(1)))).toThrow(
      /the store has vanished: .* was moved, deleted or replaced while it was in use/,
    );
    writeFileSync(`${path}.other`, 'x');
    renameSync(`${path}.other`, path);
    expect(() => writer.put(encodeRecord(fakeRecord(1)))).toThrow(/the store has vanished/);
  });
});
