import { join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { compare } from '../report/compared.ts';
import { compareSides, type Side } from '../report/comparison.ts';
import { equalityText, pairWords, renderComparison } from '../report/comparisonPage.ts';
import { decisionsOf } from '../report/decisions.ts';
import type { Complete } from '../report/drawn.ts';
import { figuresPdf } from '../report/files/pdf.ts';
import { count, formatMetric } from '../report/format.ts';
import { MethodSpecs } from '../report/methods.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { openStore, type Store } from '../store/store.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { acceptEngines } from '../sweep/storedRuns.ts';
import { shellWord } from './commandLine.ts';
import { nothingStored, storedExperiment } from './storedExperiment.ts';
import { writeWhole } from './writeChunks.ts';
import { storedRecords, withoutSteps } from './writeResults.ts';

export interface CompareOptions {
  readonly store: string;
  readonly storeB?: string;
  readonly engineA?: string;
  readonly engineB?: string;
  readonly only?: string;
  readonly out?: string;
}

/** `thalweg compare`: two experiments, or one from two stores or of two engines, side by side. */
export async function compareCommand(fileA: string, fileB: string, options: CompareOptions): Promise<void> {
  const { store, storeB = store, engineA, engineB } = options;
  if (fileA === fileB && store === storeB && engineA === engineB)
    throw new InvalidInput(
      `nothing to compare: A and B are both ${fileA} in ${store}; name another experiment, another store (--store-b) or versions of the engine (--engine-a, --engine-b)`,
    );
  const stores = [openStore(store, { write: false }), openStore(storeB, { write: false })] as const;
  try {
    const a = await sideOf('A', fileA, stores[0], engineA, options.only);
    const b = await sideOf('B', fileB, stores[1], engineB, options.only);
    const comparison = compareSides(a, b);
    const out = options.out ?? join('results', 'compare', a.name === b.name ? a.name : `${a.name}-${b.name}`);
    const page = renderComparison(
      { a, b, command: commandOf(fileA, fileB, options), pdfOf: (figures) => figuresPdf(figures) },
      comparison,
    );
    const format = (value: number) => formatMetric(value, comparison.metric.measure);
    const lines = comparison.pairs.map(
      (pair) =>
        `${pair.method}: ${format(pair.a.median)} in A, ${format(pair.b.median)} in B: ${pairWords(pair)}`,
    );
    console.log(
      [
        `A: ${a.name}, ${a.source}`,
        `B: ${b.name}, ${b.source}`,
        equalityText(comparison),
        ...lines,
        ...(comparison.onlyA.length > 0 ? [`only in A: ${comparison.onlyA.join('; ')}`] : []),
        ...(comparison.onlyB.length > 0 ? [`only in B: ${comparison.onlyB.join('; ')}`] : []),
        `report: ${writeWhole(join(out, 'report.html'), page)}`,
      ].join('\n'),
    );
  } finally {
    for (const opened of stores) opened.close();
  }
}

async function sideOf(
  letter: string,
  file: string,
  store: Store,
  engine: string | undefined,
  only: string | undefined,
): Promise<Side & { readonly complete: Complete }> {
  const experiment = await loadExperiment(file);
  const engines = acceptEngines(store, engineDigest(), engine).slice(engine === undefined ? 0 : -1);
  const stored = storedExperiment(experiment, store, { only, engines });
  if (stored.ids.length === 0) throw nothingStored(experiment.name, file, store.path);
  const records = Array.from(storedRecords(stored), withoutSteps);
  const planned = new MethodSpecs(stored.specs()).specs;
  const { conclusion } = experiment;
  return {
    letter,
    name: experiment.name,
    source: `${count(records.length, 'run')} of ${store.path}, engine ${engines[0].slice(0, 12)}`,
    compared: compare({ records, planned, conclusion }, decisionsOf(stored.decisions)),
    conclusion,
    runs: stored,
    complete: ({ id }) => stored.record(id),
  };
}

function commandOf(fileA: string, fileB: string, options: CompareOptions): string {
  const given = [
    ['--store', options.store],
    ['--store-b', options.storeB],
    ['--engine-a', options.engineA],
    ['--engine-b', options.engineB],
    ['--only', options.only],
  ].flatMap(([option, value]) => (value === undefined ? [] : [option as string, value]));
  return ['npx', 'thalweg', 'compare', fileA, fileB, ...given].map(shellWord).join(' ');
}
