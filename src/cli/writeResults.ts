import { join } from 'node:path';
import { canonicalJson } from '../core/json.ts';
import { runNames } from '../report/compared.ts';
import { decisionsOf } from '../report/decisions.ts';
import type { Figure } from '../report/figure.ts';
import { figuresPdf } from '../report/files/pdf.ts';
import { summaryCsv } from '../report/files/summaryCsv.ts';
import type { FigureSize } from '../report/files/svg.ts';
import { count } from '../report/format.ts';
import { MethodSpecs, MOST_METHODS } from '../report/methods.ts';
import { partialText } from '../report/notices.ts';
import { type OpenStage, renderReport, reportContents, summaryText } from '../report/report.ts';
import { faultCsv } from '../report/sections/faultRecovery.ts';
import { csv } from '../report/tables/formats.ts';
import { runsTable } from '../report/tables/runsTable.ts';
import type { NamedRun } from '../report/tables/table.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { Store } from '../store/store.ts';
import type { LoadedExperiment } from '../sweep/loadExperiment.ts';
import { shownPath } from '../sweep/userCode.ts';
import { acceptedOf, againCommand, commandLine } from './commandLine.ts';
import { declarationsOf } from './declaration.ts';
import { type StoredExperiment, type StoredPart, storedExperiment } from './storedExperiment.ts';
import { writeWhole } from './writeChunks.ts';
import { type FigureFormat, type TableFormat, writeReportFiles } from './writeReportFiles.ts';

export interface ResultsRequest extends StoredPart {
  readonly experiment: LoadedExperiment;
  readonly store: Store;
  /** The folder; results/<experiment> if undefined. */
  readonly out?: string | undefined;
  /** Where data sets were looked for first: commands on the page name it. */
  readonly dataDir?: string | undefined;
  /** The page and the table of runs unless given. */
  readonly formats?: readonly ResultFormat[];
  /** Of figures in files; as on a page unless given. */
  readonly figureSize?: FigureSize;
}

export type ResultFormat = 'html' | 'csv' | FigureFormat | TableFormat;

export interface WrittenResults {
  /** The table of best results as text; empty if nothing is stored. */
  readonly summary: string;
  readonly report?: string;
  readonly table?: string;
  /** What an experiment decided from its results, as canonical JSON. */
  readonly decisions?: string;
  /** Files of the summary. */
  readonly tables?: readonly string[];
  /** The folder of the figures. */
  readonly figures?: string;
}

/** More runs than this make no page that anyone reads: they are for a table. */
export const MOST_RUNS_ON_A_PAGE = MOST_METHODS;

/** Writes report.html, runs.csv, decisions.json and what else is asked for from all that is stored of an experiment. Reads one record at a time. */
export function writeResults(request: ResultsRequest): WrittenResults {
  const { experiment, store, formats = ['html', 'csv'] } = request;
  const stored = storedExperiment(experiment, store, request);
  if (stored.ids.length === 0) return { summary: '' };
  const out = request.out ?? join('results', experiment.name);
  const written: Written = {};
  if (stored.decisions !== undefined && stored.decisions !== null)
    written.decisions = writeWhole(join(out, 'decisions.json'), `${canonicalJson(stored.decisions)}\n`);
  if (formats.includes('csv')) {
    const rows = csv(runsTable(stored.specs()), namedRuns(stored, storedRecords(stored)));
    written.table = writeWhole(join(out, 'runs.csv'), rows);
  }
  if (stored.ids.length > MOST_RUNS_ON_A_PAGE) return { summary: tooManyText(stored, request), ...written };
  const { summary, ...files } = reportOf(stored, request, out);
  return { summary, ...written, ...files };
}

type Written = { -readonly [key in Exclude<keyof WrittenResults, 'summary'>]?: WrittenResults[key] };

/** The summary as text, and what is wanted of the page, the tables and the figures. */
function reportOf(stored: StoredExperiment, request: ResultsRequest, out: string): WrittenResults {
  const { experiment, store, only, dataDir, engines = [engineDigest()] } = request;
  const { formats = ['html', 'csv'], figureSize = 'page' } = request;
  const { name, title, question, conclusion } = experiment;
  const file = shownPath(experiment.file);
  const wanted = new Set(stored.planned);
  const shared = {
    planned: new MethodSpecs(stored.specs((id) => wanted.has(id))).specs,
    total: stored.planned.length,
    decisions: stored.decisions,
    openStages: openStages(stored),
    engine: engines[0],
  };
  const records = Array.from(storedRecords(stored), withoutSteps);
  const source = { store: store.path, acceptEngine: acceptedOf(engines) };
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  const summary = summaryText(records, { ...shared, conclusion, width });
  if (formats.every((format) => format === 'csv')) return { summary };
  const input = {
    ...shared,
    experiment: { name, title, question, conclusion },
    records,
    complete: ({ id }: RunRecord) => stored.record(id),
    pdfOf: (figures: readonly Figure[]) => figuresPdf(figures),
    declarations: declarationsOf(experiment, store, stored.ids.length),
    again: ({ id, outcome }: RunRecord) =>
      againCommand(file, id, outcome.kind === 'failed', { ...source, dataDir }),
    command:
      only === undefined
        ? commandLine('run', file, { ...source, dataDir })
        : commandLine('report', file, { ...source, only }),
  };
  const contents = reportContents(input);
  if (formats.includes('csv')) writeWhole(join(out, 'summary.csv'), summaryCsv(contents.compared.rows));
  if (formats.includes('csv') && contents.faults !== null)
    writeWhole(join(out, 'faults.csv'), faultCsv(contents.faults));
  const written: Written = {};
  if (formats.includes('html'))
    written.report = writeWhole(join(out, 'report.html'), renderReport(input, contents));
  return { summary, ...written, ...writeReportFiles(contents, { formats, out, size: figureSize }) };
}

/** The records of the wanted runs in the order of the experiment, one at a time. */
export function* storedRecords(stored: StoredExperiment): Generator<RunRecord> {
  for (const id of stored.ids) yield stored.record(id);
}

/** Records with the names of their methods and stages. */
export function* namedRuns(stored: StoredExperiment, records: Iterable<RunRecord>): Generator<NamedRun> {
  const methodOf = runNames(stored.specs(), decisionsOf(stored.decisions));
  const stages = new Map<string, string>();
  if (stored.stages.length > 1)
    for (const { name, ids } of stored.stages)
      for (const id of ids) if (!stages.has(id)) stages.set(id, name);
  for (const record of records)
    yield { record, method: methodOf(record), stage: stages.get(record.id) ?? null };
}

/** The step series are most of a record; figures need them of few. */
export function withoutSteps(record: RunRecord): RunRecord {
  return { ...record, series: { ...record.series, steps: { step: [], channels: {} } } };
}

function openStages({ isOpen, stages, hasEnded }: StoredExperiment): OpenStage[] {
  if (!isOpen) return [];
  return stages.map(({ name, ids }) => ({ name, runs: ids.length, ended: ids.filter(hasEnded).length }));
}

/** That later stages are not known yet; undefined if all are. */
export function partialNote(stored: StoredExperiment): string | undefined {
  const stages = openStages(stored);
  return stages.length === 0 ? undefined : partialText(stages);
}

function tooManyText(stored: StoredExperiment, { experiment, store, engines = [] }: ResultsRequest): string {
  const source = { store: store.path, acceptEngine: acceptedOf(engines) };
  const part = commandLine('report', shownPath(experiment.file), { ...source, only: 'KEY=VALUE' });
  const rest = stored.planned.length - stored.ids.length;
  return [
    `${count(stored.ids.length, 'run')}${rest > 0 ? `, ${rest} more are missing` : ''}`,
    `no report.html: a page shows at most ${MOST_RUNS_ON_A_PAGE} runs; for a part of them: ${part}`,
    ...(partialNote(stored) === undefined ? [] : [partialNote(stored)]),
    '',
  ].join('\n');
}
