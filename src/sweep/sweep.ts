import type { Resources } from '../run/execute.ts';
import type { RunRecord } from '../run/record.ts';
import { encodeRecord, isResult } from '../store/encodeRecord.ts';
import type { Store } from '../store/store.ts';
import type { PlannedRun, PlannedStage } from './plan.ts';
import type { RunListener, Runner } from './runner.ts';

/** How far a sweep is. `done` = stored before + completed + diverged + failed + lost. */
export interface Progress {
  readonly total: number;
  /** Found in the store: they did not run again. */
  readonly stored: number;
  /** How many of the stored ones diverged. */
  readonly storedDiverged: number;
  readonly completed: number;
  readonly diverged: number;
  readonly failed: number;
  /** They came to no end, mostly because their worker died: no record, tried again the next time. */
  readonly lost: number;
}

/** A run that did not give a result. */
export interface Failure {
  readonly id: string;
  readonly message: string;
}

export interface SweepOptions {
  readonly store: Store;
  readonly runner: Runner;
  readonly resources: Resources;
  /** The digest of the engine that runs: records of another engine do not count as stored. */
  readonly engine: string;
  /** Which runs of the stage are meant; all unless given. */
  readonly isWanted?: (id: string) => boolean;
  /** Stop at the first run that fails or is lost; runs under way still finish. */
  readonly failFast?: boolean;
  /** Raise it to start nothing more: what is under way finishes and is stored. */
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: Progress, failure?: Failure) => void;
}

export interface SweepResult extends Progress {
  readonly failures: readonly Failure[];
  /** Why the store could take no more, if so: the sweep then stopped, `unsaved` finished runs must run again. */
  readonly storeError?: unknown;
  readonly unsaved: number;
}

/**
 * Runs what the store does not have yet. Every record is stored the moment its run is over, in a transaction of its
 * own: a sweep that was interrupted, by whatever, goes on when it is called again and runs nothing twice.
 */
export async function sweep(
  stage: Pick<PlannedStage, 'ids' | 'runs'>,
  options: SweepOptions,
): Promise<SweepResult> {
  const { store, runner, resources, engine, stop, onProgress, isWanted = () => true } = options;
  const wanted = stage.ids.filter(isWanted);
  const missing = new Set<string>();
  let storedDiverged = 0;
  for (const id of wanted) {
    const ending = store.endingOf(id, engine);
    if (!isResult(ending)) missing.add(id);
    if (ending === 'diverged') storedDiverged++;
  }
  const tally: Tally = {
    total: wanted.length,
    stored: wanted.length - missing.size,
    storedDiverged,
    completed: 0,
    diverged: 0,
    failed: 0,
    lost: 0,
    failures: [],
    unsaved: 0,
  };
  const halt = new AbortController();
  const signal = stop === undefined ? halt.signal : AbortSignal.any([stop, halt.signal]);
  onProgress?.(tally);
  const runs = stage.runs((id) => missing.has(id));
  await runner.run(runs, resources, keep(tally, options, halt), signal);
  return tally;
}

type Tally = { -readonly [K in keyof SweepResult]: SweepResult[K] } & { failures: Failure[] };

/** Stores what ends and counts it; `halt` is raised when nothing more shall start. */
function keep(tally: Tally, options: SweepOptions, halt: AbortController): RunListener {
  const { store, engine, failFast = false, onProgress } = options;
  const tell = (failure?: Failure) => {
    if (failure !== undefined) {
      tally.failures.push(failure);
      if (failFast) halt.abort();
    }
    onProgress?.(tally, failure);
  };
  const onLost = ({ id }: PlannedRun, message: string) => {
    tally.lost++;
    tell({ id, message });
  };
  const onRecord = (record: RunRecord) => {
    const { id, outcome } = record;
    if (record.engine !== engine) {
      onLost(record, 'thalweg itself was changed while the sweep ran; run the same command again');
      return;
    }
    try {
      store.put(encodeRecord(record));
    } catch (error) {
      tally.storeError ??= error;
      tally.unsaved++;
      halt.abort();
      return;
    }
    tally[outcome.kind]++;
    tell(outcome.kind === 'failed' ? { id, message: outcome.message } : undefined);
  };
  return { onRecord, onLost };
}
