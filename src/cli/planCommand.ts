import { existsSync } from 'node:fs';
import { canonicalJson } from '../core/json.ts';
import type { Dataset } from '../data/dataset.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { Resources } from '../run/execute.ts';
import { isResult } from '../store/encodeRecord.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { selectRuns } from '../sweep/selectRuns.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { knownStages } from '../sweep/walk.ts';
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
  const store = existsSync(options.store) ? openStore(options.store, { write: false }) : undefined;
  try {
    const { stages, isOpen } = knownStages(experiment, store && storedRuns(store, [engineDigest()]));
    for (const stage of stages) await describeStage(stage, experiment, store, options);
    if (isOpen && !options.json) console.log('  later stages depend on the results of these runs');
  } finally {
    store?.close();
  }
}

async function describeStage(
  stage: PlannedStage,
  experiment: LoadedExperiment,
  store: Store | undefined,
  options: PlanOptions,
): Promise<void> {
  const selected = options.only === undefined ? undefined : selectRuns(stage, options.only);
  const isWanted = (id: string) => selected === undefined || selected.has(id);
  if (options.json) {
    for (const { spec } of stage.runs(isWanted)) console.log(canonicalJson(spec));
    return;
  }
  const resources = await loadResources(stage, experiment, options, isWanted);
  const { duplicates } = stage;
  const ids = stage.ids.filter(isWanted);
  const equal = duplicates > 0 ? ` (${duplicates} more specs are equal to one of them)` : '';
  const name = experiment.isAdaptive ? `${experiment.name}, stage ${stage.name}` : experiment.name;
  console.log(`${name}: ${ids.length} runs${equal}`);
  const place = `store: ${options.store}${store === undefined ? ' (not there yet)' : ''}`;
  for (const line of [describeStored(ids, store, options), place, ...describeData(resources)])
    console.log(`  ${line}`);
}

/** As many stored runs as an estimate looks at. */
const SAMPLE = 20;

function describeStored(ids: readonly string[], store: Store | undefined, { workers }: PlanOptions): string {
  const engine = engineDigest();
  const isStored = (id: string) => isResult(store?.endingOf(id, engine));
  const stored = ids.filter(isStored);
  const missing = ids.filter((id) => !isStored(id));
  const ofOtherEngines = missing.filter((id) =>
    store?.enginesOf(id).some((other) => other !== engine),
  ).length;
  const counts = `${stored.length} stored, ${missing.length} to run`;
  const others =
    ofOtherEngines > 0 ? `, ${ofOtherEngines} of them stored by another version of the engine` : '';
  if (missing.length === 0) return counts;
  const sample = store?.records(stored.slice(0, SAMPLE), engine) ?? [];
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
