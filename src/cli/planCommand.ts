import { existsSync } from 'node:fs';
import { canonicalJson, type Json } from '../core/json.ts';
import type { Dataset } from '../data/dataset.ts';
import { count } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Estimate, estimateTime } from '../sweep/estimate.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import { missingRuns, type Outlook } from '../sweep/missingRuns.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { loadResources } from '../sweep/resources.ts';
import { Selection, shownValue } from '../sweep/selectRuns.ts';
import { BeginningSurvey, NO_SHARING, type Sharing } from '../sweep/sharing.ts';
import { acceptEngines, type StoredRuns, storedRuns } from '../sweep/storedRuns.ts';
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
  readonly acceptEngine?: string;
  readonly dataDir?: string;
  readonly calibrate: boolean;
  readonly sharing: boolean;
  readonly json?: boolean;
}

type StoreContents = Pick<Store, 'endingOf' | 'enginesOf' | 'get' | 'rows' | 'rowsOf'>;

const NOTHING_STORED: StoreContents = {
  endingOf: () => undefined,
  enginesOf: () => [],
  get: () => undefined,
  rows: () => [],
  rowsOf: () => [],
};

/** What is planned of all stages. */
interface Context {
  readonly experiment: LoadedExperiment;
  readonly store: StoreContents;
  readonly stored: StoredRuns;
  readonly options: PlanOptions;
}

/** `thalweg plan`: checks everything that `run` would check, and keeps nothing. */
export async function planCommand(file: string, options: PlanOptions): Promise<void> {
  const experiment = await loadExperiment(file);
  const opened = existsSync(options.store) ? openStore(options.store, { write: false }) : undefined;
  const store = opened ?? NOTHING_STORED;
  try {
    const stored = storedRuns(store, acceptEngines(store, engineDigest(), options.acceptEngine));
    const { stages, isOpen } = knownStages(experiment, stored);
    const selection = new Selection(options.only);
    const parts = stages.map((stage) => ({ stage, wanted: selection.of(stage) }));
    selection.requireAny(isOpen);
    for (const { stage, wanted } of parts)
      if (wanted.size > 0) await describeStage(stage, wanted, { experiment, store, stored, options });
    if (isOpen && !options.json)
      console.log('what follows, if anything, depends on the results of these runs');
  } finally {
    opened?.close();
  }
}

async function describeStage(
  stage: PlannedStage,
  wanted: ReadonlySet<string>,
  context: Context,
): Promise<void> {
  const { experiment, store, stored, options } = context;
  const isWanted = (id: string) => wanted.has(id);
  if (options.json) {
    for (const { spec } of stage.runs(isWanted)) console.log(canonicalJson(spec));
    return;
  }
  const outlook = missingRuns(stage, stored, { isWanted });
  const { missing } = outlook;
  const survey = new Survey();
  const loaded: Record<string, Dataset> = {};
  const beginnings = new BeginningSurvey(loaded);
  const seen = {
    ...stage,
    runs: (some = isWanted) => {
      const runs = survey.watch(stage.runs(some), (id) => missing.has(id));
      return options.sharing ? beginnings.watch(runs, (id) => missing.has(id)) : runs;
    },
  };
  const resources = await loadResources(seen, experiment, { ...options, loaded }, isWanted);
  const sharing = options.sharing ? beginnings.sharing(stage) : NO_SHARING;
  const name = experiment.isAdaptive ? `${experiment.name}, stage ${stage.name}` : experiment.name;
  const { duplicates } = stage;
  const equal = duplicates > 0 ? ` (${count(duplicates, 'more spec')} equal to one of them)` : '';
  const lines = [
    describeOutlook(outlook),
    ...describeOthers(missing, context),
    `store: ${options.store}${store === NOTHING_STORED ? ' (not there yet)' : ''}`,
    ...Object.values(resources.datasets).map((dataset) => `data: ${describeDataset(dataset)}`),
    ...describeSharing(sharing),
    ...(missing.size === 0 ? [] : [await describeTime(survey, resources, sharing, context)]),
    ...(missing.size === 0 ? [] : describeMemory(resources, Math.min(options.workers, missing.size))),
    ...describeRows(survey.firstRows(), wanted.size),
  ];
  console.log(
    [`${name}: ${count(wanted.size, 'run')}${equal}`, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
}

/** `3 stored (1 diverged), 1 failed (run --retry failed tries again), 8 to run (1 lost before)` */
function describeOutlook({ stored, storedDiverged, storedFailed, missing, missingLost }: Outlook): string {
  return [
    `${stored - storedFailed} stored${storedDiverged > 0 ? ` (${storedDiverged} diverged)` : ''}`,
    ...(storedFailed > 0 ? [`${storedFailed} failed (run --retry failed tries again)`] : []),
    `${missing.size} to run${missingLost > 0 ? ` (${missingLost} lost before)` : ''}`,
  ].join(', ');
}

/** As many other engines are named. */
const MOST_ENGINES = 5;

/** The engines that count no more and have runs that are to run, in a line. */
function describeOthers(missing: Iterable<string>, { store, stored, options }: Context): string[] {
  const others = new Map<string, number>();
  for (const id of missing)
    for (const engine of store.enginesOf(id))
      if (!stored.engines.includes(engine)) others.set(engine, (others.get(engine) ?? 0) + 1);
  const named = [...others]
    .slice(0, MOST_ENGINES)
    .map(([engine, runs]) => [engine.slice(0, 12), runs] as const);
  if (named.length === 0) return [];
  const list = named.map(([digest, runs]) => `${digest} (${count(runs, 'run')})`).join(', ');
  const accepted = options.acceptEngine === undefined ? [] : [options.acceptEngine];
  const accept = [...accepted, ...named.map(([digest]) => digest)].join(',');
  return [`stored by other versions of the engine: ${list}; --accept-engine ${accept} takes them`];
}

/** `sharing: 2250 of 4800 steps are saved, 15 runs go on from states of others (--no-sharing makes all steps)` */
function describeSharing({ origins, saved, total }: Sharing): string[] {
  if (saved === 0) return [];
  const runs = origins.size === 1 ? '1 run goes' : `${count(origins.size, 'run')} go`;
  return [
    `sharing: ${saved} of ${total} steps are saved, ${runs} on from states of others (--no-sharing makes all steps)`,
  ];
}

async function describeTime(
  survey: Survey,
  resources: Parameters<typeof estimateTime>[1],
  { saved, total }: Sharing,
  { store, stored, options: { workers, calibrate } }: Context,
): Promise<string> {
  const rowOf = (id: string) => store.rowsOf(id).find(({ engine }) => stored.engines.includes(engine));
  let estimate: Estimate | undefined;
  try {
    const toMake = total === 0 ? 1 : 1 - saved / total;
    estimate = await estimateTime(survey, resources, rowOf, { workers, calibrate, toMake });
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
  // numbers as --only takes them
  const show = (value: Json) => (value === null ? '-' : shownValue(value));
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
