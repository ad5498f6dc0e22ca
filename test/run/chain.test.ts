import { describe, expect, it } from 'vitest';
import { foldLanes } from '../../src/core/fingerprint.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { linksEvery } from '../../src/train/chain.ts';
import { checkpointsAt, run, tiny } from './resumedRuns.ts';

const input: RunSpecInput = { ...tiny, epochs: 3 };

function lanesOf(fingerprint: string): Int32Array {
  return Int32Array.from(fingerprint.match(/.{8}/g) ?? [], (lane) => Number.parseInt(lane, 16) | 0);
}

/** The link of the docstring: SHA-256 of the previous one as text, the step as a float64 and the lanes, little-endian. */
function nextLink(previous: string, step: number, fingerprint: string): string {
  const stepBytes = new Uint8Array(Float64Array.of(step).buffer);
  const lanes = new Uint8Array(lanesOf(fingerprint).buffer);
  return sha256(Uint8Array.from([...Buffer.from(previous), ...stepBytes, ...lanes]));
}

async function withStates(spec: RunSpecInput) {
  const states: { step: number; fingerprint: string }[] = [];
  const result = await run(spec, {
    onStep: ({ step, fingerprint }) => states.push({ step, fingerprint: fingerprint() }),
  });
  return { states, ...result };
}

describe('the chain of a run', () => {
  it('has the digests and links of its states', async () => {
    const { states, steps, chain } = await withStates(input);
    expect(states.map(({ step }) => step)).toEqual(Array.from({ length: steps + 1 }, (_, i) => i));
    const linked = states.filter(({ step }) => step % chain.every === 0);
    const folded = linked.map(({ fingerprint }) => foldLanes(lanesOf(fingerprint)));
    expect(chain.digests).toBe(folded.map((digest) => digest.toString(16).padStart(8, '0')).join(''));
    let last = '0'.repeat(64);
    for (const { step, fingerprint } of linked) last = nextLink(last, step, fingerprint);
    if (steps % chain.every !== 0) last = nextLink(last, steps, states[steps].fingerprint);
    expect(chain.last).toBe(last);
    expect(new Set(states.map(({ fingerprint }) => fingerprint)).size).toBe(steps + 1);
  });

  it('does not depend on probes, on evaluations or on being watched', async () => {
    const { chain } = await run(input);
    const others: Partial<RunSpecInput>[] = [{ probes: [] }, { evaluations: { perEpoch: 5 } }];
    for (const other of others) expect((await run({ ...input, ...other })).chain).toEqual(chain);
    expect((await withStates(input)).chain).toEqual(chain);
  });

  it('depends on the seed from the first state on and on the method from the first step on', async () => {
    const first = async (changes: Partial<RunSpecInput>) =>
      (await withStates({ ...input, ...changes })).states.slice(0, 2).map(({ fingerprint }) => fingerprint);
    const [start, next] = await first({});
    const seed = await first({ seed: 5 });
    expect([seed[0] === start, seed[1] === next]).toEqual([false, false]);
    const rate = await first({ optimizer: { kind: 'momentum', learningRate: 0.0123 } });
    const momentum = await first({ optimizer: { kind: 'momentum', learningRate: 0.02 } });
    expect([rate[0] === momentum[0], rate[1] === momentum[1]]).toEqual([true, false]);
  });

  it('of a run that stops earlier is the beginning', async () => {
    const whole = (await run(input)).chain;
    const begin = (await run({ ...input, until: 2 })).chain;
    expect(begin.every).toBe(whole.every);
    expect(whole.digests.startsWith(begin.digests)).toBe(true);
    expect(begin.last).not.toBe(whole.last);
  });

  it('ends where it is told to, and goes on from there with the same links', async () => {
    const { chain, steps } = await run(input);
    const [at] = (await checkpointsAt(input, [5])).checkpoints;
    const half = await run(input, { endAt: 5 });
    expect(half.steps).toBe(5);
    expect(half.chain.last).toBe((await run(input, { from: at, endAt: 5 })).chain.last);
    const rest = await run(input, { from: at });
    expect([rest.chain, rest.steps]).toEqual([chain, steps]);
  });
});

it('has a link a step where that costs less than 2 %, and at most 4096 of them', () => {
  const mission = { flops: 496e6, floats: 225034 };
  const every = (moments: number, horizon = 1000) =>
    linksEvery(4 * mission.floats * (1 + moments), mission.flops, horizon);
  expect([every(0), every(1), every(2)]).toEqual([1, 1, 2]);
  expect(every(0, 4096)).toBe(1);
  expect(every(0, 4097)).toBe(2);
  expect(every(0, 1e6)).toBe(256);
  expect(linksEvery(48, 0, 100)).toBe(128); // two numbers under Adam: a link costs as much as two steps
});
