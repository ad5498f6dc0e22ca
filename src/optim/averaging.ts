import type { Vec } from '../core/memory.ts';
import type { Transform } from './transform.ts';

export interface AverageState {
  readonly inner: unknown;
  readonly average: Vec;
  /** How many iterates are in the average. Until there is one, the parameters themselves are evaluated. */
  taken: number;
}

export interface EmaOptions {
  /** Share of the average that is kept. Default 0.999. */
  readonly decay?: number;
}

/**
 * Trains with `optimizer` and evaluates an exponential moving average of its iterates (Polyak and Juditsky 1992; as in
 * PyTorch's AveragedModel, the first iterate starts it).
 *
 *     a_1 = p_1,   a_t = decay * a_{t-1} + (1 - decay) * p_t
 */
export function ema(optimizer: Transform, { decay = 0.999 }: EmaOptions = {}): Transform<AverageState> {
  return runningAverage(optimizer, (_step, taken) => (taken === 0 ? 1 : 1 - decay));
}

export interface SwaOptions {
  /** The first step whose iterate is averaged, from 1. */
  readonly start: number;
  /** Steps from one averaged iterate to the next. Default 1. */
  readonly every?: number;
}

/**
 * Stochastic weight averaging (Izmailov et al. 2018, Algorithm 1): evaluates the mean of the iterates of the steps start,
 * start + every, start + 2 every, ... The schedule of the learning rate, cyclic or constant, is the run's.
 */
export function swa(optimizer: Transform, { start, every = 1 }: SwaOptions): Transform<AverageState> {
  return runningAverage(optimizer, (step, taken) =>
    step < start || (step - start) % every !== 0 ? 0 : 1 / (taken + 1),
  );
}

/** a <- a + weight(t) * (p_t - a); the weight also follows from how many iterates are in the average. */
function runningAverage(
  optimizer: Transform,
  weightAt: (step: number, taken: number) => number,
): Transform<AverageState> {
  return {
    ...trainsLike(optimizer),
    init: (layout, allocator) => ({
      inner: optimizer.init(layout, allocator),
      average: allocator.floats(layout.length),
      taken: 0,
    }),
    apply(updates, state, context) {
      optimizer.apply(updates, state.inner, context);
      const weight = weightAt(context.step, state.taken);
      if (weight === 0) return;
      const { average } = state;
      for (let i = 0; i < updates.length; i++) {
        average[i] += weight * (context.params[i] + updates[i] - average[i]);
      }
      state.taken++;
    },
    evaluationParams(out, { average, taken }, params) {
      out.set(taken === 0 ? params : average);
    },
  };
}

export interface LawaOptions {
  /** Steps from one checkpoint to the next; the authors take an epoch. */
  readonly every: number;
  /** How many of the latest checkpoints are averaged. Default 6. */
  readonly checkpoints?: number;
}

export interface LawaState {
  readonly inner: unknown;
  readonly checkpoints: readonly Vec[];
  taken: number;
}

/**
 * Latest weight averaging (Kaddour 2022, equation 1): evaluates the mean of the last `checkpoints` iterates of the steps
 * every, 2 every, 3 every, ..., of fewer while there are fewer.
 */
export function lawa(optimizer: Transform, { every, checkpoints = 6 }: LawaOptions): Transform<LawaState> {
  return {
    ...trainsLike(optimizer),
    init: (layout, allocator) => ({
      inner: optimizer.init(layout, allocator),
      checkpoints: Array.from({ length: checkpoints }, () => allocator.floats(layout.length)),
      taken: 0,
    }),
    apply(updates, state, context) {
      optimizer.apply(updates, state.inner, context);
      if (context.step % every !== 0) return;
      const checkpoint = state.checkpoints[state.taken % checkpoints];
      for (let i = 0; i < updates.length; i++) checkpoint[i] = context.params[i] + updates[i];
      state.taken++;
    },
    evaluationParams(out, state, params) {
      const count = Math.min(state.taken, checkpoints);
      if (count === 0) out.set(params);
      else meanOf(out, state.checkpoints, count);
    },
  };
}

function meanOf(out: Vec, vectors: readonly Vec[], count: number): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += vectors[k][i];
    out[i] = sum / count;
  }
}

/**
 * What a wrapper of a whole optimizer takes over from it.
 * @throws if it is only a direction: the iterates are not known before the learning rate and the decay.
 */
export function trainsLike(
  optimizer: Transform,
): Pick<Transform<{ readonly inner: unknown }>, 'appliesLearningRate' | 'usesObjective' | 'telemetry'> {
  if (optimizer.appliesLearningRate !== true) {
    throw new Error('a direction has no iterates to average: wrap the assembled optimizer');
  }
  return {
    appliesLearningRate: true,
    ...(optimizer.usesObjective === undefined ? {} : { usesObjective: optimizer.usesObjective }),
    ...(optimizer.telemetry === undefined
      ? {}
      : { telemetry: ({ inner }) => optimizer.telemetry?.(inner) ?? {} }),
  };
}
