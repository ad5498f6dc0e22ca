import type { Json } from '../core/json.ts';
import { runId } from '../run/record.ts';
import { parseSpec } from '../run/spec.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import { missingRuns } from './missingRuns.ts';
import { type PlannedStage, planStage } from './plan.ts';
import type { Results } from './stage.ts';
import type { StoredRuns } from './storedRuns.ts';
import { inUserCodeNow } from './userCode.ts';

/**
 * The stages of an experiment, one after the other: the next is known when the results of the last are given to it. Returns what the
 * experiment decided.
 * @throws InvalidInput on the mistakes of a stage.
 */
export function* stagesOf(experiment: LoadedExperiment): Generator<PlannedStage, Json, Results> {
  const { file, protocol } = experiment;
  const stages = inUserCodeNow(file, 'experiment', protocol);
  let step = inUserCodeNow(file, 'experiment', () => stages.next());
  while (step.done !== true) {
    const results = yield planStage(step.value, experiment);
    step = inUserCodeNow(file, 'experiment', () => stages.next(results));
  }
  return step.value;
}

/** The results that a store holds. */
export function resultsOf(stored: StoredRuns): Results {
  return (input) => {
    const id = runId(parseSpec(input));
    const record = stored.get(id);
    if (record === undefined) throw new Error(`the run ${id} has no result: no stage before this one had it`);
    return record;
  };
}

export interface KnownStages {
  readonly stages: readonly PlannedStage[];
  /** What was decided, once all runs of all stages have ended. */
  readonly decisions: Json | undefined;
  /** Whether later stages depend on runs that have not ended. */
  readonly isOpen: boolean;
}

/** The stages that are known from what is stored: up to the first one of which a run is missing. */
export function knownStages(experiment: LoadedExperiment, stored: StoredRuns | undefined): KnownStages {
  const walk = stagesOf(experiment);
  const stages: PlannedStage[] = [];
  let step = walk.next(nothingBefore);
  while (step.done !== true) {
    stages.push(step.value);
    if (stored === undefined || missingRuns(step.value, stored).missing.size > 0) {
      return { stages, decisions: undefined, isOpen: experiment.isAdaptive };
    }
    step = walk.next(resultsOf(stored));
  }
  return { stages, decisions: step.value, isOpen: false };
}

/** Results are asked for from the second stage on. */
export const nothingBefore: Results = () => {
  throw new Error('there are no results before the first stage');
};
