import { describe, expect, it } from 'vitest';
import { runId } from '../../src/run/record.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { inOneStage, type LoadedExperiment } from '../../src/sweep/loadExperiment.ts';
import type { PlannedStage } from '../../src/sweep/plan.ts';
import { nothingBefore, stagesOf } from '../../src/sweep/walk.ts';
import { fakeRun } from './fakeRuns.ts';

const input = (seed: number, optimizer: unknown = { kind: 'sgd', learningRate: 0.1 }) => ({
  data: { kind: 'synthGlyphs' },
  model: { kind: 'mlp' },
  optimizer,
  epochs: 1,
  seed,
});
const experiment = (specs: readonly unknown[]): LoadedExperiment => ({
  name: 'mine',
  file: '/somewhere/mine.ts',
  title: '',
  question: '',
  conclusion: undefined,
  ...inOneStage(() => specs as RunSpecInput[]),
});
const planOf = (specs: readonly unknown[]) =>
  stagesOf(experiment(specs)).next(nothingBefore).value as PlannedStage;
const runsOf = (stage: PlannedStage) => [...stage.runs()].map(({ id, spec }) => ({ id, spec }));
const messageOf = (specs: readonly unknown[]): string => {
  try {
    planOf(specs);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the plan was accepted');
};

describe('a planned stage', () => {
  it('completes every spec, keeps the order and runs equal specs once', () => {
    const plan = planOf([input(3), input(1), { ...input(3), batchSize: 32 }]);
    expect(runsOf(plan)).toEqual([fakeRun(3), fakeRun(1)]);
    expect(plan.ids).toEqual([fakeRun(3).id, fakeRun(1).id]);
    expect(plan.duplicates).toBe(1);
  });

  it('takes the complete specs that it gives, with the same ids', () => {
    const plan = runsOf(planOf([input(3), input(1)]));
    const again = runsOf(planOf(plan.map((run) => run.spec)));
    expect(again).toEqual(plan);
    for (const { id, spec } of again) expect(runId(spec)).toBe(id);
  });

  it('makes only the wanted runs again, with their places in the list', () => {
    const plan = planOf([input(3), input(3), input(1), input(2)]);
    const wanted = [...plan.runs((id) => id !== fakeRun(3).id)];
    expect(wanted.map(({ spec, index }) => [spec.seed, index])).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it('refuses a list that is another when it is asked for again', () => {
    let seed = 0;
    const changing = {
      ...experiment([]),
      ...inOneStage(() => [input(seed++), input(100)] as RunSpecInput[]),
    };
    const plan = stagesOf(changing).next(nothingBefore).value as PlannedStage;
    expect(() => [...plan.runs()]).toThrow(/gave other specs when it was called again \(from runs\[0\] on\)/);
  });

  it('lists all mistakes of all runs, each once, with the first run that has it and its path', () => {
    const typo = { kind: 'adm', learningRate: 0.1 };
    const message = messageOf([
      input(0),
      input(1, typo),
      { ...input(2, { kind: 'sgd', learningRate: -1 }), epochs: 'two' },
      input(3, typo),
      input(4, typo),
      'nonsense',
    ]);
    const [heading, ...lines] = message.split('\n  ');
    expect(heading).toBe('invalid experiment /somewhere/mine.ts: 5 of 6 runs cannot be run');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      /^runs\[1\]\.optimizer(\.kind)?: unknown optimizer: adm, .*did you mean adam\? \(and in 2 more runs\)$/,
    );
    expect(lines[1]).toMatch(/^runs\[2\]\.optimizer\.learningRate: expected .*, got -1$/);
    expect(lines[2]).toMatch(/^runs\[2\]\.epochs: expected .*, got (two|"two")$/);
    expect(lines[3]).toMatch(/^runs\[5\]: expected .*, got "nonsense"$/);
  });

  it('shows fifty mistakes and counts the rest', () => {
    const lines = messageOf(
      Array.from({ length: 57 }, (_, i) => ({ ...input(0), [`strange${i}`]: 1 })),
    ).split('\n  ');
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toBe('and 7 more mistakes, told when some of these are mended');
  });
});
