import type { Vec } from '../core/memory.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { requireWithin } from './checks.ts';

/** Where a loss reads and writes: N rows of K classes. */
export interface LossMemory {
  readonly logits: Vec;
  readonly dlogits: Vec;
  readonly labels: Int32Array;
  /** One loss a row. */
  readonly losses: Vec;
}

/** The sum of the losses of N images, and how many of them the network names correctly. */
export interface Evaluation {
  readonly lossSum: number;
  readonly correct: number;
}

export interface Loss {
  /** Returns the mean loss and writes its gradient to `dlogits`. */
  train(kernels: Kernels, N: number, K: number, memory: LossMemory): number;
  /** Floating-point operations of `train`, counted as those of layers are (see flops.ts). */
  flops(N: number, K: number): number;
  /** The loss that is reported on a split: without label smoothing. */
  evaluate(kernels: Kernels, N: number, K: number, memory: LossMemory): Evaluation;
}

export interface SoftmaxCrossEntropyOptions {
  /** s in the target (1 - s) * onehot + s / K (Szegedy et al. 2016, section 7); PyTorch's and Keras's. */
  readonly labelSmoothing?: number;
}

/**
 * loss = mean over n of -sum_k target[n,k] * log softmax(logits[n])[k].
 * Flops a row: maximum, difference, exp and sum 4K, the loss and its part in the mean 3, the gradient 3K; with smoothing 2K more for the
 * sum over the targets. One for the mean.
 * @throws InvalidInput unless 0 <= labelSmoothing <= 1.
 */
export function softmaxCrossEntropy({ labelSmoothing = 0 }: SoftmaxCrossEntropyOptions = {}): Loss {
  requireWithin('labelSmoothing', labelSmoothing, 0, 1);
  return {
    train(kernels, N, K, { logits, dlogits, labels, losses }) {
      return kernels.softmaxCrossEntropy(N, K, labelSmoothing, losses, dlogits, logits, labels);
    },
    flops: (N, K) => N * (7 * K + 3 + (labelSmoothing > 0 ? 2 * K : 0)) + 1,
    evaluate(kernels, N, K, { logits, labels, losses }) {
      kernels.softmaxCrossEntropy(N, K, 0, losses, null, logits, labels);
      let lossSum = 0;
      let correct = 0;
      for (let n = 0; n < N; n++) {
        lossSum += losses[n];
        if (wins(logits, n * K, K, labels[n])) correct += 1;
      }
      return { lossSum, correct };
    },
  };
}

/** Whether class `label` has the largest logit of its row, the first of equal ones. A row with a NaN has no winner. */
export function wins(logits: Vec, offset: number, K: number, label: number): boolean {
  const own = logits[offset + label];
  for (let k = 0; k < K; k++) {
    const other = logits[offset + k];
    if (k < label ? !(own > other) : !(own >= other)) return false;
  }
  return true;
}
