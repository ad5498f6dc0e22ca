import type { Json } from '../core/json.ts';
import { exp, log } from '../core/math.ts';
import { checkChoosingMetric, type Metric } from '../report/metric.ts';
import type { RunRecord } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { median } from '../stats/summary.ts';
import { checkMethods } from './checkMethods.ts';
import { FIRST_EVALUATION_SEED } from './evaluation.ts';
import { type Point, plainSpace, rounded, type Space } from './space.ts';
import { declaring, type Protocol } from './stage.ts';
import { numbersFrom, ranked, recordsOf, runsOf, type Score, scoreOf } from './trials.ts';
import { contendersOf, declaredMethods, type Methods } from './tunedComparison.ts';
import { type Contender, draw, type TunedTrial, tryOut } from './tuning.ts';

export interface TargetOptions<S extends Readonly<Record<string, Space>>> {
  /** The reference set. All have the same workload. */
  readonly methods: Methods<S>;
  /** Trials of each, with seed 0. */
  readonly trials: number;
  readonly measure: 'loss' | 'error';
  /** Runs of the best one: seeds 1000, 1001 ... Default 20. */
  readonly evaluationSeeds?: number;
  /** Names the Halton sequence. Default 1. */
  readonly samplerSeed?: number;
}

/** Values of a metric, from easy to hard. */
export type Targets = {
  readonly easy: number;
  readonly medium: number;
  readonly hard: number;
  /** Twenty, the last one hard, for empirical distribution functions. */
  readonly ladder: readonly number[];
};

export type TargetDecision = {
  readonly metric: Metric;
  readonly trials: number;
  readonly seeds: readonly number[];
  readonly evaluationSeeds: readonly number[];
  readonly samplerSeed: number;
  readonly spaces: { readonly [method: string]: Json };
  readonly workload: Json;
  readonly best: { readonly method: string; readonly trial: number; readonly params: Point };
  /** The metric of the best one on each fresh seed, and the median of the metric before the first step. */
  readonly evaluation: Score;
  readonly initial: number;
  /** The digests of the engines that computed these runs. */
  readonly engines: readonly string[];
  /** Null if the best one did not get below the initial value. */
  readonly targets: Targets | null;
};

/** What belongs to the task and not to the method. */
const WORKLOAD = [
  'data',
  'model',
  'loss',
  'batchSize',
  'epochs',
  'until',
  'evaluations',
  'divergence',
  'nonFinite',
  'engine',
  'convolution',
] as const satisfies readonly (keyof RunSpec)[];

/** How far between the initial and the hard value, on a log scale. */
const EASY = 1 / 2;
const MEDIUM = 3 / 4;
const LADDER = 20;

/**
 * Finds the targets of a workload by the procedure of docs/fairness.md: trials of all reference methods, the best one (the smallest best
 * validation value) again on fresh seeds; the median of its best validation values is the hard target.
 * @throws InvalidInput as {@link checkMethods}.
 */
export function targetSearch<const S extends Readonly<Record<string, Space>>>(
  options: TargetOptions<S>,
): Protocol<TargetDecision> {
  const { trials, measure, samplerSeed = 1 } = options;
  const metric: Metric = { split: 'validation', measure, at: 'best' };
  const seeds = [0];
  const evaluationSeeds = numbersFrom(
    FIRST_EVALUATION_SEED,
    options.evaluationSeeds ?? 20,
    'evaluationSeeds',
  );
  const contenders = contendersOf(options.methods);
  checkChoosingMetric(metric);
  checkMethods(contenders, WORKLOAD);
  const count = numbersFrom(0, trials, 'trials').length;
  const drawn = contenders.map((method) => draw(method, samplerSeed, 0, count));
  const rules = { metric, trials, seeds, evaluationSeeds, samplerSeed };
  const declares = { protocol: 'targetSearch', ...rules, methods: declaredMethods(contenders) };
  return declaring(declares, function* () {
    const tried = yield* tryOut('tuning', contenders, drawn, { seeds, metric });
    const { method, trial, params } = bestOf(contenders, tried);
    const results = yield {
      name: 'evaluation',
      runs: () => runsOf(method, [{ trial, params }], evaluationSeeds),
    };
    const records = recordsOf(method, params, { seeds: evaluationSeeds, metric, results });
    const evaluation = scoreOf(records, metric);
    const initial = median(records.map((record) => initialOf(record, measure)));
    return {
      ...rules,
      spaces: Object.fromEntries(contenders.map(({ name, space }) => [name, plainSpace(space)])),
      workload: workloadOf(parseSpec(method.spec(params, 0))),
      best: { method: method.name, trial, params },
      ...{ evaluation, initial },
      engines: [...new Set(records.map(({ engine }) => engine))].toSorted(),
      targets: targetsBetween(initial, evaluation.median),
    };
  });
}

/** Of equals the earlier method, then the earlier trial. */
function bestOf(contenders: readonly Contender[], tried: readonly (readonly TunedTrial[])[]) {
  const winners = tried.map((trials, i) => ({ ...ranked(trials)[0], method: contenders[i] }));
  return winners.reduce((best, other) => (other.median < best.median ? other : best));
}

function initialOf({ series }: RunRecord, measure: 'loss' | 'error'): number {
  return series.evaluations.validation[measure][0];
}

/** Targets at fixed shares of the way, value(f) = initial^(1 - f) * hard^f, with six digits. */
export function targetsBetween(initial: number, hard: number): Targets | null {
  if (!(hard > 0 && hard < initial && initial < Number.POSITIVE_INFINITY)) return null;
  const at = (share: number) => rounded(initial * exp(share * log(hard / initial)));
  const ladder = Array.from({ length: LADDER }, (_, i) => at((i + 1) / LADDER));
  return { easy: at(EASY), medium: at(MEDIUM), hard: at(1), ladder };
}

/** The workload of a spec, with every option; `until` is there only where it is in the spec. */
export function workloadOf(spec: RunSpec): Json {
  const present = WORKLOAD.filter((key) => spec[key] !== undefined);
  return Object.fromEntries(present.map((key) => [key, spec[key] as Json]));
}
