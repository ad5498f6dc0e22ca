import { InvalidInput } from '../core/check.ts';
import { checkChoosingMetric, type Metric } from '../report/metric.ts';
import type { Sampler } from './sampler.ts';
import { checkSpace, plainSpace, type Space } from './space.ts';
import { declaring, type Protocol } from './stage.ts';
import { numbersFrom, ranked, runsOf, type ScoredTrial, score, type Trial, type Tunable } from './trials.ts';

/** Where trials come from and what ranks them. */
export interface SearchOptions<S extends Space> extends Tunable<S> {
  readonly sampler: Sampler;
  /** How many points are tried. A grid has its own number. */
  readonly trials?: number;
  /** Runs of every trial: seeds 0, 1, 2 ... Default 1. */
  readonly seeds?: number;
  readonly metric: Metric;
}

export type SearchDecision = { readonly metric: Metric; readonly ranked: readonly ScoredTrial[] };

/**
 * Tries points of one space and ranks them by the median of the metric over the seeds; ties go to the earlier trial.
 * @throws InvalidInput if the space is invalid, or the number of trials is missing or more than the sampler has.
 */
export function search<const S extends Space>(options: SearchOptions<S>): Protocol<SearchDecision> {
  const { metric } = options;
  const trials = trialsOf(options);
  checkChoosingMetric(metric);
  const seeds = numbersFrom(0, options.seeds ?? 1, 'seeds');
  return declaring(declaredSearch('search', options, trials, seeds), function* () {
    const results = yield { name: 'search', runs: () => runsOf(options, trials, seeds) };
    return { metric, ranked: ranked(score(options, trials, { seeds, metric, results })) };
  });
}

/** What a search within one space declares. */
export function declaredSearch<S extends Space>(
  protocol: string,
  { space, sampler, metric }: SearchOptions<S>,
  trials: readonly Trial[],
  seeds: readonly number[],
) {
  const declared = { protocol, space: plainSpace(space), sampler: sampler.declares };
  return { ...declared, trials: trials.length, seeds, metric };
}

/** The points that a search tries, in the order of their indices. */
export function trialsOf<S extends Space>({
  space,
  sampler,
  trials,
}: Pick<SearchOptions<S>, 'space' | 'sampler' | 'trials'>): Trial[] {
  checkSpace(space, 'space');
  const size = sampler.sizeOf(space);
  const count = trials ?? size;
  if (!Number.isSafeInteger(count) || count < 1 || count > size) {
    const most = size === Number.POSITIVE_INFINITY ? '' : ` and at most ${size}, the number of its points`;
    throw new InvalidInput(
      `invalid trials: got ${trials ?? 'nothing'}, expected a whole number of at least 1${most}`,
    );
  }
  return Array.from({ length: count }, (_, trial) => ({ trial, params: sampler.pointAt(space, trial) }));
}
