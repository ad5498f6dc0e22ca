import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { roundToNearest } from '../../src/core/rounding.ts';
import { CHANGEABLE, stretchesOf, withOptions } from '../../src/run/changes.ts';
import { courseOf, prefixId } from '../../src/run/course.ts';
import { checkSpec, dataKey, loadData } from '../../src/run/execute.ts';
import type { RunResult } from '../../src/run/record.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import type { Checkpoint } from '../../src/train/checkpoint.ts';
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
  'weights of fewer bits': { precision: { weights: { format: 'bfloat16', rounding: 'stochastic' } } },
  'a fault': { faults: [{ kind: 'zeroGradient', at: K + 1, steps: 3 }] },
  'a perturbation': { perturbation: { step: K + 1, ulps: 1000 } },
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
    // behind the end of a run that stops, which is the beginning of the whole run, but not behind the horizon
    expect(checkSpec(parseSpec(forked(39, set, { ...base, until: 1 })), dataset)).toBeGreaterThan(0);
    const [late, later] = [40, 41].map((step) => parseSpec(forked(K, { perturbation: { step } })));
    expect(checkSpec(late, dataset)).toBeGreaterThan(0);
    expect(() => checkSpec(later, dataset)).toThrow('invalid perturbation.step: got 41, expected at most 40');
  });
});

/** A value of each key beside its default, and another one. */
const values: Readonly<Record<string, readonly [Set[string], Set[string]]>> = {
  optimizer: [
    { kind: 'sgd', learningRate: 0.01 },
    { kind: 'momentum', learningRate: 0.02 },
  ],
  modifiers: [[{ kind: 'cautious' }], [{ kind: 'grokfastEma' }]],
  averaging: [{ kind: 'ema' }, { kind: 'lookahead' }],
  rates: [{ conv1: 0.5 }, { bias: 2 }],
  schedule: [{ kind: 'cosine' }, { kind: 'linear' }],
  clip: [{ kind: 'value', clipValue: 1 }, { kind: 'zClip' }],
  weightDecay: [
    { kind: 'decoupled', rate: 0.1 },
    { kind: 'coupled', rate: 0.1 },
  ],
  evaluations: [{ perEpoch: 2 }, { perEpoch: 4 }],
  probes: [[], [{ kind: 'gradientNorm' }]],
  divergence: [{ lossAbove: 10 }, { lossAbove: 100 }],
  nonFinite: ['skip', 'zero'],
  faults: [[{ kind: 'zeroGradient', at: 20 }], [{ kind: 'nanGradient', at: 30 }]],
  precision: [{ weights: { format: 'bfloat16' } }, { moments: { format: 'float16' } }],
  perturbation: [{ step: 20 }, { step: 30 }],
};

describe('every key that can change', () => {
  const { changes: _, ...fixed } = parseSpec(base);
  const tables = CHANGEABLE.map((key) => [key, ...values[key]] as const);

  it.each(tables)('begins, changes and ends: %s', (key, one, other) => {
    const plain = parseSpec(fixed);
    const bases = { absent: fixed, present: { ...fixed, [key]: one }, changed: { ...fixed, [key]: other } };
    const [absent, present, changed] = Object.values(bases).map((input) => parseSpec(input));
    const optional = !Object.hasOwn(plain, key);
    const steps = [
      [absent, one, present],
      [present, other, changed],
      ...(key === 'optimizer' ? [] : [[present, null, absent] as const]),
    ] as const;
    for (const [from, value, to] of steps) {
      const spec = parseSpec({ ...from, changes: [{ after: K, set: { [key]: value } }] });
      expect(spec.changes?.map(({ after }) => after)).toEqual([K]);
      expect(parseSpec(spec)).toEqual(spec);
      const [first, second] = stretchesOf(spec);
      expect(first.spec).toEqual(from);
      expect(second.spec).toEqual(to);
      if (optional && value === null) expect(spec.changes?.[0].set).toEqual({ [key]: null });
    }
    const kept = key === 'optimizer' ? { ...present.optimizer } : one;
    expect(changesOf({ ...present, changes: [{ after: K, set: { [key]: kept } }] } as never)).toBeUndefined();
    if (optional) expect(changesOf(forked(K, { [key]: null }))).toBeUndefined();
  });

  it('stands in the documentation', () => {
    const [, listed] =
      /<!-- changeable -->(.*)<!-- \/changeable -->/s.exec(readFileSync('docs/forks.md', 'utf8')) ?? [];
    expect(listed?.match(/\w+/g)).toEqual(CHANGEABLE);
  });

  it('ends faults by an empty list as by null', () => {
    const faults = [{ kind: 'nanGradient', at: 3 }] as const;
    const ended = (value: Set[string]) =>
      parseSpec(forked(K, { faults: value }, { ...base, faults: [...faults] }));
    expect(ended([])).toEqual(ended(null));
    const steps = (input: unknown) => courseOf(parseSpec(input), 30).key(K);
    expect(steps(ended(null))).toBe(steps(base));
    expect(courseOf(ended(null), 30).key(K - 1)).not.toBe(courseOf(parseSpec(base), 30).key(K - 1));
  });

  it('ends an option of a part without a kind by null; one of a method has null as a value', () => {
    const precision = { weights: { format: 'bfloat16' }, moments: { format: 'float16' } } as const;
    const spec = parseSpec(forked(K, { 'precision.weights': null }, { ...base, precision }));
    expect(stretchesOf(spec)[1].spec.precision).toEqual({
      moments: { format: 'float16', rounding: 'nearest' },
    });
    const soap = { ...base, optimizer: { kind: 'soap', learningRate: 0.01, shampooBeta: 0.9 } } as const;
    const nulled = parseSpec(forked(K, { 'optimizer.shampooBeta': null }, soap));
    expect(nulled.changes).toEqual([{ after: K, set: { 'optimizer.shampooBeta': null } }]);
    expect(stretchesOf(nulled)[1].spec.optimizer).toMatchObject({ shampooBeta: null });
  });

  it('says how an optimizer is left whose iteration is rounded, and that works', () => {
    const newtonSchulz = { format: 'bfloat16' } as const;
    for (const [precision, key] of [
      [{ newtonSchulz }, 'precision'],
      [{ newtonSchulz, moments: newtonSchulz }, 'precision.newtonSchulz'],
    ] as const) {
      const muon: RunSpecInput = { ...base, optimizer: { kind: 'muon', learningRate: 0.02 }, precision };
      const set = { optimizer: { kind: 'adam', learningRate: 0.01 } };
      expect(() => parseSpec(forked(K, set, muon))).toThrow(
        `precision.newtonSchulz: got it with the optimizer adam, expected muon: no other has an iteration to round; leave it out, or in a change set ${key} to null as well`,
      );
      const left = stretchesOf(parseSpec(forked(K, { ...set, [key]: null }, muon)))[1].spec;
      expect(left.precision?.newtonSchulz).toBeUndefined();
    }
  });

  it.each<[Set, string]>([
    [
      { perturbation: { step: K } },
      'perturbation.step: got 13, expected a step after 13, that of the change',
    ],
    [{ perturbation: {} }, 'perturbation.step: got 0, expected a step after 13'],
    [
      { faults: [{ kind: 'zeroGradient', at: K - 2, steps: 3 }] },
      'faults: got zeroGradient up to step 13, expected a step after 13: let it happen later, or change earlier',
    ],
    [{ faults: [{ kind: 'deadUnits', at: 3 }] }, 'faults: got deadUnits up to step 3'],
  ])('is refused where it would act before: %j', (set, message) => {
    expect(() => parseSpec(forked(K, set))).toThrow(`spec.changes[0].set: ${message}`);
  });

  it('takes what acts behind the change, and leaves what was there', () => {
    const before = { ...base, faults: [{ kind: 'zeroGradient', at: 2 }], perturbation: { step: 3 } } as const;
    expect(changesOf(forked(K, { nonFinite: 'skip' }, before as never))).toHaveLength(1);
    const more = [before.faults[0], { kind: 'zeroGradient', at: K - 2, steps: 4 }];
    expect(changesOf(forked(K, { faults: more }, before as never))).toHaveLength(1);
    expect(changesOf(forked(K, { faults: [{ kind: 'labelNoise', share: 0.1 }] }))).toHaveLength(1);
  });

  it('rounds the weights where their precision changes, before the next step', async () => {
    const start = { ...base, optimizer: { kind: 'sgd', learningRate: 0 } } as const;
    const weights = async (set: Set) => {
      const seen: number[][] = [];
      const params = ({
        network: { params, layout },
      }: {
        network: {
          params: ArrayLike<number>;
          layout: { slots: readonly { offset: number; length: number }[] };
        };
      }) => layout.slots.flatMap(({ offset, length }) => Array.from(params).slice(offset, offset + length));
      const gradients: number[][] = [];
      await run(forked(K, set, start), {
        onStep: (at) => {
          seen.push(params(at));
          gradients.push(Array.from(at.network.grads));
        },
      });
      return { seen, gradients };
    };
    const plain = await weights({ nonFinite: 'skip' });
    const rounded = await weights({ precision: { weights: { format: 'bfloat16' } } });
    expect(rounded.seen[K]).toEqual(plain.seen[K]);
    expect(rounded.gradients[K + 1]).not.toEqual(plain.gradients[K + 1]); // of rounded weights
    expect(rounded.seen[K + 1]).toEqual(plain.seen[K].map((p) => roundToNearest(p, 'bfloat16')));
  });
});

describe('withOptions', () => {
  const spec = parseSpec(base);
  const optimizerOf = (set: Set) => parseSpec(withOptions(spec, set)).optimizer;

  it('keeps the learning rate where another kind gives none, and nothing else', () => {
    const sgd = { kind: 'sgd', learningRate: 0.01 };
    expect(optimizerOf({ optimizer: { kind: 'sgd' } })).toEqual(sgd);
    expect(optimizerOf({ 'optimizer.kind': 'sgd' })).toEqual(sgd);
    expect(optimizerOf({ 'optimizer.learningRate': 3, 'optimizer.kind': 'sgd' }).learningRate).toBe(3);
    expect(optimizerOf({ optimizer: { kind: 'sgd', learningRate: 2 } }).learningRate).toBe(2);
    expect(optimizerOf({ 'optimizer.kind': 'adam' })).toEqual(spec.optimizer);
    const clipped = parseSpec(withOptions(spec, { 'clip.maxNorm': 2, 'clip.kind': 'globalNorm' }));
    expect(clipped.clip).toMatchObject({ kind: 'globalNorm', maxNorm: 2 });
    expect(changesOf(forked(K, { optimizer: { kind: 'sgd' } }))).toEqual([
      { after: K, set: { optimizer: sgd } },
    ]);
  });

  it('leaves the spec that it is given', () => {
    const copy = structuredClone(spec);
    withOptions(spec, { 'optimizer.kind': 'sgd', clip: null, seed: 9 });
    expect(spec).toEqual(copy);
    expect(withOptions(spec, { seed: 9, 'data.level': 'hard' })).toMatchObject({
      seed: 9,
      data: { level: 'hard' },
    });
  });
});

describe('the course of a run that stops', () => {
  it('is the beginning of that of the whole run', async () => {
    const stops = { ...base, until: 2 };
    const [whole, short] = [base, stops].map((input) => courseOf(parseSpec(input), 30));
    expect([short.length, whole.length, short.horizon]).toEqual([16, 40, 40]);
    expect(prefixId(short, 16)).toBe(prefixId(whole, 16));
    const given: Checkpoint[] = [];
    const beginning = await run(stops, { onCheckpoint: (checkpoint) => given.push(stored(checkpoint)) });
    expect(canonicalJson(await run(base, { from: given[0] }))).toBe(canonicalJson(await run(base)));
    const [at] = (await checkpointsAt(base, [16])).checkpoints;
    expect(canonicalJson(await run(stops, { from: at }))).toBe(canonicalJson(beginning));
  });
});
