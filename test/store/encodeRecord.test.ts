import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { stream } from '../../src/core/rng.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { joinBytes, splitBytes, takeColumns } from '../../src/store/columns.ts';
import { decodeRecord, encodeRecord, isResult } from '../../src/store/encodeRecord.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';

const SPECIAL = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  5e-324,
  -1.7976931348623157e308,
];

/** A record with other series; what is in them does not matter to the store. */
const withSeries = (series: unknown): RunRecord => ({
  ...fakeRecord(0),
  series: { ...(series as object), evaluations: fakeRecord(0).series.evaluations } as RunRecord['series'],
});

/** Equal to the last bit: canonical JSON tells -0 and every special number apart. */
function expectSame(record: RunRecord): void {
  expect(canonicalJson(decodeRecord(encodeRecord(record)))).toBe(canonicalJson(record));
}

describe('encodeRecord', () => {
  it('gives back every number that JSON cannot hold', () => {
    const record = withSeries({
      steps: { step: [1], channels: { a: { median: SPECIAL, min: [], max: SPECIAL } } },
    });
    expectSame(record);
    const { channels } = decodeRecord(encodeRecord(record)).series.steps;
    expect(channels.a.median.map((x) => Object.is(x, -0))).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(channels.a.min).toEqual([]);
  });

  it('gives back series of any shape, keys that look like numbers and names of prototypes', () => {
    expectSame(withSeries({ steps: { step: [], channels: {} } }));
    expectSame(
      withSeries({ more: { '10': [1, 2], '9': [3], toString: [4], nested: [[5, 6], [7]] }, flag: true }),
    );
    expectSame(withSeries({ mixed: [1, 'two', null], none: null, text: 'text', one: [0.1] }));
  });

  it('gives back random series, to the last bit', () => {
    const rng = stream(7, 'series of a test').at(0);
    const random = () => rng.uniform();
    const value = () => {
      const at = Math.floor(random() * 20);
      return at < SPECIAL.length ? SPECIAL[at] : (random() - 0.5) * 2 ** Math.floor(random() * 200 - 100);
    };
    const column = () => Array.from({ length: Math.floor(random() * 40) }, value);
    for (let round = 0; round < 50; round++) {
      const channels = Object.fromEntries(
        Array.from({ length: Math.floor(random() * 8) }, (_, i) => [
          `channel ${i}`,
          { median: column(), min: column(), max: column() },
        ]),
      );
      expectSame(withSeries({ steps: { step: column(), channels }, round }));
    }
  });

  it('gives back a record without an environment, and one of an earlier schema', () => {
    expectSame({ ...fakeRecord(1), environment: null });
    const { gradientEvaluations: _, ...older } = fakeRecord(1);
    expectSame(older as RunRecord);
    expect(encodeRecord(older as RunRecord).optimizer).toBe('sgd');
  });

  it('makes equal results equal, whatever the order of keys, the environment and the bits of a NaN', () => {
    const otherNaN = new Float64Array(1);
    new BigUint64Array(otherNaN.buffer)[0] = 0xfff8_0000_0000_0001n;
    const a = withSeries({ x: [Number.NaN, 1], y: [2] });
    const b = { ...withSeries({ y: [2], x: [otherNaN[0], 1] }), environment: null };
    expect(encodeRecord(b).content).toBe(encodeRecord(a).content);
    expect(Buffer.compare(encodeRecord(b).bytes, encodeRecord(a).bytes)).toBe(0);
    expect(encodeRecord(withSeries({ x: [-0] })).content).not.toBe(
      encodeRecord(withSeries({ x: [0] })).content,
    );
  });

  it("tells the name of a user's optimizer", () => {
    const record = fakeRecord(0);
    const optimizer = {
      kind: 'module',
      name: 'mine',
      sha256: '0'.repeat(64),
      learningRate: 1,
      options: {},
    } as const;
    expect(encodeRecord({ ...record, spec: { ...record.spec, optimizer } }).optimizer).toBe('mine');
  });

  it('tells what a listing shows, with null for what is not a number', () => {
    const diverged = fakeRecord(4);
    const { bytes, content, environment, ...facts } = encodeRecord(diverged);
    expect(content).toMatch(/^[0-9a-f]{64}$/);
    expect(facts).toEqual({
      id: diverged.id,
      engine: diverged.engine,
      outcome: 'diverged',
      reason: 'the loss is NaN',
      optimizer: 'sgd',
      model: 'mlp',
      data: 'synthGlyphs',
      seed: 4,
      learningRate: 0.1,
      steps: 3,
      validationLoss: 0.1 + 4 / 3,
      validationError: 0.1 + 4 / 3,
      seconds: 1.5,
      startedAt: '2026-01-01T00:00:00.000Z',
      thalweg: '0',
    });
    const { evaluations } = diverged.series;
    const validation = { loss: [1, Number.NaN], error: [Number.POSITIVE_INFINITY] };
    const series = { ...diverged.series, evaluations: { ...evaluations, validation } };
    expect(encodeRecord({ ...diverged, series })).toMatchObject({
      validationLoss: null,
      validationError: Number.POSITIVE_INFINITY,
    });
  });

  it('does not decode bytes that were changed, even where they inflate', () => {
    const encoded = encodeRecord(fakeRecord(0));
    const packed = inflateSync(encoded.bytes);
    packed[packed.length - 1] ^= 1;
    const changed = Uint8Array.from(deflateSync(packed));
    expect(() => decodeRecord({ ...encoded, bytes: changed })).toThrow(/its checksum is .*, expected /);
    expect(() => decodeRecord({ ...encoded, bytes: encoded.bytes.subarray(9) as never })).toThrow();
  });

  it('takes completed and diverged runs for results, no others', () => {
    const endings = ['completed', 'diverged', 'failed', 'lost', undefined] as const;
    expect(endings.map(isResult)).toEqual([true, true, false, false, false]);
  });
});

describe('columns', () => {
  it('split into planes of bytes, the lowest first', () => {
    const planes = splitBytes(new Float64Array([1, -2]));
    expect([...planes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0, 0x3f, 0xc0]);
    expect([...joinBytes(planes)]).toEqual([1, -2]);
    expect(joinBytes(splitBytes(new Float64Array(0)))).toHaveLength(0);
  });

  it('are taken in the order of the sorted keys', () => {
    const { rest, values } = takeColumns({ b: [3], a: { d: [2], c: [1, 0] } });
    expect([...values]).toEqual([1, 0, 2, 3]);
    expect(rest).toEqual({ a: { c: { $column: [0, 2] }, d: { $column: [2, 1] } }, b: { $column: [3, 1] } });
  });
});
