import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput, unknownName } from '../core/check.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { makeFolders } from '../store/makeFolders.ts';
import { UnusableStore } from '../store/sqliteError.ts';
import { openStore } from '../store/store.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { acceptEngines, storedRuns } from '../sweep/storedRuns.ts';
import { doneOf, type SweepResult } from '../sweep/sweep.ts';
import { nothingBefore, stagesOf } from '../sweep/walk.ts';
import { againCommand, commandLine } from './commandLine.ts';
import { declarationOf } from './declaration.ts';
import { durationOf } from './duration.ts';
import { createProgress } from './progress.ts';
import { runStages } from './runStages.ts';
import { describeBreak, endOf, eventWriter, summaryOf } from './runText.ts';
import { INTERRUPTED, stopOnSignals } from './stopOnSignals.ts';
import type { WrittenResults } from './writeResults.ts';

export interface RunOptions {
  readonly workers: number;
  readonly store: string;
  readonly out?: string;
  readonly only?: string;
  readonly retry?: string;
  readonly failFast?: boolean;
  readonly maxTime?: string;
  readonly timeLimit?: string;
  readonly checkpointEvery: string;
  /** Steps. */
  readonly keepCheckpoints?: number;
  readonly acceptEngine?: string;
  readonly dataDir?: string;
  readonly sharing: boolean;
  readonly json?: boolean;
}

/** `thalweg run`: runs what is missing, stage by stage, then writes the results of all that is stored of the experiment. */
export async function runCommand(file: string, options: RunOptions): Promise<void> {
  const { maxTime, ...settings } = settingsOf(options);
  const isBusy = options.workers === 0;
  const engine = engineDigest();
  const experiment = await loadExperiment(file);
  const stages = stagesOf(experiment);
  const first = stages.next(nothingBefore); // every mistake of the first stage before anything is opened
  const out = options.out ?? join('results', experiment.name);
  checkOut(out);
  const store = openStore(options.store, { write: true });
  const again = (id: string, hasFailed: boolean) => againCommand(file, id, hasFailed, options);
  const display = createProgress(again, { showCursor: isBusy });
  try {
    const stored = storedRuns(store, acceptEngines(store, engine, options.acceptEngine));
    // late, so that a mistake is told at once; before the sweep, so that edits made meanwhile change nothing
    const { writeResults } = await import('./writeResults.ts');
    store.declare(experiment.name, declarationOf(experiment));
    const writeEvent = options.json ? eventWriter() : undefined;
    const stop = stopOnSignals(display.note, { maxTime, isBusy });
    const onEvent = writeEvent ?? (() => {});
    const common = { ...options, ...settings, experiment, store, stored, stop, display, onEvent };
    let result = await runStages({ stages, first }, common).finally(display.close);
    const interrupted = stop.aborted && doneOf(result) < result.total;
    let written: WrittenResults | undefined;
    try {
      if (result.storeError === undefined && !interrupted) {
        const request = { experiment, store, engines: stored.engines, out, dataDir: options.dataDir };
        written = writeOrExplain(() => writeResults(request), file, options);
      }
    } catch (error) {
      if (!(error instanceof UnusableStore)) throw error;
      result = { ...result, storeError: error, rescue: store.rescue([]) };
    } finally {
      process.exitCode = exitCodeOf(result, interrupted);
      const about = { experiment: experiment.name, interrupted, store: store.path };
      writeEvent?.(endOf(result, { ...about, report: written?.report, table: written?.table }));
    }
    if (written === undefined) console.error(describeBreak(result, store, stop.reason));
    else if (writeEvent === undefined) console.log(summaryOf(result, store.path, written));
  } finally {
    store.close();
  }
}

const RETRIES = ['failed', 'lost'];

/** @throws InvalidInput on an option that cannot be read, before anything is done. */
function settingsOf(options: RunOptions) {
  const retry = (options.retry ?? '').split(',').map((kind) => kind.trim());
  const unknown = retry.find((kind) => kind !== '' && !RETRIES.includes(kind));
  if (unknown !== undefined) throw unknownName('runs to retry', unknown, RETRIES);
  if (options.workers === 0 && options.timeLimit !== undefined)
    throw new InvalidInput(
      `invalid --time-limit: got ${options.timeLimit} with --workers 0, where nothing can end a run that does not end by itself; ` +
        'leave it out, or take --workers 1',
    );
  const duration = (option: string, text: string | undefined) =>
    text === undefined ? undefined : durationOf(option, text, 1);
  return {
    retryFailed: retry.includes('failed'),
    failFast: options.failFast ?? false,
    maxTime: duration('--max-time', options.maxTime),
    timeLimit: duration('--time-limit', options.timeLimit),
    checkpointEvery: durationOf('--checkpoint-every', options.checkpointEvery),
    keptSteps: options.keepCheckpoints,
  };
}

/** Before the first run: hours later would be too late. */
function checkOut(out: string): void {
  try {
    makeFolders(out);
    accessSync(out, constants.W_OK);
  } catch (cause) {
    throw new InvalidInput(
      `cannot write results to ${out}: ${(cause as Error).message}; name another folder with --out`,
      { cause },
    );
  }
}

/** Everything has run, only its files could not be written. */
function writeOrExplain(write: () => WrittenResults, file: string, { store }: RunOptions): WrittenResults {
  try {
    return write();
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (!(error instanceof InvalidInput) || cause?.code === undefined) throw error;
    const room = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'make room there, then ' : '';
    throw new InvalidInput(
      `cannot write the results: ${cause.message}; the runs are kept in the store: ` +
        `${room}${commandLine('report', file, { store, out: 'FOLDER' })} writes them`,
      { cause },
    );
  }
}

function exitCodeOf(result: SweepResult, interrupted: boolean): number {
  const { total, storedFailed, completed, diverged, stored, storeError } = result;
  if (storeError !== undefined) return 1;
  if (interrupted) return INTERRUPTED;
  return completed + diverged + stored - storedFailed < total ? 1 : 0;
}
