import type { Layout } from '../core/layout.ts';
import { exp } from '../core/math.ts';
import type { Allocator, Vec } from '../core/memory.ts';
import type { Rng, Stream } from '../core/rng.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Network } from '../nn/network.ts';
import type { Objective } from '../optim/transform.ts';
import { normOf } from './probes/gradientNorm.ts';

/** What the extra passes of a step must put back, and room to work in. */
export interface ObjectiveMemory {
  readonly params: Vec;
  readonly grads: Vec;
  readonly buffers: Vec;
  readonly point: Vec;
  readonly behind: Vec;
  readonly labels: Int32Array;
}

export function allocateObjective(
  { layout, buffers, batchSize }: Network['plan'],
  allocator: Allocator,
): ObjectiveMemory {
  return {
    params: allocator.floats(layout.length),
    grads: allocator.floats(layout.length),
    buffers: allocator.floats(buffers.length),
    point: allocator.floats(layout.length),
    behind: allocator.floats(layout.length),
    labels: allocator.ints(batchSize),
  };
}

/** The objective of whatever batch stands in the network's input, and what it cost. */
export interface BatchObjective extends Objective {
  /** Tells it which step is being made; `step` counts from 0 and keys the dropout masks. */
  begin(N: number, step: number): void;
  /** Runs the step's own pass once more, so that the layers hold it again; only after other passes. Not counted. */
  restoreLayers(): void;
  /** Gradients that the method has asked for in this step. */
  evaluations(): number;
}

/**
 * Steps of the central difference, times (1 + ||params||) / ||v||: about the cube root of the type's rounding, where the
 * error of the formula (h^2) and that of the gradients (rounding / h) are equal.
 */
const DIFFERENCE_STEP = { 4: 2 ** -8, 8: 2 ** -17 } as const;

/**
 * The loss of a network on its current batch as a function of the parameters. Every pass uses the images, the labels and the
 * dropout masks of the step; after it the parameters, the gradients and the running statistics are what they were before.
 *
 *     hessianVector: H v = (g(params + h v) - g(params - h v)) / (2 h),  h = c * (1 + ||params||) / ||v||,
 *     c = 2^-8 in float32 and 2^-17 in float64; the norms are over all parameters
 *
 * Where a ReLU switches between the two points the difference measures the kink as well. With batch norm the statistics of the
 * batch are part of the function.
 */
export function batchObjective(
  network: Network,
  kernels: Kernels,
  dropout: Stream,
  memory: ObjectiveMemory,
): BatchObjective {
  const { params, grads, buffers, layout, labels, logits } = network;
  const { classes } = network.plan;
  const current = { N: 0, step: 0, passes: 0, evaluations: 0 };

  /** One pass at `at`, its gradient in `out`. */
  function pass(at: Vec, out: Vec): number {
    memory.params.set(params);
    memory.grads.set(grads);
    memory.buffers.set(buffers);
    params.set(at);
    const loss = network.trainingStep(current.N, current.step, dropout);
    out.set(grads);
    params.set(memory.params);
    grads.set(memory.grads);
    buffers.set(memory.buffers);
    current.passes++;
    return loss;
  }

  function gradient(at: Vec, out: Vec): number {
    current.evaluations++;
    return pass(at, out);
  }

  return {
    gradient,
    hessianVector(v, out) {
      const { point, behind } = memory;
      const c = DIFFERENCE_STEP[params.BYTES_PER_ELEMENT as 4 | 8];
      const h = (c * (1 + normOf(kernels, layout, params))) / normOf(kernels, layout, v);
      if (!Number.isFinite(h)) {
        out.fill(0); // v = 0
        return;
      }
      for (let i = 0; i < point.length; i++) point[i] = params[i] - h * v[i];
      gradient(point, behind);
      for (let i = 0; i < point.length; i++) point[i] = params[i] + h * v[i];
      gradient(point, point);
      combineSlots(out, point, behind, layout, 1 / (2 * h));
    },
    sampledGradient(random, out) {
      // the layers may hold another pass by now, or the base one with other labels
      if (current.passes > 0) gradient(params, out);
      memory.labels.set(labels);
      drawLabels(labels, logits, current.N, classes, random);
      gradient(params, out);
      labels.set(memory.labels);
    },
    begin(N, step) {
      current.N = N;
      current.step = step;
      current.passes = 0;
      current.evaluations = 0;
    },
    restoreLayers() {
      if (current.passes > 0) pass(params, memory.point);
    },
    evaluations: () => current.evaluations,
  };
}

/** out = (a - b) * factor in the slots and 0 in the padding. */
function combineSlots(out: Vec, a: Vec, b: Vec, { slots }: Layout, factor: number): void {
  out.fill(0);
  for (const { offset, length } of slots)
    for (let i = offset; i < offset + length; i++) out[i] = (a[i] - b[i]) * factor;
}

/** A label a row from the softmax of its logits, by inversion of the distribution function. */
function drawLabels(labels: Int32Array, logits: Vec, N: number, K: number, random: Rng): void {
  for (let n = 0; n < N; n++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < K; k++) largest = Math.max(largest, logits[n * K + k]);
    let total = 0;
    for (let k = 0; k < K; k++) total += exp(logits[n * K + k] - largest);
    let left = random.uniform() * total;
    let label = 0;
    while (label < K - 1) {
      left -= exp(logits[n * K + label] - largest);
      if (left < 0) break;
      label++;
    }
    labels[n] = label;
  }
}
