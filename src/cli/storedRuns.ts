import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { isResult } from '../store/encodeRecord.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedRun, PlannedStage } from '../sweep/plan.ts';
import { selectRuns } from '../sweep/selectRuns.ts';
import { knownStages } from '../sweep/walk.ts';

/** What is stored of an experiment. Nothing of it is in memory but ids. */
export interface StoredRuns {
  readonly stages: readonly PlannedStage[];
  readonly decisions: Json | undefined;
  /** Whether later stages are not known yet. */
  readonly isOpen: boolean;
  /** The wanted runs of the stages that are known, each once, in the order of the experiment. */
  readonly planned: readonly string[];
  /** Those that have a record. */
  readonly ids: readonly string[];
  readonly hasEnded: (id: string) => boolean;
  /** The specs of all known runs, wanted or not, one at a time: methods are named after all of them. */
  specs(): Iterable<RunSpec>;
  /** The known runs with these ids, each once. */
  runs(isWanted: (id: string) => boolean): PlannedRun[];
  /** @throws if there is none. */
  record(id: string): RunRecord;
}

export interface StoredRunsOptions {
  /** Which runs, as `--only` says it. */
  readonly only?: string | undefined;
  /** The engines whose records count; of each run the record of the first one that has a result. This engine unless given. */
  readonly engines?: readonly string[] | undefined;
}

/** Looks up what a store has of an experiment. @throws InvalidInput if `only` leaves no run. */
export function storedRuns(
  experiment: LoadedExperiment,
  store: Store,
  { only, engines = [engineDigest()] }: StoredRunsOptions = {},
): StoredRuns {
  const accepted = recordsOfEngines(store, engines);
  const { stages, decisions, isOpen } = knownStages(experiment, accepted, engines[0]);
  const runs = function* (isWanted?: (id: string) => boolean) {
    for (const stage of stages) yield* stage.runs(isWanted);
  };
  const selected = only === undefined ? undefined : selectRuns({ runs }, only);
  const known = new Set(stages.flatMap(({ ids }) => ids));
  const planned = [...known].filter((id) => selected === undefined || selected.has(id));
  return {
    stages,
    decisions,
    isOpen,
    planned,
    ids: planned.filter((id) => accepted.endingOf(id) !== undefined),
    hasEnded: (id) => hasEnded(accepted.endingOf(id)),
    runs: (isWanted) => [...new Map(Array.from(runs(isWanted), (run) => [run.id, run])).values()],
    *specs() {
      for (const { spec } of runs()) yield spec;
    },
    record(id) {
      const record = accepted.get(id);
      if (record === undefined) throw new Error(`the record of ${id} has gone from the store`);
      return record;
    },
  };
}

/** A lost run is tried again: it has come to no end. */
function hasEnded(ending: ReturnType<Store['endingOf']>): boolean {
  return ending !== undefined && ending !== 'lost';
}

/** A store as if the first of these engines had computed what any of them has. */
function recordsOfEngines(store: Store, engines: readonly string[]) {
  const engineOf = (id: string): string =>
    engines.find((engine) => isResult(store.endingOf(id, engine))) ??
    engines.find((engine) => store.endingOf(id, engine) !== undefined) ??
    engines[0];
  return {
    endingOf: (id: string, _engine?: string) => store.endingOf(id, engineOf(id)),
    get: (id: string, _engine?: string) => store.get(id, engineOf(id)),
  };
}

/**
 * The engines that a command takes records of: this one, and those that the user names by the beginnings of their digests.
 * @throws InvalidInput if the store has no record of an engine that begins so.
 */
export function acceptedEngines(prefixes: readonly string[], store: Pick<Store, 'rows'>): string[] {
  const present = engineDigest();
  if (prefixes.length === 0) return [present];
  const stored = new Set<string>();
  for (const { engine } of store.rows()) stored.add(engine);
  const others = prefixes.flatMap((prefix) => {
    const found = [...stored].filter((engine) => prefix !== '' && engine.startsWith(prefix));
    if (found.length > 0) return found;
    const known = [...stored].map((engine) => engine.slice(0, 12)).join(', ') || 'none';
    throw new InvalidInput(`unknown engine: ${prefix}, the store has records of ${known}`);
  });
  return [...new Set([present, ...others])];
}
