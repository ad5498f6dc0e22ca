import { expect, it } from 'vitest';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { Survey } from '../../src/sweep/survey.ts';

const run = (optimizer: RunSpecInput['optimizer'], seed = 0) => {
  const spec = parseSpec({
    data: { kind: 'synthGlyphs' },
    model: { kind: 'mlp' },
    optimizer,
    epochs: 1,
    seed,
  });
  return { id: runId(spec), spec };
};

function surveyOf(runs: readonly ReturnType<typeof run>[], isMissing = (_id: string) => true): Survey {
  const survey = new Survey();
  expect([...survey.watch(runs, isMissing)]).toEqual(runs);
  return survey;
}

it('shows what varies among the options of one kind, the seed last, by the names that --only takes', () => {
  const runs = [
    run({ kind: 'sgd', learningRate: 0.1 }, 0),
    run({ kind: 'sgd', learningRate: 0.3 }, 1),
    run({ kind: 'momentum', learningRate: 0.1, momentum: 0.8 }),
    run({ kind: 'momentum', learningRate: 0.1, momentum: 0.9 }),
    run({ kind: 'adam', learningRate: 0.1 }),
    run({ kind: 'adamw', learningRate: 0.1 }),
  ];
  expect(surveyOf(runs).firstRows()).toEqual({
    columns: ['optimizer', 'learningRate', 'momentum', 'seed'],
    rows: [
      ['sgd', 0.1, null, 0],
      ['sgd', 0.3, null, 1],
      ['momentum', 0.1, 0.8, 0],
      ['momentum', 0.1, 0.9, 0],
      ['adam', 0.1, null, 0],
    ],
  });
});

it('takes a list for one value', () => {
  const of = (hidden: number[]) => {
    const spec = { ...run({ kind: 'sgd', learningRate: 0.1 }).spec, model: { kind: 'mlp', hidden } };
    return { id: runId(spec as never), spec: spec as unknown as ReturnType<typeof parseSpec> };
  };
  const { columns, rows } = surveyOf([of([8]), of([8, 16]), of([8])]).firstRows();
  expect(columns).toEqual(['hidden']);
  expect(rows).toEqual([[[8]], [[8, 16]], [[8]]]);
});

it('has a setting for the runs that differ in seed and learning rate alone', () => {
  const runs = [
    run({ kind: 'sgd', learningRate: 0.1 }, 0),
    run({ kind: 'adam', learningRate: 0.1 }, 0),
    run({ kind: 'sgd', learningRate: 0.3 }, 1),
    run({ kind: 'sgd', learningRate: 0.3 }, 2),
  ];
  const { settings } = surveyOf(runs, (id) => id !== runs[2].id);
  expect(settings.map(({ spec, missing, stored }) => [spec.optimizer.kind, missing, stored])).toEqual([
    ['sgd', 2, [runs[2].id]],
    ['adam', 1, []],
  ]);
});
