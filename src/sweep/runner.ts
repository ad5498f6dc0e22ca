import type { Resources } from '../run/execute.ts';
import type { RunRecord } from '../run/record.ts';
import { guarded } from './guardProcess.ts';
import { type Execute, performRun } from './performRun.ts';
import type { PlannedRun } from './plan.ts';

/** Hears of every run that ended, in the order in which they end. */
export interface RunListener {
  /** The run is over: completed, diverged or failed. */
  onRecord(record: RunRecord): void;
  /** The run did not come to an end because its worker died. It has no record and may be tried again. */
  onLost(run: PlannedRun, message: string): void;
}

/** Executes runs. Which runner, how many workers and which order make no difference to any record. */
export interface Runner {
  /**
   * Resolves when every run that was started is over. Runs are taken from the list one by one, as there is room for them. After
   * `stop` was raised no further run is started.
   * One run that fails or is lost does not stop the others.
   */
  run(
    runs: Iterable<PlannedRun>,
    resources: Resources,
    listener: RunListener,
    stop: AbortSignal,
  ): Promise<void>;
}

/** Runs one after the other in this thread, for tests and for a debugger. */
export function inlineRunner(execute: Execute): Runner {
  return {
    async run(runs, resources, listener, stop) {
      for (const run of runs) {
        if (stop.aborted) return;
        listener.onRecord(await guarded(() => performRun(execute, run, resources)));
        // lets signals and timers have their turn between two runs
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
