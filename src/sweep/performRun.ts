import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { engineDigest } from '../run/engineDigest.ts';
import { dataKey, type Resources, type RunControl } from '../run/execute.ts';
import type { Environment, Outcome, RunRecord, RunResult } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { encodeRecord } from '../store/encodeRecord.ts';
import { changedModule, lostBy } from './lost.ts';
import type { PlannedRun } from './plan.ts';
import { checkpointsOf, isOfCheckpoint } from './runCheckpoints.ts';
import type { Job, Performed, SavedState } from './runner.ts';
import { describeError } from './userCode.ts';
import { isUnchanged } from './userOptimizer.ts';

/** The pure function that a runner wraps: `execute` of run/execute.ts. */
export type Execute = (spec: RunSpec, resources: Resources, control?: RunControl) => Promise<RunResult>;

export interface PerformOptions {
  /** Milliseconds between two checkpoints; none unless given. */
  readonly checkpointEvery?: number | undefined;
  /** Steps between two others, which are kept. */
  readonly keptSteps?: number | undefined;
  readonly onCheckpoint: (state: SavedState) => void;
  /** Milliseconds after which the run gives up, at the end of a step. */
  readonly timeLimit?: number | undefined;
}

/**
 * Executes one run, adds where and when, and encodes its record. What it throws becomes the outcome `failed`, except where
 * the machine or the moment is to blame (see lost.ts). A checkpoint that cannot be used, or cannot be made, costs time and never the run:
 * it starts anew and without any.
 */
export async function performRun(
  execute: Execute,
  job: Job,
  resources: Resources,
  options: PerformOptions,
): Promise<Performed> {
  const environment = watchRun();
  const checkpoints = checkpointsOf(job, options);
  const attempt = async (control: () => RunControl) => {
    requireUnchanged(job.spec, resources); // every run imports a user's optimizer anew, see run/optimizer.ts
    return await execute(job.spec, resources, control());
  };
  let note: string | undefined;
  try {
    const result = await attempt(checkpoints.control).catch((error: unknown) => {
      if (!isOfCheckpoint(error)) throw error;
      note = `${error.message}; the run started anew`;
      return attempt(checkpoints.without);
    });
    const record = encodeRecord({ ...result, environment: environment() });
    const last = checkpoints.lastAt(result.steps);
    const { shared } = checkpoints;
    const ended = {
      record,
      ...(last === undefined ? {} : { last }),
      ...(shared.length === 0 ? {} : { shared }),
      ...(note === undefined ? {} : { note }),
    };
    return { kind: 'ended', ended };
  } catch (error) {
    const lost = lostBy(causeOf(error, job.spec, resources));
    if (lost !== undefined) return lost;
    const outcome = { kind: 'failed', message: describeError(error, basename) } as const;
    const record = encodeRecord(recordWithout(job, resources, outcome, environment()));
    return { kind: 'ended', ended: { record } };
  }
}

/** @throws LostError if a user's optimizer is no longer what the spec names. */
function requireUnchanged({ optimizer }: RunSpec, { modules }: Resources): void {
  const path = optimizer.kind === 'module' ? modules[optimizer.sha256] : undefined;
  if (path === undefined || optimizer.kind !== 'module' || isUnchanged(path, optimizer.sha256)) return;
  throw changedModule(path);
}

/** What throws because its file is just being saved is no failure of the run. */
function causeOf(error: unknown, spec: RunSpec, resources: Resources): unknown {
  try {
    requireUnchanged(spec, resources);
    return error;
  } catch (change) {
    return change;
  }
}

/** The record of a run that has no result. */
export function recordWithout(
  { id, spec }: PlannedRun,
  { datasets }: Resources,
  outcome: Extract<Outcome, { message: string }>,
  environment: Environment,
): RunRecord {
  const nothing = () => ({ loss: [], error: [] });
  const series = { step: [], epoch: [], samples: [], gradientEvaluations: [], flops: [] };
  return {
    schema: 3,
    id,
    spec,
    engine: engineDigest(),
    data: datasets[dataKey(spec.data)]?.digest ?? '',
    outcome,
    series: {
      steps: { step: [], channels: {} },
      evaluations: { ...series, train: nothing(), validation: nothing(), test: nothing() },
    },
    steps: 0,
    samples: 0,
    gradientEvaluations: 0,
    flops: 0,
    parameters: 0,
    digest: '',
    chain: null,
    environment,
  };
}

/** From now on; the clock of the day may jump, the seconds do not. */
export function watchRun(): () => Environment {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  return () => ({ startedAt, seconds: Math.round(performance.now() - start) / 1000, ...HERE });
}

const HERE: Omit<Environment, 'startedAt' | 'seconds'> = {
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  thalweg: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
};
