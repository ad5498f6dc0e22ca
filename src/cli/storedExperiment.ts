import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { Selection } from '../sweep/selectRuns.ts';
import { acceptEngines, storedRuns } from '../sweep/storedRuns.ts';
import { knownStages } from '../sweep/walk.ts';
import { commandLine } from './commandLine.ts';

/** What is stored of an experiment. Nothing of it is in memory but ids. */
export interface StoredExperiment {
  readonly stages: readonly PlannedStage[];
  readonly decisions: Json | undefined;
  /** Whether later stages are not known yet. */
  readonly isOpen: boolean;
  /** The wanted runs of the stages that are known, each once, in the order of the experiment. */
  readonly planned: readonly string[];
  /** Those that have a record. */
  readonly ids: readonly string[];
  readonly hasEnded: (id: string) => boolean;
  /** The specs of all known runs, or of those with these ids, one at a time: methods are named after all of them. */
  specs(isWanted?: (id: string) => boolean): Iterable<RunSpec>;
  /** @throws if there is none. */
  record(id: string): RunRecord;
}

export interface StoredPart {
  /** Which runs, as `--only` says it. */
  readonly only?: string | undefined;
  /** Whose records count: the present engine first, then those that were accepted. The present one alone unless given. */
  readonly engines?: readonly string[] | undefined;
}

/** Looks up what a store has of an experiment. @throws InvalidInput if `only` leaves no run. */
export function storedExperiment(
  experiment: LoadedExperiment,
  store: Store,
  { only, engines = [engineDigest()] }: StoredPart = {},
): StoredExperiment {
  const stored = storedRuns(store, engines);
  const { stages, decisions, isOpen } = knownStages(experiment, stored);
  const selection = new Selection(only);
  const planned = [...new Set(stages.flatMap((stage) => [...selection.of(stage)]))];
  selection.requireAny(isOpen);
  return {
    stages,
    decisions,
    isOpen,
    planned,
    ids: planned.filter((id) => stored.endingOf(id) !== undefined),
    hasEnded: (id) => ![undefined, 'lost'].includes(stored.endingOf(id)),
    *specs(isWanted) {
      for (const stage of stages) for (const { spec } of stage.runs(isWanted)) yield spec;
    },
    record(id) {
      const record = stored.get(id);
      if (record === undefined) throw new Error(`the record of ${id} has gone from the store`);
      return record;
    },
  };
}

/** Gives what a store has of an experiment's file to `use`, read only. @throws InvalidInput if it is nothing. */
export async function withStored<T>(
  file: string,
  {
    store: path,
    only,
    acceptEngine,
  }: { readonly store: string; readonly only?: string; readonly acceptEngine?: string },
  use: (stored: StoredExperiment, experiment: LoadedExperiment) => T | Promise<T>,
): Promise<T> {
  const experiment = await loadExperiment(file);
  const store = openStore(path, { write: false });
  try {
    const engines = acceptEngines(store, engineDigest(), acceptEngine);
    const stored = storedExperiment(experiment, store, { only, engines });
    if (stored.ids.length === 0) throw nothingStored(experiment.name, file, store.path);
    return await use(stored, experiment);
  } finally {
    store.close();
  }
}

export function nothingStored(name: string, file: string, store: string): InvalidInput {
  return new InvalidInput(
    `nothing stored: ${store} has no run of ${name} computed by this version of the engine; first: ${commandLine('run', file, { store })}`,
  );
}
