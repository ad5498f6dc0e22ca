import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Resources } from '../run/execute.ts';
import type { RunRecord } from '../run/record.ts';
import type { PlannedRun } from './plan.ts';
import type { Runner } from './runner.ts';

/** What every worker is given when it starts. Data sets lie in shared memory: all workers read the one copy. */
export interface WorkerData {
  readonly resources: Resources;
}

// sources run as .ts in a checkout and as .js from an install
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

export interface ThreadRunnerOptions {
  /** Threads, and so runs at a time. */
  readonly workers: number;
  /** The module whose default export performs a run; tests give their own. */
  readonly workerFile?: URL;
}

/**
 * Runs in worker threads, one run a thread at a time. A thread that dies costs its run only: another takes its
 * place. If no thread can start any more, the runs that are left do not run.
 */
export function threadRunner({ workers, workerFile = WORKER }: ThreadRunnerOptions): Runner {
  return {
    async run(runs, resources, listener, stop) {
      const waiting = runs[Symbol.iterator]();
      const first: PlannedRun[] = [];
      while (first.length < workers) {
        const step = waiting.next();
        if (step.done === true) break;
        first.push(step.value);
      }
      const threads = first.length;
      if (threads === 0) return;
      const pool = new Piscina<PlannedRun, RunRecord>({
        filename: fileURLToPath(workerFile),
        minThreads: threads,
        maxThreads: threads,
        workerData: { resources } satisfies WorkerData,
        recordTiming: false,
      });
      const end = watchEnd(pool);
      const lane = async (firstRun: PlannedRun) => {
        let run: PlannedRun | undefined = firstRun;
        for (; run !== undefined && !stop.aborted && !end.reached(); run = waiting.next().value) {
          const started = run;
          const record = await end.orRejected(pool.run(started)).catch((error: unknown) => {
            listener.onLost(
              started,
              `its worker died: ${error instanceof Error ? error.message : String(error)}`,
            );
          });
          if (record !== undefined) listener.onRecord(record);
        }
      };
      try {
        await Promise.all(first.map(lane));
      } finally {
        await pool.destroy();
      }
    },
  };
}

/**
 * Rejects what waits for a pool that has no thread left: piscina does not replace a thread that fails while it
 * starts, and a run that waits for one would wait for ever.
 */
function watchEnd(pool: Piscina) {
  const waiting = new Set<(error: Error) => void>();
  let reached = false;
  let cause = 'it ended while it started';
  pool.on('error', (problem: Error) => {
    cause = problem.message;
  });
  pool.on('workerDestroy', () =>
    // piscina starts the next thread after it has told of the end of the last
    setImmediate(() => {
      if (pool.threads.length > 0) return;
      reached = true;
      for (const reject of waiting)
        reject(new Error(`${cause}; no other can start, perhaps fewer --workers help`));
    }),
  );
  return {
    reached: () => reached,
    // not Promise.race: a promise that lives as long as the pool would keep every record that it raced with
    orRejected: <T>(work: Promise<T>): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        waiting.add(reject);
        work.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
}
