import { basename } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { count } from '../report/format.ts';
import type { Store } from '../store/store.ts';
import { doneOf, type SweepEvent, type SweepResult } from '../sweep/sweep.ts';
import type { WrittenResults } from './writeResults.ts';

/** Why nothing more was started, and how far it is. */
export function describeBreak(
  result: SweepResult,
  { path, isSound }: Pick<Store, 'path' | 'isSound'>,
  reason: unknown,
): string {
  const { total, storeError, rescue, unsaved } = result;
  const state = `${doneOf(result) - result.lost} of ${total} runs are kept in ${path}; the same command goes on`;
  if (storeError === undefined) return `${reason}: ${state}`;
  if (!(storeError instanceof InvalidInput)) throw storeError;
  const lines = [
    `thalweg: ${storeError.message}`,
    ...(rescue === undefined ? [] : [rescue.message]),
    ...(rescue === undefined && unsaved > 0 ? [`${unsaved} that had finished could not be stored`] : []),
    ...(isSound() ? [state] : []), // what a lost or damaged store still has is in the rescued one
  ];
  return lines.join('\n');
}

/** What a command that came to its end prints. */
export function summaryOf(result: SweepResult, store: string, written: WrittenResults): string {
  const { total, stored, storedDiverged, storedFailed, diverged, failed, lost } = result;
  const rest = total - doneOf(result);
  const counts = [
    `${count(total, 'run')}: ${doneOf(result) - stored} ran now${divergedOf(diverged)}`,
    `${stored} were stored before${divergedOf(storedDiverged)}`,
    ...(failed > 0 ? [`${failed} failed: --retry failed tries them again`] : []),
    ...(storedFailed > 0 ? [`${storedFailed} failed before: --retry failed tries them again`] : []),
    ...(lost > 0 ? [`${lost} lost: the same command tries them again`] : []),
    ...(rest > 0 ? [`${rest} did not run`] : []),
  ].join(', ');
  const lines = [counts, `store:  ${store}`, ...pathsOf(written)];
  return [...(written.summary === '' ? [] : [written.summary]), ...lines].join('\n');
}

const divergedOf = (count: number) => (count > 0 ? ` (${count} diverged)` : '');

/** The lines that say where the results are. */
export function pathsOf({ report, table, decisions, tables = [], figures }: WrittenResults): string[] {
  return [
    ...(table === undefined ? [] : [`table:  ${table}`]),
    ...(decisions === undefined ? [] : [`decided: ${decisions}`]),
    ...tables.filter((path) => !isSummary(path)).map((path) => `table:  ${path}`),
    ...tables.filter(isSummary).map((path) => `summary: ${path}`),
    ...(report === undefined ? [] : [`report: ${report}`]),
    ...(figures === undefined ? [] : [`figures: ${figures}`]),
  ];
}

function isSummary(path: string): boolean {
  return basename(path).startsWith('summary.');
}

/** The last event: the counts describe the experiment, what was stored before included. */
export interface EndEvent {
  readonly event: 'end';
  readonly experiment: string;
  readonly total: number;
  readonly stored: number;
  readonly ran: number;
  readonly completed: number;
  readonly diverged: number;
  readonly failed: number;
  readonly lost: number;
  readonly interrupted: boolean;
  readonly store: string;
  readonly report?: string | undefined;
  readonly table?: string | undefined;
  /** A store with what the store could not take. */
  readonly rescued?: string | undefined;
}

export function endOf(
  result: SweepResult,
  rest: Pick<EndEvent, 'experiment' | 'interrupted' | 'store' | 'report' | 'table'>,
): EndEvent {
  const { total, stored, storedDiverged, storedFailed, lost, rescue } = result;
  return {
    event: 'end',
    total,
    stored,
    ran: doneOf(result) - stored,
    completed: result.completed + stored - storedDiverged - storedFailed,
    diverged: result.diverged + storedDiverged,
    failed: result.failed + storedFailed,
    lost,
    rescued: rescue?.path,
    ...rest,
  };
}

/**
 * Writes events to standard output, one a line: canonical JSON with the event's name first. The stream is taken as it is now: user code
 * is given another later (see sweep/guardProcess.ts).
 */
export function eventWriter(stream: NodeJS.WriteStream = process.stdout) {
  const write = stream.write.bind(stream);
  return ({ event, ...rest }: SweepEvent | EndEvent): void => {
    write(`{"event":"${event}",${canonicalJson(rest).slice(1)}\n`);
  };
}
