import { workerData } from 'node:worker_threads';
import { engineDigest } from '../run/engineDigest.ts';
import { execute } from '../run/execute.ts';
import { guardProcess } from './guardProcess.ts';
import { preloadModules } from './preloadModules.ts';
import type { Job, Performed } from './runner.ts';
import { performInWorker, type WorkerData } from './workerRun.ts';

guardProcess();
engineDigest(); // read now: the files that this worker has loaded, not those of the end of its first run
const checked = preloadModules((workerData as WorkerData).resources.modules);

/** One run of a sweep in a worker thread. */
export default function run(job: Job): Promise<Performed> {
  return performInWorker(async (spec, resources, control) => {
    const changed = await checked;
    const problem = spec.optimizer.kind === 'module' ? changed.get(spec.optimizer.sha256) : undefined;
    if (problem !== undefined) throw problem;
    return await execute(spec, resources, control);
  }, job);
}
