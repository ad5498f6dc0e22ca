import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { InvalidInput } from '../../src/core/check.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import type { Checkpoint, Resources, RunControl } from '../../src/run/execute.ts';
import type { RunRecord, RunResult } from '../../src/run/record.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec, type RunSpec } from '../../src/run/spec.ts';
import type { PlannedRun, PlannedStage } from '../../src/sweep/plan.ts';

/** A spec that differs from others in its seed; `epochs` tells the fake executions below how to behave. */
export function fakeRun(seed: number, epochs = 1, until?: number): PlannedRun {
  const spec = parseSpec({
    data: { kind: 'synthGlyphs' },
    model: { kind: 'mlp' },
    optimizer: { kind: 'sgd', learningRate: 0.1 },
    epochs,
    seed,
    ...(until === undefined ? {} : { until }),
  });
  return { id: runId(spec), spec };
}

export function fakeRuns(count: number): PlannedRun[] {
  return Array.from({ length: count }, (_, seed) => fakeRun(seed));
}

/** A plan of runs that are at hand. */
export function plannedStage(runs: readonly PlannedRun[], name = 'runs'): PlannedStage {
  return {
    name,
    ids: runs.map(({ id }) => id),
    duplicates: 0,
    *runs(isWanted = () => true) {
      for (const [index, run] of runs.entries()) if (isWanted(run.id)) yield { ...run, index };
    },
  };
}

/** A result without any training, with every number that JSON cannot hold. A pure function of the spec. */
export function fakeResult(spec: RunSpec, engine = engineDigest()): RunResult {
  const numbers = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    5e-324,
    0.1 + spec.seed / 3,
  ];
  const split = { loss: numbers, error: numbers };
  return {
    schema: 3,
    chain: { every: 1, digests: '', last: '' },
    id: runId(spec),
    spec,
    engine,
    data: 'none',
    outcome:
      spec.seed % 5 === 4 ? { kind: 'diverged', step: 3, reason: 'the loss is NaN' } : { kind: 'completed' },
    series: {
      steps: {
        step: [1, 2],
        channels: { 'gradientNorm/all': { median: numbers, min: numbers, max: numbers } },
      },
      evaluations: {
        step: [0],
        epoch: [0],
        samples: [0],
        gradientEvaluations: [0],
        flops: [0],
        train: split,
        validation: split,
        test: split,
      },
    },
    steps: 3,
    samples: 96,
    gradientEvaluations: 3,
    flops: 3000,
    parameters: 10,
    digest: `d${spec.seed}`,
  };
}

export function fakeRecord(seed: number, engine?: string): RunRecord {
  return {
    ...fakeResult(fakeRun(seed).spec, engine),
    environment: {
      startedAt: '2026-01-01T00:00:00.000Z',
      seconds: 1.5,
      node: '24',
      platform: 'test',
      cpu: 'test',
      thalweg: '0',
    },
  };
}

/** What `epochs` makes a fake execution do. */
export const THROWS = 100;
export const DIES = 101;
export const DIES_BADLY = 102;
export const WRITES_DATA = 103;
export const LOOPS = 104;
/** Dies unless the file that THALWEG_TEST_DIED names is there, and makes it. */
export const DIES_ONCE = 105;
/** Has ten steps, asks after each of them whether a checkpoint is due, and dies after the fourth unless it went on from one. */
export const SAVES = 106;
export const STEPS = 10;
/** Its worker posts a checkpoint of another run, then one of this. */
export const HEARS_LATE = 107;
/** Asks for more memory than any machine has. */
export const NEEDS_MEMORY = 108;

/** Stands in for run/execute.ts. Every execution is written to the file that the environment names, if any. */
export async function fakeExecute(
  spec: RunSpec,
  resources: Resources,
  control: RunControl = {},
): Promise<RunResult> {
  const log = process.env.THALWEG_TEST_LOG;
  const died = process.env.THALWEG_TEST_DIED ?? '';
  if (log !== undefined) appendFileSync(log, `${spec.seed}\n`);
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.THALWEG_TEST_DELAY ?? 0)));
  if (spec.epochs === THROWS) throw new TypeError('updates is not a function');
  if (spec.epochs === DIES) process.exit(7);
  if (spec.epochs === DIES_BADLY) setImmediate(() => Promise.reject(new Error('nobody catches this')));
  if (spec.epochs === DIES_BADLY) await new Promise((resolve) => setTimeout(resolve, 10_000));
  if (spec.epochs === WRITES_DATA)
    for (const { train } of Object.values(resources.datasets)) train.images[0]++;
  if (spec.epochs === NEEDS_MEMORY) new ArrayBuffer(2 ** 45);
  if (spec.epochs === LOOPS) for (;;) control.isCheckpointDue?.(1);
  if (spec.epochs === DIES_ONCE && !existsSync(died)) {
    writeFileSync(died, '');
    process.exit(7);
  }
  return spec.epochs === SAVES ? savingResult(spec, control) : fakeResult(spec);
}

function savingResult(spec: RunSpec, { from, isCheckpointDue, onCheckpoint }: RunControl): RunResult {
  const save = (step: number) =>
    onCheckpoint?.({
      step,
      horizon: spec.seed,
      params: new Float64Array(1000),
    } as Partial<Checkpoint> as Checkpoint);
  if (from !== undefined && from.params.length !== 1000)
    throw new InvalidInput('invalid checkpoint: too short');
  const end = spec.until === undefined ? STEPS : 6;
  for (let step = 1 + (from?.step ?? 0); step <= end; step++) {
    const start = performance.now();
    while (performance.now() < start + 2);
    if (isCheckpointDue?.(step)) save(step);
    if (step === 4 && from === undefined && spec.until === undefined) {
      const log = process.env.THALWEG_TEST_DIED ?? '';
      if (!existsSync(log)) {
        writeFileSync(log, '');
        process.exit(7);
      }
    }
  }
  if (end < STEPS) save(end);
  return { ...fakeResult(spec), steps: end };
}

export const NO_RESOURCES: Resources = { datasets: {}, modules: {} };

/** A data set of one image, in shared memory. */
export function tinyDataset(): Dataset {
  const split = () => ({
    count: 1,
    images: new Uint8Array(new SharedArrayBuffer(4)),
    labels: new Uint8Array(new SharedArrayBuffer(1)),
  });
  return {
    name: 'tiny',
    shape: { H: 2, W: 2, C: 1 },
    classes: 2,
    train: split(),
    validation: split(),
    test: split(),
    mean: [0],
    std: [1],
    digest: 'tiny',
  };
}
