import {
  chmodSync,
  closeSync,
  copyFileSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

let folder: string;
let path: string;
let store: Store;
/** Runs of an earlier sweep, and those that this one has stored when the accident happens. */
const EARLIER = [0, 1, 2];
const FINISHED = [3, 4, 5, 6, 7];
/** The run that finishes after it. */
const LAST = 8;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-accident-'));
  path = join(folder, 'deep', 'store.sqlite');
  const earlier = openStore(path, { write: true });
  for (const seed of EARLIER) earlier.put(encodeRecord(fakeRecord(seed)));
  earlier.close();
  store = openStore(path, { write: true });
  for (const seed of FINISHED) store.put(encodeRecord(fakeRecord(seed)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The next run cannot be stored; what its user is told. */
function refusal(): string {
  try {
    store.put(encodeRecord(fakeRecord(LAST)));
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as Error).message;
  }
  throw new Error('the record was taken');
}

/** Rescues, and expects exactly the runs of these seeds, unchanged to the last byte. */
function expectRescued(seeds: readonly number[], target = `${path}.rescued.sqlite`): void {
  const rescued = store.rescue([encodeRecord(fakeRecord(LAST))]);
  expect(rescued).toMatchObject({ path: target, count: seeds.length });
  expect(rescued?.message).toContain(`thalweg store merge ${target} --store ${path}`);
  const other = openStore(target, { write: false });
  try {
    const found = [...other.rows()].map(({ id, engine }) => canonicalJson(other.get(id, engine)));
    expect(found.sort()).toEqual(seeds.map((seed) => canonicalJson(fakeRecord(seed))).sort());
  } finally {
    other.close();
  }
}

describe('a store that is lost under a running sweep', () => {
  const all = [...EARLIER, ...FINISHED, LAST];

  it('was removed: everything is still readable, and rescued', () => {
    rmSync(path);
    expect(refusal()).toMatch(/^the store has vanished: .*store\.sqlite was moved, deleted or replaced/);
    expectRescued(all);
  });

  it('was removed with its folder', () => {
    rmSync(dirname(path), { recursive: true });
    expect(refusal()).toMatch(/^the store has vanished/);
    expectRescued(all);
  });

  it('was replaced by another store, which stays as it is', () => {
    const other = join(folder, 'other.sqlite');
    const writer = openStore(other, { write: true });
    writer.put(encodeRecord(fakeRecord(50)));
    writer.close();
    const bytes = readFileSync(other);
    renameSync(other, path);
    expect(refusal()).toMatch(/^the store has vanished: .* or replaced/);
    expectRescued(all);
    store.close();
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    store = openStore(path, { write: true });
    expect([...store.rows()].map((row) => row.seed)).toEqual([50]);
  });

  it('was overwritten in its place by a larger store', () => {
    const other = join(folder, 'other.sqlite');
    const writer = openStore(other, { write: true });
    for (let seed = 100; seed < 150; seed++) writer.put(encodeRecord(fakeRecord(seed)));
    writer.close();
    expect(statSync(other).size).toBeGreaterThan(statSync(path).size);
    copyFileSync(other, path); // the same file for the system, with other bytes
    expect(refusal()).toMatch(/^damaged store: .* was overwritten by another program/);
    const rescued = store.rescue([encodeRecord(fakeRecord(LAST))]);
    const back = openStore(rescued?.path ?? '', { write: false });
    const seeds = [...back.rows()].map((row) => row.seed);
    back.close();
    expect(seeds).toEqual(expect.arrayContaining([...FINISHED, LAST]));
  });

  it('was overwritten behind its header', () => {
    const file = openSync(path, 'r+');
    const { size } = fstatSync(file);
    writeSync(file, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    closeSync(file);
    expect(statSync(path).size).toBe(size);
    expect(refusal()).toMatch(/^damaged store: .* was overwritten by another program/);
    expect(store.rescue([encodeRecord(fakeRecord(LAST))])?.count).toBeGreaterThanOrEqual(FINISHED.length + 1);
  });

  it.each([
    ['half of it', (size: number) => size / 2],
    ['nothing', () => 0],
  ])('was cut to %s: all that this sweep has finished is rescued', (_, sizeOf) => {
    const { size } = statSync(path);
    truncateSync(path, sizeOf(size));
    expect(refusal()).toBe(
      `damaged store: ${path} was cut to ${sizeOf(size)} bytes while it was in use, it had ${size}; move it away, or restore a copy`,
    );
    const rescued = store.rescue([encodeRecord(fakeRecord(LAST))]);
    const back = openStore(rescued?.path ?? '', { write: false });
    const seeds = [...back.rows()].map((row) => row.seed as number);
    for (const seed of seeds) {
      const { id, engine } = fakeRecord(seed);
      expect(canonicalJson(back.get(id, engine))).toBe(canonicalJson(fakeRecord(seed)));
    }
    back.close();
    expect(seeds).toEqual(expect.arrayContaining([...FINISHED, LAST]));
  });

  it('was cut after its log had gone into the file: what this sweep has finished is still rescued', () => {
    const log = `${path}-wal`;
    const before = statSync(path).size;
    const random = (seed: number): RunRecord => ({ ...fakeRecord(seed), digest: noise(seed, 20_000) });
    let last = 100;
    while (statSync(path).size === before) store.put(encodeRecord(random(last++)));
    expect(statSync(log).size).toBeGreaterThan(0);
    truncateSync(path, 0);
    expect(refusal()).toMatch(/was cut to 0 bytes/);
    const rescued = store.rescue([]);
    const back = openStore(rescued?.path ?? '', { write: false });
    const { id, engine } = fakeRecord(100);
    expect(canonicalJson(back.get(id, engine))).toBe(canonicalJson(random(100)));
    expect([...back.rows()].length).toBeGreaterThanOrEqual(FINISHED.length + last - 100);
    back.close();
  });
});

/** Text that cannot be made smaller. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String.fromCharCode(33 + (state >>> 24) / 4);
  }).join('');
}

describe('a store that takes nothing more', () => {
  it('was made read-only: only the new run is rescued, and the store is as it was', () => {
    chmodSync(path, 0o444);
    expect(refusal()).toMatch(/^cannot write the store: .* is read-only; make it writable/);
    expectRescued([LAST]);
    chmodSync(path, 0o644);
    store.put(encodeRecord(fakeRecord(LAST)));
    expect([...store.rows()]).toHaveLength(9);
  });

  it('is read-only when it is opened', () => {
    store.close();
    chmodSync(path, 0o444);
    expect(() => openStore(path, { write: true })).toThrow(/^cannot write the store: .* is read-only/);
    store = openStore(path, { write: false });
    expect([...store.rows()]).toHaveLength(8);
  });

  it('has no room left: only the new run is rescued', () => {
    store.close();
    store = openStore(path, { write: true, maxPages: Math.ceil(statSync(path).size / 4096) });
    const records = Array.from({ length: 40 }, (_, i) => encodeRecord(fakeRecord(100 + i)));
    let stored = 0;
    expect(() => {
      for (const record of records) {
        store.put(record);
        stored++;
      }
    }).toThrow(/^cannot write the store: no room left for .*; free some space/);
    expect(store.rescue(records.slice(stored))?.count).toBe(40 - stored);
    expect([...store.rows()]).toHaveLength(8 + stored);
    expect(store.problems()).toEqual([]);
  });

  it('is rescued into the temporary folder if nothing can be written beside it', () => {
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    rmSync(dirname(path), { recursive: true });
    writeFileSync(dirname(path), 'a file where the folder was');
    expect(refusal()).toMatch(/^the store has vanished/);
    expectRescued([...EARLIER, ...FINISHED, LAST], join(temporary, 'store.sqlite.rescued.sqlite'));
    rmSync(dirname(path));
  });

  it('never overwrites what was rescued before', () => {
    writeFileSync(`${path}.rescued.sqlite`, 'of another day');
    rmSync(path);
    refusal();
    expectRescued([...EARLIER, ...FINISHED, LAST], `${path}.rescued-2.sqlite`);
    expect(readFileSync(`${path}.rescued.sqlite`, 'utf8')).toBe('of another day');
  });

  it('has nothing to rescue while it is sound', () => {
    expect(store.rescue([])).toBeUndefined();
    utimesSync(path, 1, 1); // touched, but whole
    store.put(encodeRecord(fakeRecord(LAST)));
    expect(store.rescue([])).toBeUndefined();
  });
});
