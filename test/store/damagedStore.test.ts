import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDamagedStore } from '../../src/store/damagedStore.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { mergeStores } from '../../src/store/mergeStores.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

const RUNS = 300;

let folder: string;
let whole: string;
let cut: string;
let size: number;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-damaged-'));
  [whole, cut] = ['whole.sqlite', 'cut.sqlite'].map((name) => join(folder, name));
  const store = openStore(whole, { write: true });
  store.declare('experiment', 'what it declared');
  for (let seed = 0; seed < RUNS; seed++) store.put(encodeRecord(fakeRecord(seed)));
  store.close();
  size = statSync(whole).size;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contentsIn = (path: string) => {
  const store = openStore(path, { write: false });
  const contents = Array.from(store.rows(), ({ content }) => content);
  store.close();
  return contents;
};

describe('a store that was cut while nobody used it', () => {
  it.each([0.9, 0.5, 0.2])('gives what stands in the first %d of it', (share) => {
    copyFileSync(whole, cut);
    const there = Math.floor(share * size);
    truncateSync(cut, there);
    const bytes = readFileSync(cut);
    expect(() => contentsIn(cut)).toThrow('damaged store');

    const from = openDamagedStore(cut);
    const saved = join(folder, `saved${share}.sqlite`);
    const into = openStore(saved, { write: true });
    expect(from.path).toBe(cut);
    expect(from.problems()).toEqual([
      `${cut} was cut to ${there} bytes, it had ${size}: what stood behind them is gone`,
    ]);
    const { added } = mergeStores(into, from);
    expect(into.declarations()).toMatchObject([{ text: 'what it declared' }]);
    from.close();
    into.close();

    // runs were stored in their order; a few pages of the tree may be missing
    expect(added).toBeGreaterThan((share - 0.1) * RUNS);
    expect(added).toBeLessThan(share * RUNS + 10);
    const all = new Set(contentsIn(whole));
    const found = contentsIn(saved);
    expect(found).toHaveLength(added);
    for (const content of found) expect(all.has(content)).toBe(true);
    expect(readFileSync(cut).equals(bytes)).toBe(true);
  });

  it('is refused where not even its tables are there', () => {
    writeFileSync(cut, readFileSync(whole).subarray(0, 1000));
    expect(() => openDamagedStore(cut)).toThrow(/^damaged store: .* it was left as it is/);
  });
});

it('opens a whole store as it is', () => {
  const store = openDamagedStore(whole);
  expect(store.lastNumber()).toBe(RUNS);
  expect(store.problems()).toEqual([]);
  store.close();
});
