import type { Resources } from '../run/execute.ts';
import type { EncodedRecord } from '../store/encodeRecord.ts';
import { guarded } from './guardProcess.ts';
import type { Lost } from './lost.ts';
import { type Execute, performRun } from './performRun.ts';
import type { PlannedRun } from './plan.ts';

/** A run to do. */
export interface Job extends PlannedRun {
  /** Encoded; the run goes on from here. */
  readonly checkpoint?: Uint8Array | undefined;
  /** Steps after which its state is kept: other runs go on from there. */
  readonly shares?: readonly number[] | undefined;
}

/** Jobs, taken one by one. */
export interface Jobs extends Iterable<Job> {
  /** Behind the last one: when to ask again, if others may become ready. */
  later?(): Promise<void> | undefined;
}

/** The state of a run at a step, encoded. */
export interface SavedState {
  readonly step: number;
  readonly bytes: Uint8Array;
}

/** A run that is over: completed, diverged or failed. */
export interface Ended {
  readonly record: EncodedRecord;
  /** The last state of a run that stops before its horizon: a longer one of its trajectory goes on from it. */
  readonly last?: SavedState;
  /** The states after the job's `shares`: what a worker posts on the way may arrive behind the end. */
  readonly shared?: readonly SavedState[];
  /** Why a checkpoint was of no use, if so. */
  readonly note?: string;
  /** Checkpoints that a worker has posted on the way and that are to be waited for: none may be missing where they are kept. */
  readonly posted?: number;
}

/** How a run went. */
export type Performed = { readonly kind: 'ended'; readonly ended: Ended } | Lost;

/** Hears of the runs, in the order in which things happen. */
export interface RunListener {
  onEnd(job: Job, ended: Ended): void;
  /** The run did not come to an end. It has no record. */
  onLost(job: Job, lost: Lost): void;
  /** A run that is under way can be continued from here. */
  onCheckpoint(job: Job, state: SavedState): void;
}

export interface RunnerOptions {
  /** After it was raised no further run is started. */
  readonly stop: AbortSignal;
  /** A run that takes longer, in milliseconds, is lost. */
  readonly timeLimit?: number | undefined;
  /** Milliseconds between two checkpoints of a run; none unless given. */
  readonly checkpointEvery?: number | undefined;
  /** Steps between two checkpoints that stay when the run has ended; none unless given. */
  readonly keptSteps?: number | undefined;
}

/** Executes runs. Which runner, how many workers and which order make no difference to any record. */
export interface Runner {
  /**
   * Resolves when every run that was started is over. Jobs are taken one by one, as there is room for them: what one of them gives to
   * the listener may decide what the next one is, also after the list seemed to be at its end; `later` says when to ask again.
   * One run that fails or is lost does not stop the others.
   */
  run(jobs: Jobs, resources: Resources, listener: RunListener, options: RunnerOptions): Promise<void>;
}

/** Runs one after the other in this thread, for tests and for a debugger. Its time limit is looked at after every step. */
export function inlineRunner(execute: Execute): Runner {
  return {
    async run(jobs, resources, listener, { stop, timeLimit, checkpointEvery, keptSteps }) {
      for (const job of jobsUntil(stop, jobs)) {
        const onCheckpoint = (state: SavedState) => listener.onCheckpoint(job, state);
        const performed = await guarded(() =>
          performRun(execute, job, resources, { checkpointEvery, keptSteps, timeLimit, onCheckpoint }),
        );
        tellOf(performed, job, listener);
        // lets signals and timers have their turn between two runs
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

export function tellOf(performed: Performed, job: Job, listener: RunListener): void {
  if (performed.kind === 'ended') listener.onEnd(job, performed.ended);
  else listener.onLost(job, performed);
}

/** Asks for no job after `stop`: one that is asked for counts as started. What was the end may be followed by jobs that are lost. */
export function jobsUntil(stop: AbortSignal, jobs: Jobs): IterableIterator<Job> & Jobs {
  const waiting = jobs[Symbol.iterator]();
  const until: IterableIterator<Job> & Jobs = {
    next: () => (stop.aborted ? { done: true, value: undefined } : waiting.next()),
    later: () => (stop.aborted ? undefined : jobs.later?.()),
    [Symbol.iterator]: () => until,
  };
  return until;
}
