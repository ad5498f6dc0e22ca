import type { Allocator, Vec } from '../core/memory.ts';
import type { Batcher } from '../data/batches.ts';
import type { Network } from '../nn/network.ts';
import type { Cost, EvaluationSeries } from './series.ts';

/** With which statistics batch norm normalises in evaluations; see {@link Evaluator}. */
export type EvaluationStatistics = 'running' | 'batch' | 'recalibrated';

/** What is evaluated, and how often. `train` is a fixed part of the training data. */
export interface Evaluations {
  readonly perEpoch: number;
  readonly train: Batcher;
  readonly validation: Batcher;
  readonly test: Batcher;
  readonly statistics: EvaluationStatistics;
}

/** Room for what an evaluation replaces and puts back. */
export interface EvaluationMemory {
  /** Parameters to evaluate with where they are not those that are trained. */
  readonly params: Vec | null;
  readonly buffers: Vec;
}

export function allocateEvaluation(
  { layout, buffers }: Network['plan'],
  allocator: Allocator,
  otherParams: boolean,
): EvaluationMemory {
  return {
    params: otherParams ? allocator.floats(layout.length) : null,
    buffers: allocator.floats(buffers.length),
  };
}

export interface SplitScore {
  /** Mean cross-entropy an image. */
  readonly loss: number;
  /** 1 - accuracy. */
  readonly error: number;
}

/** What training reacts to: the training score ends a run, the validation score moves the learning rate. */
export interface Scores {
  readonly train: SplitScore;
  readonly validation: SplitScore;
}

/** The most batches that running statistics are recalibrated with. */
export const RECALIBRATION_BATCHES = 50;

/**
 * Scores the network on the three splits in evaluation mode and keeps the scores. Evaluations are spread evenly over
 * an epoch: the k-th of `perEpoch` is made after the step nearest to k/perEpoch of it, so the end of every epoch is
 * evaluated. Training goes on afterwards as if there had been no evaluation: parameters and running statistics are put
 * back.
 *
 * Batch norm has three kinds of statistics to evaluate with:
 * - `running`: the averages of training. They belong to the parameters that were trained, and are wrong for others;
 * - `batch`: those of the batch that is being scored, so that a score depends on what else is in its batch;
 * - `recalibrated`: the mean over the first (at most 50) whole batches of the fixed part of the training data of each batch's mean
 *   and unbiased variance, at the parameters that are evaluated and without dropout (SWA's update_bn, there with dropout and
 *   over all training data).
 */
export class Evaluator {
  readonly #network: Network;
  readonly #evaluations: Evaluations;
  readonly #memory: EvaluationMemory;
  readonly #series = {
    step: [] as number[],
    epoch: [] as number[],
    samples: [] as number[],
    gradientEvaluations: [] as number[],
    flops: [] as number[],
    train: { loss: [] as number[], error: [] as number[] },
    validation: { loss: [] as number[], error: [] as number[] },
    test: { loss: [] as number[], error: [] as number[] },
  };

  constructor(network: Network, evaluations: Evaluations, memory: EvaluationMemory) {
    this.#network = network;
    this.#evaluations = evaluations;
    this.#memory = memory;
  }

  /** Whether an evaluation is made after `place` of the steps of an epoch; after the last always. */
  isDue(place: number, stepsInEpoch: number): boolean {
    const { perEpoch } = this.#evaluations;
    const k = Math.round((place * perEpoch) / stepsInEpoch);
    return k >= 1 && Math.round((k * stepsInEpoch) / perEpoch) === place;
  }

  /**
   * Scores all splits and returns the scores of two. `writeParams` writes the parameters to evaluate with, where they are not
   * those that are trained.
   */
  evaluate(step: number, epoch: number, cost: Cost, writeParams?: (out: Vec) => void): Scores {
    const { params: other, buffers } = this.#memory;
    const swapped = writeParams !== undefined && other !== null;
    if (swapped) {
      writeParams(other);
      swap(this.#network.params, other);
    }
    buffers.set(this.#network.buffers);
    const scores = this.#score(step, epoch, cost);
    this.#network.buffers.set(buffers);
    if (swapped) swap(this.#network.params, other);
    return scores;
  }

  series(): EvaluationSeries {
    return this.#series;
  }

  /** Goes on behind evaluations that were made before. */
  restore(saved: EvaluationSeries): void {
    Object.assign(this.#series, structuredClone(saved));
  }

  #score(step: number, epoch: number, cost: Cost): Scores {
    const { statistics, train } = this.#evaluations;
    const series = this.#series;
    if (statistics === 'recalibrated') recalibrate(this.#network, train);
    series.step.push(step);
    series.epoch.push(epoch);
    series.samples.push(cost.samples);
    series.gradientEvaluations.push(cost.gradientEvaluations);
    series.flops.push(cost.flops);
    const kind = statistics === 'batch' ? 'batch' : 'running';
    const score = (split: 'train' | 'validation' | 'test'): SplitScore => {
      const result = scoreOf(this.#network, this.#evaluations[split], kind);
      series[split].loss.push(result.loss);
      series[split].error.push(result.error);
      return result;
    };
    const scores = { train: score('train'), validation: score('validation') };
    score('test');
    return scores;
  }
}

function swap(a: Vec, b: Vec): void {
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    a[i] = b[i];
    b[i] = x;
  }
}

/** Replaces the running statistics by their means over whole batches of `batcher`; one smaller batch if it has no whole one. */
export function recalibrate(network: Network, batcher: Batcher): void {
  const N = Math.min(network.plan.batchSize, batcher.count);
  if (network.buffers.length === 0 || N === 0) return;
  const indices = Int32Array.from({ length: batcher.count }, (_, i) => i);
  const batches = Math.min(RECALIBRATION_BATCHES, Math.floor(batcher.count / N));
  // the first weight is 1; without the zeros a statistic that is not finite would outlive it
  network.buffers.fill(0);
  for (let k = 0; k < batches; k++) {
    batcher.fill(network.input, network.labels, indices, k * N, N);
    network.recalibrate(N, 1 / (k + 1));
  }
}

/** The mean loss and the error over a whole split, batch by batch in the order of the data. */
export function scoreOf(
  network: Network,
  batcher: Batcher,
  statistics: 'running' | 'batch' = 'running',
): SplitScore {
  const { batchSize } = network.plan;
  const indices = Int32Array.from({ length: batcher.count }, (_, i) => i);
  let loss = 0;
  let correct = 0;
  for (let from = 0; from < batcher.count; from += batchSize) {
    const N = Math.min(batchSize, batcher.count - from);
    batcher.fill(network.input, network.labels, indices, from, N);
    const score = network.evaluate(N, statistics);
    loss += score.lossSum;
    correct += score.correct;
  }
  return { loss: loss / batcher.count, error: 1 - correct / batcher.count };
}
