import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { dataKey, execute, loadData } from '../../src/run/execute.ts';
import { type RunRecord, runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { decodeRecord } from '../../src/store/encodeRecord.ts';
import { inlineRunner, type Runner } from '../../src/sweep/runner.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import { tiny } from '../run/resumedRuns.ts';

const FAULTS: RunSpecInput['faults'][] = [
  [{ kind: 'nanGradient', at: 3, part: 'conv1' }],
  [{ kind: 'explodingLayer', at: 3, layer: 'conv2', factor: 50 }],
  [{ kind: 'deadUnits', at: 3 }],
  [{ kind: 'duplicateBatch', at: 3 }],
  [{ kind: 'labelNoise', share: 0.3 }],
];

it('runs with faults have the same bytes inline, with one worker and with two', async () => {
  const spec = parseSpec(tiny);
  const resources = { datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) }, modules: {} };
  const runs = FAULTS.flatMap((faults) =>
    (['wasm', 'reference'] as const).map((engine) => {
      const spec = parseSpec({ ...tiny, epochs: 1, nonFinite: 'skip', engine, faults });
      return { id: runId(spec), spec };
    }),
  );
  const bytesOf = async (runner: Runner) => {
    const records: RunRecord[] = [];
    const listener = {
      onEnd: (_job: unknown, { record }: { readonly record: Parameters<typeof decodeRecord>[0] }) =>
        void records.push(decodeRecord(record)),
      onLost: () => expect.unreachable(),
      onCheckpoint: () => undefined,
    };
    await runner.run(runs, resources, listener, { stop: new AbortController().signal });
    const sorted = records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(sorted.map(({ outcome }) => outcome.kind)).toEqual(runs.map(() => 'completed'));
    return sorted.map((record) => canonicalJson({ ...record, environment: null }));
  };
  const inline = await bytesOf(inlineRunner(execute));
  expect(new Set(inline).size).toBe(runs.length);
  expect(await bytesOf(threadRunner({ workers: 1 }))).toEqual(inline);
  expect(await bytesOf(threadRunner({ workers: 2 }))).toEqual(inline);
});
