import type { NetworkPlan } from '../nn/network.ts';
import type { Cost } from './series.ts';

/** Adds up what training costs. */
export class CostMeter {
  readonly #plan: Pick<NetworkPlan, 'trainingFlops'>;
  /** Flops of a gradient by the number of images: an epoch has two sizes of batches at most. */
  readonly #flops = new Map<number, number>();
  #cost = { samples: 0, gradientEvaluations: 0, flops: 0 };

  constructor(plan: Pick<NetworkPlan, 'trainingFlops'>) {
    this.#plan = plan;
  }

  /** The gradient of a step at its batch of N images. */
  step(N: number): void {
    this.#cost.samples += N;
    this.gradients(1, N);
  }

  /** That many gradients at the same batch. */
  gradients(count: number, N: number): void {
    let flops = this.#flops.get(N);
    if (flops === undefined) {
      flops = this.#plan.trainingFlops(N);
      this.#flops.set(N, flops);
    }
    this.#cost.gradientEvaluations += count;
    this.#cost.flops += count * flops;
  }

  cost(): Cost {
    return { ...this.#cost };
  }

  restore(cost: Cost): void {
    this.#cost = { ...cost };
  }
}
