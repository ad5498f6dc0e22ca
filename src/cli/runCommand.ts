import { accessSync, constants, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { execute } from '../run/execute.ts';
import { isResult } from '../store/encodeRecord.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { inlineRunner } from '../sweep/runner.ts';
import { selectRuns } from '../sweep/selectRuns.ts';
import { type SweepResult, sweep } from '../sweep/sweep.ts';
import { threadRunner } from '../sweep/threadRunner.ts';
import { nothingBefore, resultsOf, stagesOf } from '../sweep/walk.ts';
import { createProgress, doneOf } from './progress.ts';
import { INTERRUPTED, stopOnSignals } from './stopOnSignals.ts';
import type { WrittenResults } from './writeResults.ts';

export interface RunOptions {
  readonly workers: number;
  readonly store: string;
  readonly out?: string;
  readonly only?: string;
  readonly failFast?: boolean;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** `thalweg run`: runs what is missing, stage by stage, then writes the results of all that is stored of the experiment. */
export async function runCommand(file: string, options: RunOptions): Promise<void> {
  const experiment = await loadExperiment(file);
  const walk = stagesOf(experiment);
  let step = walk.next(nothingBefore); // every mistake of the first stage before anything is opened
  const out = options.out ?? join('results', experiment.name);
  checkOut(out);
  const store = openStore(options.store, { write: true });
  const engine = engineDigest();
  try {
    // late, so that a mistake is told at once; before the sweep, so that edits made meanwhile change nothing
    const { writeResults } = await import('./writeResults.ts');
    const results: SweepResult[] = [];
    let interrupted = false;
    while (step.done !== true) {
      const ended = await runMissing(step.value, store, experiment, options);
      results.push(ended.result);
      interrupted = ended.interrupted;
      if (interrupted || !isComplete(ended.result, step.value)) break;
      step = walk.next(resultsOf(store, engine));
    }
    const result = results.reduce(sumOf);
    process.exitCode = exitCodeOf(result, interrupted);
    if (result.storeError !== undefined || interrupted) {
      console.error(describeBreak(result, store.path));
      return;
    }
    let written: WrittenResults;
    try {
      written = writeResults({ experiment, store, out });
    } catch (error) {
      throw resultsError(error, file, options);
    }
    if (options.json) console.log(JSON.stringify(jsonOf(experiment.name, store.path, result, written)));
    else console.log(textOf(result, store.path, written));
  } finally {
    store.close();
  }
}

/** Whether every run of the stage has a result, so that the next stage can be decided. */
function isComplete(result: SweepResult, { ids }: PlannedStage): boolean {
  return result.lost === 0 && result.total === ids.length && doneOf(result) === result.total;
}

function sumOf(a: SweepResult, b: SweepResult): SweepResult {
  return {
    total: a.total + b.total,
    stored: a.stored + b.stored,
    storedDiverged: a.storedDiverged + b.storedDiverged,
    completed: a.completed + b.completed,
    diverged: a.diverged + b.diverged,
    failed: a.failed + b.failed,
    lost: a.lost + b.lost,
    failures: [...a.failures, ...b.failures],
    storeError: a.storeError ?? b.storeError,
    unsaved: a.unsaved + b.unsaved,
  };
}

/** Before the first run: hours later would be too late. */
function checkOut(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
    accessSync(out, constants.W_OK);
  } catch (cause) {
    throw new InvalidInput(
      `cannot write results to ${out}: ${(cause as Error).message}; name another folder with --out`,
      { cause },
    );
  }
}

/** Everything has run, only its files could not be written. */
function resultsError(error: unknown, file: string, { store }: RunOptions): unknown {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  if (!(error instanceof InvalidInput) || cause?.code === undefined) return error;
  const room = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'make room there, then ' : '';
  return new InvalidInput(
    `cannot write the results: ${cause.message}; the runs are kept in the store: ` +
      `${room}thalweg report ${file} --store ${store} --out FOLDER writes them`,
    { cause },
  );
}

async function runMissing(
  stage: PlannedStage,
  store: Store,
  experiment: LoadedExperiment,
  options: RunOptions,
) {
  const engine = engineDigest();
  const selected = options.only === undefined ? undefined : selectRuns(stage, options.only);
  const isWanted = (id: string) => selected === undefined || selected.has(id);
  const missing = new Set(stage.ids.filter((id) => isWanted(id) && !isResult(store.endingOf(id, engine))));
  const resources = await loadResources(stage, experiment, options, (id) => missing.has(id));
  const runner = options.workers === 0 ? inlineRunner(execute) : threadRunner({ workers: options.workers });
  const display = createProgress();
  const stop = stopOnSignals(display.note);
  const cores = availableParallelism();
  const threads = Math.min(options.workers, missing.size);
  if (threads > cores) display.note(`${threads} workers on ${cores} cores: more memory, no more speed`);
  const { failFast = false } = options;
  const result = await sweep(stage, {
    isWanted,
    store,
    runner,
    resources,
    engine,
    failFast,
    stop,
    onProgress: display.update,
  }).finally(display.close);
  return { result, interrupted: stop.aborted && doneOf(result) < result.total };
}

function exitCodeOf({ failed, lost, storeError }: SweepResult, interrupted: boolean): number {
  if (storeError !== undefined) return 1;
  if (interrupted) return INTERRUPTED;
  return failed + lost > 0 ? 1 : 0;
}

function describeBreak(result: SweepResult, path: string): string {
  const kept = doneOf(result) - result.failed - result.lost;
  const state = `${kept} of ${result.total} runs are kept in ${path}; the same command goes on`;
  if (result.storeError === undefined) return `interrupted: ${state}`;
  if (!(result.storeError instanceof InvalidInput)) throw result.storeError;
  return `thalweg: ${result.storeError.message}\n${state} (${result.unsaved} that had finished could not be stored)`;
}

function textOf(result: SweepResult, store: string, written: WrittenResults): string {
  const { total, stored, storedDiverged, diverged, failed, lost } = result;
  const rest = total - doneOf(result);
  const counts = [
    `${total} runs: ${doneOf(result) - stored} ran now${divergedOf(diverged)}`,
    `${stored} were stored before${divergedOf(storedDiverged)}`,
    ...(failed + lost > 0 ? [`${failed + lost} failed: the same command tries them again`] : []),
    ...(rest > 0 ? [`${rest} did not run`] : []),
  ].join(', ');
  const lines = [counts, `store:  ${store}`, ...pathsOf(written)];
  return [...(written.summary === '' ? [] : [written.summary]), ...lines].join('\n');
}

const divergedOf = (count: number) => (count > 0 ? ` (${count} diverged)` : '');

/** The lines that say where the results are. */
export function pathsOf({ report, table }: WrittenResults): string[] {
  return [
    ...(table === undefined ? [] : [`table:  ${table}`]),
    ...(report === undefined ? [] : [`report: ${report}`]),
  ];
}

/** `completed` and `diverged` count the runs that were stored before as well: they describe the experiment. */
function jsonOf(experiment: string, store: string, result: SweepResult, { report, table }: WrittenResults) {
  const { total, stored, storedDiverged, failed, lost, failures } = result;
  return {
    experiment,
    total,
    stored,
    ran: doneOf(result) - stored,
    completed: result.completed + stored - storedDiverged,
    diverged: result.diverged + storedDiverged,
    failed,
    lost,
    failures,
    store,
    report,
    table,
  };
}
