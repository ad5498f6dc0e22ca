import type { Json } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { Selection } from '../sweep/selectRuns.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { knownStages } from '../sweep/walk.ts';

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
