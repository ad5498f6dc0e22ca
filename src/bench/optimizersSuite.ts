import { createLayout } from '../core/layout.ts';
import { type Allocator, measureMemory, type Vec } from '../core/memory.ts';
import { stream } from '../core/rng.ts';
import { wasmEngine } from '../kernels/wasm.ts';
import { createOptimizer } from '../run/optimizer.ts';
import { parseSpec, type RunSpecInput } from '../run/spec.ts';
import type { Spread } from '../stats/summary.ts';
import { createUpdating } from '../train/updating.ts';
import { openPeakKernels } from './kernelFile.ts';
import { alternate, type MeasureOptions, type Ratio, ratesOf, ratioOf } from './measure.ts';

export const PARAMETERS = 1_000_000;

/**
 * Bytes that a step has to move for each parameter, at four bytes a number: it reads the parameter, the gradient and each
 * moment, and writes the parameter and each moment.
 */
export const BYTES_PER_PARAMETER = {
  sgd: 12,
  momentum: 20,
  adam: 28,
  adamw: 28,
  rmsprop: 20,
  adagrad: 20,
} as const;

export interface OptimizerResult {
  readonly optimizer: keyof typeof BYTES_PER_PARAMETER;
  readonly parameters: number;
  readonly bytesPerParameter: number;
  readonly milliseconds: number;
  /** Bytes that must be moved, a second. */
  readonly gigabytesPerSecond: Spread;
  /**
   * This machine's copy bandwidth, in the same rounds: WebAssembly's own copy of far more than a cache holds (as STREAM demands it), the
   * bytes that it reads and writes.
   */
  readonly copyGigabytesPerSecond: Spread;
  /** The optimizer's rate over that of the copy. Where the caches hold a million parameters, it may be above 1. */
  readonly ofCopy: Ratio;
  /** The same against a copy of as many bytes as the step moves, which is quicker where the caches hold them. */
  readonly ofSmallCopy: Ratio;
}

/** Read, and written: with 32 MiB of cache a copy from memory to memory. */
const COPIED_BYTES = 128 * 2 ** 20;

/** Steps of the classic optimizers on a million parameters against copies. */
export function optimizersSuite({ seconds, onRound }: MeasureOptions): OptimizerResult[] {
  const kinds = Object.keys(BYTES_PER_PARAMETER) as OptimizerResult['optimizer'][];
  const copy = { name: 'copy', run: copyOf(COPIED_BYTES) };
  const timed = kinds.flatMap((kind) => [
    { name: kind, run: optimizerStep(kind) },
    copy,
    { name: 'small copy', run: copyOf((PARAMETERS * BYTES_PER_PARAMETER[kind]) / 2) },
  ]);
  const rounds = alternate(timed, { seconds, ...(onRound && { onRound }) });
  return kinds.map((kind, i) => optimizerResult(kind, rounds[3 * i], rounds[3 * i + 1], rounds[3 * i + 2]));
}

/** From the milliseconds of a step, of the copy and of the copy of as many bytes, round by round. */
export function optimizerResult(
  optimizer: OptimizerResult['optimizer'],
  milliseconds: readonly number[],
  copy: readonly number[],
  smallCopy: readonly number[],
): OptimizerResult {
  const bytesPerParameter = BYTES_PER_PARAMETER[optimizer];
  const bytes = PARAMETERS * bytesPerParameter;
  const rate = ratesOf(milliseconds, bytes / 1e9);
  const copyOfAsMany = copy.map((ms) => (ms * bytes) / (2 * COPIED_BYTES));
  return {
    ...{ optimizer, parameters: PARAMETERS, bytesPerParameter },
    milliseconds: bytes / 1e6 / rate.median,
    gigabytesPerSecond: rate,
    copyGigabytesPerSecond: ratesOf(copy, (2 * COPIED_BYTES) / 1e9),
    ofCopy: ratioOf(milliseconds, copyOfAsMany),
    ofSmallCopy: ratioOf(milliseconds, smallCopy),
  };
}

/** A step as the training loop makes it, on parameters and gradients of the size of a network's. */
function optimizerStep(kind: OptimizerResult['optimizer']): () => void {
  const optimizer = createOptimizer(specOf(kind), {});
  const layout = createLayout([{ name: 'dense.weight', shape: [1000, PARAMETERS / 1000], role: 'weight' }]);
  const build = (allocator: Allocator) => ({
    params: allocator.floats(layout.length),
    grads: allocator.floats(layout.length),
    updates: allocator.floats(layout.length),
    optimizerState: optimizer.init(layout, allocator),
  });
  const { kernels, allocator } = wasmEngine.open(measureMemory(4, build));
  const updated = { kernels, optimizer, ...build(allocator) };
  const { params, grads } = updated;
  const updating = createUpdating(updated);
  fillNormal(params, 0);
  fillNormal(grads, 1);
  const context = { step: 0, layout, params, learningRate: 1e-6, horizon: 1e6, loss: 0 };
  return () => {
    context.step++;
    updating.move(context);
  };
}

const specOf = (kind: OptimizerResult['optimizer']) => {
  const data = { kind: 'synthGlyphs' } as const;
  const input: RunSpecInput = {
    ...{ data, model: { kind: 'missionCnn' }, epochs: 1, seed: 0 },
    optimizer: { kind, learningRate: 1e-6 },
  };
  return parseSpec(input);
};

function fillNormal(v: Vec, place: number): void {
  const rng = stream(0, 'bench').at(place);
  for (let i = 0; i < v.length; i++) v[i] = 0.01 * rng.normal();
}

/** Copies `bytes` from one half of a memory to the other. */
function copyOf(bytes: number): () => void {
  const kernels = openPeakKernels(2 * bytes);
  // memory that was never written is one page of zeros to the system, and then nothing is read
  kernels.memory.fill(1);
  return () => kernels.copyBytes(bytes, 0, bytes);
}
