import { InvalidInput } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { runId } from '../run/record.ts';
import { describeValue } from '../run/schema.ts';
import { parseSpec } from '../run/spec.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import { missingRuns } from './missingRuns.ts';
import { listOf } from './mistakes.ts';
import { type PlannedStage, planStage } from './plan.ts';
import type { Results } from './stage.ts';
import type { StoredRuns } from './storedRuns.ts';
import { inUserCodeNow, shownPath } from './userCode.ts';

/**
 * The stages of an experiment, one after the other: the next is known when the results of the last are given to it. Returns what the
 * experiment decided.
 * @throws InvalidInput on the mistakes of a stage.
 */
export function* stagesOf(experiment: LoadedExperiment): Generator<PlannedStage, Json, Results> {
  const { file, protocol } = experiment;
  const stages = inUserCodeNow(file, 'experiment', protocol);
  if (typeof stages?.next !== 'function') {
    throw wrong(
      experiment,
      `protocol: it gave ${describeValue(stages)}, expected a generator: *protocol() { ... }`,
    );
  }
  let step = inUserCodeNow(file, 'experiment', () => stages.next(nothingBefore));
  let place = 0;
  for (; step.done !== true; place++) {
    if (step instanceof Promise) {
      throw wrong(
        experiment,
        'protocol: it is asynchronous, expected a generator that is not: *protocol() { ... }',
      );
    }
    checkStage(step.value, place, experiment);
    const results = yield planStage(step.value, experiment);
    step = inUserCodeNow(file, 'experiment', () => stages.next(results));
  }
  const decisions = checkDecisions(step.value, experiment);
  if (place === 0)
    throw listOf(file, [
      ...(experiment.mistakes ?? []),
      'protocol: it yields no stage, so that there is nothing to run',
    ]);
  return decisions;
}

/** @throws InvalidInput unless a protocol has yielded a stage. */
function checkStage(stage: unknown, place: number, experiment: LoadedExperiment): void {
  const path = `protocol: stages[${place}]`;
  if (typeof stage !== 'object' || stage === null) {
    throw wrong(experiment, `${path}: got ${describeValue(stage)}, expected a stage { name, runs }`);
  }
  const { name, runs } = stage as { readonly name?: unknown; readonly runs?: unknown };
  const mistakes = [
    ...(typeof name === 'string' && name !== ''
      ? []
      : [`${path}.name: got ${describeValue(name)}, expected what reports call the stage`]),
    ...(typeof runs === 'function'
      ? []
      : [`${path}.runs: got ${describeValue(runs)}, expected a function that gives the specs`]),
  ];
  if (mistakes.length > 0) throw wrong(experiment, mistakes.join('\n  '));
}

/** Decisions are kept and compared: they must be plain JSON. */
function checkDecisions(decisions: Json | undefined, experiment: LoadedExperiment): Json {
  try {
    canonicalJson(decisions ?? null);
    return decisions ?? null;
  } catch (error) {
    throw wrong(experiment, `protocol: what it returned cannot be kept: ${(error as Error).message}`);
  }
}

function wrong({ file }: LoadedExperiment, mistake: string): InvalidInput {
  return new InvalidInput(`invalid experiment ${shownPath(file)}: ${mistake}`);
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
export function knownStages(experiment: LoadedExperiment, stored: StoredRuns): KnownStages {
  const walk = stagesOf(experiment);
  const stages: PlannedStage[] = [];
  let step = walk.next(nothingBefore);
  while (step.done !== true) {
    stages.push(step.value);
    if (missingRuns(step.value, stored).missing.size > 0) {
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
