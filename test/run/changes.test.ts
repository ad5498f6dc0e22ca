import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { checkSpec, dataKey, loadData } from '../../src/run/execute.ts';
import type { RunResult } from '../../src/run/record.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { checkpointsAt, expectSameBytes, run, stored, tiny } from './resumedRuns.ts';

const base: RunSpecInput = { ...tiny, epochs: 5 }; // 40 steps
type Set = NonNullable<RunSpecInput['changes']>[number]['set'];
const forked = (after: number, set: Set, input = base): RunSpecInput => ({
  ...input,
  changes: [{ after, set }],
});
const changesOf = (input: RunSpecInput) => parseSpec(input).changes;

const K = 13;
const cases: Record<string, Set> = {
  'another learning rate': { 'optimizer.learningRate': 0.05 },
  'a schedule': { schedule: { kind: 'cosine' } },
  'a rate that reacts': { schedule: { kind: 'plateau', patience: 1 } },
  'a clip': { clip: { kind: 'globalNorm', maxNorm: 0.01 } },
  'a clip of the update': { clip: { kind: 'blockRms', threshold: 0.5, place: 'update' } },
  'another method': { optimizer: { kind: 'momentum', learningRate: 0.02 } },
  'a method with a place of its own for the gradient': { optimizer: { kind: 'sam', learningRate: 0.02 } },
  'another shape of state': { 'optimizer.amsgrad': true },
  'a modifier': { modifiers: [{ kind: 'grokfastEma' }] },
  'weight decay': { weightDecay: { kind: 'decoupled', rate: 0.1 } },
  'an average': { averaging: { kind: 'ema', decay: 0.9 } },
  'rates by role': { rates: { 'conv1.weight': 0.5 } },
  'other statistics of evaluations': { evaluations: { perEpoch: 3, batchNorm: 'batch' } },
  'other probes': { probes: [{ kind: 'gradientNorm', every: 2 }] },
  'another policy': { nonFinite: 'skip', 'divergence.lossAbove': 100 },
  'much at once': {
    optimizer: { kind: 'adam', learningRate: 0.003 },
    averaging: { kind: 'lookahead' },
    clip: { kind: 'value', clipValue: 0.1 },
    rates: { bias: 0.5 },
  },
};

/** The fingerprints of all states by step. */
async function states(input: RunSpecInput): Promise<string[]> {
  const seen: string[] = [];
  const { steps } = await run(input, {
    onStep({ step, fingerprint }) {
      expect(step).toBe(seen.length);
      seen.push(fingerprint());
    },
  });
  expect(seen).toHaveLength(steps + 1);
  return seen;
}

describe('a run that changes after a step', () => {
  it.each(Object.entries(cases))(
    'is the base up to there, and has one set of bits: %s',
    async (_name, set) => {
      const input = forked(K, set);
      const [own, bases] = [await states(input), await states(base)];
      expect(own.slice(0, K + 1)).toEqual(bases.slice(0, K + 1));
      const { series, chain, outcome, steps } = await expectSameBytes(input, [5, K, K + 1, 30]);
      expect([outcome.kind, steps]).toEqual(['completed', 40]);
      const whole = await run(base);
      const links = Math.floor(K / chain.every) + 1;
      expect([chain.every, chain.digests.slice(0, 8 * links)]).toEqual([
        whole.chain.every,
        whole.chain.digests.slice(0, 8 * links),
      ]);
      for (const [name, { median }] of Object.entries(whole.series.steps.channels))
        expect(series.steps.channels[name].median.slice(0, K)).toEqual(median.slice(0, K));
      if (!('evaluations' in set || 'probes' in set || 'nonFinite' in set || 'averaging' in set))
        expect(own.slice(K + 1).filter((state, i) => state === bases[K + 1 + i])).toEqual([]);
    },
  );

  it('changes again and again', async () => {
    const changes = [
      { after: 8, set: { optimizer: { kind: 'momentum', learningRate: 0.02 } } },
      { after: 9, set: { clip: { kind: 'zClip' } } },
      { after: 21, set: { 'optimizer.learningRate': 0.001, 'clip.zThreshold': 1 } },
      { after: 22, set: { optimizer: { kind: 'adam', learningRate: 0.01 } } },
    ];
    await expectSameBytes({ ...base, changes }, [3, 8, 9, 10, 21, 22, 39]);
    const short = { ...base, changes, until: 1 };
    expect((await run(short)).chain.last).toBe((await run({ ...base, until: 1 })).chain.last);
    const [at] = (await checkpointsAt({ ...base, changes, until: 2 }, [16])).checkpoints;
    expect(canonicalJson(await run({ ...base, changes }, { from: stored(at) }))).toBe(
      canonicalJson(await run({ ...base, changes })),
    );
  });

  it('ends and is watched as one run, on both engines', async () => {
    const input = forked(K, cases['another method']);
    for (const endAt of [5, K, 20]) {
      const given: number[] = [];
      const { steps } = await run(input, { endAt, onCheckpoint: ({ step }) => given.push(step) });
      expect([steps, given]).toEqual([endAt, [endAt]]);
    }
    await expectSameBytes({ ...input, engine: 'reference' }, [K, 20]);
  });

  it('is the run of its base where that diverges before', async () => {
    const diverging = { ...base, schedule: { kind: 'exponential', gamma: 2 } } as const;
    const whole = await run(diverging);
    expect(whole.outcome).toMatchObject({ kind: 'diverged' });
    const late = await run(forked(38, cases['another method'], diverging));
    expect(resultOf(late)).toEqual(resultOf(whole));
  });
});

/** All but what says which spec it was. */
function resultOf({ id: _, spec: __, ...result }: RunResult) {
  return result;
}

/** What a change leaves alone: the losses of all steps. */
const losses = async (input: RunSpecInput) => (await run(input)).series.steps.channels.loss.median;

describe('the state over a change', () => {
  it.each<[string, Set]>([
    ['a clip that never acts', { clip: { kind: 'globalNorm', maxNorm: 1e9 } }],
    ['an average', { averaging: { kind: 'swa', start: 1 } }],
    ['a policy that never acts', { nonFinite: 'zero' }],
    ['factors of 1', { rates: { bias: 1 } }],
    ['a decay of nothing', { weightDecay: { kind: 'coupled', rate: 0 } }],
  ])('keeps the moments and the count of steps with %s', async (_name, set) => {
    expect(await losses(forked(K, set))).toEqual(await losses(base));
    expect(await losses({ ...base, ...({ ...set } as object) })).toEqual(await losses(base));
  });

  it('makes a change of the schedule the run that had the rates of both from its start', async () => {
    // constant up to step 26, then down
    const wsd = { kind: 'wsd', cooldown: 0.35 } as const;
    const whole = await run({ ...base, schedule: wsd });
    expect(resultOf(await run(forked(20, { schedule: wsd })))).toEqual(resultOf(whole));
    expect(resultOf(await run(forked(26, { schedule: wsd })))).toEqual(resultOf(whole));
    expect(resultOf(await run(forked(28, { schedule: wsd })))).not.toEqual(resultOf(whole));
  });

  it('starts a new method at its own first step', async () => {
    const params: Float64Array[] = [];
    const rate = 0.004;
    const momentum = { ...base, optimizer: { kind: 'momentum', learningRate: 0.02 } } as const;
    const input = forked(K, { optimizer: { kind: 'adam', learningRate: rate } }, momentum);
    await run(input, { onStep: ({ network }) => params.push(Float64Array.from(network.params)) });
    // the first step of Adam is the rate times the sign of the gradient, whatever the gradient; at the run's step its bias
    // corrections would be nearly 1, and the step (0.1 g) / sqrt(0.001 g^2) = 3.16 times the rate
    const moved = params[K + 1].map((p, i) => Math.abs(p - params[K][i]));
    const largest = Math.max(...moved);
    expect(largest).toBeGreaterThan(0.999 * rate);
    expect(largest).toBeLessThan(1.001 * rate);
  });

  it('goes on in a clip of the same kind and not in another', async () => {
    const remembered = async (from: Set['clip'], to: Set['clip']) => {
      const input = forked(20, { clip: to }, { ...base, clip: from as never });
      const norms: (number | undefined)[] = [];
      await run(input, {
        onStep({ step, optimizerState }) {
          const [clip] = optimizerState as { readonly history?: readonly number[] }[];
          if (step === 20 || step === 21) norms.push(clip.history?.length);
        },
      });
      return norms;
    };
    const auto = (percentile: number) => ({ kind: 'autoClip', percentile });
    expect(await remembered(auto(20), auto(80))).toEqual([20, 21]);
    expect(await remembered({ kind: 'zClip' }, auto(80))).toEqual([undefined, 1]);
  });

  it('goes on in the rate of a plateau unless that or the rate is changed', async () => {
    const plateau = {
      ...base,
      schedule: { kind: 'plateau', patience: 1, factor: 0.5, threshold: 0.9 },
    } as const;
    const rates = async (set: Set) =>
      (await run(forked(32, set, plateau))).series.steps.channels.learningRate.median.slice(30, 34);
    expect(await rates({ clip: { kind: 'value', clipValue: 1 } })).toEqual([0.005, 0.005, 0.005, 0.005]);
    expect(await rates({ 'optimizer.learningRate': 1 })).toEqual([0.005, 0.005, 1, 1]);
    expect(await rates({ 'schedule.factor': 0.1 })).toEqual([0.005, 0.005, 0.01, 0.01]);
  });
});

describe('the channels of a run that changes', () => {
  it('are those of all its parts, NaN where a part had none', async () => {
    const set = { clip: { kind: 'globalNorm', maxNorm: 1 }, probes: [{ kind: 'gradientNorm', every: 1 }] };
    const { channels, step } = (await run(forked(K, set))).series.steps;
    expect(step).toHaveLength(40);
    const there = (name: string) => channels[name].median.map(Number.isFinite).lastIndexOf(false);
    expect(there('clip.normBefore')).toBe(K - 1);
    expect(channels['clip.normBefore'].median[K]).toBeGreaterThan(0);
    const update = Object.keys(channels).find((name) => name.startsWith('update'));
    expect(channels[update as string].median.slice(0, K).every(Number.isFinite)).toBe(true);
    expect(channels[update as string].median.slice(K).every(Number.isNaN)).toBe(true);
  });
});

describe('changes of a spec', () => {
  it('have one form, and none where they change nothing', () => {
    const rate = [{ after: K, set: { 'optimizer.learningRate': 0.05 } }];
    expect(changesOf(forked(K, { 'optimizer.learningRate': 0.05 }))).toEqual(rate);
    expect(changesOf(forked(K, { optimizer: { kind: 'adam', learningRate: 0.05 } }))).toEqual(rate);
    expect(changesOf(forked(K, { clip: { kind: 'value', clipValue: 1 } }))).toEqual([
      { after: K, set: { clip: { kind: 'value', clipValue: 1, place: 'gradient' } } },
    ]);
    expect(changesOf(forked(K, { 'optimizer.learningRate': 0.01, clip: { kind: 'none' } }))).toBeUndefined();
    expect(changesOf({ ...base, changes: [] })).toBeUndefined();
    expect(Object.keys(parseSpec({ ...base, changes: [] }))).not.toContain('changes');
    const spec = parseSpec(forked(K, cases['rates by role']));
    expect(spec.changes).toEqual([{ after: K, set: { rates: { 'conv1.weight': 0.5 } } }]);
    expect(runId(parseSpec(spec))).toBe(runId(spec));
  });

  const refused: [string, unknown, string][] = [
    [
      'data',
      forked(3, { data: { kind: 'fashion5k' } }),
      'spec.changes[0].set: data cannot change during a run: the world',
    ],
    ['size', forked(3, { batchSize: 8 }), 'batchSize cannot change during a run: schedules see the horizon'],
    ['unknown', forked(3, { schedul: { kind: 'cosine' } }), 'unknown option: schedul, known: '],
    ['nearest', forked(3, { schedul: { kind: 'cosine' } }), 'did you mean schedule?'],
    ['option', forked(3, { 'optimizer.lr': 1 }), 'spec.changes[0].set: optimizer: unknown option: lr'],
    [
      'kind',
      forked(3, { clip: { kind: 'valu' } }),
      'spec.changes[0].set: clip.kind: unknown clip: valu, known: none, value',
    ],
    [
      'path',
      forked(3, { 'clip.norm.max': 1 }),
      'clip.norm.max: there is nothing that could have the option max',
    ],
    [
      'step',
      forked(0, { nonFinite: 'skip' }),
      'spec.changes[0].after: expected a whole number of at least 1, got 0',
    ],
    [
      'order',
      { ...base, changes: [4, 4].map((after) => ({ after, set: { 'optimizer.learningRate': after } })) },
      'spec.changes[1].after: got 4 behind a change after step 4, expected a later step',
    ],
    [
      "a user's file",
      forked(3, {
        optimizer: { kind: 'module', name: 'own', sha256: 'a'.repeat(64), learningRate: 1, options: {} },
      }),
      "a run cannot change to a user's optimizer",
    ],
  ];
  it.each(refused)('are refused: %s', (_name, input, message) => {
    expect(() => parseSpec(input)).toThrow(message);
  });

  it('lie before the last step', async () => {
    const dataset = await loadData(parseSpec(base).data, {});
    expect(dataKey(parseSpec(base).data)).toContain('synthGlyphs');
    const set = { 'optimizer.learningRate': 1 };
    expect(() => checkSpec(parseSpec(forked(40, set)), dataset)).toThrow(
      'invalid changes[0].after: got 40, expected a step before the last of the 40 of the run',
    );
    expect(checkSpec(parseSpec(forked(39, set)), dataset)).toBeGreaterThan(0);
  });
});
