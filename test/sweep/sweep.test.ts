import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { dataKey } from '../../src/run/execute.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { trajectoryId } from '../../src/run/record.ts';
import { decodeCheckpoint } from '../../src/store/encodeCheckpoint.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { UnusableStore } from '../../src/store/sqliteError.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { changedModule } from '../../src/sweep/lost.ts';
import { missingRuns, type OutlookOptions } from '../../src/sweep/missingRuns.ts';
import type { PlannedRun } from '../../src/sweep/plan.ts';
import { inlineRunner, type Runner } from '../../src/sweep/runner.ts';
import { storedRuns } from '../../src/sweep/storedRuns.ts';
import { type Progress, type SweepEvent, type SweepOptions, sweep } from '../../src/sweep/sweep.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import {
  DIES,
  DIES_ONCE,
  fakeExecute,
  fakeRecord,
  fakeResult,
  fakeRun,
  fakeRuns,
  LOOPS,
  NEEDS_MEMORY,
  NO_RESOURCES,
  plannedStage,
  SAVES,
  THROWS,
  tinyDataset,
} from './fakeRuns.ts';

let folder: string;
let store: Store;
let executed: number[];
const engine = engineDigest();
const counting = inlineRunner((spec, resources, control) => {
  executed.push(spec.seed);
  return fakeExecute(spec, resources, control);
});
/** What `run` has told. */
let told: { event: SweepEvent; progress: Progress }[];
const run = (
  runs: readonly PlannedRun[],
  { retryFailed, ...options }: Partial<SweepOptions> & OutlookOptions = {},
) => {
  const stage = plannedStage(runs);
  const outlook = missingRuns(stage, storedRuns(store, [engine]), { retryFailed });
  told = [];
  return sweep(stage, outlook, {
    store,
    runner: counting,
    resources: NO_RESOURCES,
    engine,
    onEvent: (event, progress) => told.push({ event, progress: { ...progress } }),
    ...options,
  });
};
const eventsOf = <E extends SweepEvent['event']>(name: E) =>
  told
    .map(({ event }) => event)
    .filter((event): event is Extract<SweepEvent, { event: E }> => event.event === name);
const threads = () => threadRunner({ workers: 1, workerFile: new URL('./fakeWorker.ts', import.meta.url) });
/** Two steps an epoch. */
const TWO_BATCHES = {
  datasets: {
    [dataKey(fakeRun(0).spec.data)]: { ...tinyDataset(), train: { ...tinyDataset().train, count: 64 } },
  },
  modules: {},
};
const LAST = Number.MAX_SAFE_INTEGER;
const bytesOf = (records: readonly RunRecord[]) =>
  records.map((record) => canonicalJson({ ...record, environment: null }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-sweep-'));
  store = openStore(join(folder, 'store.sqlite'), { write: true });
  executed = [];
});
afterEach(() => {
  delete process.env.THALWEG_TEST_DIED;
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('sweep', () => {
  it('stores every record when its run is over, and tells what happens', async () => {
    const runs = [...fakeRuns(5), fakeRun(5, THROWS)];
    const storedNow: number[] = [];
    const onEvent = (event: SweepEvent, progress: Progress) => {
      told.push({ event, progress: { ...progress } });
      if (event.event === 'ended') storedNow.push(runs.filter(({ id }) => store.endingOf(id, engine)).length);
    };
    const result = await run(runs, { onEvent });
    expect(storedNow).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told.map(({ event }) => event.event)).toEqual([
      'stage',
      ...runs.flatMap(() => ['started', 'ended']),
    ]);
    expect(told[0].event).toEqual({ event: 'stage', stage: 'runs', total: 6, stored: 0 });
    expect(told[1].event).toEqual({ event: 'started', id: runs[0].id, attempt: 1, fromCheckpoint: false });
    expect(told[2].event).toEqual({
      event: 'ended',
      id: runs[0].id,
      outcome: 'completed',
      reason: null,
      steps: 3,
      seconds: expect.any(Number),
      validationLoss: 0.1,
      validationError: 0.1,
      content: encodeRecord(fakeRecord(0)).content,
    });
    expect(
      told
        .filter(({ event }) => event.event === 'ended')
        .map(({ progress: { completed, diverged, failed } }) => [completed, diverged, failed]),
    ).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
      [4, 0, 0],
      [4, 1, 0],
      [4, 1, 1],
    ]);
    expect(eventsOf('ended')[5]).toMatchObject({
      id: runs[5].id,
      outcome: 'failed',
      reason: expect.stringContaining('updates is not a function'),
    });
    expect(result).toEqual({
      total: 6,
      stored: 0,
      storedDiverged: 0,
      storedFailed: 0,
      completed: 4,
      diverged: 1,
      failed: 1,
      lost: 0,
      unsaved: 0,
    });
  });

  it('runs nothing twice, a failed run only where it is told to', async () => {
    const failing = fakeRun(9, THROWS);
    await run([fakeRun(0), fakeRun(4), failing]);
    expect(await run([...fakeRuns(6), failing])).toMatchObject({
      total: 7,
      stored: 3,
      storedDiverged: 1,
      storedFailed: 1,
      completed: 4,
      failed: 0,
    });
    expect(executed).toEqual([0, 4, 9, 1, 2, 3, 5]);
    expect(await run([fakeRun(0), failing], { retryFailed: true })).toMatchObject({ stored: 1, failed: 1 });
    expect(executed).toEqual([0, 4, 9, 1, 2, 3, 5, 9]);
  });

  it('runs again what another engine has computed', async () => {
    for (const { spec } of fakeRuns(2))
      store.put(encodeRecord({ ...fakeResult(spec, 'another engine'), environment: null }));
    const result = await run(fakeRuns(2));
    expect(result).toMatchObject({ stored: 0, completed: 2 });
    expect(executed).toEqual([0, 1]);
  });

  it('does not take a record of an engine that changed under way', async () => {
    const result = await run(fakeRuns(1), { engine: 'the engine at the start' });
    expect(result).toMatchObject({ completed: 0, lost: 1 });
    expect(eventsOf('lost')[0].message).toMatch(/^thalweg itself was changed while the sweep ran/);
    expect(store.enginesOf(fakeRun(0).id)).toEqual([]);
  });

  it('goes on after it was stopped', async () => {
    const stop = new AbortController();
    const onEvent = (_event: SweepEvent, { completed }: Progress) => completed === 2 && stop.abort();
    const first = await run(fakeRuns(6), { stop: stop.signal, onEvent });
    expect(first.completed).toBe(2);
    const second = await run(fakeRuns(6));
    expect(second).toMatchObject({ stored: 2, completed: 3, diverged: 1 });
    expect(executed).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('stops at the first failure only if it is told to', async () => {
    const runs = [fakeRun(0), fakeRun(1, THROWS), fakeRun(2), fakeRun(3)];
    expect(await run(runs, { failFast: true })).toMatchObject({ completed: 1, failed: 1 });
    expect(executed).toEqual([0, 1]);
    expect(await run(runs)).toMatchObject({ stored: 2, storedFailed: 1, completed: 2, failed: 0 });
  });

  it('tries a run whose worker died three times, keeps it as lost, and tries it again the next time', async () => {
    const dying = fakeRun(0, DIES);
    const runs = [dying, fakeRun(1)];
    const result = await run(runs, { runner: threads() });
    expect(result).toMatchObject({ completed: 1, failed: 0, lost: 1 });
    const message = 'its worker died: worker exited with code: 7';
    expect(eventsOf('lost')).toEqual([
      { event: 'lost', id: dying.id, attempt: 1, message, again: true },
      { event: 'lost', id: dying.id, attempt: 2, message, again: true },
      { event: 'lost', id: dying.id, attempt: 3, message, again: false },
    ]);
    expect(eventsOf('started').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1]);
    expect(store.get(dying.id, engine)?.outcome).toEqual({ kind: 'lost', message });
    const again = await run(runs, { runner: threads(), failFast: true });
    expect(again).toMatchObject({ stored: 1, lost: 1 });
  });

  it('names every reason for which a run was lost, each once', async () => {
    const reasons = ['no memory', 'its worker died', 'no memory'];
    const runner: Runner = {
      async run(jobs, _resources, listener) {
        for (const job of jobs)
          listener.onLost(job, { kind: 'lost', message: reasons.shift()!, next: 'tryAgain' });
      },
    };
    expect(await run([fakeRun(0)], { runner })).toMatchObject({ lost: 1 });
    const messages = eventsOf('lost').map(({ message }) => message);
    expect(messages).toEqual(['no memory', 'its worker died', 'no memory; then: its worker died']);
    expect(store.get(fakeRun(0).id, engine)?.outcome).toEqual({ kind: 'lost', message: messages[2] });
  });

  it('keeps a run that passes its time limit as lost, tries it once a command, and goes on', async () => {
    const endless = fakeRun(0, LOOPS);
    const message = 'it ran longer than the limit of 0.02 s for a run; a higher --time-limit lets it finish';
    expect(await run([endless], { timeLimit: 20 })).toMatchObject({ failed: 0, lost: 1 });
    expect(eventsOf('lost')).toEqual([{ event: 'lost', id: endless.id, attempt: 1, message, again: false }]);
    expect(store.get(endless.id, engine)?.outcome).toEqual({ kind: 'lost', message });
    expect(await run([endless, fakeRun(1)], { timeLimit: 20 })).toMatchObject({ stored: 0, total: 2 });
    expect(executed).toEqual([0, 0, 1]);
  });

  it('tries a run that gets no memory three times, also in the main thread', async () => {
    const hungry = fakeRun(0, NEEDS_MEMORY);
    expect(await run([hungry, fakeRun(1)])).toMatchObject({ completed: 1, failed: 0, lost: 1 });
    expect(eventsOf('lost').map(({ again }) => again)).toEqual([true, true, false]);
    expect(store.get(hungry.id, engine)?.outcome.kind).toBe('lost');
  });

  it('keeps nothing of a run whose optimizer file changed, and starts nothing more', async () => {
    const runner = inlineRunner(({ seed }) => {
      executed.push(seed);
      throw changedModule('mine.ts');
    });
    expect(await run(fakeRuns(5), { runner })).toMatchObject({ total: 5, completed: 0, failed: 0, lost: 1 });
    expect(executed).toEqual([0]);
    const message = 'the optimizer file mine.ts changed while the sweep ran; run the same command again';
    expect(eventsOf('lost')).toEqual([
      { event: 'lost', id: fakeRun(0).id, attempt: 1, message, again: false },
    ]);
    expect([...store.rows()]).toEqual([]);
  });

  it('gives a run that was lost once its record', async () => {
    process.env.THALWEG_TEST_DIED = join(folder, 'died');
    const result = await run([fakeRun(0, DIES_ONCE)], { runner: threads() });
    expect(result).toMatchObject({ completed: 1, lost: 0 });
    expect(eventsOf('lost')).toHaveLength(1);
  });

  it('goes on from the checkpoint of a run that was lost, and drops it when the run is stored', async () => {
    process.env.THALWEG_TEST_DIED = join(folder, 'died');
    const saving = fakeRun(0, SAVES);
    const result = await run([saving], {
      runner: threads(),
      resources: TWO_BATCHES,
      checkpointEvery: 1e-6,
    });
    expect(result).toMatchObject({ completed: 1, lost: 0 });
    expect(eventsOf('started').map(({ fromCheckpoint }) => fromCheckpoint)).toEqual([false, true]);
    const steps = eventsOf('checkpoint').map(({ step }) => step);
    expect(steps.slice(-6)).toEqual([5, 6, 7, 8, 9, 10].slice(0, 6));
    expect(new Set(steps).size).toBe(steps.length); // no step was done twice after its checkpoint
    expect(store.checkpoint(trajectoryId(saving.spec), engine, LAST)).toBeUndefined();
  });

  it('leaves the last state of a run that stops early for the longer ones of its trajectory', async () => {
    process.env.THALWEG_TEST_DIED = join(folder, 'died');
    const [short, whole] = [fakeRun(0, SAVES, 60), fakeRun(0, SAVES)];
    const trajectory = trajectoryId(whole.spec);
    expect(trajectoryId(short.spec)).toBe(trajectory);
    expect(await run([short], { resources: TWO_BATCHES })).toMatchObject({ completed: 1, unsaved: 0 });
    expect(decodeCheckpoint(store.checkpoint(trajectory, engine, LAST)!)).toMatchObject({ step: 6 });
    await run([whole], { resources: TWO_BATCHES });
    expect(eventsOf('started')).toMatchObject([{ fromCheckpoint: true }]);
    expect(store.checkpoint(trajectory, engine, LAST)).toBeUndefined();
  });

  it('keeps no last state of a trajectory whose whole run is stored', async () => {
    const [short, whole] = [fakeRun(0, SAVES, 60), fakeRun(0, SAVES)];
    store.put(encodeRecord({ ...fakeResult(whole.spec), environment: null }));
    expect(await run([short], { resources: TWO_BATCHES })).toMatchObject({ completed: 1 });
    expect(store.checkpoints()).toEqual([]);
  });

  it('rescues a run that it cannot store when the store can no longer be read either', async () => {
    const runs = fakeRuns(3);
    let reads = 0;
    const broken = () => {
      throw new UnusableStore('damaged store: it cannot be read');
    };
    const damaged: Store = {
      ...store,
      checkpoint: (...asked) => (++reads === 2 ? broken() : store.checkpoint(...asked)),
      atOnce: broken,
    };
    const taken: string[] = [];
    const twoAtATime: Runner = {
      async run(jobs, _resources, listener) {
        const [first, ...rest] = jobs;
        taken.push(first.id, ...rest.map(({ id }) => id));
        listener.onEnd(first, { record: encodeRecord(fakeRecord(0)) });
        throw new Error('the list of runs has changed');
      },
    };
    const result = await run(runs, { store: damaged, runner: twoAtATime });
    expect(taken).toEqual([runs[0].id]);
    expect(result).toMatchObject({ completed: 0, unsaved: 1 });
    expect(String(result.storeError)).toContain('damaged store: it cannot be read');
    expect(told.map(({ event }) => event.event)).toEqual(['stage', 'started', 'storeError']);
    expect(result.rescue?.count).toBe(1);
  });

  it('counts a run as stored only with all that is written with it', async () => {
    const failing: Store = {
      ...store,
      dropCheckpoints() {
        throw new UnusableStore('cannot write the store: no room left');
      },
    };
    const result = await run(fakeRuns(2), { store: failing });
    expect(result).toMatchObject({ completed: 0, unsaved: 1, rescue: { count: 1 } });
    expect(store.endingOf(fakeRun(0).id, engine)).toBeUndefined();
  });

  it('says why a checkpoint was of no use', async () => {
    const { id, spec } = fakeRun(0, SAVES, 60);
    const damaged = { trajectory: trajectoryId(spec), engine, bytes: new Uint8Array(50) };
    store.putCheckpoint({ ...damaged, step: 121 }); // behind the end of 60 epochs of 2 steps: not looked at
    await run([{ id, spec }], { resources: TWO_BATCHES });
    expect(eventsOf('note')).toEqual([]);
    store.remove([1]);
    store.putCheckpoint({ ...damaged, step: 120 });
    await run([{ id, spec }], { resources: TWO_BATCHES });
    expect(eventsOf('note')).toEqual([
      { event: 'note', id, message: expect.stringMatching(/^invalid checkpoint: .*; the run started anew$/) },
    ]);
    expect(store.endingOf(id, engine)).toBe('completed');
  });

  it('stops when the store takes no more, and keeps what it has', async () => {
    store.close();
    store = openStore(store.path, { write: true, maxPages: 10 });
    const result = await run(fakeRuns(200));
    expect(String(result.storeError)).toMatch(/cannot write the store: no room left/);
    expect(result.unsaved).toBe(1);
    expect(result.rescue?.count).toBe(1);
    expect(eventsOf('storeError')).toEqual([
      { event: 'storeError', message: expect.stringContaining('cannot write the store') },
    ]);
    const kept = result.completed + result.diverged;
    expect(kept).toBeGreaterThan(0);
    expect(executed).toHaveLength(kept + 1);
    store.close();
    store = openStore(store.path, { write: true });
    const rest = await run(fakeRuns(kept + 5));
    expect(rest.stored).toBe(kept);
    expect(executed.slice(kept + 1)).toEqual([0, 1, 2, 3, 4].map((i) => kept + i));
  });
});

describe('a process that is killed in the middle of a sweep', () => {
  const RUNS = 24;
  const log = () => join(folder, 'executions.log');
  const logged = () => (existsSync(log()) ? readFileSync(log(), 'utf8').trim().split('\n').map(Number) : []);

  function startChild(): ChildProcess {
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { engineDigest } from ${at('../../src/run/engineDigest.ts')};
      import { openStore } from ${at('../../src/store/store.ts')};
      import { missingRuns } from ${at('../../src/sweep/missingRuns.ts')};
      import { storedRuns } from ${at('../../src/sweep/storedRuns.ts')};
      import { sweep } from ${at('../../src/sweep/sweep.ts')};
      import { threadRunner } from ${at('../../src/sweep/threadRunner.ts')};
      import { fakeRuns, NO_RESOURCES, plannedStage } from ${at('./fakeRuns.ts')};
      const stage = plannedStage(fakeRuns(${RUNS}));
      const store = openStore(${JSON.stringify(store.path)}, { write: true });
      await sweep(stage, missingRuns(stage, storedRuns(store, [engineDigest()])), {
        store,
        runner: threadRunner({ workers: 2, workerFile: new URL(${at('./fakeWorker.ts')}) }),
        resources: NO_RESOURCES,
        engine: engineDigest(),
      });`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, THALWEG_TEST_LOG: log(), THALWEG_TEST_DELAY: '40' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  it('goes on with identical records and runs nothing twice that was stored', async () => {
    store.close();
    const child = startChild();
    while (logged().length < RUNS / 2 && child.exitCode === null) await setTimeout(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');

    store = openStore(store.path, { write: true });
    const runs = fakeRuns(RUNS);
    const before = runs
      .filter(({ id }) => store.endingOf(id, engine) !== undefined)
      .map(({ spec }) => spec.seed);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(RUNS);
    const executedBefore = logged();
    expect(executedBefore.length - before.length).toBeLessThanOrEqual(2); // what the two workers had under way
    const result = await run(runs);
    expect(result.stored).toBe(before.length);
    expect(executed.filter((seed) => before.includes(seed))).toEqual([]);
    expect(executed.length + before.length).toBe(RUNS);

    const recordsOf = () => runs.flatMap(({ id }) => store.get(id, engine) ?? []);
    const killed = recordsOf();
    store.close();
    store = openStore(join(folder, 'undisturbed.sqlite'), { write: true });
    await run(runs);
    expect(bytesOf(killed)).toEqual(bytesOf(recordsOf()));
  });
});
