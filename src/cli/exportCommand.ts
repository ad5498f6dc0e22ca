import { InvalidInput, unknownName } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { runsCsv } from '../report/csv.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { openStore } from '../store/store.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { nothingStored } from './reportCommand.ts';
import { knownRuns, writeWhole } from './writeResults.ts';

export interface ExportOptions {
  readonly format: string;
  readonly out?: string;
  readonly environment: boolean;
  readonly store: string;
}

/** Records and the specs of the whole experiment, which methods are named after, as text. */
type Writer = (records: readonly RunRecord[], planned: readonly RunSpec[]) => string;

const FORMATS: Readonly<Record<string, Writer>> = {
  csv: runsCsv,
  jsonl: (records) => records.map((record) => `${canonicalJson(record)}\n`).join(''),
};

/** `thalweg export`: records sorted by id, so that equal results give equal bytes. */
export async function exportCommand(file: string, options: ExportOptions): Promise<void> {
  if (options.format === 'parquet') {
    throw new InvalidInput(
      'unknown export format: parquet is not written yet, known: csv, jsonl (which DuckDB and pandas read)',
    );
  }
  const write = FORMATS[options.format];
  if (write === undefined) throw unknownName('export format', options.format, Object.keys(FORMATS));
  const experiment = await loadExperiment(file);
  const store = openStore(options.store, { write: false });
  try {
    const stored = storedRuns(store, [engineDigest()]);
    const planned = knownRuns(experiment, stored);
    const records = stored.records(planned.map((run) => run.id)).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (records.length === 0) throw nothingStored(experiment.name, file, store.path);
    const text = write(
      options.environment ? records : records.map((record) => ({ ...record, environment: null })),
      planned.map((run) => run.spec),
    );
    if (options.out === undefined) process.stdout.write(text);
    else console.log(`${records.length} records: ${writeWhole(options.out, text)}`);
  } finally {
    store.close();
  }
}
