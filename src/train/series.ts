import { InvalidInput } from '../core/check.ts';

/**
 * What was measured during training, reduced to buckets of consecutive steps. Bucket i covers the steps after
 * `step[i-1]` up to and including `step[i]` (steps count from 1). Every channel has one value a bucket: the median
 * and the true smallest and largest of the values measured in it; NaN where nothing was measured.
 */
export interface StepSeries {
  readonly step: readonly number[];
  readonly channels: Readonly<Record<string, BucketedChannel>>;
}

export interface BucketedChannel {
  readonly median: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** Loss and error (1 - accuracy) of one split at each evaluation. */
export interface SplitSeries {
  readonly loss: readonly number[];
  readonly error: readonly number[];
}

/** What training has cost up to some step. Evaluations and probes are free. */
export interface Cost {
  /** Training images that stood in a batch, once a step however many gradients the method took of it. */
  readonly samples: number;
  /** Gradients that were evaluated: one a step, and those that the method asked for beside it. */
  readonly gradientEvaluations: number;
  /**
   * Floating-point operations of all these gradients as the layers count them (see nn/flops.ts), whole numbers. The arithmetic of the
   * optimizer is left out.
   */
  readonly flops: number;
}

/** The evaluations: at step 0 (before training), at the declared cadence and at the end. */
export interface EvaluationSeries {
  readonly step: readonly number[];
  readonly epoch: readonly number[];
  /** The {@link Cost} up to here. */
  readonly samples: readonly number[];
  readonly gradientEvaluations: readonly number[];
  readonly flops: readonly number[];
  /** A fixed part of the training data, as large as the validation data, in evaluation mode. */
  readonly train: SplitSeries;
  readonly validation: SplitSeries;
  readonly test: SplitSeries;
}

/** What a {@link SeriesRecorder} has collected, the values of the unfinished bucket (`pending`) included. */
export interface SavedSteps {
  readonly step: readonly number[];
  readonly channels: Readonly<Record<string, BucketedChannel & { readonly pending: readonly number[] }>>;
}

/** How many buckets a run's steps are reduced to at most. */
export const MAX_BUCKETS = 100;

/**
 * Collects the channels of one run. The bucket's width follows from the horizon, so that a run of the same
 * length always has the same buckets; a run that ends early keeps the buckets that it reached.
 */
export class SeriesRecorder {
  readonly #width: number;
  readonly #steps: number[] = [];
  readonly #channels = new Map<
    string,
    { median: number[]; min: number[]; max: number[]; pending: number[] }
  >();
  #current: Map<string, number> | undefined;
  #last = 0;

  constructor(channels: readonly string[], horizon: number) {
    this.#width = Math.max(1, Math.ceil(horizon / MAX_BUCKETS));
    for (const name of channels) this.#channels.set(name, { median: [], min: [], max: [], pending: [] });
  }

  /**
   * Adds a value of the step that is being made.
   * @throws if the channel was not announced: a misspelt channel would be lost silently.
   */
  readonly record = (channel: string, value: number): void => {
    const found = this.#channels.get(channel);
    if (found === undefined) throw new Error(`invalid channel: ${channel} was not announced by its probe`);
    found.pending.push(value);
    this.#current?.set(channel, value);
  };

  /** From now on {@link valueOf} knows what was recorded since the last step ended. */
  watch(): void {
    this.#current = new Map();
  }

  readonly valueOf = (channel: string): number | undefined => this.#current?.get(channel);

  /** Ends a step (counted from 1); closes the bucket when it is full. */
  endStep(step: number): void {
    this.#last = step;
    this.#current?.clear();
    if (step % this.#width === 0) this.#closeBucket();
  }

  /** What was collected up to the end of the last step. */
  save(): SavedSteps {
    return structuredClone({ step: this.#steps, channels: Object.fromEntries(this.#channels) });
  }

  /**
   * Goes on from what was saved after step `last`. No channels at all are those of a run that is only looked at from there on: its
   * series begin there. Where the run was changed on the way the channels may be others: those of before come first, and each is NaN
   * where it was not measured.
   * @throws InvalidInput if these are not the channels that were announced, unless the run was changed.
   */
  restore(saved: SavedSteps, last: number, isChanged = false): void {
    this.#last = last;
    if (Object.keys(saved.channels).length === 0) return;
    if (isChanged) this.#joinChannels(saved);
    const [got, expected] = [Object.keys(saved.channels), [...this.#channels.keys()]];
    if (!isChanged && got.join() !== expected.join()) {
      throw new InvalidInput(
        `invalid checkpoint: got the channels ${got.join(', ')}, expected ${expected.join(', ')}`,
      );
    }
    this.#steps.push(...saved.step);
    for (const [name, channel] of this.#channels) {
      const { median, min, max, pending } = saved.channels[name] ?? unmeasured(saved.step.length);
      channel.median.push(...median);
      channel.min.push(...min);
      channel.max.push(...max);
      channel.pending.push(...pending);
    }
  }

  #joinChannels({ channels }: SavedSteps): void {
    const announced = [...this.#channels.keys()];
    this.#channels.clear();
    for (const name of new Set([...Object.keys(channels), ...announced]))
      this.#channels.set(name, { median: [], min: [], max: [], pending: [] });
  }

  finish(): StepSeries {
    if (this.#last > (this.#steps.at(-1) ?? 0)) this.#closeBucket();
    const channels = [...this.#channels].map(([name, { median, min, max }]) => [name, { median, min, max }]);
    return { step: this.#steps, channels: Object.fromEntries(channels) };
  }

  #closeBucket(): void {
    this.#steps.push(this.#last);
    for (const channel of this.#channels.values()) {
      const { median, min, max } = summarize(channel.pending);
      channel.median.push(median);
      channel.min.push(min);
      channel.max.push(max);
      channel.pending.length = 0;
    }
  }
}

/** So many buckets of a channel that was not there. */
function unmeasured(length: number): SavedSteps['channels'][string] {
  const none = new Array<number>(length).fill(Number.NaN);
  return { median: none, min: none, max: none, pending: [] };
}

/**
 * Median, smallest and largest. A NaN is larger than everything (it must not hide), so that max is NaN when any
 * value is; nothing measured gives NaN three times. The median of an even count is the mean of the middle two.
 */
function summarize(values: readonly number[]): { median: number; min: number; max: number } {
  if (values.length === 0) return { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  const sorted = values.toSorted((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}
