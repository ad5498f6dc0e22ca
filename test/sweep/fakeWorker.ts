import type { Ended, Job } from '../../src/sweep/runner.ts';
import { performInWorker } from '../../src/sweep/workerRun.ts';
import { fakeExecute } from './fakeRuns.ts';

/** As src/sweep/worker.ts, with the fake execution. */
export default function run(job: Job): Promise<Ended> {
  return performInWorker(fakeExecute, job);
}
