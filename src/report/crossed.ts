import { type Effects, factorEffects } from '../stats/effects.ts';
import { mean } from '../stats/moments.ts';
import { midRanks } from '../stats/ranks.ts';
import { bootstrapCurve } from '../stats/resampling.ts';
import { cellResponses, type Response } from '../stats/responses.ts';
import { median } from '../stats/summary.ts';
import { type Design, designOf } from './factors.ts';
import { countedRuns, type Method, seedOf, specOf, withoutRate } from './methods.ts';
import { type Metric, metricOf } from './metric.ts';
import { shownSetting } from './timeToTarget.ts';

/** A crossed design with what was measured: the runs of every cell are those of one method at its best setting. */
export interface Crossed {
  readonly design: Design;
  /** Names of the factors, and a response a run. */
  readonly factors: readonly string[];
  readonly runs: readonly Response[];
  /** Seeds of each cell, from the fewest to the most. */
  readonly seeds: readonly [number, number];
  /** Methods that stand outside of the crossing. */
  readonly outside: number;
  /** Cells of which half of the runs or more diverged or failed: their median is infinite. */
  readonly diverged: number;
  readonly effects: Effects;
  readonly main: readonly MainEffect[];
}

/** What a level adds to the mean over all cells, with its bootstrap interval; the ends are NaN without one. */
export interface MainEffect {
  readonly factor: string;
  readonly level: string;
  readonly effect: number;
  readonly low: number;
  readonly high: number;
}

/** A factor with more levels is a scan of a number, and a larger design is no figure; both would take long to compute. */
const MOST_LEVELS = 24;
const MOST_CELLS = 1000;

/** Null where the methods do not cross at least two factors, and where a factor has more than 24 levels or the design more than 1000 cells. */
export function crossedOf(methods: readonly Method[], metric: Metric): Crossed | null {
  const run = methods
    .map((method) => countedRuns(shownSetting(method)))
    .filter((records) => records.length > 0);
  const design = designOf(run.map(([first]) => withoutRate(specOf(first))));
  if (design === null || design.filled > MOST_CELLS) return null;
  if (design.factors.some(({ levels }) => levels.length > MOST_LEVELS)) return null;
  const members = run.flatMap((records, i) => {
    const place = design.places[i];
    if (place === null) return [];
    const levels = place.map((level, f) => design.factors[f].levels[level]);
    return [
      { levels, seeds: records.map(seedOf), values: records.map((record) => metricOf(record, metric)) },
    ];
  });
  const factors = design.factors.map(({ name }) => name);
  const runs = members.flatMap(({ levels, values }) => values.map((value) => ({ levels, value })));
  const cells = cellResponses(runs);
  // with one infinite run a resample may have an infinite cell: ranks from the start
  const scale = runs.every(({ value }) => Number.isFinite(value)) ? 'value' : 'rank';
  const effects = factorEffects(factors, cells, scale);
  const numbers = members.map(({ values }) => values.length);
  return {
    design,
    factors,
    runs,
    seeds: [Math.min(...numbers), Math.max(...numbers)],
    outside: run.length - members.length,
    diverged: cells.filter(({ value }) => value === Number.POSITIVE_INFINITY).length,
    effects,
    main: mainEffects(factors, members, effects),
  };
}

interface Member {
  readonly levels: readonly string[];
  readonly seeds: readonly number[];
  readonly values: readonly number[];
}

/**
 * Main effects with percentile intervals: seeds are drawn with replacement, the same ones in all cells, since a seed is the same world
 * for every method. No interval where the cells have different seeds, or fewer than two.
 */
function mainEffects(
  factors: readonly string[],
  members: readonly Member[],
  { main, scale }: Effects,
): MainEffect[] {
  const [{ seeds }] = members;
  const isPaired = seeds.length > 1 && members.every((member) => member.seeds.join() === seeds.join());
  const cellsAt = main.map(({ factors: [factor], levels: [level] }) => {
    const f = factors.indexOf(factor);
    return members.flatMap(({ levels }, cell) => (levels[f] === level ? [cell] : []));
  });
  const curve = (drawn: readonly number[]) => {
    const middles = members.map(({ values }) => median(drawn.map((i) => values[i])));
    const y = scale === 'rank' ? midRanks(middles).ranks : middles;
    const all = mean(y);
    return cellsAt.map((cells) => mean(cells.map((cell) => y[cell])) - all);
  };
  const intervals = isPaired
    ? bootstrapCurve(
        seeds.map((_, i) => i),
        curve,
      )
    : null;
  return main.map(({ factors: [factor], levels: [level], effect }, i) => ({
    factor,
    level,
    effect,
    low: intervals?.[i].low ?? Number.NaN,
    high: intervals?.[i].high ?? Number.NaN,
  }));
}

/** The pairs of factors, that with the largest share of the variance first. */
export function pairsByShare({ effects }: Crossed): { pair: readonly [string, string]; share: number }[] {
  return effects.terms
    .flatMap(({ factors, share }) =>
      factors.length === 2 ? [{ pair: [factors[0], factors[1]] as const, share }] : [],
    )
    .toSorted((a, b) => b.share - a.share);
}
