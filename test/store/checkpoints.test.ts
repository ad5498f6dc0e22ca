import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/store/encodeCheckpoint.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-checkpoints-'));
  store = openStore(join(folder, 'store.sqlite'), { write: true });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (step: number, trajectory = 't', engine = 'e') =>
  store.putCheckpoint({ trajectory, engine, step, bytes: Uint8Array.of(step, trajectory.length) });
const found = (atMost: number, trajectory = 't', engine = 'e') =>
  store.checkpoint(trajectory, engine, atMost)?.[0];

describe('checkpoints', () => {
  it('gives the one with the largest step that is not beyond what is asked for', () => {
    put(20);
    put(10);
    expect([9, 10, 19, 20, 1000].map((step) => found(step))).toEqual([undefined, 10, 10, 20, 20]);
    expect([found(99, 'other'), found(99, 't', 'other')]).toEqual([undefined, undefined]);
  });

  it('keeps the three of a trajectory that were put last, and one a step', () => {
    put(1, 'other');
    put(1, 't', 'other');
    for (const step of [10, 20, 30, 40, 15]) put(step);
    expect(
      store.checkpoints().map(({ trajectory, engine, step, size }) => [trajectory, engine, step, size]),
    ).toEqual([
      ['other', 'e', 1, 2],
      ['t', 'other', 1, 2],
      ['t', 'e', 30, 2],
      ['t', 'e', 40, 2],
      ['t', 'e', 15, 2],
    ]);
    store.putCheckpoint({ trajectory: 't', engine: 'e', step: 40, bytes: Uint8Array.of(77) });
    expect(found(99)).toBe(77);
    expect(store.checkpoints()).toHaveLength(5);
  });

  it('drops those of one trajectory and engine', () => {
    for (const [trajectory, engine] of [
      ['t', 'e'],
      ['t', 'f'],
      ['u', 'e'],
    ])
      put(5, trajectory, engine);
    store.dropCheckpoints('t', 'e');
    expect([found(9), found(9, 't', 'f'), found(9, 'u')]).toEqual([undefined, 5, 5]);
  });

  it('are written with a record in one transaction, all or nothing', () => {
    const record = encodeRecord(fakeRecord(0));
    const { id, engine } = record;
    put(20);
    expect(() =>
      store.atOnce(() => {
        store.put(record);
        store.dropCheckpoints('t', 'e');
        store.putCheckpoint({ trajectory: 't', engine: 'e', step: 30, bytes: undefined as never });
      }),
    ).toThrow();
    expect([store.endingOf(id, engine), found(99)]).toEqual([undefined, 20]);
    store.atOnce(() => {
      store.put(record);
      store.dropCheckpoints('t', 'e');
    });
    expect([store.endingOf(id, engine), found(99)]).toEqual(['completed', undefined]);
  });

  it('packs vectors and every number exactly', () => {
    const checkpoint = {
      step: 7,
      parameters: Float32Array.of(1.5, Number.NaN, -0),
      buffers: Float64Array.of(5e-324),
      labels: Int32Array.of(-1),
      state: [{ mu: Float32Array.of(3), count: -0 }, null, Number.POSITIVE_INFINITY],
    };
    store.putCheckpoint({ trajectory: 't', engine: 'e', step: 7, bytes: encodeCheckpoint(checkpoint) });
    const back = decodeCheckpoint(store.checkpoint('t', 'e', 7) as Uint8Array) as typeof checkpoint;
    expect(back).toEqual(checkpoint);
    expect(Object.is(back.parameters[2], -0)).toBe(true);
    expect(() => decodeCheckpoint(Uint8Array.of(1, 2, 3))).toThrow();
  });
});

describe('declarations', () => {
  it('keeps each with what was stored by then, and the same one only once', () => {
    store.declare('clipping', '{"metric":1}', fakeRecord(0).engine);
    store.put(encodeRecord(fakeRecord(0)));
    store.put(encodeRecord(fakeRecord(1, 'another engine')));
    store.declare('clipping', '{"metric":1}', fakeRecord(0).engine);
    store.declare('other', 'text', fakeRecord(0).engine);
    store.declare('clipping', '{"metric":2}', fakeRecord(0).engine);
    const [first, second, ...rest] = store.declarations('clipping');
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ experiment: 'clipping', text: '{"metric":1}', runs: 0 });
    expect(first.sha256).toBe(sha256('{"metric":1}'));
    expect(second).toMatchObject({ text: '{"metric":2}', runs: 1 });
    expect(Number.isNaN(Date.parse(first.declaredAt))).toBe(false);
    expect(store.declarations().map(({ experiment }) => experiment)).toEqual([
      'clipping',
      'other',
      'clipping',
    ]);
  });
});
