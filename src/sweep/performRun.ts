import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { engineDigest } from '../run/engineDigest.ts';
import { dataKey, type Resources } from '../run/execute.ts';
import type { Environment, RunRecord, RunResult } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import type { PlannedRun } from './plan.ts';
import { changedModule } from './preloadModules.ts';
import { describeError } from './userCode.ts';
import { moduleDigest } from './userOptimizer.ts';

/** The pure function that a runner wraps: `execute` of run/execute.ts. */
export type Execute = (spec: RunSpec, resources: Resources) => Promise<RunResult>;

/** Executes one run and adds where and when. What it throws becomes the outcome `failed`. */
export async function performRun(
  execute: Execute,
  { id, spec }: PlannedRun,
  resources: Resources,
): Promise<RunRecord> {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  let result: RunResult;
  try {
    requireUnchanged(spec, resources);
    result = await execute(spec, resources);
  } catch (error) {
    // the file's name without its folder: a record must not depend on where things lie
    result = failedResult({ id, spec }, resources, describeError(error, basename));
  }
  const seconds = Math.round(performance.now() - start) / 1000;
  return { ...result, environment: { startedAt, seconds, ...HERE } };
}

/** Every run imports a user's optimizer anew (see run/optimizer.ts): what it would import now must still be what the spec names. */
function requireUnchanged({ optimizer }: RunSpec, { modules }: Resources): void {
  const path = optimizer.kind === 'module' ? modules[optimizer.sha256] : undefined;
  if (path === undefined || optimizer.kind !== 'module' || moduleDigest(path) === optimizer.sha256) return;
  throw changedModule(path);
}

function failedResult({ id, spec }: PlannedRun, { datasets }: Resources, message: string): RunResult {
  const nothing = () => ({ loss: [], error: [] });
  return {
    schema: 2,
    id,
    spec,
    engine: engineDigest(),
    data: datasets[dataKey(spec.data)]?.digest ?? '',
    outcome: { kind: 'failed', message },
    series: {
      steps: { step: [], channels: {} },
      evaluations: {
        step: [],
        epoch: [],
        samples: [],
        gradientEvaluations: [],
        flops: [],
        train: nothing(),
        validation: nothing(),
        test: nothing(),
      },
    },
    steps: 0,
    samples: 0,
    gradientEvaluations: 0,
    flops: 0,
    parameters: 0,
    digest: '',
  };
}

const HERE: Omit<Environment, 'startedAt' | 'seconds'> = {
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  thalweg: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
};
