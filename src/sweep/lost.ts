import { basename } from 'node:path';
import { isOutOfMemory } from '../core/memory.ts';
import { describeError, shownPath } from './userCode.ts';

/** A run that came to no end: it depends on the machine and the moment, and says nothing of the run. */
export interface Lost {
  readonly kind: 'lost';
  readonly message: string;
  /**
   * `tryAgain`: now, if it was not tried too often. `giveUp`: it is kept as lost, and the next command tries it. `stop`: nothing is kept
   * of it and nothing more is started, since other runs would end so too.
   */
  readonly next: 'tryAgain' | 'giveUp' | 'stop';
}

/** Thrown to abandon a run. */
export class LostError extends Error {
  readonly lost: Lost;

  constructor(message: string, next: Lost['next']) {
    super(message);
    this.lost = { kind: 'lost', message, next };
  }
}

/** It would take as long again. */
export function timeLimitPassed(milliseconds: number): LostError {
  const limit = `the limit of ${milliseconds / 1000} s for a run`;
  return new LostError(`it ran longer than ${limit}; a higher --time-limit lets it finish`, 'giveUp');
}

export function changedModule(path: string): LostError {
  const file = `the optimizer file ${shownPath(path)}`;
  return new LostError(`${file} changed while the sweep ran; run the same command again`, 'stop');
}

/** Undefined for an error that is the run's own doing: it throws the same wherever and whenever it runs. */
export function lostBy(error: unknown): Lost | undefined {
  if (error instanceof LostError) return error.lost;
  if (!isOutOfMemory(error)) return undefined;
  // the file's name without its folder: a record must not depend on where things lie
  return { kind: 'lost', message: describeError(error, basename), next: 'tryAgain' };
}
