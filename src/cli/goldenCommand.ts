import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHANGELOG, declares, type GoldenFile, readGoldens, writeGoldens } from '../certify/goldenFile.ts';
import {
  describeGoldens,
  type GoldenReport,
  goldenReport,
  isAsRecorded,
  type Tried,
} from '../certify/goldenReport.ts';
import { type GoldenRun, goldenOf } from '../certify/goldenRun.ts';
import { catalogueRuns, type NamedRun } from '../certify/goldenSet.ts';
import { short } from '../certify/verifyRecord.ts';
import { InvalidInput } from '../core/check.ts';
import type { Dataset } from '../data/dataset.ts';
import { dataKey, loadData, type Resources } from '../run/execute.ts';
import { NUMERICS } from '../run/numerics.ts';
import { parseSpec } from '../run/spec.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { loadResources } from '../sweep/resources.ts';
import { nothingBefore, stagesOf } from '../sweep/walk.ts';
import { createProgress, NOTHING } from './progress.ts';

export interface GoldenOptions {
  /** The runs of this experiment instead of those of the catalogue. */
  readonly experiment?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Those of the catalogue, in a checkout and in an install. */
const SHIPPED = fileURLToPath(new URL('../../test/goldens/trajectories', import.meta.url));

/** `thalweg golden check`: executes the runs of the set again and says what has moved. */
export async function goldenCheckCommand(folder: string | undefined, options: GoldenOptions): Promise<void> {
  const set = await setOf(options);
  const path = join(folder ?? SHIPPED, `${set.name}.jsonl`);
  const kept = readGoldens(path);
  const report = goldenReport(kept, set.runs, await tryAll(set), NUMERICS);
  if (options.json) console.log(JSON.stringify({ goldens: path, ...report }, notFinite));
  else console.log(describeGoldens(report, path, isDeclared()).join('\n'));
  if (!isAsRecorded(report)) process.exitCode = 1;
}

/**
 * `thalweg golden record`: keeps the trajectories of the set as they are now. Bits that have moved without a new version of the numerics and
 * a line in the changelog are not taken.
 */
export async function goldenRecordCommand(folder: string | undefined, options: GoldenOptions): Promise<void> {
  const set = await setOf(options);
  const path = join(folder ?? SHIPPED, `${set.name}.jsonl`);
  const kept = keptIn(path);
  const tried = await tryAll(set);
  const runs = tried.filter((run): run is GoldenRun => 'digests' in run);
  const report = kept === null ? null : goldenReport(kept, set.runs, tried, NUMERICS);
  const refusal = refusalOf(report, tried, set.isCatalogue);
  if (refusal !== null) {
    process.exitCode = 1;
    console.error(
      [...(report === null ? [] : describeGoldens(report, path, isDeclared())), refusal].join('\n'),
    );
    return;
  }
  writeGoldens(path, { numerics: NUMERICS, runs });
  console.log(`${path}: ${runs.length} runs recorded, numerics ${NUMERICS}`);
}

function refusalOf(
  report: GoldenReport | null,
  tried: readonly Tried[],
  isCatalogue: boolean,
): string | null {
  const failed = tried.find((run) => 'message' in run);
  if (failed !== undefined && 'message' in failed)
    return `nothing recorded: ${failed.name} cannot be run: ${failed.message}`;
  if (report === null || report.moved.length === 0) return null;
  const { kept, now } = report.numerics;
  if (now > kept && (!isCatalogue || isDeclared())) return null;
  return `nothing recorded: bits have moved that no new version of the numerics declares`;
}

/** Null before the first time. */
function keptIn(path: string): GoldenFile | null {
  try {
    readFileSync(path);
  } catch {
    return null;
  }
  return readGoldens(path);
}

function isDeclared(): boolean {
  return declares(readFileSync(CHANGELOG, 'utf8'), NUMERICS);
}

/** JSON has none of these numbers. */
function notFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

interface GoldenSet {
  /** Of the file. */
  readonly name: string;
  readonly runs: readonly NamedRun[];
  readonly isCatalogue: boolean;
  /** What is needed to run one. */
  readonly resources: (run: NamedRun) => Promise<Resources>;
}

async function setOf({ experiment: file, dataDir }: GoldenOptions): Promise<GoldenSet> {
  if (file === undefined) {
    const datasets: Record<string, Dataset> = {};
    const resources = async ({ spec }: NamedRun) => {
      const { data } = parseSpec(spec);
      datasets[dataKey(data)] ??= await loadData(data, {});
      return { datasets, modules: {} };
    };
    return { name: 'catalogue', runs: catalogueRuns(), isCatalogue: true, resources };
  }
  const experiment = await loadExperiment(file);
  if (experiment.isAdaptive)
    throw new InvalidInput(
      `invalid experiment ${file}: its later stages depend on results, so that its runs are no fixed set; name one whose runs() yields specs`,
    );
  const { value: stage, done } = stagesOf(experiment).next(nothingBefore);
  if (done === true) throw new InvalidInput(`invalid experiment ${file}: it has no runs`);
  const loaded = await loadResources(stage, experiment, { dataDir });
  const runs = Array.from(stage.runs(), ({ spec, index }) => ({
    name: `${index} ${spec.optimizer.kind === 'module' ? spec.optimizer.name : spec.optimizer.kind}, seed ${spec.seed}`,
    spec,
  }));
  return { name: experiment.name, runs, isCatalogue: false, resources: async () => loaded };
}

/** One after the other, with the progress on standard error. */
async function tryAll({ runs, resources }: GoldenSet): Promise<Tried[]> {
  const display = createProgress(short);
  const progress = { ...NOTHING, total: runs.length };
  const tried: Tried[] = [];
  try {
    for (const run of runs) {
      const result = await tryRun(run, resources);
      tried.push(result);
      progress['digests' in result ? 'completed' : 'failed']++;
      display.update({ progress });
      await new Promise((resolve) => setImmediate(resolve)); // the display's turn
    }
  } finally {
    display.close();
  }
  return tried;
}

async function tryRun(run: NamedRun, resources: GoldenSet['resources']): Promise<Tried> {
  try {
    return await goldenOf(run, await resources(run));
  } catch (error) {
    return { name: run.name, message: (error as Error).message };
  }
}
