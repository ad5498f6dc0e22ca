import { describe, expect, it } from 'vitest';
import { parseCanonicalJson } from '../../src/core/json.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { freezeTargets, frozenTargets, frozenText } from '../../src/sweep/frozenTargets.ts';
import { logUniform } from '../../src/sweep/space.ts';
import { targetSearch, targetsBetween } from '../../src/sweep/targets.ts';
import { method } from '../../src/sweep/tuning.ts';
import { driveProtocol, type Objective } from './driveProtocol.ts';

const task = { data: { kind: 'synthGlyphs' }, model: { kind: 'mlp' }, epochs: 3 } as const;
const methodOf = (kind: 'sgd' | 'momentum') =>
  method({
    space: { learningRate: logUniform(0.01, 1) },
    default: { learningRate: 0.1 },
    spec: ({ learningRate }, seed) => ({ ...task, optimizer: { kind, learningRate }, seed }),
  });
const methods = { sgd: methodOf('sgd'), momentum: methodOf('momentum') };
const rateOf = ({ optimizer }: RunSpecInput) => (optimizer as { learningRate: number }).learningRate;

/** momentum is the better, the best at 0.3; the last evaluation is worse than the one before. Fresh seeds give 0.25 to 0.25 + 0.19. */
const objective: Objective = (spec) => {
  if (spec.seed >= 1000) return { losses: [1, 0.25 + (spec.seed - 1000) / 100, 0.9] };
  const own = spec.optimizer.kind === 'momentum' ? 0.2 : 0.3;
  return { losses: [1, own + Math.abs(Math.log10(rateOf(spec) / 0.3)), 1] };
};
const searchTargets = (order = 0) =>
  driveProtocol(targetSearch({ methods, trials: 20, measure: 'loss' }), objective, order);

describe('targetSearch', () => {
  it('tries every reference method and runs the best again on fresh seeds', () => {
    const { stages, decision } = searchTargets();
    expect(stages.map(({ name, specs }) => [name, specs.length])).toEqual([
      ['tuning', 40],
      ['evaluation', 20],
    ]);
    expect(stages[1].specs.map(({ seed }) => seed)).toEqual(Array.from({ length: 20 }, (_, i) => 1000 + i));
    expect(new Set(stages[0].specs.map(({ seed }) => seed))).toEqual(new Set([0]));
    expect(decision.best.method).toBe('momentum');
    const rates = stages[0].specs.map(rateOf);
    const nearest = rates.toSorted((a, b) => Math.abs(Math.log(a / 0.3)) - Math.abs(Math.log(b / 0.3)))[0];
    expect(decision.best.params).toEqual({ learningRate: nearest });
  });

  it('takes the median of the best values as the hard target, the others between it and the first value', () => {
    const { decision } = searchTargets();
    expect(decision.initial).toBe(4);
    expect(decision.evaluation.median).toBeCloseTo(0.345, 12);
    expect(decision.targets?.hard).toBe(0.345);
    expect(decision.targets?.easy).toBe(1.17473); // sqrt(4 * 0.345)
    expect(decision.targets?.medium).toBe(0.636619); // 4^(1/4) * 0.345^(3/4)
  });

  it('declares what decides', () => {
    expect(targetSearch({ methods, trials: 2, measure: 'error', evaluationSeeds: 1 }).declares).toEqual({
      protocol: 'targetSearch',
      metric: { split: 'validation', measure: 'error', at: 'best' },
      trials: 2,
      seeds: [0],
      evaluationSeeds: [1000],
      samplerSeed: 1,
      methods: Object.fromEntries(
        Object.entries(methods).map(([name, { space, default: first }]) => [name, { space, default: first }]),
      ),
    });
  });

  it('decides the same whatever the order of the runs', () => {
    expect(searchTargets(1).decision).toEqual(searchTargets().decision);
  });

  it('takes the earlier method and the earlier trial of equals, and has no targets where nothing was learnt', () => {
    const protocol = targetSearch({ methods, trials: 5, measure: 'loss' });
    const { best, targets } = driveProtocol(protocol, () => ({ losses: [4] })).decision;
    expect(best).toEqual({ method: 'sgd', trial: 0, params: { learningRate: 0.1 } });
    expect(targets).toBeNull();
  });

  it('refuses methods with another model than the first one', () => {
    const other = method({
      ...methods.sgd,
      spec: (params, seed) => ({ ...methods.sgd.spec(params, seed), model: { kind: 'missionCnn' } }),
    });
    expect(() => targetSearch({ methods: { ...methods, other }, trials: 2, measure: 'loss' })).toThrow(
      'invalid methods.other.spec: got model',
    );
  });
});

describe('targetsBetween', () => {
  it('has twenty steps of one ratio, the last one the hard target', () => {
    const { ladder, easy, hard } = targetsBetween(4, 0.04)!;
    expect(ladder).toHaveLength(20);
    expect(ladder[19]).toBe(hard);
    expect(ladder[9]).toBe(easy);
    expect(ladder[9]).toBe(0.4);
    for (const [i, value] of ladder.entries())
      expect(value / (ladder[i - 1] ?? 4)).toBeCloseTo(100 ** -0.05, 5);
  });

  it('is nothing where nothing was learnt', () => {
    for (const hard of [4, 5, Number.POSITIVE_INFINITY, Number.NaN, 0])
      expect(targetsBetween(4, hard)).toBeNull();
  });
});

describe('frozen targets', () => {
  const frozen = freezeTargets(searchTargets().decision, 3);
  const committed = JSON.parse(frozenText(frozen));
  /** momentum with other specs, beside sgd as it is. */
  const withMomentum = (change: (rate: number) => Partial<RunSpecInput>) => ({
    sgd: methods.sgd,
    momentum: method({
      ...methods.momentum,
      spec: (params, seed) => ({ ...methods.momentum.spec(params, seed), ...change(params.learningRate) }),
    }),
  });
  const messageOf = (change: (rate: number) => Partial<RunSpecInput>) => {
    try {
      frozenTargets(committed, withMomentum(change));
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  it('hold for methods of their workload', () => {
    expect(frozen).toMatchObject({ version: 3, engine: engineDigest() });
    expect(frozenTargets(committed, methods).hard).toBe(0.345);
    expect(
      frozenTargets(
        committed,
        withMomentum(() => ({ weightDecay: { kind: 'coupled', rate: 0.1 } })),
      ),
    ).toBe(committed.targets);
  });

  it('refuse another workload of any method, with the place where it differs', () => {
    expect(messageOf(() => ({ data: { kind: 'synthGlyphs', train: 1000 } }))).toMatch(
      /^invalid methods\.momentum\.spec: got data\.train 1000, expected 4000, of the targets in version 3/,
    );
    expect(messageOf(() => ({ model: { kind: 'mlp', hidden: [128, 64] } }))).toContain(
      'got model.hidden [128,64], expected [128]',
    );
    expect(messageOf(() => ({ epochs: 4 }))).toContain('got epochs 4, expected 3');
    expect(messageOf(() => ({ until: 1 }))).toContain('got until 1, expected nothing');
    expect(messageOf(() => ({ nonFinite: 'skip' }))).toContain('got nonFinite "skip", expected "end"');
    // for some values of a dimension alone, beyond its declared end
    expect(messageOf((rate) => ({ batchSize: rate > 5 ? 64 : 32 }))).toContain(
      'got batchSize 64, expected 32',
    );
  });

  it('take options that are newer than the file for what they were before: their defaults', () => {
    const { nonFinite: _, divergence: __, ...workload } = committed.workload;
    expect(frozenTargets({ ...committed, workload }, methods).hard).toBe(0.345);
    const skipping = withMomentum(() => ({ nonFinite: 'skip' }));
    expect(() => frozenTargets({ ...committed, workload }, skipping)).toThrow('got nonFinite "skip"');
  });

  it('are not made of a search that found none', () => {
    const none = { ...searchTargets().decision, targets: null };
    expect(() => freezeTargets(none, 1)).toThrow('invalid targets: the best run got to 0.345');
  });

  it('name the engine of their runs, not the one that freezes them', () => {
    const { decision } = searchTargets();
    expect(decision.engines).toEqual([engineDigest()]);
    expect(freezeTargets({ ...decision, engines: ['e1'] }, 1)).toMatchObject({ engine: 'e1' });
    expect(freezeTargets(decision, 1)).not.toHaveProperty('engines');
    expect(() => freezeTargets({ ...decision, engines: ['e1', 'e2'] }, 1)).toThrow(
      'got runs of the engines e1, e2, expected one engine',
    );
  });

  it('keep the infinite value of a seed that diverged', () => {
    const diverging: Objective = (spec) => ({
      ...objective(spec),
      ...(spec.seed === 1003 ? { outcome: { kind: 'diverged', step: 12, reason: '' } } : {}),
    });
    const { decision } = driveProtocol(targetSearch({ methods, trials: 20, measure: 'loss' }), diverging);
    const text = frozenText(freezeTargets(decision, 1));
    expect(parseCanonicalJson(text)).toMatchObject({ evaluation: { values: decision.evaluation.values } });
    expect(decision.evaluation.values[3]).toBe(Number.POSITIVE_INFINITY);
    expect(frozenTargets(JSON.parse(text), methods).hard).toBe(0.355);
  });
});
