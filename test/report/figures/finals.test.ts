import { expect, it } from 'vitest';
import { finals } from '../../../src/report/figures/finals.ts';
import { groupMethods } from '../../../src/report/methods.ts';
import { diverged, recordWithLosses } from '../syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: a spec is plain JSON; the paths below say what is expected where
type Any = any;

const run = (kind: string, seed: number, loss: number | null) =>
  recordWithLosses([2, loss ?? 2], {
    optimizer: { kind, learningRate: 0.1 },
    seed,
    ...(loss === null ? { outcome: diverged(9) } : {}),
  });

it('has a dot for every seed at the best rate, the best method first', () => {
  const records = [
    run('sgd', 0, 4),
    run('sgd', 1, 6),
    run('adam', 0, 1),
    run('adam', 1, 3),
    run('adam', 2, null),
  ];
  const figure = finals(groupMethods(records), 'error', ['adam', 'sgd'])!;
  const { data, spec } = figure.spec as Any;
  const validation = data.values.filter((row: Any) => row.split === 'validation');
  expect(
    validation.filter((row: Any) => row.mark === 'run').map((row: Any) => [row.method, row.seed, row.x]),
  ).toEqual([
    ['sgd', 0, 0.4],
    ['sgd', 1, 0.6],
    ['adam', 0, 0.1],
    ['adam', 1, 0.3],
  ]);
  // with infinity for the seed that diverged
  expect(
    validation.filter((row: Any) => row.mark === 'median').map((row: Any) => [row.method, row.x]),
  ).toEqual([
    ['sgd', 0.5],
    ['adam', 0.3],
  ]);
  const [cross] = validation.filter((row: Any) => row.mark === 'diverged');
  expect(cross).toMatchObject({ method: 'adam', seed: 2 });
  expect(cross.x).toBeGreaterThan(0.6);
  expect(spec.layer[0].encoding.x.axis.values.at(-1)).toBe(cross.x);
  expect(spec.layer[0].encoding.y.scale.domain).toEqual(['adam', 'sgd']);
  expect(figure.caption).toContain('Dot: one seed (2 to 3 seeds each); bar: median.');
});
