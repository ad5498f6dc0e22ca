import { InvalidInput } from '../core/check.ts';
import type { Layout } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { Network } from '../nn/network.ts';
import type { Chain, SavedChain } from './chain.ts';
import type { CostMeter } from './cost.ts';
import type { Evaluator } from './evaluate.ts';
import { copyState, restoreState } from './plainState.ts';
import type { Cost, EvaluationSeries, SavedSteps, SeriesRecorder } from './series.ts';
import type { StepTracer } from './stepTracer.ts';
import type { RateSource } from './train.ts';

/**
 * Everything that a run remembers from one step to the next, as plain data: a run that goes on from it has the bits of the one that was
 * not interrupted. Random streams are not in it: they are addressed by place.
 */
export interface Checkpoint {
  /** Steps that are done. */
  readonly step: number;
  /** Steps of the whole run, which schedules and the width of the buckets follow from. */
  readonly horizon: number;
  /** Name and shape of every parameter: `conv1.weight 32x1x3x3`. */
  readonly tensors: readonly string[];
  readonly params: Vec;
  readonly buffers: Vec;
  readonly optimizerState: unknown;
  /** Of a learning rate that reacts to a metric; null of one that is a schedule. */
  readonly controller: Readonly<Record<string, number>> | null;
  readonly cost: Cost;
  readonly steps: SavedSteps;
  readonly evaluations: EvaluationSeries;
  readonly chain: SavedChain;
}

/** From where a run starts, and what is kept of it on the way. */
export interface RunControl {
  /**
   * Goes on from here instead of from the start. It must be of the same trajectory (run/record.ts) and engine: what does not fit is
   * refused, but the state of other hyper-parameters or of another seed looks the same.
   */
  readonly from?: Checkpoint;
  /** Asked after every step. It may throw to abandon the run. */
  readonly isCheckpointDue?: (step: number) => boolean;
  /**
   * Called when one was due, and once with the last state of a run that ended as completed before its horizon. The checkpoint's vectors
   * are copies: they may be posted.
   */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
  /** Stops after this step, as if `until` had ended there; `onCheckpoint` gets its state. */
  readonly endAt?: number;
  /**
   * Called with the first state (its loss and rate are NaN) and after every step, before its evaluation. It must not write. What it throws ends
   * the run.
   */
  readonly onStep?: (seen: SeenStep) => void;
  /** Keeps what one step computes. */
  readonly trace?: StepTracer;
}

/** A run after a step. The object is the same at every step: what is wanted of it has to be taken at once. */
export interface SeenStep {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly network: Network;
  readonly optimizerState: unknown;
  /** Everything that is recorded: the loss, the rate, what the optimizer and the probes tell. */
  readonly channels: readonly string[];
  /** What was recorded of a channel in this step, undefined where nothing was. */
  readonly value: (channel: string) => number | undefined;
  /** Of the state (see chain.ts), 256 hexadecimal digits. */
  readonly fingerprint: () => string;
}

/** The parts of a run that have a state. */
export interface Stateful {
  readonly network: Pick<Network, 'params' | 'buffers' | 'layout'>;
  readonly optimizerState: unknown;
  readonly rate: RateSource;
  readonly meter: CostMeter;
  readonly recorder: SeriesRecorder;
  readonly evaluator: Evaluator;
  readonly chain: Chain;
  /** Whether the spec has changed on the way: then the channels of the series may have, too. */
  readonly isChanged: boolean;
}

const STATE = 'the state of the optimizer';

/** @throws InvalidInput if the state of the optimizer is not plain data, which only a user's optimizer can do. */
export function takeCheckpoint(parts: Stateful, step: number, horizon: number): Checkpoint {
  const { network, rate } = parts;
  return {
    step,
    horizon,
    tensors: tensorsOf(network.layout),
    params: network.params.slice(),
    buffers: network.buffers.slice(),
    optimizerState: copyState(parts.optimizerState, STATE),
    controller: 'controller' in rate ? { ...rate.controller.save() } : null,
    cost: parts.meter.cost(),
    steps: parts.recorder.save(),
    evaluations: structuredClone(parts.evaluator.series()),
    chain: parts.chain.save(),
  };
}

/**
 * Brings all parts to where they were, in the memory that they have. `end` is the last step of the run that goes on.
 * @throws InvalidInput if the checkpoint is of another network, optimizer, rate or horizon, or lies behind the end.
 */
export function applyCheckpoint(parts: Stateful, checkpoint: Checkpoint, horizon: number, end: number): void {
  const { network, rate } = parts;
  requireSame('the tensors', checkpoint.tensors.join(', '), tensorsOf(network.layout).join(', '));
  requireSame('a horizon of', checkpoint.horizon, horizon);
  requireSame(
    'a rate with',
    checkpoint.controller === null ? 'no state' : 'a state',
    'controller' in rate ? 'a state' : 'no state',
  );
  if (!(Number.isInteger(checkpoint.step) && checkpoint.step >= 0 && checkpoint.step <= end)) {
    throw new InvalidInput(
      `invalid checkpoint: got step ${checkpoint.step}, expected one from 0 to ${end}, the end of the run`,
    );
  }
  restoreState(network.params, checkpoint.params, 'the parameters');
  restoreState(network.buffers, checkpoint.buffers, 'the running statistics');
  restoreState(parts.optimizerState, checkpoint.optimizerState, STATE);
  if ('controller' in rate && checkpoint.controller !== null) rate.controller.restore(checkpoint.controller);
  parts.meter.restore(checkpoint.cost);
  parts.recorder.restore(checkpoint.steps, checkpoint.step, parts.isChanged);
  parts.evaluator.restore(checkpoint.evaluations);
  parts.chain.restore(checkpoint.chain);
}

function tensorsOf({ slots }: Layout): string[] {
  return slots.map(({ name, shape }) => `${name} ${shape.join('x')}`);
}

function requireSame(what: string, got: string | number, expected: string | number): void {
  if (got === expected) return;
  throw new InvalidInput(
    `invalid checkpoint: got ${what} ${got}, expected ${expected}; it is of another run, leave it out to start anew`,
  );
}
