import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { inspect } from '../../src/store/inspect.ts';
import { mergeStores } from '../../src/store/mergeStores.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

let folder: string;
let into: Store;
let from: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-merge-'));
  into = openStore(join(folder, 'into.sqlite'), { write: true });
  from = openStore(join(folder, 'from.sqlite'), { write: true });
});
afterEach(() => {
  into.close();
  from.close();
  rmSync(folder, { recursive: true, force: true });
});

const failed = (seed: number, message = 'it threw'): RunRecord => ({
  ...fakeRecord(seed),
  outcome: { kind: 'failed', message },
});
const put = (store: Store, ...records: RunRecord[]) => {
  for (const record of records) store.put(encodeRecord(record));
};
const stored = (store: Store, { id, engine }: RunRecord) => canonicalJson(store.get(id, engine));

/** Changes the database behind the store's back. */
function tamper(sql: string): void {
  from.close();
  const database = new DatabaseSync(from.path);
  database.exec(sql);
  database.close();
  from = openStore(from.path, { write: false });
}

describe('mergeStores', () => {
  it('adds what is new, lets results take the place of failures, and changes nothing the second time', () => {
    const later = { ...fakeRecord(1), environment: null };
    put(into, later, failed(2), fakeRecord(3), failed(4, 'here'));
    put(
      from,
      fakeRecord(0),
      fakeRecord(1),
      fakeRecord(2),
      failed(3),
      failed(4, 'there'),
      fakeRecord(0, 'another engine'),
    );
    from.declare('clipping', 'text', 'e');
    expect(mergeStores(into, from)).toEqual({ added: 2, replaced: 1, kept: 3, conflicts: [], problems: [] });
    const expected = [
      fakeRecord(0),
      later,
      fakeRecord(2),
      fakeRecord(3),
      failed(4, 'here'),
      fakeRecord(0, 'another engine'),
    ];
    for (const record of expected) expect(stored(into, record)).toBe(canonicalJson(record));
    expect([...into.rows()]).toHaveLength(expected.length);
    expect(into.declarations()).toEqual(from.declarations());
    expect(mergeStores(into, from)).toEqual({ added: 0, replaced: 0, kept: 6, conflicts: [], problems: [] });
    expect(into.declarations()).toHaveLength(1);
  });

  it('reports two results of one run, and overwrites neither', () => {
    const other = { ...fakeRecord(0), digest: 'another' };
    put(into, fakeRecord(0));
    put(from, other, fakeRecord(1));
    const { added, conflicts } = mergeStores(into, from);
    expect(added).toBe(1);
    expect(conflicts.map(({ ours, theirs }) => [ours.content, theirs.content])).toEqual([
      [encodeRecord(fakeRecord(0)).content, encodeRecord(other).content],
    ]);
    expect(stored(into, fakeRecord(0))).toBe(canonicalJson(fakeRecord(0)));
    expect(stored(from, other)).toBe(canonicalJson(other));
  });

  it('leaves out what is damaged and takes the rest', () => {
    put(from, fakeRecord(0), fakeRecord(1), fakeRecord(2));
    tamper("UPDATE bodies SET bytes = x'00' WHERE number = 2");
    const { added, problems } = mergeStores(into, from);
    expect(added).toBe(2);
    expect(problems).toEqual([expect.stringContaining(`run ${fakeRecord(1).id} of the engine`)]);
  });
});

describe('inspect', () => {
  const problems = () =>
    [...inspect(from.encoded, from.lastNumber())].flatMap(({ problem }) => problem ?? []);

  it.each([
    ['a record whose bytes do not inflate', "UPDATE bodies SET bytes = x'00'", /cannot be decoded: /],
    [
      'a checksum that does not hold',
      "UPDATE records SET content = 'abc'",
      /its checksum is [0-9a-f]{64}, expected abc/,
    ],
    ['a body that is gone', 'DELETE FROM bodies', /cannot be decoded: /],
    [
      'a row that says another outcome',
      "UPDATE records SET outcome = 'diverged'",
      /its row has the outcome diverged, its body completed/,
    ],
    [
      'a row that says another id',
      "UPDATE records SET id = 'r1'",
      /run r1 .*: its row has the id r1, its body r[0-9a-f]{64}/,
    ],
  ])('finds %s', (_, sql, message) => {
    put(from, fakeRecord(0));
    expect(problems()).toEqual([]);
    tamper(sql);
    expect(problems()).toEqual([expect.stringMatching(message)]);
  });

  it('finds a spec that is not the one of the id', () => {
    put(from, { ...fakeRecord(0), spec: fakeRecord(1).spec });
    expect(problems()).toEqual([expect.stringContaining(`its spec has the id ${fakeRecord(1).id}`)]);
  });

  it('leaves bodies without a record to the check of the file', () => {
    put(from, fakeRecord(0), fakeRecord(1));
    expect(from.problems()).toEqual([]);
    tamper('PRAGMA foreign_keys = OFF; DELETE FROM records WHERE number = 2');
    expect(from.problems()).toEqual(['the body with the number 2 belongs to no record']);
  });
});
