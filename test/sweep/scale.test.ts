import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { MOST_METHODS } from '../../src/report/methods.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { inOneStage, type LoadedExperiment } from '../../src/sweep/loadExperiment.ts';
import { missingRuns } from '../../src/sweep/missingRuns.ts';
import type { PlannedStage } from '../../src/sweep/plan.ts';
import type { Runner } from '../../src/sweep/runner.ts';
import { storedRuns } from '../../src/sweep/storedRuns.ts';
import { sweep } from '../../src/sweep/sweep.ts';
import { nothingBefore, stagesOf } from '../../src/sweep/walk.ts';
import { fakeResult, fakeRun, NO_RESOURCES } from './fakeRuns.ts';

const RUNS = 3000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What of `made` is still in memory. WeakRefs keep what was asked for in the same turn. */
async function retained(made: readonly WeakRef<object>[]): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return made.filter((ref) => ref.deref() !== undefined).length;
}

it('a long sweep keeps ids in memory: neither its specs nor its jobs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thalweg-scale-'));
  const store = openStore(join(folder, 'store.sqlite'), { write: true });
  const specs: WeakRef<object>[] = [];
  const { spec } = fakeRun(0);
  const experiment: LoadedExperiment = {
    name: 'long',
    file: '/long.ts',
    title: '',
    question: '',
    conclusion: undefined,
    ...inOneStage(function* () {
      for (let seed = 0; seed < RUNS; seed++) {
        const input = { ...spec, seed };
        specs.push(new WeakRef(input));
        yield input;
      }
    }),
  };
  const stage = stagesOf(experiment).next(nothingBefore).value as PlannedStage;
  expect(specs).toHaveLength(RUNS);
  expect(await retained(specs)).toBeLessThanOrEqual(2);

  const jobs: WeakRef<object>[] = [];
  const encoded = encodeRecord({ ...fakeResult(spec), environment: null });
  const runner: Runner = {
    async run(waiting, _resources, listener) {
      for (const job of waiting) {
        jobs.push(new WeakRef(job), new WeakRef(job.spec));
        expect(specs.length).toBe(RUNS + jobs.length / 2); // made when it is asked for, and no earlier
        listener.onEnd(job, { record: { ...encoded, id: job.id } });
        if (jobs.length === RUNS) expect(await retained(jobs)).toBeLessThanOrEqual(4);
      }
    },
  };
  const engine = engineDigest();
  const outlook = missingRuns(stage, storedRuns(store, [engine]));
  const result = await sweep(stage, outlook, { store, runner, engine, resources: NO_RESOURCES });
  expect(result).toMatchObject({ total: RUNS, completed: RUNS });
  expect(jobs).toHaveLength(2 * RUNS);
  expect(await retained([...specs, ...jobs])).toBeLessThanOrEqual(4);
  expect(missingRuns(stage, storedRuns(store, [engine])).missing.size).toBe(0);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ['names no method', {}],
  ['names one of too many', { reference: 'sgd' }],
])('a conclusion that %s keeps no specs', (_, names) => {
  const { spec } = fakeRun(0);
  let [before, grown] = [0, Number.POSITIVE_INFINITY];
  const experiment: LoadedExperiment = {
    name: 'many',
    file: '/many.ts',
    title: '',
    question: '',
    conclusion: { metric: { split: 'validation', measure: 'loss', at: 'final' }, ...names },
    ...inOneStage(function* () {
      collect();
      before = process.memoryUsage().heapUsed;
      for (let i = 0; i <= MOST_METHODS; i++) {
        yield { ...spec, weightDecay: { kind: 'coupled', rate: (1 + i) / MOST_METHODS } };
      }
      collect();
      grown = process.memoryUsage().heapUsed - before;
    }),
  };
  const stage = stagesOf(experiment).next(nothingBefore).value as PlannedStage;
  expect(stage.ids).toHaveLength(MOST_METHODS + 1);
  expect(grown).toBeLessThan(10e6); // 5000 specs are 40 MB
});
