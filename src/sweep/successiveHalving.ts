import { InvalidInput } from '../core/check.ts';
import { checkChoosingMetric, type Metric } from '../report/metric.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { declaredSearch, type SearchOptions, trialsOf } from './search.ts';
import type { Point, Space } from './space.ts';
import { declaring, type Protocol } from './stage.ts';
import { numbersFrom, ranked, runsOf, type ScoredTrial, score, type Trial, type Tunable } from './trials.ts';

export interface HalvingOptions<S extends Space> extends SearchOptions<S> {
  /** Epochs after which trials are compared, ascending; the last at most the horizon of the specs (`epochs`). */
  readonly rungs: readonly number[];
  /** One in eta trials goes on. Default 3. */
  readonly eta?: number;
}

/** A comparison after some epochs: all that took part, the best first, and the trials that went on. */
export type Rung = {
  readonly epochs: number;
  readonly ranked: readonly ScoredTrial[];
  readonly kept: readonly number[];
};

export type HalvingDecision = {
  readonly metric: Metric;
  readonly rungs: readonly Rung[];
  readonly winner: ScoredTrial;
};

/**
 * Successive halving (Jamieson and Talwalkar 2016, Algorithm 1), synchronous: n trials run to the first rung, the best
 * max(1, floor(n / eta)) of them to the next one, and so on. The median of the metric over the seeds ranks, NaN and divergence last,
 * ties in favour of the earlier trial.
 *
 * The runs of a rung have the horizon of the spec and stop `until` the rung's epochs: schedules see the whole run, and the run to the next
 * rung is the same trajectory, continued.
 * @throws InvalidInput if the space, the number of trials, the rungs or eta make no sense.
 */
export function successiveHalving<const S extends Space>(
  options: HalvingOptions<S>,
): Protocol<HalvingDecision> {
  const { rungs, eta = 3, metric } = options;
  const trials = trialsOf(options);
  checkChoosingMetric(metric);
  const seeds = numbersFrom(0, options.seeds ?? 1, 'seeds');
  checkRungs(rungs, eta);
  const declares = { ...declaredSearch('successiveHalving', options, trials, seeds), rungs, eta };
  return declaring(declares, function* () {
    const history: Rung[] = [];
    let going: readonly Trial[] = trials;
    for (const [i, epochs] of rungs.entries()) {
      const taking = going;
      const prefix = stoppedAt(epochs, options);
      const name = `rung ${i + 1} of ${rungs.length}: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
      const results = yield { name, runs: () => runsOf(prefix, taking, seeds) };
      const order = ranked(score(prefix, taking, { seeds, metric, results }));
      const isLast = i === rungs.length - 1;
      going = order.slice(0, isLast ? 1 : Math.max(1, Math.floor(order.length / eta)));
      history.push({ epochs, ranked: order, kept: going.map(({ trial }) => trial) });
    }
    return { metric, rungs: history, winner: history.at(-1)!.ranked[0] };
  });
}

function checkRungs(rungs: readonly number[], eta: number): void {
  const ascend = rungs.every(
    (epochs, i) => Number.isSafeInteger(epochs) && epochs > (i === 0 ? 0 : rungs[i - 1]),
  );
  if (rungs.length === 0 || !ascend)
    throw new InvalidInput(
      `invalid rungs: got ${JSON.stringify(rungs)}, expected whole numbers of epochs that ascend, such as [1, 3, 9]`,
    );
  if (!(Number.isFinite(eta) && eta > 1))
    throw new InvalidInput(`invalid eta: got ${eta}, expected a number above 1`);
}

/** Runs that end at `until` epochs. A run of the whole horizon has no `until`: it is the run that it would be without rungs. */
function stoppedAt(until: number, tunable: Tunable): Tunable {
  const spec = (params: Point, seed: number): RunSpecInput => {
    const whole = tunable.spec(params, seed);
    if (until > whole.epochs)
      throw new InvalidInput(
        `invalid rungs: got a rung at ${until} epochs, expected at most ${whole.epochs}, the epochs of the spec`,
      );
    return until === whole.epochs ? whole : { ...whole, until };
  };
  return { space: tunable.space, spec };
}
