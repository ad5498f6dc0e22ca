import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { type Course, courseOf, prefixId } from '../../src/run/course.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { dataKey, execute, loadData, type Resources } from '../../src/run/execute.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { missingRuns } from '../../src/sweep/missingRuns.ts';
import type { Execute } from '../../src/sweep/performRun.ts';
import type { PlannedRun } from '../../src/sweep/plan.ts';
import { inlineRunner, type Runner } from '../../src/sweep/runner.ts';
import { BeginningSurvey, branch, type Origin } from '../../src/sweep/sharing.ts';
import { storedRuns } from '../../src/sweep/storedRuns.ts';
import { type SweepEvent, sweep } from '../../src/sweep/sweep.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import { tiny, tinyData } from '../run/resumedRuns.ts';
import { fakeRuns, plannedStage } from './fakeRuns.ts';

const engine = engineDigest();
/** 40 steps. */
const base: RunSpecInput = { ...tiny, epochs: 5 };
const planned = (input: RunSpecInput): PlannedRun => {
  const spec = parseSpec(input);
  return { id: runId(spec), spec };
};
const shapes = ['linear', 'sqrt', 'cosine'] as const;
/** Sixteen cooldowns of one trunk: the last step at full rate is 37, 33, 29, 25 or 21. */
const family = [
  planned(base),
  ...[0.1, 0.2, 0.3, 0.4, 0.5].flatMap((cooldown) =>
    shapes.map((shape) => planned({ ...base, schedule: { kind: 'wsd', cooldown, shape } })),
  ),
];

let folder: string;
let resources: Resources;
const stores: Store[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-sharing-'));
  const { data } = parseSpec(base);
  resources = { datasets: { [dataKey(data)]: await loadData(data, {}) }, modules: {} };
});
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function newStore(): Store {
  const store = openStore(join(folder, `${stores.length}.sqlite`), { write: true });
  stores.push(store);
  return store;
}

/** The engine, and how many steps it made of which run. */
function countingSteps(each: (id: string, step: number) => void = () => {}) {
  const made = new Map<string, number>();
  const counting: Execute = (spec, all, control) => {
    const id = runId(spec);
    let start: number | undefined;
    return execute(spec, all, {
      ...control,
      onStep({ step }) {
        start ??= step;
        if (step === start) return;
        made.set(id, (made.get(id) ?? 0) + 1);
        each(id, step);
      },
    });
  };
  return { made, counting, total: () => [...made.values()].reduce((sum, steps) => sum + steps, 0) };
}

function sharingOf(runs: readonly PlannedRun[], store: Store) {
  const stage = plannedStage(runs);
  const { missing } = missingRuns(stage, storedRuns(store, [engine]));
  const survey = new BeginningSurvey(resources.datasets);
  for (const _ of survey.watch(stage.runs(), (id) => missing.has(id)));
  return survey.sharing({
    runs: (isWanted = () => true) => stage.runs((id) => missing.has(id) && isWanted(id)),
  });
}

async function sweepAll(
  runs: readonly PlannedRun[],
  store: Store,
  runner: Runner,
  shares = true,
  stop?: AbortSignal,
) {
  const stage = plannedStage(runs);
  const outlook = missingRuns(stage, storedRuns(store, [engine]));
  const sharing = shares ? sharingOf(runs, store) : undefined;
  return await sweep(stage, outlook, { store, runner, resources, engine, sharing, ...(stop && { stop }) });
}

const recordsOf = (runs: readonly PlannedRun[], store: Store) =>
  runs.map(({ id }) => canonicalJson({ ...store.get(id, engine), environment: null }));

describe('sixteen cooldowns of one trunk', () => {
  it('cost less than 55 % of sixteen runs, and have the same records', async () => {
    const [shared, alone] = [newStore(), newStore()];
    const [few, all] = [countingSteps(), countingSteps()];
    await sweepAll(family, shared, inlineRunner(few.counting));
    await sweepAll(family, alone, inlineRunner(all.counting), false);
    // the trunk, and three times 3, 7, 11, 15 and 19 steps
    expect([few.total(), all.total()]).toEqual([40 + 3 * 55, 16 * 40]);
    expect(few.total() / all.total()).toBeLessThan(0.55);
    expect(recordsOf(family, shared)).toEqual(recordsOf(family, alone));
    expect(shared.checkpoints()).toEqual([]);
    expect(sharingOf(family, newStore())).toMatchObject({ saved: 16 * 40 - 205, total: 640 });
  });

  it('have them with two workers, too', async () => {
    const [shared, alone] = [newStore(), newStore()];
    const result = await sweepAll(family, shared, threadRunner({ workers: 2 }));
    expect(result).toMatchObject({ completed: 16, lost: 0 });
    await sweepAll(family, alone, inlineRunner(execute), false);
    expect(recordsOf(family, shared)).toEqual(recordsOf(family, alone));
    expect(shared.checkpoints()).toEqual([]);
  });

  it('go on from the trunk after they were interrupted', async () => {
    const [store, alone] = [newStore(), newStore()];
    const stop = new AbortController();
    const first = countingSteps((id, step) => {
      if (id === family[2].id && step === 40) stop.abort();
    });
    await sweepAll(family, store, inlineRunner(first.counting), true, stop.signal);
    expect(first.total()).toBe(40 + 3 + 3);
    expect(store.checkpoints().map(({ step }) => step)).toEqual([21, 25, 29, 33, 37]);
    const rest = countingSteps();
    await sweepAll(family, store, inlineRunner(rest.counting));
    // of the trunk nothing: one more cooldown of 3 steps
    expect(rest.total()).toBe(3 + 3 * 52);
    await sweepAll(family, alone, inlineRunner(execute), false);
    expect(recordsOf(family, store)).toEqual(recordsOf(family, alone));
    expect(store.checkpoints()).toEqual([]);
  });

  it('run by themselves where the trunk ends before they branch off', async () => {
    const [store, alone] = [newStore(), newStore()];
    const diverging = family.map(({ spec }) =>
      planned({ ...spec, optimizer: { kind: 'sgd', learningRate: 1e6 } } as RunSpecInput),
    );
    const result = await sweepAll(diverging, store, inlineRunner(execute));
    expect(result).toMatchObject({ diverged: 16 });
    await sweepAll(diverging, alone, inlineRunner(execute), false);
    expect(recordsOf(diverging, store)).toEqual(recordsOf(diverging, alone));
  });

  it('wait for a trunk that is lost and tried again, and for none that fails', async () => {
    const store = newStore();
    let tries = 0;
    const failing: Execute = (spec, all, control) => {
      if (runId(spec) === family[0].id && ++tries < 2) new ArrayBuffer(2 ** 45);
      if (runId(spec) === family[3].id) throw new Error('not this one');
      return execute(spec, all, control);
    };
    expect(await sweepAll(family, store, inlineRunner(failing))).toMatchObject({ completed: 15, failed: 1 });
    expect(tries).toBe(2);
  });
});

/** The trunk alone is ready; with three workers two wait for it. */
const three = [family[0], family[1], family[4]];

async function sweepThree(store: Store, onEvent?: (event: SweepEvent) => void, engineThen = engine) {
  const stage = plannedStage(three);
  const outlook = missingRuns(stage, storedRuns(store, [engineThen]));
  const sharing = sharingOf(three, store);
  const runner = threadRunner({ workers: 3 });
  return await sweep(stage, outlook, {
    ...{ store, runner, resources, sharing, engine: engineThen },
    ...(onEvent && { onEvent }),
  });
}

describe('runs that wait for a trunk', () => {
  it.each(['started', 'ended'])('end with a sweep that fails at the event %s', async (name) => {
    const failing = sweepThree(newStore(), ({ event }) => {
      if (event === name) throw new Error(`planted in ${event}`);
    });
    await expect(failing).rejects.toThrow(`planted in ${name}`);
  });

  it('end with a store that can drop nothing when the trunk is of another engine', async () => {
    const store = newStore();
    const failing = Object.create(store, {
      dropCheckpoints: {
        value() {
          throw new Error('planted in dropCheckpoints');
        },
      },
      checkpoints: { value: () => [] },
      checkpoint: { value: () => undefined },
      putCheckpoint: { value() {} },
      rescue: { value: () => undefined },
    }) as Store;
    // every record is of another engine than this one: all are given up, and the states they shared are dropped
    const result = await sweepThree(failing, undefined, 'f'.repeat(64));
    expect((result.storeError as Error).message).toBe('planted in dropCheckpoints');
  });
});

it('forks of one base share what lies before the change', async () => {
  const fork = (after: number, set: NonNullable<RunSpecInput['changes']>[number]['set']) =>
    planned({ ...base, changes: [{ after, set }] });
  const runs = [
    fork(30, { 'optimizer.learningRate': 0.1 }),
    fork(30, { clip: { kind: 'value', clipValue: 0.1 } }),
    fork(20, { optimizer: { kind: 'momentum', learningRate: 0.02 } }),
    planned(base),
  ];
  const [shared, alone] = [newStore(), newStore()];
  const few = countingSteps();
  await sweepAll(runs, shared, inlineRunner(few.counting));
  expect(runs.map(({ id }) => few.made.get(id))).toEqual([40, 10, 20, 10]);
  await sweepAll(runs, alone, inlineRunner(execute), false);
  expect(recordsOf(runs, shared)).toEqual(recordsOf(runs, alone));
});

describe('what runs share', () => {
  const sharing = (inputs: readonly RunSpecInput[]) => {
    const runs = inputs.map(planned);
    const { origins } = sharingOf(runs, newStore());
    return runs.map(({ id }) => {
      const origin = origins.get(id);
      return origin && [runs.findIndex((run) => run.id === origin.of), origin.steps];
    });
  };
  const cosine = { kind: 'cosine' } as const;

  it('is nothing where seed, rate or anything else differs, or where it is too short to be worth it', () => {
    const others: Partial<RunSpecInput>[] = [
      { seed: 4 },
      { optimizer: { kind: 'adam', learningRate: 0.02 } },
      { clip: { kind: 'value', clipValue: 1 } },
      { evaluations: { perEpoch: 2 } },
      { epochs: 6 },
      { schedule: cosine },
      { schedule: { kind: 'plateau' } },
      { data: { ...tinyData, test: 12 } },
    ];
    expect(sharing([base, ...others.map((other) => ({ ...base, ...other }))])).toEqual(
      Array(9).fill(undefined),
    );
  });

  it('is a warm-up, also under a rate that reacts when both react alike', () => {
    const warmup = (next: object) =>
      ({ ...base, schedule: { kind: 'warmup', steps: 10, next } }) as RunSpecInput;
    expect(sharing([warmup(cosine), warmup({ kind: 'linear' })])).toEqual([undefined, [0, 11]]);
    const plateau = (after: number): RunSpecInput => ({
      ...base,
      schedule: { kind: 'plateau' },
      changes: [{ after, set: { nonFinite: 'skip' } }],
    });
    expect(sharing([plateau(30), plateau(20), plateau(10)])).toEqual([undefined, [0, 20], [0, 10]]);
  });

  it('is a tree: who leaves together stays together where that is long enough', () => {
    const fork = (first: number, then: number): RunSpecInput => ({
      ...base,
      changes: [
        { after: 10, set: { 'optimizer.learningRate': first } },
        { after: 30, set: { 'optimizer.learningRate': then } },
      ],
    });
    const tree = [fork(1, 2), fork(3, 4), fork(3, 5), fork(1, 6)];
    expect(sharing(tree)).toEqual([undefined, [0, 10], [1, 30], [0, 30]]);
  });

  it('has the name of the steps that made it', () => {
    const course = (input: RunSpecInput) => courseOf(parseSpec(input), 30);
    const [one, other] = [base, { ...base, schedule: { kind: 'wsd', cooldown: 0.5 } } as const].map(course);
    expect(prefixId(one, 20)).toBe(prefixId(other, 20));
    expect(prefixId(one, 22)).not.toBe(prefixId(other, 22));
    expect(prefixId(one, 19)).not.toBe(prefixId(one, 20));
  });

  it('is looked for in one pass over the specs where there is nothing', () => {
    const stage = plannedStage(fakeRuns(50));
    const survey = new BeginningSurvey(resources.datasets);
    for (const _ of survey.watch(stage.runs(), () => true));
    const again = () => {
      throw new Error('the specs were made once more');
    };
    expect(survey.sharing({ runs: again }).origins.size).toBe(0);
  });
});

it('runs that end with the trunk go on from its last state', () => {
  const course: Course = { length: 10, horizon: 10, key: () => '', rate: () => 1 };
  const origins = new Map<string, Origin>();
  branch(
    ['a', 'b'].map((id) => ({ id, course })),
    0,
    undefined,
    origins,
  );
  expect([...origins]).toEqual([['b', { of: 'a', steps: 10 }]]);
});
