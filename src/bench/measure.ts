import { Bench } from 'tinybench';
import { median, type Spread, spread } from '../stats/summary.ts';

/** Something whose one call is timed. */
export interface Timed {
  readonly name: string;
  readonly run: () => unknown;
  /** Time of its measurement, where it is not that of the others. */
  readonly seconds?: number;
}

export interface MeasureOptions {
  /** Time of one measurement, over all rounds. */
  readonly seconds: number;
  /** False where everything has run often enough before. */
  readonly warmup?: boolean;
  /** Called when a round begins, counted from 1. */
  readonly onRound?: (round: number) => void;
}

/** Odd, so that the median of the rounds is one of them. */
export const ROUNDS = 5;

/**
 * Milliseconds of one call, for each of `tasks` one value a round: the median of the calls of that round. All tasks take their
 * turn in every round, because other work on the machine comes and goes; before the first round each is warmed up for as
 * long as a round, until the engine's optimizing compiler had its chance.
 */
export function alternate(tasks: readonly Timed[], options: MeasureOptions): number[][] {
  const { warmup = true, onRound } = options;
  const rounds: number[][] = tasks.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    onRound?.(round);
    tasks.forEach(({ name, run, seconds = options.seconds }, i) => {
      const time = (1000 * seconds) / ROUNDS;
      const bench = new Bench({
        ...{ time, iterations: 1, throws: true },
        ...{ warmup: warmup && round === 1, warmupTime: time, warmupIterations: 1 },
      });
      const [{ result }] = bench.add(name, run, { async: false }).runSync();
      if ('latency' in result) rounds[i].push(result.latency.p50);
    });
  }
  return rounds;
}

/** Of amounts a second, where `milliseconds` were needed for `amount`. The lowest rate belongs to the longest time. */
export function ratesOf(milliseconds: readonly number[], amount: number): Spread {
  return spread(milliseconds.map((ms) => (1000 * amount) / ms));
}

/** How many times as fast `fast` is as `slow`. */
export interface Ratio {
  /** Of the medians over all rounds. */
  readonly ratio: number;
  /** Smallest and largest ratio of one round. */
  readonly min: number;
  readonly max: number;
}

/** Times of the same work, in the same rounds: median(slow) / median(fast). */
export function ratioOf(fast: readonly number[], slow: readonly number[]): Ratio {
  const { min, max } = spread(fast.map((ms, round) => slow[round] / ms));
  return { ratio: median(slow) / median(fast), min, max };
}
