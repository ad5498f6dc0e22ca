import { existsSync } from 'node:fs';
import { canonicalJson, type Json } from '../core/json.ts';
import { count, formatRate } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { isResult } from '../store/encodeRecord.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Estimate, estimateTime } from '../sweep/estimate.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { selectRuns } from '../sweep/selectRuns.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { type FirstRows, Survey } from '../sweep/survey.ts';
import { describeError } from '../sweep/userCode.ts';
import { knownStages } from '../sweep/walk.ts';
import { describeDataset } from './dataCommand.ts';
import { describeMemory } from './memoryEstimate.ts';
import { describeSeconds } from './progress.ts';

export interface PlanOptions {
  readonly workers: number;
  readonly store: string;
  readonly only?: string;
  readonly dataDir?: string;
  readonly calibrate: boolean;
  readonly json?: boolean;
}

/** `thalweg plan`: checks everything that `run` would check, and keeps nothing. */
export async function planCommand(file: string, options: PlanOptions): Promise<void> {
  const experiment = await loadExperiment(file);
  const store = existsSync(options.store) ? openStore(options.store, { write: false }) : undefined;
  try {
    const { stages, isOpen } = knownStages(experiment, store && storedRuns(store, [engineDigest()]));
    for (const stage of stages) await describeStage(stage, experiment, store, options);
    if (isOpen && !options.json) console.log('later stages depend on the results of these runs');
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
  const ids = stage.ids.filter(isWanted);
  const endings = endingsOf(ids, store);
  const survey = new Survey();
  const seen = {
    ...stage,
    runs: (wanted: (id: string) => boolean = isWanted) => survey.watch(stage.runs(wanted), endings.isMissing),
  };
  const resources = await loadResources(seen, experiment, options, isWanted);
  const name = experiment.isAdaptive ? `${experiment.name}, stage ${stage.name}` : experiment.name;
  const { duplicates } = stage;
  const equal = duplicates > 0 ? ` (${count(duplicates, 'more spec')} equal to one of them)` : '';
  const place = `store: ${options.store}${store === undefined ? ' (not there yet)' : ''}`;
  const lines = [
    ...endings.lines,
    place,
    ...Object.values(resources.datasets).map((dataset) => `data: ${describeDataset(dataset)}`),
    ...(endings.missing === 0 ? [] : [await describeTime(survey, resources, store, options)]),
    ...(endings.missing === 0 ? [] : describeMemory(resources, Math.min(options.workers, endings.missing))),
    ...describeRows(survey.firstRows(), ids.length),
  ];
  console.log(
    [`${name}: ${count(ids.length, 'run')}${equal}`, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
}

/** As many other engines are named. */
const MOST_ENGINES = 5;

/** What has become of the runs so far. */
function endingsOf(ids: readonly string[], store: Store | undefined) {
  const engine = engineDigest();
  const counts = { completed: 0, diverged: 0, failed: 0, lost: 0 };
  const missing = new Set<string>();
  const others = new Map<string, number>();
  for (const id of ids) {
    const ending = store?.endingOf(id, engine);
    if (ending !== undefined) counts[ending]++;
    if (isResult(ending) || ending === 'failed') continue;
    missing.add(id);
    for (const other of store?.enginesOf(id) ?? [])
      if (other !== engine) others.set(other, (others.get(other) ?? 0) + 1);
  }
  const { completed, diverged, failed, lost } = counts;
  const states = [
    `${completed + diverged} stored${diverged > 0 ? ` (${diverged} diverged)` : ''}`,
    ...(failed > 0 ? [`${failed} failed (run --retry failed tries again)`] : []),
    `${missing.size} to run${lost > 0 ? ` (${lost} lost before)` : ''}`,
  ];
  const engines = [...others]
    .slice(0, MOST_ENGINES)
    .map(([digest, n]) => `${digest.slice(0, 12)} (${count(n, 'run')})`);
  const accept = [...others.keys()]
    .slice(0, MOST_ENGINES)
    .map((digest) => digest.slice(0, 12))
    .join(',');
  return {
    missing: missing.size,
    isMissing: (id: string) => missing.has(id),
    lines: [
      states.join(', '),
      ...(engines.length > 0
        ? [
            `stored by other versions of the engine: ${engines.join(', ')}; run --accept-engine ${accept} takes them`,
          ]
        : []),
    ],
  };
}

async function describeTime(
  survey: Survey,
  resources: Parameters<typeof estimateTime>[1],
  store: Store | undefined,
  { workers, calibrate }: PlanOptions,
): Promise<string> {
  const engine = engineDigest();
  const rowOf = (id: string) => store?.rowsOf(id).find((row) => row.engine === engine);
  let estimate: Estimate | undefined;
  try {
    estimate = await estimateTime(survey, resources, rowOf, { workers, calibrate });
  } catch (error) {
    return `time: unknown, since a run that was tried failed: ${describeError(error)}`;
  }
  if (estimate === undefined)
    return 'time: unknown, since none of them has run yet (leave out --no-calibrate)';
  const sources = [
    ...(estimate.stored > 0 ? [`stored runs of ${count(estimate.stored, 'setting')}`] : []),
    ...(estimate.calibrated > 0 ? [`a second of ${count(estimate.calibrated, 'setting')}`] : []),
  ];
  const [low, high] = [describeSeconds(estimate.low), describeSeconds(estimate.high)];
  const range = low === high ? `about ${low}` : `${low} to ${high}`;
  return `time: ${range} with ${count(workers, 'worker')} (estimated from ${sources.join(' and ')})`;
}

const MOST_COLUMNS = 8;

function describeRows({ columns, rows }: FirstRows, total: number): string[] {
  if (columns.length === 0 || rows.length < 2) return [];
  const show = (value: Json) => (typeof value === 'number' ? formatRate(value) : String(value ?? '-'));
  const cells = [columns, ...rows.map((row) => row.map(show))].map((line) =>
    line.slice(0, MOST_COLUMNS).map((text) => text.slice(0, 24)),
  );
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const lines = cells.map((line) =>
    `  ${line.map((text, column) => text.padEnd(widths[column])).join('  ')}`.trimEnd(),
  );
  const more = columns.length - MOST_COLUMNS;
  const which = rows.length < total ? `the first ${rows.length} of ${total}` : 'all';
  return [`what varies, ${which}${more > 0 ? ` (and ${more} more columns)` : ''}:`, ...lines];
}
