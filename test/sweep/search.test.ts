import { describe, expect, it } from 'vitest';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { grid, halton, random } from '../../src/sweep/sampler.ts';
import { type SearchOptions, search } from '../../src/sweep/search.ts';
import { choice, logUniform, type Space } from '../../src/sweep/space.ts';
import { successiveHalving } from '../../src/sweep/successiveHalving.ts';
import { driveProtocol, idOf, type Objective } from './driveProtocol.ts';

const space = { learningRate: logUniform(0.001, 1), momentum: choice([0, 0.9]) };
const options: SearchOptions<typeof space> = {
  space,
  sampler: grid({ points: 4 }),
  metric: { split: 'validation', measure: 'loss', at: 'best' },
  spec: ({ learningRate, momentum }, seed) => ({
    data: { kind: 'synthGlyphs' },
    model: { kind: 'mlp' },
    optimizer: { kind: 'momentum', learningRate, momentum },
    epochs: 9,
    seed,
  }),
};

const settingOf = ({ optimizer, seed }: RunSpecInput) => {
  const { learningRate = 0, momentum = 0 } = optimizer as { learningRate?: number; momentum?: number };
  return { learningRate, momentum, seed };
};
/** Best at the rate 0.1 without momentum; diverges above it with momentum, in seed 1. */
const objective: Objective = (spec) => {
  const { learningRate, momentum, seed } = settingOf(spec);
  if (learningRate > 0.1 && momentum > 0 && seed === 1)
    return { losses: [], outcome: { kind: 'diverged', step: 1, reason: '' } };
  return { losses: [1 + Math.abs(learningRate - 0.1) + momentum / 8 + seed / 100] };
};

describe('search', () => {
  it('runs every trial with every seed and ranks them by the median', () => {
    const { decision, stages } = driveProtocol(search({ ...options, seeds: 3 }), objective);
    expect(stages.map(({ name, specs }) => [name, specs.length])).toEqual([['search', 24]]);
    expect(stages[0].specs.slice(0, 4).map(settingOf)).toEqual([
      { learningRate: 0.001, momentum: 0, seed: 0 },
      { learningRate: 0.001, momentum: 0, seed: 1 },
      { learningRate: 0.001, momentum: 0, seed: 2 },
      { learningRate: 0.001, momentum: 0.9, seed: 0 },
    ]);
    expect(decision.metric).toEqual(options.metric);
    expect(decision.ranked[0]).toEqual({
      trial: 4,
      params: { learningRate: 0.1, momentum: 0 },
      runs: stages[0].specs.slice(12, 15).map(idOf),
      values: [1, 1.01, 1.02],
      median: 1.01,
    });
    expect(decision.ranked.map(({ trial }) => trial)).toEqual([4, 2, 0, 5, 3, 1, 6, 7]);
  });

  it('counts a divergence as infinite: with one seed of two the median is', () => {
    const { decision, stages } = driveProtocol(search({ ...options, seeds: 2 }), objective);
    const last = decision.ranked.at(-1);
    expect(last).toEqual({
      trial: 7,
      params: { learningRate: 1, momentum: 0.9 },
      runs: stages[0].specs.slice(14).map(idOf),
      values: [expect.closeTo(2.0125, 12), Number.POSITIVE_INFINITY],
      median: Number.POSITIVE_INFINITY,
    });
  });

  it('ranks NaN last and equals by their index', () => {
    const losses = [Number.NaN, 2, 1, 2, 1, Number.POSITIVE_INFINITY, 1, 3];
    const protocol = search({ ...options, sampler: random({ seed: 5 }), trials: 8 });
    const order = driveProtocol(protocol, () => ({ losses: [1] })).stages[0].specs.map((spec) =>
      JSON.stringify(spec),
    );
    const { decision } = driveProtocol(protocol, (spec) => ({
      losses: [losses[order.indexOf(JSON.stringify(spec))]],
    }));
    expect(decision.ranked.map(({ trial }) => trial)).toEqual([2, 4, 6, 1, 3, 7, 0, 5]);
  });

  it('declares what it was asked for, successive halving too', () => {
    const sampler = halton({ seed: 4 });
    const declared = {
      space,
      sampler: { kind: 'halton', seed: 4 },
      trials: 9,
      seeds: [0],
      metric: options.metric,
    };
    expect(search({ ...options, sampler, trials: 9 }).declares).toEqual({ protocol: 'search', ...declared });
    expect(successiveHalving({ ...options, sampler, trials: 9, rungs: [1, 9] }).declares).toEqual({
      ...{ protocol: 'successiveHalving', ...declared },
      ...{ rungs: [1, 9], eta: 3 },
    });
    expect([grid({ points: 4 }).declares, random({ seed: 2 }).declares]).toEqual([
      { kind: 'grid', points: 4 },
      { kind: 'random', seed: 2 },
    ]);
  });

  it('decides the same whatever the order of the runs', () => {
    const protocol = search({ ...options, sampler: halton({ seed: 1 }), trials: 20, seeds: 3 });
    const decisions = [0, 1, 2].map((order) => driveProtocol(protocol, objective, order).decision);
    expect(decisions[1]).toEqual(decisions[0]);
    expect(decisions[2]).toEqual(decisions[0]);
  });

  it('refuses a number of trials that the sampler does not have, and invalid spaces', () => {
    expect(() => search({ ...options, trials: 9 })).toThrow(
      'got 9, expected a whole number of at least 1 and at most 8, the number of its points',
    );
    expect(() => search({ ...options, sampler: random({ seed: 0 }) })).toThrow('invalid trials: got nothing');
    const wrong: Space = { learningRate: logUniform(0, 1) };
    expect(() => search({ ...options, space: wrong as never })).toThrow(
      'invalid space.learningRate.low: got 0',
    );
    expect(() => search({ ...options, seeds: 0 })).toThrow('invalid seeds: got 0');
  });

  it('refuses to choose on the test split, and so does successive halving', () => {
    const tested = { ...options, metric: { split: 'test', measure: 'loss', at: 'final' } } as const;
    for (const protocol of [() => search(tested), () => successiveHalving({ ...tested, rungs: [1] })])
      expect(protocol).toThrow('invalid metric.split: got test, expected one of train, validation');
  });

  it('refuses a spec with another seed, and one that differs between seeds in something else', () => {
    const fixed = search({ ...options, spec: (params) => options.spec(params, 0), seeds: 2 });
    expect(() => driveProtocol(fixed, objective)).toThrow(
      'invalid spec({"learningRate":0.001,"momentum":0}, seed): got the seed 0, expected 1',
    );
    const longer = search({
      ...options,
      spec: (params, seed) => ({ ...options.spec(params, seed), epochs: 1 + seed }),
      seeds: 2,
    });
    expect(() => driveProtocol(longer, objective)).toThrow(
      'runs of two seeds differ in more than their seed',
    );
  });
});

describe('successiveHalving', () => {
  const halving = { ...options, sampler: halton({ seed: 3 }), trials: 9, rungs: [1, 3, 9] };
  const untilOf = (spec: RunSpecInput) => (spec as { until?: number }).until;

  it('keeps the best third at every rung', () => {
    const { decision, stages } = driveProtocol(successiveHalving({ ...halving, seeds: 3 }), objective);
    expect(stages.map(({ name, specs }) => [name, specs.length])).toEqual([
      ['rung 1 of 3: 1 epoch', 27],
      ['rung 2 of 3: 3 epochs', 9],
      ['rung 3 of 3: 9 epochs', 3],
    ]);
    const distance = (trial: number) => {
      const { learningRate, momentum } = halving.sampler.pointAt(space, trial);
      return Math.abs(learningRate - 0.1) + momentum / 8;
    };
    const order = [0, 1, 2, 3, 4, 5, 6, 7, 8].sort((a, b) => distance(a) - distance(b));
    expect(decision.rungs[0].kept).toEqual(order.slice(0, 3));
    expect(decision.rungs[1].kept).toEqual(order.slice(0, 1));
    expect(decision.metric).toEqual(options.metric);
    expect(decision.rungs[1].ranked.map(({ trial }) => trial)).toEqual(order.slice(0, 3));
    expect(decision.winner.trial).toBe(order[0]);
  });

  it('has runs of one trajectory: the same spec with a longer and longer until, the last one without', () => {
    const { stages } = driveProtocol(successiveHalving({ ...halving, seeds: 2 }), objective);
    expect(stages.map(({ specs }) => new Set(specs.map(untilOf)))).toEqual([
      new Set([1]),
      new Set([3]),
      new Set([undefined]),
    ]);
    const trajectory = (spec: RunSpecInput) => JSON.stringify({ ...spec, until: undefined });
    for (const [i, { specs }] of stages.slice(1).entries()) {
      const before = new Set(stages[i].specs.map(trajectory));
      expect(specs.every((spec) => before.has(trajectory(spec)) && spec.epochs === 9)).toBe(true);
    }
  });

  it('lets the later rung decide: who is good early may lose', () => {
    const turning: Objective = (spec) => {
      const { learningRate } = settingOf(spec);
      return { losses: [untilOf(spec) === 1 ? 1 / learningRate : learningRate] };
    };
    const { decision } = driveProtocol(successiveHalving(halving), turning);
    const rates = decision.rungs[0].ranked.map(({ params }) => params.learningRate as number);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(decision.rungs[1].kept).toEqual([decision.rungs[0].kept[2]]);
  });

  it('ranks NaN and divergence last, goes on where all diverged, and always with at least one', () => {
    const poisoned: Objective = (spec) => {
      const { learningRate } = settingOf(spec);
      return learningRate > 0.03 ? { losses: [Number.NaN] } : { losses: [learningRate] };
    };
    const { decision } = driveProtocol(successiveHalving(halving), poisoned);
    const rates = decision.rungs[0].ranked.map(({ params }) => params.learningRate as number);
    const finite = rates.filter((rate) => rate <= 0.03);
    expect(finite.length).toBeGreaterThan(2);
    expect(rates.slice(0, finite.length)).toEqual(finite.toSorted((a, b) => a - b));

    const lost: Objective = () => ({ losses: [], outcome: { kind: 'diverged', step: 1, reason: '' } });
    const all = driveProtocol(successiveHalving({ ...halving, trials: 4, eta: 8 }), lost).decision;
    expect(all.rungs.map(({ kept }) => kept)).toEqual([[0], [0], [0]]);
    expect(all.winner.median).toBe(Number.POSITIVE_INFINITY);
  });

  it('decides the same whatever the order of the runs', () => {
    const protocol = successiveHalving({ ...halving, seeds: 2 });
    expect(driveProtocol(protocol, objective, 1).decision).toEqual(
      driveProtocol(protocol, objective).decision,
    );
  });

  it('refuses rungs that do not ascend or go beyond the horizon, and an eta of at most 1', () => {
    for (const rungs of [[], [3, 1], [0, 1], [1, 1], [0.5]]) {
      expect(() => successiveHalving({ ...halving, rungs })).toThrow(
        'expected whole numbers of epochs that ascend',
      );
    }
    expect(() => driveProtocol(successiveHalving({ ...halving, rungs: [10] }), objective)).toThrow(
      'got a rung at 10 epochs, expected at most 9, the epochs of the spec',
    );
    expect(() => successiveHalving({ ...halving, eta: 1 })).toThrow('invalid eta: got 1');
  });
});
