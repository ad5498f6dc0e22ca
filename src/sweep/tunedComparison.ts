import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { checkChoosingMetric, type Metric } from '../report/metric.ts';
import type { RunSpec, RunSpecInput } from '../run/spec.ts';
import { checkMethods } from './checkMethods.ts';
import { type Evaluation, evaluate, FIRST_EVALUATION_SEED } from './evaluation.ts';
import { type Point, plainSpace, type Space } from './space.ts';
import { declaring, type Protocol } from './stage.ts';
import { numbersFrom } from './trials.ts';
import { type Contender, type Method, type Tuning, tune } from './tuning.ts';

/** What a method may be given: nothing, k trials, or nothing and half as much time again for one that tunes itself. */
const TRACKS = ['default', 'tuned-1', 'tuned-4', 'tuned-16', 'tuned-64', 'self-tuning'] as const;
export type Track = (typeof TRACKS)[number];

/** Methods by name, each with its own space. */
export type Methods<S extends Spaces> = { readonly [K in keyof S]: Method<S[K]> };
type Spaces = Readonly<Record<string, Space>>;

export interface ComparisonOptions<S extends Spaces> {
  readonly methods: Methods<S>;
  readonly track: Track;
  /** What chooses among trials and compares the winners. */
  readonly metric: Metric;
  /** A value of the metric: what it costs to reach it is counted. */
  readonly target?: number;
  /** Runs of every trial: seeds 0, 1, 2 ... Default 3. */
  readonly seeds?: number;
  /** Runs of every winner: seeds 1000, 1001 ..., which no trial has seen. Default 5. */
  readonly evaluationSeeds?: number;
  /** Names the Halton sequence of the trials; the same for all methods. Default 1. */
  readonly samplerSeed?: number;
}

/**
 * What is the same for all methods, since it decides what the metric means: the data and the loss, the horizon and where runs stop, when is
 * looked, what counts as diverged, and whose roundings. Models and batch sizes may be what is compared; probes change no bit.
 */
const SHARED = [
  'data',
  'loss',
  'epochs',
  'until',
  'evaluations',
  'divergence',
  'nonFinite',
  'engine',
  'convolution',
] as const satisfies readonly (keyof RunSpec)[];

export type ComparisonDecision = {
  readonly track: Track;
  readonly budget: number;
  readonly metric: Metric;
  readonly target: number | null;
  readonly seeds: readonly number[];
  readonly evaluationSeeds: readonly number[];
  readonly samplerSeed: number;
  readonly methods: { readonly [name: string]: Tuning & { readonly evaluation: Evaluation } };
};

/**
 * Compares methods that were all tuned with the same budget, by the rules of docs/fairness.md: trial 0 is the default, the others are
 * points of a scrambled Halton sequence; the first three quarters come from the declared space; who then wins on the edge of a range has
 * the last quarter beyond it, all others theirs from the space as it is. The median over seeds chooses; the winner runs again on fresh seeds.
 * @throws InvalidInput that lists what is wrong with the methods: see {@link checkMethods}.
 */
export function tunedComparison<const S extends Spaces>(
  options: ComparisonOptions<S>,
): Protocol<ComparisonDecision> {
  const { track, metric, target = null, samplerSeed = 1 } = options;
  const seeds = numbersFrom(0, options.seeds ?? 3, 'seeds');
  const evaluationSeeds = numbersFrom(FIRST_EVALUATION_SEED, options.evaluationSeeds ?? 5, 'evaluationSeeds');
  if (seeds.length > FIRST_EVALUATION_SEED)
    throw new InvalidInput(`invalid seeds: got ${seeds.length}, expected at most ${FIRST_EVALUATION_SEED}`);
  const budget = budgetOf(track);
  const methods = contendersOf(options.methods);
  const contenders = track === 'self-tuning' ? methods.map(withLongerHorizon) : methods;
  checkChoosingMetric(metric);
  if (target !== null && !Number.isFinite(target))
    throw new InvalidInput(`invalid target: got ${target}, expected a finite value of the metric`);
  checkMethods(contenders, SHARED);
  const rules = { track, budget, metric, target, seeds, evaluationSeeds, samplerSeed };
  const declares = { protocol: 'tunedComparison', ...rules, methods: declaredMethods(contenders) };
  return declaring(declares, function* () {
    const tuned = yield* tune(contenders, { budget, seeds, metric, samplerSeed });
    const winners = tuned.map(({ winner }) => winner);
    const evaluations = yield* evaluate(contenders, winners, { seeds: evaluationSeeds, metric, target });
    const decided = contenders.map(({ name }, i) => [name, { ...tuned[i], evaluation: evaluations[i] }]);
    return { ...rules, methods: Object.fromEntries(decided) };
  });
}

/** Spaces and defaults by the names of the methods. */
export function declaredMethods(methods: readonly Contender[]): Json {
  return Object.fromEntries(
    methods.map(({ name, space, default: first }) => [name, { space: plainSpace(space), default: first }]),
  );
}

export function contendersOf<S extends Spaces>(methods: Methods<S>): Contender[] {
  return Object.entries<Method>(methods).map(([name, method]) => ({ ...method, name }));
}

/** Trials of a track; 0: the default is taken as it is. */
function budgetOf(track: Track): number {
  if (!TRACKS.includes(track))
    throw new InvalidInput(`invalid track: got ${track}, expected one of ${TRACKS.join(', ')}`);
  return track.startsWith('tuned-') ? Number(track.slice('tuned-'.length)) : 0;
}

/** One and a half times the epochs (and `until`), rounded up to whole ones: what a method without hyper-parameters gets for tuning itself. */
function withLongerHorizon(method: Contender): Contender {
  const names = Object.keys(method.space);
  if (names.length > 0)
    throw new InvalidInput(
      `invalid methods.${method.name}.space: got ${names.join(', ')}, expected no dimension, since the track self-tuning is for methods without hyper-parameters`,
    );
  const spec = (params: Point, seed: number): RunSpecInput => {
    const { until, ...short } = method.spec(params, seed);
    const longer = (epochs: number) => Math.ceil(1.5 * epochs);
    return {
      ...short,
      epochs: longer(short.epochs),
      ...(until === undefined ? {} : { until: longer(until) }),
    };
  };
  return { ...method, spec };
}
