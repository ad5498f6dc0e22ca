import { parentPort } from 'node:worker_threads';
import type { Job, Performed } from '../../src/sweep/runner.ts';
import { performInWorker, type WorkerMessage } from '../../src/sweep/workerRun.ts';
import { fakeExecute, HEARS_LATE } from './fakeRuns.ts';

/** As src/sweep/worker.ts, with the fake execution. */
export default async function run(job: Job): Promise<Performed> {
  if (job.spec.epochs === HEARS_LATE) {
    for (const [i, id] of ['another', job.id].entries()) {
      const state = { step: i + 1, bytes: new Uint8Array(1) };
      parentPort?.postMessage({ id, state } satisfies WorkerMessage);
    }
    await new Promise((resolve) => setTimeout(resolve, 200)); // they take another way than the end of the run
  }
  return await performInWorker(fakeExecute, job);
}
