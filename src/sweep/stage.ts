import type { Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpecInput } from '../run/spec.ts';

/** Runs of which none depends on the result of another of the same stage. */
export interface Stage {
  readonly name: string;
  /** May be called several times and gives the same specs every time. Equal specs are run once. */
  readonly runs: () => Iterable<RunSpecInput>;
}

/** The record of a run of an earlier stage: completed, diverged or failed. @throws if no earlier stage had the run. */
export type Results = (spec: RunSpecInput) => RunRecord;

/**
 * Yields stages, is given the results when all runs of a stage have ended, and returns what was decided as plain JSON. A pure function
 * of the results: it is walked again from its beginning whenever a sweep goes on, is planned or reported.
 */
export interface Protocol<D = Json> {
  (): Generator<Stage, D, Results>;
  /** The options that decide what is run and chosen, plain JSON: kept with the time of the declaration, so that a change is seen. */
  readonly declares?: Json;
}

/** A protocol with what it declares. */
export function declaring<D, O extends Json>(
  declares: O,
  protocol: () => Generator<Stage, D, Results>,
): Protocol<D> & { readonly declares: O } {
  return Object.assign(() => protocol(), { declares });
}
