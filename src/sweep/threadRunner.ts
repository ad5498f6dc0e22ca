import { getHeapStatistics } from 'node:v8';
import {
  type Job,
  type Jobs,
  jobsUntil,
  type RunListener,
  type Runner,
  type SavedState,
  tellOf,
} from './runner.ts';
import { startThread, type WorkerThread } from './workerThread.ts';

// sources run as .ts in a checkout and as .js from an install
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

export interface ThreadRunnerOptions {
  /** Threads, and so runs at a time. */
  readonly workers: number;
  /** The module whose default export performs a run; tests give their own. */
  readonly workerFile?: URL;
}

/** The most that the heap of one worker may hold, its vectors apart: no more than this process, which NODE_OPTIONS may set. */
const HEAP_MEGABYTES = Math.min(1024, Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20));

/**
 * Runs in worker threads, one run a thread at a time. A thread that dies costs its run only: another takes its
 * place. If no thread can start any more, the runs that are left do not run.
 */
export function threadRunner({ workers, workerFile: file = WORKER }: ThreadRunnerOptions): Runner {
  return {
    async run(jobs, resources, listener, { stop, timeLimit, checkpointEvery, keptSteps }) {
      const waiting = jobsUntil(stop, jobs);
      const start = () =>
        startThread({ file, heapMegabytes: HEAP_MEGABYTES, resources, checkpointEvery, keptSteps });
      const failure = new AbortController();
      const lane = () =>
        runLane(waiting, { start, listener, timeLimit, failure: failure.signal }).catch((error) => {
          failure.abort();
          throw error;
        });
      // none is left behind when another fails: it would go on with nobody who listens
      const lanes = await Promise.allSettled(Array.from({ length: workers }, lane));
      for (const each of lanes) if (each.status === 'rejected') throw each.reason;
    },
  };
}

interface Lane {
  readonly start: () => WorkerThread;
  readonly listener: RunListener;
  readonly timeLimit: number | undefined;
  /** Raised when a lane fails: what the others wait for may never come. */
  readonly failure: AbortSignal;
}

/** So many threads in a row that die before they begin a run show that none can start. */
const MOST_STARTS = 3;

/** One run after the other in one thread, which is replaced when it has died. */
async function runLane(waiting: IterableIterator<Job> & Jobs, lane: Lane): Promise<void> {
  let thread: WorkerThread | undefined;
  const failed = aborted(lane.failure);
  try {
    while (!lane.failure.aborted) {
      const step = waiting.next();
      if (step.done === true) {
        const later = waiting.later?.();
        if (later === undefined) return;
        await Promise.race([later, failed]);
        continue;
      }
      for (let starts = 0; ; ) {
        if (thread?.isDead() !== false) {
          await thread?.end();
          thread = lane.start();
          starts++;
        }
        const isOver = await runOn(thread, step.value, lane, starts === MOST_STARTS);
        if (isOver) break;
        if (starts === MOST_STARTS) return;
      }
    }
  } finally {
    await thread?.end();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Returns whether the run is over; it is not if the thread died before it began. */
async function runOn(
  thread: WorkerThread,
  job: Job,
  { listener, timeLimit }: Lane,
  isLastStart: boolean,
): Promise<boolean> {
  const onCheckpoint = (state: SavedState) => listener.onCheckpoint(job, state);
  const performed = await thread.perform(job, onCheckpoint, timeLimit);
  if (performed.kind !== 'notBegun') {
    tellOf(performed, job, listener);
    return true;
  }
  const message = `no worker can start: ${performed.message}; perhaps fewer --workers help`;
  if (isLastStart) listener.onLost(job, { kind: 'lost', message, next: 'tryAgain' });
  return false;
}
