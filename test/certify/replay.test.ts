import { describe, expect, it } from 'vitest';
import { type ReplayRequest, replay } from '../../src/certify/replay.ts';
import { dataKey, loadData } from '../../src/run/execute.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { checkpointsAt, run, tiny } from '../run/resumedRuns.ts';

/** 440 steps whose rate reacts to evaluations, with a clip that tells what it did. */
const input: RunSpecInput = {
  ...tiny,
  model: { kind: 'plainNet', depth: 2, filters: 3, norm: { kind: 'batch' } },
  schedule: { kind: 'plateau', patience: 3, factor: 0.5 },
  clip: { kind: 'globalNorm', maxNorm: 0.5 },
  probes: [{ kind: 'gradientNorm', every: 7 }],
  epochs: 55,
};
const probes = [
  { kind: 'batchNormDrift', every: 1 },
  { kind: 'deadUnits', every: 2 },
  { kind: 'update', every: 1 },
] as const;

async function recorded(change: Partial<RunRecord> = {}, at = 400) {
  const { result, checkpoints } = await checkpointsAt(input, [at]);
  const record: RunRecord = { ...result, environment: null, ...change };
  const { data } = parseSpec(input);
  const resources = { datasets: { [dataKey(data)]: await loadData(data, {}) }, modules: {} };
  const replayed = (request: ReplayRequest) => replay(record, resources, request);
  return { record, checkpoint: checkpoints[0], replayed };
}

/** What a run measures in a step that had the probes from the start. */
async function measuredFromTheStart(step: number): Promise<Map<string, number | null>> {
  const found = new Map<string, number | null>();
  await run(
    { ...input, probes: [...probes] },
    {
      onStep(seen) {
        if (seen.step !== step) return;
        for (const channel of seen.channels) found.set(channel, seen.value(channel) ?? null);
      },
    },
  );
  return found;
}

describe('a replay', () => {
  it('gives the values that a run with the probes from the start gives, from a checkpoint or from the start', async () => {
    const { checkpoint, record, replayed } = await recorded();
    const every = record.chain?.every as number;
    const expected = await measuredFromTheStart(437);
    expect(Math.min(...Array.from(expected.values(), Number))).toBeGreaterThanOrEqual(0);
    for (const from of [undefined, checkpoint]) {
      const seen = await replayed({ from: 436, to: 437, probes: [...probes], checkpoint: from });
      expect(seen.steps.map(({ step }) => step)).toEqual([436, 437]);
      expect(seen.steps[0].values[seen.channels.indexOf('deadUnits/relu1')]).toBe(null); // at every second step
      expect(new Map(seen.channels.map((channel, i) => [channel, seen.steps[1].values[i]]))).toEqual(
        expected,
      );
      expect(seen.difference).toBe(null);
      expect([seen.start, seen.end]).toEqual([from === undefined ? 0 : 400, 440]);
      const linked = Array.from({ length: 441 }, (_, step) => step).filter(
        (step) => step % every === 0 || step === 440,
      );
      expect(seen.links).toBe(linked.filter((step) => from === undefined || step > 400).length);
    }
  });

  it('ends at the next link behind the last step', async () => {
    const { record, replayed } = await recorded();
    const every = record.chain?.every as number;
    const { end, links } = await replayed({ from: 3, to: 5, probes: [] });
    expect([end, links]).toEqual([Math.ceil(5 / every) * every, 1 + Math.ceil(5 / every)]);
  });

  it('that is not the run of the record is found', async () => {
    const { record, checkpoint, replayed } = await recorded();
    expect(record.chain?.every).toBe(32);
    const wrong = { ...checkpoint, params: checkpoint.params.map((value) => value * (1 + 2 ** -20)) };
    const seen = await replayed({ from: 410, to: 411, probes: [], checkpoint: wrong });
    expect(seen.difference).toEqual({ same: 384, different: 416, endsAlike: false });
  });

  it('of a record without a chain is proved by its end', async () => {
    const { replayed } = await recorded({ chain: null });
    const seen = await replayed({ from: 2, to: 2, probes: [] });
    expect([seen.proof, seen.difference, seen.end]).toEqual(['digest', null, 440]);
    const other = await recorded({ chain: null, digest: 'another' });
    expect((await other.replayed({ from: 2, to: 2, probes: [] })).difference).not.toBe(null);
  });
});
