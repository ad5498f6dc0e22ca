import { InvalidInput } from '../../core/check.ts';
import type { NetworkPlan } from '../../nn/network.ts';
import { type FaultFactory, isDuring, type When } from './fault.ts';

/**
 * Every image and label of the batch is the first one's: x_n <- x_1, y_n <- y_1. A method that evaluates more gradients of the step
 * (SAM) takes them of the same batch.
 * @throws InvalidInput for an analytic problem, which has no images.
 */
export function duplicateBatch(when: When): FaultFactory {
  return ({ plan }) => {
    requireImages(plan, 'duplicateBatch');
    return {
      batch({ step, N, network: { input, labels, batchSize } }) {
        if (!isDuring(when, step)) return;
        const size = input.length / batchSize;
        for (let n = 1; n < N; n++) input.copyWithin(n * size, 0, size);
        labels.fill(labels[0], 0, N);
      },
    };
  };
}

/**
 * Symmetric label noise: in the batches of the given steps a `share` of the training examples has, in expectation, another label than its
 * own, each of the others with the same probability.
 *
 *     u_i uniform on [0, 1), r_i uniform on 1 ... K - 1, both drawn for the example i;   y_i <- (y_i + r_i) mod K where u_i < share
 *
 * An example has the same label in every epoch and for every method of the seed; a larger share has the wrong labels of a
 * smaller one and more. Evaluations see the labels as they are. (Angluin and Laird 1988's noise process, for K classes as in van Rooyen,
 * Menon and Williamson 2015.)
 * @throws InvalidInput for an analytic problem, which has no labels.
 */
export function labelNoise({
  share,
  at,
  steps = Number.POSITIVE_INFINITY,
}: {
  readonly share: number;
  readonly at: number;
  /** To the end unless given. */
  readonly steps?: number | undefined;
}): FaultFactory {
  return ({ plan, random }) => {
    requireImages(plan, 'labelNoise');
    const { classes } = plan;
    const noise = random('labelNoise');
    return {
      batch({ step, N, order, first, network: { labels } }) {
        if (!isDuring({ at, steps }, step)) return;
        for (let n = 0; n < N; n++) {
          const example = noise.at(order[first + n]);
          if (example.uniform() < share) labels[n] = (labels[n] + 1 + example.below(classes - 1)) % classes;
        }
      },
    };
  };
}

function requireImages({ classes }: NetworkPlan, kind: string): void {
  if (classes > 1) return;
  throw new InvalidInput(
    `invalid faults: got ${kind} with a problem, which has no images and labels, expected a data set of images; ` +
      'take another data set, or another fault',
  );
}
