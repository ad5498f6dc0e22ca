import { unknownName } from '../core/check.ts';
import { SIZES } from '../report/files/svg.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { openStore } from '../store/store.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { acceptEngines } from '../sweep/storedRuns.ts';
import { pathsOf } from './runText.ts';
import { nothingStored } from './storedExperiment.ts';
import { FIGURE_FORMATS, TABLE_FORMATS } from './writeReportFiles.ts';
import { type ResultFormat, writeResults } from './writeResults.ts';

export interface ReportOptions {
  readonly store: string;
  readonly out?: string;
  readonly format: string;
  /** Of figures in files. */
  readonly width: string;
  readonly only?: string;
  readonly acceptEngine?: string;
}

const FORMATS: readonly string[] = [
  'html',
  'csv',
  ...FIGURE_FORMATS,
  ...TABLE_FORMATS,
] satisfies ResultFormat[];

/** `thalweg report`: the results of what is stored, without running anything. A sweep may be under way. */
export async function reportCommand(file: string, options: ReportOptions): Promise<void> {
  const formats = options.format.split(',').map((format) => format.trim());
  const unknown = formats.find((format) => !FORMATS.includes(format));
  if (unknown !== undefined) throw unknownName('report format', unknown, FORMATS);
  const width = SIZES.find((size) => size === options.width);
  if (width === undefined) throw unknownName('width of figures', options.width, SIZES);
  const experiment = await loadExperiment(file);
  const store = openStore(options.store, { write: false });
  try {
    const written = writeResults({
      experiment,
      store,
      out: options.out,
      only: options.only,
      engines: acceptEngines(store, engineDigest(), options.acceptEngine),
      formats: formats as ResultFormat[],
      figureSize: width,
    });
    if (written.summary === '') throw nothingStored(experiment.name, file, store.path);
    console.log([written.summary, ...pathsOf(written)].join('\n'));
  } finally {
    store.close();
  }
}
