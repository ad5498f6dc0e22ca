import type { Json } from '../core/json.ts';
import type { Metric } from '../report/metric.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { addedPart, type Edge, type Extension, edgesOf, extensionAt } from './edges.ts';
import { halton } from './sampler.ts';
import { type Point, plainSpace, type Space } from './space.ts';
import type { Results, Stage } from './stage.ts';
import { ranked, runsOf, type ScoredTrial, score, type Trial, type Tunable } from './trials.ts';

/** One side of a comparison. */
export interface Method<S extends Space = Space> extends Tunable<S> {
  /** The choice that the literature recommends: trial 0. It may lie outside of the space. */
  readonly default: Point<S>;
}

/** Gives a method its types: `method({ space: { learningRate: logUniform(1e-4, 1) }, default, spec: (params, seed) => ... })`. */
export function method<const S extends Space>(definition: Method<S>): Method<S> {
  return definition;
}

export type Contender = Method & { readonly name: string };

/** How methods are tuned: the same for all. */
export interface TuningRules {
  /** Trials of every method; 0: its default is taken as it is. */
  readonly budget: number;
  readonly seeds: readonly number[];
  readonly metric: Metric;
  readonly samplerSeed: number;
}

/** What tuning did with a method. */
export type Tuning = {
  readonly space: Json;
  readonly tunedDimensions: number;
  /** In their order; those of the phase `extension` are the last quarter. */
  readonly trials: readonly TunedTrial[];
  readonly extensions: readonly Extension[];
  readonly winner: Trial;
  /** Where the winner lies on the edge of all that was tried. `extended`: the space was extended there, in vain. */
  readonly edges: readonly (Edge & { readonly extended: boolean })[];
};
export type TunedTrial = ScoredTrial & { readonly phase: 'tuning' | 'extension' };

/**
 * Tunes all methods in two stages. Three quarters of the trials come from the declared spaces; a method that then wins on the edge of a
 * range has its last quarter beyond it, the others the next points of their own space.
 */
export function* tune(
  contenders: readonly Contender[],
  rules: TuningRules,
): Generator<Stage, Tuning[], Results> {
  const { budget, samplerSeed } = rules;
  const first = Math.ceil((budget * 3) / 4);
  const drawn = contenders.map((method) => draw(method, samplerSeed, 0, first));
  const tried = yield* tryOut('tuning', contenders, drawn, rules);
  const extensions = contenders.map(({ space }, i) =>
    edgesOfBest(space, tried[i])
      .map((edge) => extensionAt(space, edge))
      .filter((extension) => extension !== undefined),
  );
  const widened = contenders.map((method, i) => ({
    ...method,
    space: addedPart(method.space, extensions[i]),
  }));
  const last = widened.map((method) => draw(method, samplerSeed, first, budget));
  const triedLast = yield* tryOut('extension', contenders, last, rules);
  return contenders.map((method, i) => tuningOf(method, [...tried[i], ...triedLast[i]], extensions[i]));
}

/** The trials of a method with the indices `from` up to, but not including, `to`: the default, then points of a Halton sequence. */
export function draw(
  method: Pick<Method, 'space' | 'default'>,
  samplerSeed: number,
  from: number,
  to: number,
): Trial[] {
  const sequence = halton({ seed: samplerSeed });
  const paramsOf = (trial: number) => (trial === 0 ? method.default : sequence.pointAt(method.space, trial));
  return Array.from({ length: to - from }, (_, i) => ({ trial: from + i, params: paramsOf(from + i) }));
}

/** One stage of trials: of each contender those at its place. No stage if there are none. */
export function* tryOut(
  phase: TunedTrial['phase'],
  contenders: readonly Contender[],
  trials: readonly (readonly Trial[])[],
  { seeds, metric }: Pick<TuningRules, 'seeds' | 'metric'>,
): Generator<Stage, TunedTrial[][], Results> {
  if (trials.every((own) => own.length === 0)) return trials.map(() => []);
  const results = yield { name: phase, runs: () => runsOfAll(contenders, trials, seeds) };
  return contenders.map((method, i) =>
    score(method, trials[i], { seeds, metric, results }).map((trial) => ({ ...trial, phase })),
  );
}

/** The runs of the trials of all contenders. */
export function* runsOfAll(
  contenders: readonly Contender[],
  trials: readonly (readonly Trial[])[],
  seeds: readonly number[],
): Generator<RunSpecInput> {
  for (const [i, method] of contenders.entries())
    yield* runsOf(method, trials[i], seeds, `methods.${method.name}.spec`);
}

function tuningOf(method: Method, trials: readonly TunedTrial[], extensions: readonly Extension[]): Tuning {
  const { trial, params } = ranked(trials)[0] ?? { trial: 0, params: method.default };
  const wasExtended = ({ dimension, side }: Edge) =>
    extensions.some((extension) => extension.dimension === dimension && extension.side === side);
  return {
    space: plainSpace(method.space),
    tunedDimensions: trials.length > 1 ? Object.keys(method.space).length : 0,
    trials,
    extensions,
    winner: { trial, params },
    edges: edgesOfBest(method.space, trials).map((edge) => ({ ...edge, extended: wasExtended(edge) })),
  };
}

/** Where no trial has a finite median nothing is known: no edge. */
function edgesOfBest(space: Space, tried: readonly ScoredTrial[]): Edge[] {
  const [best] = ranked(tried);
  return best === undefined || best.median === Number.POSITIVE_INFINITY ? [] : edgesOf(space, tried, best);
}
