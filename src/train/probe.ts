import type { Vec } from '../core/memory.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Network } from '../nn/network.ts';

/**
 * What a probe may look at: the moment of a step at which the gradients are known, the updates are computed and
 * the parameters are not yet moved.
 */
export interface Moment {
  /** Counts from 1. */
  readonly step: number;
  /** Images in the batch. */
  readonly N: number;
  readonly network: Network;
  readonly kernels: Kernels;
  /** What will be added to the parameters; only for probes that say that they read it. */
  readonly updates: Vec;
}

/**
 * A measurement during training. It reads and never writes: the digest of a run is the same with every probe on
 * and with none. Made for one network, since its channels are named after the network's tensors and layers.
 */
export interface Probe {
  /** Measures at step 1 and then at every `every`-th step. */
  readonly every: number;
  readonly channels: readonly string[];
  /** Set if it reads what the layers kept: then these hold the step's own pass even after a method has made others. */
  readonly readsLayers?: boolean;
  /** Set if it reads `updates`: in a step in which no such probe measures, they need not exist. */
  readonly readsUpdates?: boolean;
  /** Set if it reads neither updates nor what the layers kept: then it also measures the step at which a run diverges. */
  readonly readsGradientsOnly?: boolean;
  measure(moment: Moment, record: (channel: string, value: number) => void): void;
}

export type ProbeFactory = (network: Network) => Probe;

/** Whether a probe measures at `step`. */
export function isDue(probe: Probe, step: number): boolean {
  return (step - 1) % probe.every === 0;
}
