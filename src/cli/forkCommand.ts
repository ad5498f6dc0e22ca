import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { formatMetric, formatNumber } from '../report/format.ts';
import { metricOf } from '../report/metric.ts';
import { stepsOf } from '../run/batchSizes.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { dataKey, type Resources } from '../run/execute.ts';
import { type RunRecord, runId, trajectoryId } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Ending } from '../store/encodeRecord.ts';
import { openStore, type Store } from '../store/store.ts';
import { loadExperiment } from '../sweep/loadExperiment.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { nothingBefore, stagesOf } from '../sweep/walk.ts';
import { resourcesOf } from './bisectSides.ts';
import { againCommand } from './commandLine.ts';
import { durationOf } from './duration.ts';
import { proofOf, stateAfter } from './forkProof.ts';
import { forkedSpec, optionsSet } from './forkSpec.ts';
import { createProgress } from './progress.ts';
import { namedRun } from './recordSource.ts';
import { runStages } from './runStages.ts';
import { stopOnSignals } from './stopOnSignals.ts';
import { writeWhole } from './writeChunks.ts';
import { writeResults } from './writeResults.ts';

export interface ForkOptions {
  readonly at: number;
  readonly set: readonly string[];
  readonly workers: number;
  readonly store: string;
  readonly out?: string;
  readonly dataDir?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `thalweg fork`: the same run up to a step, then with other options; both side by side. */
export async function forkCommand(run: string, options: ForkOptions): Promise<void> {
  const { at } = options;
  const { spec } = namedRun(run, options);
  const resources = await checkedFork(spec, options);
  if (options.dryRun && !existsSync(options.store)) {
    tellPlan(planOf(spec, options), options);
    return;
  }
  const store = openStore(options.store, { write: options.dryRun !== true, create: true });
  try {
    const planned = planOf(spec, options, store);
    if (options.dryRun) {
      tellPlan(planned, options);
      return;
    }
    const { base, fork, checkpoint } = planned;
    const [baseId, id] = [runId(base), runId(fork)];
    const name = `fork-${baseId.slice(0, 9)}-${at}-${id.slice(1, 7)}`;
    const out = options.out ?? join('results', name);
    const plan = writeWhole(join(out, `${name}.jsonl`), `${canonicalJson(base)}\n${canonicalJson(fork)}\n`);
    if (checkpoint !== undefined && planned.endingOf(fork) === undefined) takeOver(store, checkpoint, fork);
    const experiment = {
      ...(await loadExperiment(plan)),
      title: `${baseId.slice(0, 9)}, forked after step ${at}`,
    };
    const stages = stagesOf(experiment);
    const display = createProgress((lost, hasFailed) => againCommand(plan, lost, hasFailed, options));
    const stored = storedRuns(store, [engineDigest()]);
    const stop = stopOnSignals(display.note);
    const settings = { retryFailed: true, failFast: false, timeLimit: undefined, sharing: true };
    const checkpointEvery = durationOf('--checkpoint-every', '1m');
    const context = {
      ...options,
      ...settings,
      checkpointEvery,
      experiment,
      store,
      stored,
      stop,
      display,
      onEvent() {},
    };
    await runStages({ stages, first: stages.next(nothingBefore) }, context).finally(display.close);
    const [a, b] = [stored.get(baseId), stored.get(id)];
    const proof =
      a === undefined || b === undefined
        ? undefined
        : proofOf(a, b, at, {
            base: await stateAfter(base, at, resources),
            fork: await stateAfter(fork, at, resources),
          });
    if (a === undefined || b === undefined || proof === undefined) {
      process.exitCode = 1;
      console.error(`thalweg: ${a === undefined ? baseId : id} has no result; the same command tries again`);
      return;
    }
    if (!proof.holds) process.exitCode = 1;
    const question = `What does it change that the run goes on with ${changeText(fork)} after step ${at}? ${proof.text}`;
    const written = writeResults({
      experiment: { ...experiment, question },
      store,
      engines: stored.engines,
      out,
    });
    if (options.json)
      console.log(
        canonicalJson({
          base: baseId,
          fork: id,
          after: at,
          ...proof,
          report: written.report ?? null,
          final: [a, b].map(finals),
        }),
      );
    else
      console.log(
        [
          `base: ${baseId}`,
          `fork: ${id}`,
          `after step ${at}: ${changeText(fork)}`,
          proof.text,
          ...finalLines(a, b),
          `report: ${written.report}`,
        ].join('\n'),
      );
  } finally {
    store.close();
  }
}

/** Before anything is kept: what both need, and whether there are steps behind `--at`. @throws InvalidInput if not. */
async function checkedFork(base: RunSpec, { at, set, dataDir }: ForkOptions): Promise<Resources> {
  const resources = await resourcesOf(base, { dataDir });
  const { train } = resources.datasets[dataKey(base.data)];
  const steps = stepsOf(base, train.count);
  if (at >= steps)
    throw new InvalidInput(
      `invalid --at: got ${at}, expected a step before the last of the ${steps} that the run makes; name an earlier one`,
    );
  await resourcesOf(forkedSpec(base, at, optionsSet(base, set)), { dataDir });
  return resources;
}

type Stored = ReturnType<Store['checkpoints']>[number];

/** Up to its step the base is the fork. */
function takeOver(store: Store, { trajectory, engine, step }: Stored, fork: RunSpec): void {
  const bytes = store.checkpoint(trajectory, engine, step);
  if (bytes !== undefined) store.putCheckpoint({ trajectory: trajectoryId(fork), engine, step, bytes });
}

interface Planned {
  readonly base: RunSpec;
  readonly fork: RunSpec;
  /** Of the base, the last one that is a state of the fork, too. */
  readonly checkpoint: Stored | undefined;
  readonly endingOf: (spec: RunSpec) => Ending | undefined;
}

function planOf(base: RunSpec, { at, set }: ForkOptions, store?: Store): Planned {
  const [trajectory, engine] = [trajectoryId(base), engineDigest()];
  const ofBase = (store?.checkpoints() ?? []).filter(
    (each) => each.trajectory === trajectory && each.engine === engine && each.step <= at,
  );
  return {
    base,
    fork: forkedSpec(base, at, optionsSet(base, set)),
    checkpoint: ofBase.sort((a, b) => b.step - a.step)[0],
    endingOf: (spec) => store?.endingOf(runId(spec), engine),
  };
}

/** What would run, and nothing kept. */
function tellPlan({ base, fork, checkpoint, endingOf }: Planned, { at, json }: ForkOptions): void {
  if (json) {
    console.log(canonicalJson(fork));
    return;
  }
  const stateOf = (spec: RunSpec) => (endingOf(spec) === undefined ? 'to run' : 'stored');
  const from = checkpoint === undefined ? 'the start' : `a checkpoint after step ${checkpoint.step}`;
  const lines = [
    `base: ${runId(base)}, ${stateOf(base)}`,
    `fork: ${runId(fork)}, ${stateOf(fork)}`,
    `after step ${at}: ${changeText(fork)}`,
    ...(stateOf(fork) === 'stored' ? [] : [`from: ${from}`]),
  ];
  console.log(lines.join('\n'));
}

function changeText({ changes = [] }: RunSpec): string {
  const options = Object.entries(changes.at(-1)?.set ?? {});
  return options
    .map(([path, value]) => `${path} ${typeof value === 'string' ? value : canonicalJson(value)}`)
    .join(', ');
}

const MEASURES = [
  ['validation', 'loss'],
  ['validation', 'error'],
  ['test', 'loss'],
  ['test', 'error'],
] as const;

function finals(record: RunRecord): Record<string, number | string> {
  const values = MEASURES.map(
    ([split, measure]) => [`${split} ${measure}`, metricOf(record, { split, measure, at: 'final' })] as const,
  );
  return { outcome: record.outcome.kind, steps: record.steps, ...Object.fromEntries(values) };
}

/** Final numbers side by side. */
function finalLines(a: RunRecord, b: RunRecord): string[] {
  const [one, other] = [a, b].map(finals);
  const isError = (key: string) => key.endsWith('error');
  const show = (key: string, value: number | string) =>
    typeof value === 'string' || key === 'steps'
      ? String(value)
      : formatMetric(value, isError(key) ? 'error' : 'loss');
  const less = (key: string, x: number, y: number) =>
    isError(key) ? `${formatNumber(100 * (y - x))} points` : formatNumber(y - x);
  const lines = Object.keys(one).map((key) => {
    const [x, y] = [one[key], other[key]];
    const difference =
      typeof x === 'number' && typeof y === 'number' && key !== 'steps' ? less(key, x, y) : '';
    return [key, show(key, x), show(key, y), difference];
  });
  const table = [['at the end', 'base', 'fork', 'fork less base'], ...lines];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  return table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}
