import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { runsCsv } from '../report/csv.ts';
import { renderReport, summaryText } from '../report/report.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedRun } from '../sweep/plan.ts';
import { shownPath } from '../sweep/userCode.ts';
import { knownStages } from '../sweep/walk.ts';

export interface ResultsRequest {
  readonly experiment: LoadedExperiment;
  readonly store: Store;
  /** The folder; results/<experiment> if undefined. */
  readonly out?: string | undefined;
  /** Both unless given. */
  readonly formats?: readonly ResultFormat[];
}

export type ResultFormat = 'html' | 'csv';

export interface WrittenResults {
  /** The table of best results as text; empty if nothing is stored. */
  readonly summary: string;
  readonly report?: string;
  readonly table?: string;
}

/** Writes report.html and runs.csv from all that is stored of an experiment. */
export function writeResults(request: ResultsRequest): WrittenResults {
  const { experiment, store, formats = ['html', 'csv'] } = request;
  const planned = knownRuns(experiment, store);
  const records = storedRecords(planned, store);
  if (records.length === 0) return { summary: '' };
  const out = request.out ?? join('results', experiment.name);
  const written: { report?: string; table?: string } = {};
  const specs = planned.map((run) => run.spec);
  if (formats.includes('csv')) written.table = writeWhole(join(out, 'runs.csv'), runsCsv(records, specs));
  if (formats.includes('html')) {
    const { name, title, question } = experiment;
    const html = renderReport({
      experiment: { name, title, question },
      records,
      planned: specs,
      command: `thalweg run ${shownPath(experiment.file)}`,
    });
    written.report = writeWhole(join(out, 'report.html'), html);
  }
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return { summary: summaryText(records, { planned: specs, width }), ...written };
}

/** The runs of all stages that are known from what is stored. */
export function knownRuns(experiment: LoadedExperiment, store: Store): PlannedRun[] {
  const { stages } = knownStages(experiment, store, engineDigest());
  const runs = stages.flatMap((stage) => [...stage.runs()]);
  return [...new Map(runs.map((run) => [run.id, run])).values()];
}

/** The records of this engine for the runs of an experiment. */
export function storedRecords(planned: readonly PlannedRun[], store: Store): RunRecord[] {
  return store.records(
    planned.map((run) => run.id),
    engineDigest(),
  );
}

/** Writes beside the place and renames, so that a file is never half written. Returns the path. */
export function writeWhole(path: string, content: string): string {
  const draft = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, content);
    renameSync(draft, path);
  } catch (cause) {
    if (existsSync(draft)) rmSync(draft);
    throw new InvalidInput(
      `cannot write ${path}: ${(cause as Error).message}; make room there or name another place with --out; the runs are kept in the store`,
      { cause },
    );
  }
  return path;
}
