import { existsSync } from 'node:fs';
import { canonicalJson } from '../core/json.ts';
import type { Dataset } from '../data/dataset.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { Resources } from '../run/execute.ts';
import { isResult } from '../store/encodeRecord.ts';
import { openStore, type Store } from '../store/store.ts';
import { withRunIndices } from '../sweep/checkRuns.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { type PlannedRun, planRuns } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { selectRuns } from '../sweep/selectRuns.ts';
import { describeSeconds } from './progress.ts';

export interface PlanOptions {
  readonly workers: number;
  readonly store: string;
  readonly only?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** `thalweg plan`: checks everything that `run` would check, and runs nothing. */
export async function planCommand(file: string, options: PlanOptions): Promise<void> {
  const experiment = await loadExperiment(file);
  const { runs: planned, duplicates } = planRuns(experiment);
  const runs = options.only === undefined ? planned : selectRuns(planned, options.only);
  if (options.json) {
    for (const { spec } of runs) console.log(canonicalJson(spec));
    return;
  }
  const resources = await loadResources(runs, options).catch(withRunIndices(runs, experiment, options));
  const store = existsSync(options.store) ? openStore(options.store, { write: false }) : undefined;
  try {
    const equal = duplicates > 0 ? ` (${duplicates} more specs are equal to one of them)` : '';
    console.log(`${experiment.name}: ${runs.length} runs${equal}`);
    const place = `store: ${options.store}${store === undefined ? ' (not there yet)' : ''}`;
    for (const line of [describeStored(runs, store, options), place, ...describeData(resources)])
      console.log(`  ${line}`);
  } finally {
    store?.close();
  }
}

/** As many stored runs as an estimate looks at. */
const SAMPLE = 20;

function describeStored(
  runs: readonly PlannedRun[],
  store: Store | undefined,
  { workers }: PlanOptions,
): string {
  const engine = engineDigest();
  const isStored = ({ id }: PlannedRun) => isResult(store?.endingOf(id, engine));
  const stored = runs.filter(isStored);
  const missing = runs.filter((run) => !isStored(run));
  const ofOtherEngines = missing.filter((run) =>
    store?.enginesOf(run.id).some((other) => other !== engine),
  ).length;
  const counts = `${stored.length} stored, ${missing.length} to run`;
  const others =
    ofOtherEngines > 0 ? `, ${ofOtherEngines} of them stored by another version of the engine` : '';
  if (missing.length === 0) return counts;
  const sample =
    store?.records(
      stored.slice(0, SAMPLE).map((run) => run.id),
      engine,
    ) ?? [];
  if (sample.length === 0)
    return `${counts}${others}; no estimate of the time: none of them has run yet (try one with --only)`;
  const seconds = sample.reduce((sum, record) => sum + (record.environment?.seconds ?? 0), 0) / sample.length;
  const threads = Math.max(1, Math.min(workers, missing.length));
  const estimate = describeSeconds((seconds * missing.length) / threads);
  return `${counts}${others}; about ${estimate} with ${threads} workers (${seconds.toPrecision(2)} s a run, from ${sample.length} stored runs)`;
}

function describeData({ datasets }: Resources): string[] {
  return Object.values(datasets).map(
    (dataset) => `data: ${describeDataset(dataset)}, in memory once for all workers`,
  );
}

/** `fashion5k, 4500 + 500 + 1000 images (training, validation, test) of 28x28x1 in 10 classes, 4.7 MB` */
export function describeDataset({ name, shape, classes, train, validation, test }: Dataset): string {
  const megabytes = [train, validation, test].reduce((sum, split) => sum + split.images.byteLength, 0) / 1e6;
  return (
    `${name}, ${train.count} + ${validation.count} + ${test.count} images (training, validation, test) ` +
    `of ${shape.H}x${shape.W}x${shape.C} in ${classes} classes, ${megabytes.toFixed(1)} MB`
  );
}
