import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { problemsIn, SHIPPED_PROBLEMS } from '../../src/conform/conform.ts';
import { emitVectors } from '../../src/conform/emit.ts';
import { vectorDifferences } from '../../src/conform/vectorDifference.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { tiny } from '../run/resumedRuns.ts';

const golden = (name: string) =>
  fileURLToPath(new URL(`../goldens/optimizers/${name}.json`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'thalweg-vectors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Vectors of our own Adam, which we repeat to the last bit, with one number changed. */
function changedVectors(change: (rows: number[][]) => void): string {
  const file = emitVectors({
    optimizer: { kind: 'adam', learningRate: 0.01 },
    problems: problemsIn(SHIPPED_PROBLEMS).slice(0, 1),
  });
  const copy = JSON.parse(JSON.stringify(file));
  const [, single] = copy.cases;
  change(single.expected.params[Object.keys(single.expected.params)[0]]);
  const path = join(folder, 'changed.json');
  writeFileSync(path, JSON.stringify(copy));
  return path;
}

const nextAbove = (value: number) => {
  const bits = Float32Array.of(value);
  new Int32Array(bits.buffer)[0] += 1;
  return bits[0];
};

describe('vectorDifferences', () => {
  it('finds nothing in vectors of its own', () => {
    const { cases, skipped } = vectorDifferences(
      changedVectors(() => {}),
      {},
    );
    expect(cases.map(({ first, firstBeyond }) => [first, firstBeyond])).toEqual([
      ...[
        [null, null],
        [null, null],
      ],
    ]);
    expect(skipped).toEqual([]);
  });

  it('finds one ulp at its step and element, and where the tolerance is exceeded', () => {
    const path = changedVectors((rows) => {
      rows[3][2] = nextAbove(rows[3][2]);
      rows[5][1] *= 2;
    });
    const { cases } = vectorDifferences(path, {});
    expect([cases[0].first, cases[1].type]).toEqual([null, 'float32']);
    expect(cases[1].first).toMatchObject({
      ...{ step: 5, what: 'params' },
      difference: { differing: 1, largestUlps: 1, first: [{ index: 2, ulps: 1 }] },
    });
    expect(cases[1].firstBeyond).toMatchObject({
      ...{ step: 20, difference: { differing: 1, first: [{ index: 1, ulps: 2 ** 23 }] } },
    });
  });

  it('compares PyTorch’s Adam with ours, within its tolerance', () => {
    const id = 'adam/default/dense-A/float32';
    const { cases } = vectorDifferences(golden('adam'), { caseId: id });
    expect(cases.length).toBe(1);
    expect(cases[0]).toMatchObject({
      id,
      type: 'float32',
      firstBeyond: null,
      first: { step: 1, tensor: 'K' },
    });
  });

  it('compares the optimizer of a run, whose learning rate is its own', () => {
    const spec = (learningRate: number) => parseSpec({ ...tiny, optimizer: { kind: 'adam', learningRate } });
    const { lr } = JSON.parse(readFileSync(golden('adam'), 'utf8')).cases.find(
      ({ id }: { id: string }) => id === 'adam/default/dense-A/float32',
    ).hyper;
    const caseId = 'adam/default/dense-A/float32';
    const found = (rate: number) =>
      vectorDifferences(golden('adam'), { caseId, optimizer: spec(rate) }).cases[0];
    expect(found(lr)).toEqual(vectorDifferences(golden('adam'), { caseId }).cases[0]);
    expect(found(2 * lr).firstBeyond).toMatchObject({ step: 1 });
  });

  it('looks at averages where they were recorded, and says what it leaves out', () => {
    const asgd = vectorDifferences(golden('asgd'), {}).cases;
    expect(asgd.every(({ firstBeyond }) => firstBeyond === null)).toBe(true);
    const spec = parseSpec({ ...tiny, optimizer: { kind: 'sam', learningRate: 0.01 } });
    const { cases, skipped } = vectorDifferences(golden('adam'), {
      ...{ caseId: 'adam/default/dense-A/float32', optimizer: spec },
    });
    expect([cases, skipped.length]).toEqual([[], 1]);
    expect(skipped[0]).toMatch(/needs the objective/);
  });

  it('refuses other families and unknown cases', () => {
    const schedule = fileURLToPath(new URL('../goldens/schedules/constant.json', import.meta.url));
    expect(() => vectorDifferences(schedule, {})).toThrow('is of the family schedule, expected optimizer');
    expect(() => vectorDifferences(golden('adam'), { caseId: 'x' })).toThrow(
      'has none with the id x, but adam/',
    );
  });
});
