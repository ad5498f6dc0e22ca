import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { timeLimitPassed } from './lost.ts';
import type { Job, Performed, SavedState } from './runner.ts';
import type { WorkerData, WorkerMessage } from './workerRun.ts';

/** The thread died before it began the run, of which it says nothing. */
export interface NotBegun {
  readonly kind: 'notBegun';
  readonly message: string;
}

/** A worker thread, one run at a time. Once dead it stays dead. */
export interface WorkerThread {
  readonly isDead: () => boolean;
  /** Never rejects. A run that takes longer than `timeLimit` milliseconds ends with its thread. */
  perform(
    job: Job,
    onCheckpoint: (state: SavedState) => void,
    timeLimit: number | undefined,
  ): Promise<Performed | NotBegun>;
  end(): Promise<void>;
}

export interface WorkerThreadOptions extends Omit<WorkerData, 'begun'> {
  readonly file: URL;
  /** The most that its heap may hold. */
  readonly heapMegabytes: number;
}

/**
 * A pool of one: piscina gives a run that waits for a thread which dies while it starts to no other, and the run would wait for ever.
 * The first thread of a pool takes its run at once, and whatever its end is, the run hears of it.
 */
export function startThread({ file, heapMegabytes, ...data }: WorkerThreadOptions): WorkerThread {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const pool = new Piscina<Job, Performed>({
    filename: fileURLToPath(file),
    minThreads: 1,
    maxThreads: 1,
    workerData: { ...data, begun } satisfies WorkerData,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    recordTiming: false,
  });
  let isDead = false;
  pool.on('workerDestroy', () => {
    isDead = true;
  });
  pool.on('error', () => {}); // of the thread that piscina starts in the place of a dead one
  return {
    isDead: () => isDead,
    async perform(job, onCheckpoint, timeLimit) {
      Atomics.store(begun, 0, 0);
      const limit = startLimit(begun, timeLimit);
      let received = 0;
      let onReceived = () => {};
      const onMessage = ({ id, state }: WorkerMessage) => {
        if (id !== job.id) return; // of the run before
        onCheckpoint(state);
        received++;
        onReceived();
      };
      pool.on('message', onMessage);
      try {
        const performed = await pool.run(job, { signal: limit.signal });
        const posted = performed.kind === 'ended' ? (performed.ended.posted ?? 0) : 0;
        while (received < posted)
          await new Promise<void>((resolve) => {
            onReceived = resolve;
          });
        return performed;
      } catch (error) {
        isDead = true;
        if (limit.signal.aborted) return timeLimitPassed(timeLimit ?? 0).lost;
        const message = error instanceof Error ? error.message : String(error);
        if (Atomics.load(begun, 0) === 0) return { kind: 'notBegun', message };
        return { kind: 'lost', message: `its worker died: ${message}`, next: 'tryAgain' };
      } finally {
        limit.clear();
        pool.off('message', onMessage);
      }
    },
    async end() {
      isDead = true;
      await pool.destroy();
    },
  };
}

/** Counts from the moment at which the run begins: on a busy machine a thread may take long to start. */
function startLimit(begun: Int32Array, timeLimit: number | undefined) {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const begin = () => {
    if (!isOver && timeLimit !== undefined) timer = setTimeout(() => limit.abort(), timeLimit);
  };
  if (timeLimit !== undefined) void Promise.resolve(Atomics.waitAsync(begun, 0, 0).value).then(begin);
  return {
    signal: limit.signal,
    clear() {
      isOver = true;
      clearTimeout(timer);
      Atomics.notify(begun, 0); // a run that never began
    },
  };
}
