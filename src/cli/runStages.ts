import { availableParallelism } from 'node:os';
import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import type { Dataset } from '../data/dataset.ts';
import { execute } from '../run/execute.ts';
import { UnusableStore } from '../store/sqliteError.ts';
import type { Store } from '../store/store.ts';
import { dropCheckpoints } from '../sweep/dropCheckpoints.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import { missingRuns, type Outlook } from '../sweep/missingRuns.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources, type ResourceOptions } from '../sweep/resources.ts';
import { inlineRunner } from '../sweep/runner.ts';
import { Selection } from '../sweep/selectRuns.ts';
import { BeginningSurvey } from '../sweep/sharing.ts';
import type { Results } from '../sweep/stage.ts';
import type { StoredRuns } from '../sweep/storedRuns.ts';
import { doneOf, type Progress, type SweepEvent, type SweepResult, sweep } from '../sweep/sweep.ts';
import { threadRunner } from '../sweep/threadRunner.ts';
import { resultsOf } from '../sweep/walk.ts';
import { NOTHING, type ProgressDisplay, sumOf } from './progress.ts';

/** What all stages of a command have in common. */
export interface StageContext {
  readonly experiment: LoadedExperiment;
  readonly store: Store;
  readonly stored: StoredRuns;
  readonly stop: AbortSignal;
  readonly display: ProgressDisplay;
  readonly onEvent: (event: SweepEvent) => void;
  readonly workers: number;
  readonly only?: string | undefined;
  readonly retryFailed: boolean;
  readonly failFast: boolean;
  /** Whether runs go on from the states of others with the same beginning. */
  readonly sharing: boolean;
  /** Milliseconds. */
  readonly timeLimit: number | undefined;
  readonly checkpointEvery: number;
  readonly keptSteps?: number | undefined;
  readonly dataDir?: string | undefined;
}

/** An experiment under way: its stages, and the one that it has come to. */
export interface Walk {
  readonly stages: Generator<PlannedStage, Json, Results>;
  readonly first: IteratorResult<PlannedStage, Json>;
}

/**
 * Runs what is missing of one stage after the other. The next stage is known when every run of the last one has ended. What has run is told
 * in any case: that the store cannot be read when the next stage is asked for is told as the sweep tells that it cannot be written.
 */
export async function runStages({ stages, first }: Walk, context: StageContext): Promise<SweepResult> {
  const selection = new Selection(context.only);
  const loaded: Record<string, Dataset> = {};
  const ended: PlannedStage[] = [];
  let result: SweepResult = { ...NOTHING, unsaved: 0 };
  let step = first;
  try {
    while (step.done !== true) {
      const selected = selection.of(step.value);
      if (selected.size > 0) {
        const { storeError, ...now } = await runStage(step.value, selected, { ...context, loaded }, result);
        result = { ...now, ...sumOf(result, now) };
        if (storeError !== undefined) return { ...result, storeError };
      }
      if (missingRuns(step.value, context.stored).missing.size > 0) {
        if (selected.size > 0 && selected.size < step.value.ids.length) noteOnly(context);
        break;
      }
      ended.push(step.value);
      step = stages.next(resultsOf(context.stored));
    }
    if (step.done === true && context.experiment.isAdaptive && context.keptSteps === undefined)
      dropCheckpoints(ended, context.store, context.stored.engines[0]);
  } catch (error) {
    const storeError = unusableStoreIn(error);
    const ran = doneOf(result) - result.stored;
    if (storeError === undefined || ran === 0) throw error;
    return { ...result, storeError, rescue: context.store.rescue([]) };
  }
  selection.requireAny(step.done !== true && context.experiment.isAdaptive);
  return result;
}

/** Why the experiment does not go on although all that was asked for has run. */
function noteOnly({ experiment, stop, display }: StageContext): void {
  if (!experiment.isAdaptive || stop.aborted) return;
  display.note('later stages wait for all runs of this one: the command without --only goes on');
}

/** A protocol that asks for results may be where it is noticed. */
function unusableStoreIn(error: unknown): UnusableStore | undefined {
  if (error instanceof UnusableStore) return error;
  return error instanceof InvalidInput ? unusableStoreIn(error.cause) : undefined;
}

async function runStage(
  stage: PlannedStage,
  selected: ReadonlySet<string>,
  context: StageContext & Pick<ResourceOptions, 'loaded'>,
  earlier: Progress,
): Promise<SweepResult> {
  const { experiment, store, stored, display, retryFailed, onEvent } = context;
  const outlook = missingRuns(stage, stored, { isWanted: (id) => selected.has(id), retryFailed });
  const isMissing = (id: string) => outlook.missing.has(id);
  const { loaded = {}, sharing } = context;
  const survey = new BeginningSurvey(loaded);
  const seen = { ...stage, runs: (some = isMissing) => survey.watch(stage.runs(some), isMissing) };
  const resources = await loadResources(
    sharing ? seen : stage,
    experiment,
    { ...context, loaded },
    isMissing,
  );
  warnOf(outlook, context);
  const name = experiment.isAdaptive ? stage.name : undefined;
  return await sweep(stage, outlook, {
    ...context,
    store,
    resources,
    sharing: sharing ? survey.sharing(stage) : undefined,
    runner: context.workers === 0 ? inlineRunner(execute) : threadRunner(context),
    engine: stored.engines[0],
    onEvent(event, progress) {
      onEvent(event);
      display.update({ progress, stage: name, earlier }, event);
    },
  });
}

function warnOf({ missing, storedFailed }: Outlook, { workers, display }: StageContext): void {
  const cores = availableParallelism();
  const threads = Math.min(workers, missing.size);
  if (threads > cores) display.note(`${threads} workers on ${cores} cores: more memory, no more speed`);
  if (storedFailed > 0) display.note(`${storedFailed} failed before: --retry failed tries them again`);
}
