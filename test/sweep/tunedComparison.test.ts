import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../src/core/check.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { choice, int, logUniform, uniform } from '../../src/sweep/space.ts';
import { type ComparisonDecision, type Track, tunedComparison } from '../../src/sweep/tunedComparison.ts';
import { method } from '../../src/sweep/tuning.ts';
import { driveProtocol, idOf, type Objective } from './driveProtocol.ts';

const task = { data: { kind: 'synthGlyphs' }, model: { kind: 'mlp' }, epochs: 3 } as const;
const metric = { split: 'validation', measure: 'loss', at: 'best' } as const;

const sgd = method({
  space: { learningRate: logUniform(0.01, 1) },
  default: { learningRate: 0.1 },
  spec: ({ learningRate }, seed) => ({ ...task, optimizer: { kind: 'sgd', learningRate }, seed }),
});
const momentum = method({
  space: {
    learningRate: logUniform(0.001, 0.1),
    momentum: uniform(0.5, 0.9, { most: 0.95 }),
    nesterov: choice([false, true]),
  },
  default: { learningRate: 0.01, momentum: 0.9, nesterov: false },
  spec: ({ learningRate, momentum, nesterov }, seed) => ({
    ...task,
    optimizer: { kind: nesterov ? 'nesterov' : 'momentum', learningRate, momentum },
    seed,
  }),
});
const methods = { sgd, momentum };

const rateOf = ({ optimizer }: RunSpecInput) => (optimizer as { learningRate: number }).learningRate;
/** How many decades the rate is away from `best`, a little more for later seeds. */
const away = (best: number, spec: RunSpecInput) =>
  1 + Math.abs(Math.log10(rateOf(spec) / best)) + spec.seed / 1e6;

/** Both have their best rate inside: 0.2 for sgd, 0.01 (the default) for momentum. */
const inside: Objective = (spec) => ({ losses: [3, away(spec.optimizer.kind === 'sgd' ? 0.2 : 0.01, spec)] });
/** The larger the rate the better for sgd, without an end. */
const endless: Objective = (spec) =>
  spec.optimizer.kind === 'sgd' ? { losses: [1 / rateOf(spec)] } : inside(spec);
/** sgd's best rate is a little beyond its space. */
const beyond: Objective = (spec) =>
  spec.optimizer.kind === 'sgd' ? { losses: [away(2.5, spec)] } : inside(spec);
const diverges: Objective = () => ({ losses: [3], outcome: { kind: 'diverged', step: 12, reason: '' } });

const compare = (track: Track, objective: Objective, order = 0) =>
  driveProtocol(tunedComparison({ methods, track, metric, target: 1.1 }), objective, order);
const sgdOf = ({ decision }: { decision: ComparisonDecision }) => decision.methods.sgd;

describe('tunedComparison', () => {
  it('gives every method the same number of trials and seeds, and its winner fresh seeds', () => {
    const { stages } = compare('tuned-16', endless);
    const counts = stages.map(({ name, specs }) => {
      const ofSgd = specs.filter(({ optimizer }) => optimizer.kind === 'sgd').length;
      return [name, ofSgd, specs.length - ofSgd];
    });
    expect(counts).toEqual([
      ['tuning', 36, 36],
      ['extension', 12, 12],
      ['evaluation', 5, 5],
    ]);
    const seeds = stages.map(({ specs }) => [...new Set(specs.map(({ seed }) => seed))]);
    expect(seeds).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [1000, 1001, 1002, 1003, 1004],
    ]);
  });

  it.each([
    ['default', [2 * 5]],
    ['tuned-1', [2 * 3, 2 * 5]],
    ['tuned-4', [2 * 9, 2 * 3, 2 * 5]],
    ['tuned-64', [2 * 144, 2 * 48, 2 * 5]],
  ] as const)('has the stages of the track %s', (track, sizes) => {
    const { stages, decision } = compare(track, inside);
    expect(stages.map(({ specs }) => specs.length)).toEqual(sizes);
    expect(decision.budget).toBe(track === 'default' ? 0 : Number(track.slice(6)));
  });

  it('tries the default first and chooses the smallest median', () => {
    const { decision } = compare('tuned-16', inside);
    const own = decision.methods.momentum;
    expect(own.trials[0]).toEqual({
      trial: 0,
      params: momentum.default,
      runs: [0, 1, 2].map((seed) => idOf(momentum.spec(momentum.default, seed))),
      values: [1, 1.000001, 1.000002],
      median: 1.000001,
      phase: 'tuning',
    });
    expect(own.winner).toEqual({ trial: 0, params: momentum.default });
    expect(own.tunedDimensions).toBe(3);
    const medians = decision.methods.sgd.trials.map((trial) => trial.median);
    const { winner, trials } = decision.methods.sgd;
    expect(medians[winner.trial]).toBe(Math.min(...medians));
    expect(trials.map(({ trial }) => trial)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(trials.map(({ phase }) => phase).join()).toBe(
      [...Array(12).fill('tuning'), ...Array(4).fill('extension')].join(),
    );
  });

  it('spends the last quarter inside where no winner lies on an edge', () => {
    const own = sgdOf(compare('tuned-16', inside));
    expect(own.extensions).toEqual([]);
    expect(own.edges).toEqual([]);
    const rates = own.trials.map(({ params }) => params.learningRate as number);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.01);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1);
    expect(new Set(rates).size).toBe(16);
  });

  it('extends a space once where the winner lies on its edge', () => {
    const own = sgdOf(compare('tuned-16', beyond));
    expect(own.extensions).toEqual([{ dimension: 'learningRate', side: 'high', from: 1, to: 10 }]);
    const late = own.trials.slice(12).map(({ params }) => params.learningRate as number);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...late)).toBeLessThanOrEqual(10);
    expect(own.winner.trial).toBeGreaterThanOrEqual(12);
  });

  it('keeps the flag where the winner still lies on the edge', () => {
    const own = sgdOf(compare('tuned-16', endless));
    expect(own.extensions).toHaveLength(1);
    expect(own.edges).toEqual([{ dimension: 'learningRate', side: 'high', extended: true }]);
    const rates = own.trials.map(({ params }) => params.learningRate as number);
    expect(own.winner.params.learningRate).toBe(Math.max(...rates));
  });

  it('flags, without an extension, a winner that comes to an edge in the last quarter', () => {
    // in the Halton sequence 8 trial 13 has the largest rate; it alone is good
    const decide = (objective: Objective) =>
      driveProtocol(
        tunedComparison({ methods: { sgd }, track: 'tuned-16', metric, samplerSeed: 8 }),
        objective,
      ).decision.methods.sgd;
    const rates = decide(inside).trials.map(({ params }) => params.learningRate as number);
    const largest = Math.max(...rates);
    expect(rates.indexOf(largest)).toBeGreaterThanOrEqual(12);
    const own = decide((spec) => ({ losses: [rateOf(spec) === largest ? 0.1 : away(0.1, spec)] }));
    expect(own.extensions).toEqual([]);
    expect(own.edges).toEqual([{ dimension: 'learningRate', side: 'high', extended: false }]);
  });

  it('tells an edge where the space was extended from one where it was not', () => {
    const unit = uniform(0, 1, { least: 0 });
    const decayed = method({
      space: { learningRate: unit, rate: unit },
      default: { learningRate: 0.5, rate: 0.5 },
      spec: ({ learningRate, rate }, seed) => ({
        ...sgd.spec({ learningRate }, seed),
        weightDecay: { kind: 'coupled', rate },
      }),
    });
    // the larger the rate the better, until in the Halton sequence 27 trial 12 has the smallest decay of all, which is better still
    const smallest = 0.0150083;
    const objective: Objective = (spec) => {
      const { rate } = spec.weightDecay as { rate: number };
      return { losses: [rate === smallest ? 0.1 : 1 / rateOf(spec)] };
    };
    const { edges, extensions, winner } = driveProtocol(
      tunedComparison({ methods: { decayed }, track: 'tuned-16', metric, samplerSeed: 27 }),
      objective,
    ).decision.methods.decayed;
    expect(extensions).toEqual([{ dimension: 'learningRate', side: 'high', from: 1, to: 1.5 }]);
    expect(winner).toMatchObject({ trial: 12, params: { rate: smallest } });
    expect(edges).toEqual([{ dimension: 'rate', side: 'low', extended: false }]);
  });

  it('flags nothing with one trial', () => {
    expect(sgdOf(compare('tuned-1', endless))).toMatchObject({
      edges: [],
      extensions: [],
      winner: { trial: 0 },
      tunedDimensions: 0,
    });
  });

  it('counts divergence as infinite, ties in favour of the earlier trial, and evaluates all the same', () => {
    const own = sgdOf(compare('tuned-16', diverges));
    expect(own.winner).toEqual({ trial: 0, params: sgd.default });
    expect(own.edges).toEqual([]);
    expect(own.extensions).toEqual([]);
    expect(new Set(own.trials.map(({ median }) => median))).toEqual(new Set([Number.POSITIVE_INFINITY]));
    expect(own.evaluation).toMatchObject({ median: Number.POSITIVE_INFINITY, diverged: 5, failed: 0 });
    expect(own.evaluation.toTarget?.reached).toBe(0);
    // not even where the default, which then wins by its index, has the smallest value of all
    const low = method({ ...sgd, default: { learningRate: 0.001 } });
    const { decision } = driveProtocol(
      tunedComparison({ methods: { low }, track: 'tuned-16', metric }),
      diverges,
    );
    expect(decision.methods.low).toMatchObject({ winner: { trial: 0 }, edges: [], extensions: [] });
    const equal = sgdOf(compare('tuned-16', () => ({ losses: [1] })));
    expect(equal.winner.trial).toBe(0);
  });

  it('chooses by the median, not by the best seed', () => {
    const lucky: Objective = (spec) => ({
      losses: [rateOf(spec) > 0.5 && spec.seed === 0 ? 0.1 : away(0.1, spec)],
    });
    expect(sgdOf(compare('tuned-16', lucky)).winner.trial).toBe(0);
  });

  it('has costs to the target for every seed, a miss as Infinity', () => {
    const partly: Objective = (spec) => ({
      losses: spec.seed === 1001 ? [3, 2] : spec.seed % 2 === 0 ? [1.1, 1.05] : [3, 1],
      ...(spec.seed === 1003 ? { outcome: { kind: 'diverged', step: 15, reason: '' } } : {}),
    });
    const { evaluation } = sgdOf(compare('default', partly));
    expect(evaluation).toEqual({
      runs: [1000, 1001, 1002, 1003, 1004].map((seed) => idOf(sgd.spec(sgd.default, seed))),
      values: [1.05, 2, 1.05, Infinity, 1.05],
      median: 1.05,
      diverged: 1,
      failed: 0,
      toTarget: {
        reached: 3,
        costs: {
          step: { values: [10, Infinity, 10, Infinity, 10], median: 10 },
          samples: { values: [320, Infinity, 320, Infinity, 320], median: 320 },
          gradientEvaluations: { values: [30, Infinity, 30, Infinity, 30], median: 30 },
          flops: { values: [1e7, Infinity, 1e7, Infinity, 1e7], median: 1e7 },
        },
      },
    });
    const without = driveProtocol(tunedComparison({ methods, track: 'default', metric }), partly);
    expect(without.decision.methods.sgd.evaluation.toTarget).toBeNull();
  });

  it('decides the same whatever the order of the runs', () => {
    const texts = [0, 1, 2].map((order) => canonicalJson(compare('tuned-16', endless, order).decision));
    expect(new Set(texts).size).toBe(1);
  });

  it('has other trials with another sampler seed, the same for methods with the same space', () => {
    const trialsWith = (samplerSeed: number) => {
      const twins = { a: sgd, b: method({ ...sgd }) };
      const options = { methods: twins, track: 'tuned-4', metric, samplerSeed } as const;
      const { a, b } = driveProtocol(tunedComparison(options), inside).decision.methods;
      expect(a.trials).toEqual(b.trials);
      return a.trials.map(({ params }) => params.learningRate);
    };
    expect(trialsWith(1)[0]).toBe(trialsWith(2)[0]);
    expect(trialsWith(1)[1]).not.toBe(trialsWith(2)[1]);
  });
});

describe('the track self-tuning', () => {
  const prodigy = method({
    space: {},
    default: {},
    spec: (_params, seed) => ({ ...task, optimizer: { kind: 'prodigy' }, seed }),
  });

  it('gives half as many epochs again, rounded up, and only evaluates', () => {
    const protocol = tunedComparison({ methods: { prodigy }, track: 'self-tuning', metric });
    const { stages } = driveProtocol(protocol, () => ({ losses: [1] }));
    expect(stages.map(({ name, specs }) => [name, specs.length, specs[0].epochs])).toEqual([
      ['evaluation', 5, 5],
    ]);
  });

  it('gives a run that stops before its horizon half as many epochs again, too', () => {
    const stopped = method({
      ...prodigy,
      spec: (params, seed) => ({ ...prodigy.spec(params, seed), until: 1 }),
    });
    const protocol = tunedComparison({ methods: { stopped }, track: 'self-tuning', metric });
    const [{ specs }] = driveProtocol(protocol, () => ({ losses: [1] })).stages;
    expect(specs[0]).toMatchObject({ epochs: 5, until: 2 });
  });

  it('refuses a method with hyper-parameters', () => {
    expect(() => tunedComparison({ methods: { prodigy, sgd }, track: 'self-tuning', metric })).toThrow(
      'invalid methods.sgd.space: got learningRate, expected no dimension',
    );
  });
});

describe('checks before the first run', () => {
  const messageOf = (wrong: Parameters<typeof tunedComparison>[0]['methods'], track: Track = 'tuned-4') => {
    try {
      tunedComparison({ methods: wrong, track, metric });
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      return (error as Error).message;
    }
    throw new Error('the methods were accepted');
  };

  it('name spaces and defaults that make no sense, of all methods at once', () => {
    const message = messageOf({
      a: { ...sgd, space: { learningRate: logUniform(1, 0.1) } },
      b: { ...sgd, default: {} as never },
      c: { ...sgd, default: { learningRate: -1, eps: 3 } as never },
      d: { ...momentum, default: { ...momentum.default, nesterov: 1 as never } } as never,
    });
    expect(message.split('\n  ')).toEqual([
      'invalid methods.a.space.learningRate.high: got 0.1, expected more than low, 1',
      'methods.b.default.learningRate: got nothing, expected a number from 0 to Infinity',
      'methods.c.default.learningRate: got -1, expected a number from 0 to Infinity',
      'methods.c.default.eps: got a value, expected none, since the space has no eps',
      'methods.d.default.nesterov: got 1, expected one of [false,true]',
    ]);
  });

  it('name a range that an extension would make invalid, and the way out', () => {
    const unlimited = { ...momentum, space: { ...momentum.space, momentum: uniform(0.5, 0.9) } };
    expect(messageOf({ unlimited: unlimited as never })).toMatch(
      /^invalid methods\.unlimited\.spec\(\{ momentum: 1\.1 \}, 0\)\.optimizer\.momentum: expected .*, got 1\.1; tuning may extend momentum so far: give it a limit/,
    );
  });

  it('name a dimension that changes nothing, and methods with another task', () => {
    const deaf = { ...sgd, spec: (_params: unknown, seed: number) => sgd.spec({ learningRate: 0.1 }, seed) };
    expect(messageOf({ deaf })).toBe(
      'invalid methods.deaf.space.learningRate: got the same spec for 0.001 and 10, expected spec to use params.learningRate',
    );
    const longer = {
      ...sgd,
      spec: (params: { learningRate: number }, seed: number) => ({ ...sgd.spec(params, seed), epochs: 4 }),
    };
    expect(messageOf({ sgd, longer } as never)).toBe(
      'invalid methods.longer.spec: got epochs 4, expected 3 as for the first method, so that all have the same task',
    );
    expect(messageOf({})).toBe('invalid methods: got none, expected at least one');
  });

  it.each([
    [
      { loss: { kind: 'meanSquaredError' } },
      'loss {"kind":"meanSquaredError"}, expected {"kind":"softmaxCross',
    ],
    [{ engine: 'reference' }, 'engine "reference", expected "wasm"'],
    [{ convolution: 'direct' }, 'convolution "direct", expected "winograd"'],
    [{ until: 1 }, 'until 1, expected nothing'],
    [{ divergence: { lossAbove: 10 } }, 'divergence {"lossAbove":10}, expected {"lossAbove":10000}'],
    [{ nonFinite: 'skip' }, 'nonFinite "skip", expected "end"'],
    [{ data: { kind: 'synthGlyphs', train: 1000 } }, 'data {'],
    [{ evaluations: { perEpoch: 2 } }, 'evaluations {"batchNorm":"auto","perEpoch":2}'],
  ] as const)('refuse a method that has %o where the first has not', (change, mistake) => {
    const other = method({ ...sgd, spec: (params, seed) => ({ ...sgd.spec(params, seed), ...change }) });
    expect(messageOf({ sgd, other })).toContain(`invalid methods.other.spec: got ${mistake}`);
  });

  it('accept other models, batch sizes and probes: they may be what is compared', () => {
    const change: Partial<RunSpecInput> = { model: { kind: 'missionCnn' }, batchSize: 64, probes: [] };
    const other = method({ ...sgd, spec: (params, seed) => ({ ...sgd.spec(params, seed), ...change }) });
    expect(() => tunedComparison({ methods: { sgd, other }, track: 'tuned-4', metric })).not.toThrow();
  });

  it('accept a default of 0, for none, on a log scale', () => {
    const decayed = method({
      space: { steps: int(1, 16, { log: true }), rate: logUniform(1e-6, 1e-2) },
      default: { steps: 0, rate: 0 },
      spec: ({ steps, rate }, seed) => ({
        ...sgd.spec({ learningRate: 0.1 }, seed),
        schedule: { kind: 'constant', ...(steps === 0 ? {} : { factor: 0.5, steps }) },
        weightDecay: { kind: 'coupled', rate },
      }),
    });
    expect(() => tunedComparison({ methods: { decayed }, track: 'tuned-4', metric })).not.toThrow();
  });

  it('accept a dimension that has an effect for one choice alone', () => {
    const conditional = method({
      space: { ...sgd.space, falls: choice([false, true]), final: uniform(0, 0.5, { least: 0 }) },
      default: { learningRate: 0.1, falls: false, final: 0 },
      spec: ({ learningRate, falls, final }, seed) => ({
        ...sgd.spec({ learningRate }, seed),
        schedule: falls ? { kind: 'cosine', final } : { kind: 'constant' },
      }),
    });
    expect(() => tunedComparison({ methods: { conditional }, track: 'tuned-4', metric })).not.toThrow();
  });

  it('name the method whose spec does not take the seed', () => {
    const stuck = method({ ...sgd, spec: (params) => sgd.spec(params, 0) });
    const protocol = tunedComparison({ methods: { stuck }, track: 'tuned-1', metric });
    expect(() => driveProtocol(protocol, inside)).toThrow(
      'invalid methods.stuck.spec({"learningRate":0.1}, seed): got the seed 0, expected 1',
    );
  });

  it('name a metric and a target that do not exist', () => {
    const wrong = { ...metric, split: 'valid' } as never;
    expect(() => tunedComparison({ methods, track: 'default', metric: wrong })).toThrow(
      'invalid metric.split: got valid, expected one of train, validation',
    );
    const tested = { ...metric, split: 'test' } as const;
    expect(() => tunedComparison({ methods, track: 'default', metric: tested })).toThrow(
      'invalid metric.split: got test, expected one of train, validation: the test split chooses nothing',
    );
    expect(() => tunedComparison({ methods, track: 'default', metric, target: Number.NaN })).toThrow(
      'invalid target: got NaN',
    );
  });

  it('name an unknown track and numbers of seeds that make no sense', () => {
    expect(() => tunedComparison({ methods, track: 'tuned-2' as never, metric })).toThrow(
      'invalid track: got tuned-2, expected one of default, tuned-1',
    );
    expect(() => tunedComparison({ methods, track: 'default', metric, evaluationSeeds: 0 })).toThrow(
      'invalid evaluationSeeds: got 0',
    );
    expect(() => tunedComparison({ methods, track: 'default', metric, seeds: 1001 })).toThrow(
      'invalid seeds: got 1001, expected at most 1000',
    );
  });
});
