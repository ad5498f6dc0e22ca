import { deserialize, serialize } from 'node:v8';
import { expect } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import {
  type Checkpoint,
  dataKey,
  execute,
  loadData,
  type Resources,
  type RunControl,
} from '../../src/run/execute.ts';
import type { RunResult } from '../../src/run/record.ts';
import { parseSpec, type RunSpecInput } from '../../src/run/spec.ts';

/** Thirty images: eight batches of four an epoch, the last one of two. */
export const tinyData = {
  kind: 'synthGlyphs',
  level: 'easy',
  train: 30,
  validation: 10,
  test: 10,
} as const;

/** 104 steps in buckets of two. */
export const tiny: RunSpecInput = {
  data: tinyData,
  model: { kind: 'plainNet', depth: 2, filters: 3 },
  optimizer: { kind: 'adam', learningRate: 0.01 },
  batchSize: 4,
  epochs: 13,
  seed: 3,
};

const resources: { -readonly [K in keyof Resources]: Record<string, Resources[K][string]> } = {
  datasets: {},
  modules: {},
};

export async function run(input: RunSpecInput, control?: RunControl): Promise<RunResult> {
  const spec = parseSpec(input);
  resources.datasets[dataKey(spec.data)] ??= await loadData(spec.data, {});
  return execute(spec, resources, control);
}

/** As it comes back from a store. */
export function stored(checkpoint: Checkpoint): Checkpoint {
  return deserialize(serialize(checkpoint)) as Checkpoint;
}

/** The checkpoints of a run after the given steps, and its result. */
export async function checkpointsAt(
  input: RunSpecInput,
  steps: readonly number[],
): Promise<{ readonly result: RunResult; readonly checkpoints: Checkpoint[] }> {
  const checkpoints: Checkpoint[] = [];
  const result = await run(input, {
    isCheckpointDue: (step) => steps.includes(step),
    onCheckpoint: (checkpoint) => checkpoints.push(stored(checkpoint)),
  });
  return { result, checkpoints };
}

/** Interrupts a run after each of the steps: however it goes on, its record has the bytes of the run that was not interrupted. */
export async function expectSameBytes(input: RunSpecInput, steps: readonly number[]): Promise<RunResult> {
  const whole = await run(input);
  const bytes = canonicalJson(whole);
  const { result, checkpoints } = await checkpointsAt(input, steps);
  expect(canonicalJson(result)).toBe(bytes);
  expect(checkpoints.map(({ step }) => step)).toEqual(steps);
  for (const from of checkpoints) expect(canonicalJson(await run(input, { from }))).toBe(bytes);
  return whole;
}
