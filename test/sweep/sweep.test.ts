import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type PlannedRun, plannedStage } from '../../src/sweep/plan.ts';
import { inlineRunner } from '../../src/sweep/runner.ts';
import { type Failure, type Progress, type SweepOptions, sweep } from '../../src/sweep/sweep.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import { DIES, fakeExecute, fakeResult, fakeRun, fakeRuns, NO_RESOURCES, THROWS } from './fakeRuns.ts';

let folder: string;
let store: Store;
let executed: number[];
const engine = engineDigest();
const counting = inlineRunner((spec, resources) => {
  executed.push(spec.seed);
  return fakeExecute(spec, resources);
});
const run = (runs: readonly PlannedRun[], options: Partial<SweepOptions> = {}) =>
  sweep(plannedStage(runs), { store, runner: counting, resources: NO_RESOURCES, engine, ...options });
const bytesOf = (records: readonly RunRecord[]) =>
  records.map((record) => canonicalJson({ ...record, environment: null }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-sweep-'));
  store = openStore(join(folder, 'store.sqlite'), { write: true });
  executed = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('sweep', () => {
  it('stores every record when its run is over, and tells how far it is', async () => {
    const told: [Progress, Failure | undefined, number][] = [];
    const runs = [...fakeRuns(5), fakeRun(5, THROWS)];
    const isStored = () =>
      store.records(
        runs.map(({ id }) => id),
        engine,
      ).length;
    const result = await run(runs, {
      onProgress: (progress, failure) => told.push([{ ...progress }, failure, isStored()]),
    });
    expect(told.map(([, , stored]) => stored)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(told.map(([{ completed, diverged, failed }]) => [completed, diverged, failed])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
      [4, 0, 0],
      [4, 1, 0],
      [4, 1, 1],
    ]);
    expect(told[6][1]).toMatchObject({
      id: runs[5].id,
      message: expect.stringContaining('updates is not a function'),
    });
    expect(result).toMatchObject({
      total: 6,
      stored: 0,
      completed: 4,
      diverged: 1,
      failed: 1,
      lost: 0,
      unsaved: 0,
    });
    expect(result.failures).toHaveLength(1);
  });

  it('runs nothing twice, but tries a failed run again', async () => {
    await run([fakeRun(0), fakeRun(4), fakeRun(9, THROWS)]);
    const result = await run([...fakeRuns(6), fakeRun(9, THROWS)]);
    expect(executed).toEqual([0, 4, 9, 1, 2, 3, 5, 9]);
    expect(result).toMatchObject({ total: 7, stored: 2, completed: 4, failed: 1 });
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
    expect(result.failures[0].message).toMatch(/^thalweg itself was changed while the sweep ran/);
    expect(store.enginesOf(fakeRun(0).id)).toEqual([]);
  });

  it('goes on after it was stopped', async () => {
    const stop = new AbortController();
    const onProgress = ({ completed }: Progress) => completed === 2 && stop.abort();
    const first = await run(fakeRuns(6), { stop: stop.signal, onProgress });
    expect(first.completed).toBe(2);
    const second = await run(fakeRuns(6));
    expect(second).toMatchObject({ stored: 2, completed: 3, diverged: 1 });
    expect(executed).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('stops at the first failure only if it is told to', async () => {
    const runs = [fakeRun(0), fakeRun(1, THROWS), fakeRun(2), fakeRun(3)];
    expect(await run(runs, { failFast: true })).toMatchObject({ completed: 1, failed: 1 });
    expect(executed).toEqual([0, 1]);
    expect(await run(runs)).toMatchObject({ stored: 1, completed: 2, failed: 1 });
  });

  it('counts a run whose worker died as lost: it has no record and is tried again', async () => {
    const runner = threadRunner({ workers: 1, workerFile: new URL('./fakeWorker.ts', import.meta.url) });
    const result = await run([fakeRun(0, DIES), fakeRun(1)], { runner });
    expect(result).toMatchObject({ completed: 1, failed: 0, lost: 1 });
    expect(result.failures[0].message).toMatch(/^its worker died: /);
    expect(store.get(fakeRun(0, DIES).id, engine)).toBeUndefined();
  });

  it('stops when the store takes no more, and keeps what it has', async () => {
    store.close();
    store = openStore(store.path, { write: true, maxPages: 10 });
    const result = await run(fakeRuns(200));
    expect(String(result.storeError)).toMatch(/cannot write the store: no room left/);
    expect(result.unsaved).toBe(1);
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
      import { plannedStage } from ${at('../../src/sweep/plan.ts')};
      import { sweep } from ${at('../../src/sweep/sweep.ts')};
      import { threadRunner } from ${at('../../src/sweep/threadRunner.ts')};
      import { fakeRuns, NO_RESOURCES } from ${at('./fakeRuns.ts')};
      await sweep(plannedStage(fakeRuns(${RUNS})), {
        store: openStore(${JSON.stringify(store.path)}, { write: true }),
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

    const killed = store.records(
      runs.map(({ id }) => id),
      engine,
    );
    store.close();
    store = openStore(join(folder, 'undisturbed.sqlite'), { write: true });
    await run(runs);
    expect(bytesOf(killed)).toEqual(
      bytesOf(
        store.records(
          runs.map(({ id }) => id),
          engine,
        ),
      ),
    );
  });
});
