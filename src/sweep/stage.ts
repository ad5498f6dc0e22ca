import type { Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpecInput } from '../run/spec.ts';

/** Runs of which none depends on the result of another of the same stage. */
export interface Stage {
  readonly name: string;
  /** May be called several times and must give the same runs. */
  readonly runs: () => Iterable<RunSpecInput>;
}

/** The record of a run of an earlier stage; complete records always (completed, diverged or failed). */
export type Results = (spec: RunSpecInput) => RunRecord;

/**
 * Yields stages, is given the results when all runs of the stage have ended, returns what was decided (plain JSON).
 * A pure function of results.
 */
export type Protocol = () => Generator<Stage, Json, Results>;
