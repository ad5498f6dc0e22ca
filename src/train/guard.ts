import type { Layout } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Network } from '../nn/network.ts';
import { normOf } from './probes/gradientNorm.ts';

/**
 * What happens at a loss or a gradient that is not finite: `end` ends the run as diverged; `skip` leaves parameters, optimizer
 * state and running statistics as they were and goes on with the next batch (the step counts: schedules and bias corrections go
 * on); `zero` sets the bad elements of the gradient to 0 and makes the step, running statistics as they were.
 */
export type NonFinitePolicy = 'end' | 'skip' | 'zero';

export interface GuardOptions {
  readonly network: Network;
  readonly kernels: Kernels;
  readonly policy: NonFinitePolicy;
  /** A training loss above this ends the run. */
  readonly lossAbove: number;
  /** As long as the buffers; may be used by others between the steps. */
  readonly buffers: Vec;
}

/** Watches the loss and the gradient of every step. */
export interface Guard {
  /** Before the pass of a step. */
  begin(): void;
  /** Behind it: why the run ends here, or null. */
  divergence(loss: number): string | null;
  /**
   * After an evaluation: why the run ends here, or null. A loss that is not finite ends it only where no step is left to mend it,
   * unless the policy is to end.
   */
  divergedEvaluation(loss: number, step: number, last: boolean): string | null;
  /** Mends what is not finite, if anything is; returns how many numbers were not: elements of the gradient, and the loss. */
  mend(loss: number): number;
}

export function createGuard({ network, kernels, policy, lossAbove, buffers }: GuardOptions): Guard {
  const { grads, layout } = network;
  return {
    begin() {
      if (policy !== 'end') buffers.set(network.buffers);
    },
    divergence(loss) {
      if (loss > lossAbove && Number.isFinite(loss))
        return `the training loss ${loss} is above the bound of ${lossAbove}`;
      if (policy !== 'end') return null;
      if (!Number.isFinite(loss)) return `the training loss is ${loss}`;
      const norm = normOf(kernels, layout, grads);
      return Number.isFinite(norm) ? null : `the norm of the gradient is ${norm}`;
    },
    divergedEvaluation(loss, step, last) {
      const what = `the training loss of the evaluation after step ${step} is`;
      if (Number.isFinite(loss))
        return loss > lossAbove ? `${what} ${loss}, above the bound of ${lossAbove}` : null;
      return last || policy === 'end' ? `${what} ${loss}` : null;
    },
    mend(loss) {
      if (policy === 'end') return 0;
      // a finite norm is a finite gradient, and quicker to know
      const badElements = Number.isFinite(normOf(kernels, layout, grads)) ? 0 : countNonFinite(grads, layout);
      const bad = badElements + (Number.isFinite(loss) ? 0 : 1);
      if (bad === 0) return 0;
      network.buffers.set(buffers);
      if (policy === 'zero') zeroNonFinite(grads);
      return bad;
    },
  };
}

/** How many elements of the slots are NaN or infinite. */
function countNonFinite(v: Vec, { slots }: Layout): number {
  let count = 0;
  for (const { offset, length } of slots)
    for (let i = offset; i < offset + length; i++) if (!Number.isFinite(v[i])) count++;
  return count;
}

function zeroNonFinite(v: Vec): void {
  for (let i = 0; i < v.length; i++) if (!Number.isFinite(v[i])) v[i] = 0;
}
