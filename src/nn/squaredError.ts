import type { Vec } from '../core/memory.ts';
import { type Loss, wins } from './loss.ts';

/** Whether a loss is the sum of its terms or their mean. */
export type Reduction = 'mean' | 'sum';

/**
 * loss = sum or mean over all elements of (pred - target)^2; writes its gradient by `pred`, and returns the loss. That by
 * `target` is its negative. PyTorch's MSELoss.
 */
export function squaredError(
  length: number,
  reduction: Reduction,
  dpred: Vec,
  pred: Vec,
  target: ArrayLike<number>,
): number {
  const share = reduction === 'mean' ? 1 / length : 1;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const difference = pred[i] - target[i];
    dpred[i] = 2 * difference * share;
    sum += difference * difference;
  }
  return sum * share;
}

/**
 * The mean over images and classes of (logit - onehot)^2, no softmax (Hui and Belkin 2021, who scale it differently for many
 * classes). The largest logit is the answer, as with the cross-entropy. Flops a row: difference, square, sum and gradient 4K, the two
 * means 2; one for the division of the last.
 */
export function meanSquaredError(): Loss {
  return {
    train(_kernels, N, K, { logits, dlogits, labels, losses }) {
      return oneHotErrors(N, K, losses, dlogits, logits, labels);
    },
    flops: (N, K) => N * (4 * K + 2) + 1,
    evaluate(_kernels, N, K, { logits, labels, losses }) {
      const lossSum = oneHotErrors(N, K, losses, null, logits, labels) * N;
      let correct = 0;
      for (let n = 0; n < N; n++) if (wins(logits, n * K, K, labels[n])) correct += 1;
      return { lossSum, correct };
    },
  };
}

function oneHotErrors(
  N: number,
  K: number,
  losses: Vec,
  dlogits: Vec | null,
  logits: Vec,
  labels: Int32Array,
): number {
  let total = 0;
  for (let n = 0; n < N; n++) {
    let loss = 0;
    for (let k = 0; k < K; k++) {
      const difference = logits[n * K + k] - (k === labels[n] ? 1 : 0);
      loss += (difference * difference) / K;
      if (dlogits !== null) dlogits[n * K + k] = (2 * difference) / (K * N);
    }
    losses[n] = loss;
    total += loss;
  }
  return total / N;
}
