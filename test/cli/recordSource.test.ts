import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { namedRun, openRecords } from '../../src/cli/recordSource.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';
import { workFolder } from './runCli.ts';

const folder = workFolder({});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OTHER = 'abcdef0123456789'.repeat(4);
const LATER = '0123456789abcdef'.repeat(4);
const [record, second] = [fakeRecord(1), fakeRecord(2)];
const store = join(folder, 'none.sqlite');

function file(name: string, ...values: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${values.map((value) => canonicalJson(value)).join('\n')}\n`);
  return path;
}

describe('a run that is named', () => {
  it('is the record of the present engine, else the latest, in a store and in a file alike', async () => {
    const kept = [OTHER, engineDigest(), LATER];
    for (const [engines, expected] of [
      [kept, engineDigest()],
      [[OTHER, LATER], LATER],
    ] as const) {
      const records = engines.map((engine) => ({ ...record, engine }));
      const path = file(`${engines.length}.jsonl`, ...records);
      const place = join(folder, `${engines.length}.sqlite`);
      const made = openStore(place, { write: true });
      for (const each of records) made.put(encodeRecord(each));
      made.close();
      expect(namedRun(path, { store }).record?.engine).toBe(expected);
      expect(namedRun(record.id.slice(0, 8), { store: place }).record?.engine).toBe(expected);
      expect(namedRun(`${place}#${record.id.slice(0, 8)}`, { store }).record?.engine).toBe(expected);
      for (const target of [path, place]) {
        const source = await openRecords(target, { store });
        expect(source.record(record.id).engine).toBe(expected);
        source.close();
      }
    }
  });

  it('is one of several by the beginning of its id, with its record or without', async () => {
    const path = file('two.jsonl', record, second);
    expect(() => namedRun(path, { store })).toThrow('ambiguous run');
    expect(namedRun(`${path}#${second.id.slice(0, 9)}`, { store }).record?.id).toBe(second.id);
    const chosen = await openRecords(`${path}#${second.id.slice(0, 9)}`, { store });
    expect(chosen.ids).toEqual([second.id]);
    const specs = file('specs.jsonl', record.spec, second.spec);
    const bare = namedRun(`${specs}#${record.id.slice(0, 9)}`, { store });
    expect([bare.spec, bare.record]).toEqual([record.spec, undefined]);
    expect(() => namedRun(`${specs}#r0zz`, { store })).toThrow('has no run whose id begins with r0zz');
  });

  it.each([
    [
      'schema',
      { schema: 4 },
      'got schema 4, expected 2 or 3; read it with the version of thalweg that wrote it',
    ],
    ['outcome', { outcome: { kind: 'won' } }, 'its outcome is missing or of another form'],
    ['engine', { engine: 'x' }, 'its engine is missing'],
    ['chain', { chain: { every: 0, digests: '', last: '' } }, 'its chain is missing'],
    [
      'test',
      { series: { ...record.series, evaluations: { ...record.series.evaluations, test: { loss: [] } } } },
      'its series.evaluations is missing',
    ],
  ])('refuses a record with another %s, by its line', async (name, changes, message) => {
    const path = file(`${name}.jsonl`, record, { ...second, ...changes });
    const refused = openRecords(path, { store });
    await expect(refused).rejects.toThrow(`invalid record in line 2 of ${path}: `);
    await expect(refused).rejects.toThrow(message);
  });
});
