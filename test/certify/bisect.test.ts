import { describe, expect, it } from 'vitest';
import { bisect } from '../../src/certify/bisect.ts';
import { firstDifference } from '../../src/certify/firstDifference.ts';
import { ownSide, type Side } from '../../src/certify/side.ts';
import {
  decodeOperations,
  decodeStates,
  encodeOperations,
  encodeStates,
} from '../../src/certify/traceFile.ts';
import { digestOf } from '../../src/core/fingerprint.ts';
import { dataKey, loadData } from '../../src/run/execute.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import type { TracedOperation } from '../../src/train/stepTracer.ts';
import { run, tiny } from '../run/resumedRuns.ts';

const base: RunSpecInput = { ...tiny, epochs: 2 };

async function side(input: RunSpecInput, record?: RunRecord): Promise<Side> {
  const spec = parseSpec(input);
  return ownSide(
    spec,
    { datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) }, modules: {} },
    record,
  );
}

async function recorded(input: RunSpecInput): Promise<RunRecord> {
  return { ...(await run(input)), environment: null };
}

/** A side that may not be executed. */
const unexecuted = (of: Side): Side => {
  const refuse = () => Promise.reject(new Error('it was executed'));
  return { ...of, states: refuse, operations: refuse };
};

/** Another value from a step on, without another spec: a change of the schedule. */
const changedAt = (step: number): RunSpecInput => ({
  ...base,
  schedule: {
    kind: 'join',
    parts: [
      { schedule: { kind: 'constant' }, steps: step - 1 },
      { schedule: { kind: 'linear', startFactor: 0.5, endFactor: 0.5 } },
    ],
  } as never,
});

describe('bisect', () => {
  it('finds nothing in runs of other probes and evaluations, and says where one goes on', async () => {
    const other = { ...base, probes: [], evaluations: { perEpoch: 3 } };
    const same = await bisect(await side(base), await side(other));
    expect(same).toEqual({
      kind: 'identical',
      equalSteps: 16,
      step: null,
      first: null,
      longer: null,
      notes: [],
    });
    const longer = await bisect(await side({ ...base, until: 1 }), await side(base));
    expect(longer).toMatchObject({ kind: 'identical', equalSteps: 8, longer: { side: 'B', steps: 16 } });
  });

  it('finds the argument of the kernel, the layer, the batch that is another', async () => {
    const found = async (changes: Partial<RunSpecInput>) => {
      const { step, first } = await bisect(await side(base), await side({ ...base, ...changes }));
      return { step, ...first };
    };
    expect(await found({ optimizer: { kind: 'adam', learningRate: 0.01, eps: 1e-7 } })).toMatchObject({
      ...{ step: 1, operation: 'adamStep', value: 'eps', isArgument: true, layer: 'conv1.weight' },
      difference: { first: [{ a: 1e-8, b: 1e-7 }] },
    });
    expect(await found({ seed: 4 })).toMatchObject({
      step: 0,
      operation: 'the parameters',
      tensor: 'conv1.weight',
    });
    expect(await found({ loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0.1 } })).toMatchObject({
      ...{ step: 1, part: 'loss', operation: 'softmaxCrossEntropy', value: 'smoothing' },
    });
    expect(await found({ batchSize: 5 })).toMatchObject({
      ...{ step: 1, kind: 'operation', a: { part: 'batch' } },
      reason: 'input (1024 float32) in A, input (1280 float32) in B',
    });
  });

  it('says where two methods do no longer the same', async () => {
    const other = await side({ ...base, optimizer: { kind: 'momentum', learningRate: 0.01 } });
    expect(await bisect(await side(base), other)).toMatchObject({
      ...{ kind: 'different', equalSteps: 0, step: 1 },
      first: { kind: 'operation', a: { operation: 'adamStep' }, b: { operation: 'momentumStep' } },
    });
  });

  it('says that only the ends differ where a bound makes one diverge', async () => {
    const bounded = await side({ ...base, divergence: { lossAbove: 0.5 } });
    const found = await bisect(await side(base), bounded);
    expect(found).toMatchObject({ kind: 'ended', equalSteps: 0, step: 1, first: null });
    expect(found.notes[0]).toMatch(/^A goes on, B diverges at step 1 \(/);
  });

  it('refuses engines of different types', async () => {
    const other = await side({ ...base, engine: 'reference' });
    await expect(bisect(await side(base), other)).rejects.toThrow(
      'invalid pair: A computes on the engine wasm',
    );
  });
});

describe('bisect of records', () => {
  it('executes nothing where the chains are the same', async () => {
    const record = unexecuted(await side(base, await recorded(base)));
    const found = await bisect(record, record);
    expect(found).toMatchObject({ kind: 'identical', equalSteps: 16, first: null });
    expect(found.notes[0]).toContain('nothing was executed');
    await expect(bisect(record, record, { executes: true })).rejects.toThrow('it was executed');
  });

  it('executes no further than to the first links that differ', async () => {
    const [a, b] = [
      { ...base, epochs: 20 },
      { ...changedAt(70), epochs: 20 },
    ];
    const untils: (number | undefined)[] = [];
    const watched = async (input: RunSpecInput): Promise<Side> => {
      const of = await side(input, await recorded(input));
      return {
        ...of,
        states(until) {
          untils.push(until);
          return of.states(until);
        },
      };
    };
    const { every } = (await recorded(a)).chain!;
    expect(every).toBe(64);
    const found = await bisect(await watched(a), await watched(b));
    expect(found).toMatchObject({
      kind: 'different',
      step: 70,
      first: { operation: 'the learning rate' },
      notes: [],
    });
    expect(untils).toEqual([128, 128]);
  });

  it('says so where what was recorded is not what is computed', async () => {
    const record = await recorded(base);
    const chain = record.chain!;
    const altered = { ...record, chain: { ...chain, digests: `deadbeef${chain.digests.slice(8)}` } };
    const found = await bisect(await side(base, altered), await side(base, record));
    expect(found).toMatchObject({ kind: 'unreproduced', step: 0, first: null });
    expect(found.notes).toEqual([
      'A is not reproduced: executed again it has another state than its record at step 0; the record says that it is of this engine, ' +
        'so the record was altered',
    ]);
    const older = { ...altered, engine: 'abcdef0123456789'.repeat(4) };
    expect((await bisect(await side(base, older), await side(base, record))).notes[0]).toContain(
      'the record is of the engine abcdef012345, name the folder of that version with --engine-a',
    );
    // the other one need not be a record
    const alone = await bisect(await side(base, altered), await side(base));
    expect([alone.kind, alone.notes.length]).toEqual(['identical', 1]);
  });

  it('executes all where only the last links differ', async () => {
    const record = await recorded(base);
    const altered = { ...record, chain: { ...record.chain!, last: 'f'.repeat(64) } };
    const found = await bisect(await side(base, altered), await side(base, record));
    expect(found).toMatchObject({ kind: 'unreproduced', equalSteps: 0, step: null });
  });

  it('counts the elements of tensors and not what lies between them', () => {
    const of = (length: number): TracedOperation => ({
      ...{ part: 'state', layer: '', operation: 'the parameters', pass: 1 },
      values: [
        {
          name: 'params',
          values: new Float32Array(length + 3).map((_, i) => (i < length ? 1 : length)),
          tensors: [{ name: 'w', offset: 0, length }],
        },
      ],
    });
    expect(firstDifference([of(5)], [of(6)])).toMatchObject({
      reason: 'params (5 float32) in A, params (6 float32) in B',
    });
    const padded = { ...of(5), values: [{ ...of(5).values[0], values: new Float32Array(8).fill(1) }] };
    expect(firstDifference([of(5)], [padded])).toBeUndefined();
  });

  it('has the digests of the chain', async () => {
    const { chain } = await run(base);
    const { fingerprints } = await (await side(base)).states();
    expect(fingerprints.length).toBe(17);
    const linked = fingerprints.filter((_, step) => step % chain.every === 0);
    expect(linked.map(digestOf).join('')).toBe(chain.digests);
  });
});

describe('what one version tells another', () => {
  it('comes back as it was, NaN and -0 included', async () => {
    const given = await side(base);
    const states = await given.states(3);
    expect(states.fingerprints.length).toBe(4);
    expect(decodeStates(encodeStates('e', states))).toEqual(states);
    const operations = await given.operations(2);
    expect(decodeOperations(encodeOperations('e', operations))).toEqual(operations);
    const odd = [
      {
        ...operations[0],
        values: [{ name: 'x', values: Float64Array.of(Number.NaN, -0), isArgument: true }],
      },
    ];
    expect(decodeOperations(encodeOperations('e', odd))).toEqual(odd);
  });
});
