import { parentPort, workerData } from 'node:worker_threads';
import type { Resources } from '../run/execute.ts';
import { type Execute, performRun } from './performRun.ts';
import type { Job, Performed, SavedState } from './runner.ts';

/** What every worker is given when it starts. Data sets lie in shared memory: all workers read the one copy. */
export interface WorkerData {
  readonly resources: Resources;
  readonly checkpointEvery: number | undefined;
  readonly keptSteps: number | undefined;
  /** In shared memory: becomes 1 when the worker begins its run. */
  readonly begun: Int32Array;
}

/** What a worker posts. It may arrive after the end of its run, which takes another way, and when the next run is under way. */
export interface WorkerMessage {
  readonly id: string;
  readonly state: SavedState;
}

/** One run of a sweep, in a worker thread. */
export async function performInWorker(execute: Execute, job: Job): Promise<Performed> {
  const { resources, checkpointEvery, keptSteps, begun } = workerData as WorkerData;
  Atomics.store(begun, 0, 1);
  Atomics.notify(begun, 0);
  let posted = 0;
  const performed = await performRun(execute, job, resources, {
    checkpointEvery,
    keptSteps,
    onCheckpoint(state) {
      parentPort?.postMessage({ id: job.id, state } satisfies WorkerMessage);
      posted++;
    },
  });
  if (keptSteps === undefined || performed.kind !== 'ended') return performed;
  return { ...performed, ended: { ...performed.ended, posted } };
}
