import { describe, expect, it } from 'vitest';
import { crossedOf, pairsByShare } from '../../src/report/crossed.ts';
import { FINAL_LOSS, groupMethods } from '../../src/report/methods.ts';
import { diverged, recordWithLosses } from './syntheticRecords.ts';

const run = (kind: string, norm: string, seed: number, final: number, more = {}) =>
  recordWithLosses([2, final], {
    optimizer: { kind, learningRate: 0.1 },
    seed,
    spec: { model: { kind: 'mlp', norm: { kind: norm } } },
    ...more,
  });

/** Cells: sgd 0.8 and 0.6, adam 0.6 and 0.2; seed 1 is 0.1 worse everywhere. */
const records = [0, 1].flatMap((seed) => [
  run('sgd', 'none', seed, 0.75 + 0.1 * seed),
  run('sgd', 'batch', seed, 0.55 + 0.1 * seed),
  run('adam', 'none', seed, 0.55 + 0.1 * seed),
  run('adam', 'batch', seed, 0.15 + 0.1 * seed),
]);
const crossed = crossedOf(groupMethods(records), FINAL_LOSS)!;

describe('crossedOf', () => {
  it('has the factors, and a response a run', () => {
    expect(crossed.factors).toEqual(['norm', 'optimizer']);
    expect(crossed.runs).toHaveLength(8);
    expect(crossed).toMatchObject({ seeds: [2, 2], outside: 0, diverged: 0 });
  });

  it('has the main effects: means of levels less the mean of all, 0.55', () => {
    const effects = Object.fromEntries(crossed.main.map(({ level, effect }) => [level, effect]));
    expect(effects.none).toBeCloseTo(0.15, 12);
    expect(effects.batch).toBeCloseTo(-0.15, 12);
    expect(effects.sgd).toBeCloseTo(0.15, 12);
    expect(effects.adam).toBeCloseTo(-0.15, 12);
  });

  it('draws the same seeds in all cells: what is worse everywhere does not widen the intervals', () => {
    for (const { effect, low, high } of crossed.main) {
      expect(low).toBeCloseTo(effect, 12);
      expect(high).toBeCloseTo(effect, 12);
    }
  });

  it('has intervals as wide as the seeds differ', () => {
    // adam gains 0.1 with seed 1 where sgd loses: the effect of adam is -0.1 or -0.2 or, with both drawn, -0.15
    const uneven = [0, 1].flatMap((seed) =>
      ['none', 'batch'].flatMap((norm) => [
        run('sgd', norm, seed, 0.6 + 0.1 * seed),
        run('adam', norm, seed, 0.4 - 0.1 * seed),
      ]),
    );
    const { main } = crossedOf(groupMethods(uneven), FINAL_LOSS)!;
    const adam = main.find(({ level }) => level === 'adam')!;
    expect([adam.low, adam.effect, adam.high].map((value) => Math.round(1000 * value))).toEqual([
      -200, -150, -100,
    ]);
  });

  it('has the shares of the variance', () => {
    // squares: norm and optimizer 4 * 0.15^2 each, the pair 4 * 0.05^2
    const share = (name: string) =>
      crossed.effects.terms.find(({ factors }) => factors.join() === name)!.share;
    expect(share('norm')).toBeCloseTo(0.09 / 0.19, 12);
    expect(share('norm,optimizer')).toBeCloseTo(0.01 / 0.19, 12);
    expect(pairsByShare(crossed)).toEqual([{ pair: ['norm', 'optimizer'], share: share('norm,optimizer') }]);
  });

  it('works on ranks as soon as a run diverged', () => {
    const bad = [0, 1].map((seed) => run('sgd', 'none', seed, 1, { outcome: diverged(9) }));
    const others = records.filter(
      ({ spec }) => spec.optimizer.kind !== 'sgd' || JSON.stringify(spec.model).includes('batch'),
    );
    const ranked = crossedOf(groupMethods([...bad, ...others]), FINAL_LOSS)!;
    expect(ranked.effects.scale).toBe('rank');
    expect(ranked.diverged).toBe(1);
    // ranks: sgd none 4; sgd batch and adam none 2.5 each; adam batch 1; their mean is 2.5
    const sgd = ranked.main.find(({ level }) => level === 'sgd')!;
    expect(sgd.effect).toBe(0.75);
  });

  it('holds where everything diverged', () => {
    const bad = ['sgd', 'adam'].flatMap((kind) =>
      ['none', 'batch'].map((norm) => run(kind, norm, 0, 1, { outcome: diverged(9) })),
    );
    const all = crossedOf(groupMethods(bad), FINAL_LOSS)!;
    expect(all.diverged).toBe(4);
    expect(all.main.map(({ effect, low }) => [effect, low])).toEqual(Array(4).fill([0, Number.NaN]));
    expect(all.effects.terms.map(({ share }) => share)).toEqual([0, 0, 0, 0]);
  });

  it('has no intervals where the cells have different seeds', () => {
    const { main, seeds } = crossedOf(groupMethods(records.slice(1)), FINAL_LOSS)!;
    expect(seeds).toEqual([1, 2]);
    expect(main.every(({ low, high }) => Number.isNaN(low) && Number.isNaN(high))).toBe(true);
  });

  it('is null where nothing is crossed, and for a scan of more than 24 values', () => {
    expect(
      crossedOf(groupMethods(records.filter(({ spec }) => spec.optimizer.kind === 'sgd')), FINAL_LOSS),
    ).toBeNull();
    const scan = Array.from({ length: 25 }, (_, i) =>
      ['sgd', 'adam'].map((kind) =>
        recordWithLosses([2, 1], { optimizer: { kind, learningRate: 0.1 }, spec: { batchSize: i + 1 } }),
      ),
    );
    expect(crossedOf(groupMethods(scan.flat()), FINAL_LOSS)).toBeNull();
    expect(crossedOf(groupMethods(scan.slice(1).flat()), FINAL_LOSS)).not.toBeNull();
  });
});
