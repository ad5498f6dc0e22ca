import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { runsCsv } from '../report/csv.ts';
import { renderReport, summaryText } from '../report/report.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedRun } from '../sweep/plan.ts';
import { type StoredRuns, storedRuns } from '../sweep/storedRuns.ts';
import { shownPath } from '../sweep/userCode.ts';
import { knownStages } from '../sweep/walk.ts';

export interface ResultsRequest {
  readonly experiment: LoadedExperiment;
  readonly store: Store;
  /** Whose records count: the present engine first, then those that were accepted. The present one alone unless given. */
  readonly engines?: readonly string[];
  /** What the experiment decided, if all its runs have ended. */
  readonly decisions?: Json | undefined;
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
  const stored = storedRuns(store, request.engines ?? [engineDigest()]);
  const planned = knownRuns(experiment, stored);
  const records = stored.records(planned.map((run) => run.id));
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
export function knownRuns(experiment: LoadedExperiment, stored: StoredRuns): PlannedRun[] {
  const runs = knownStages(experiment, stored).stages.flatMap((stage) => [...stage.runs()]);
  return [...new Map(runs.map((run) => [run.id, run])).values()];
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
