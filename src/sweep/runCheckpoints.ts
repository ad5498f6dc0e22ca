import { InvalidInput } from '../core/check.ts';
import type { Checkpoint, RunControl } from '../run/execute.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../store/encodeCheckpoint.ts';
import { timeLimitPassed } from './lost.ts';
import type { PerformOptions } from './performRun.ts';
import type { Job, SavedState } from './runner.ts';

/** Where one run goes on from and what is kept of it on the way, by the clock and by the count of steps. */
export function checkpointsOf(
  job: Job,
  { checkpointEvery = 0, keptSteps, onCheckpoint, timeLimit }: PerformOptions,
) {
  const start = performance.now();
  let saved = start;
  let isDue = false;
  let last: SavedState | undefined;
  const shared: SavedState[] = [];
  const isShared = (step: number) => job.shares?.includes(step) === true;
  const check = () => {
    if (timeLimit !== undefined && performance.now() - start > timeLimit) throw timeLimitPassed(timeLimit);
    return false;
  };
  return {
    /** @throws InvalidInput if the checkpoint is damaged. */
    control(): RunControl {
      return {
        ...(job.checkpoint === undefined ? {} : { from: decode(job.checkpoint) }),
        isCheckpointDue(step) {
          const isKept = keptSteps !== undefined && step % keptSteps === 0;
          isDue =
            check() ||
            isKept ||
            isShared(step) ||
            (checkpointEvery > 0 && performance.now() - saved >= checkpointEvery);
          return isDue;
        },
        onCheckpoint(checkpoint) {
          last = { step: checkpoint.step, bytes: encodeCheckpoint(checkpoint) };
          if (isShared(last.step)) shared.push(last);
          if (isDue) onCheckpoint(last);
          isDue = false;
          saved = performance.now();
        },
      };
    },
    /** From the start, and without keeping any. */
    without: (): RunControl => ({ isCheckpointDue: check }),
    shared,
    /** The last state of a run that ended after `steps`, if it has given one. */
    lastAt: (steps: number) => (job.spec.until !== undefined && last?.step === steps ? last : undefined),
  };
}

function decode(bytes: Uint8Array): Checkpoint {
  try {
    return decodeCheckpoint(bytes) as Checkpoint;
  } catch (cause) {
    throw new InvalidInput(`invalid checkpoint: it cannot be read (${(cause as Error).message})`, { cause });
  }
}

/** Whether a run ended because of its checkpoints: one that does not fit, or a state that cannot be copied. */
export function isOfCheckpoint(error: unknown): error is InvalidInput {
  return error instanceof InvalidInput && /^invalid (checkpoint|state):/.test(error.message);
}
