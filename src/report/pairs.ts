import { pairedDifferences } from '../stats/hypothesis.ts';
import { median } from '../stats/summary.ts';
import { formatMetric } from './format.ts';
import { countedRuns, type Method, seedOf } from './methods.ts';
import { type Metric, metricOf } from './metric.ts';

/** Two methods on the seeds that both have run with: seed i is the same world for both. */
export interface Paired {
  /** Seeds with a run of both. */
  readonly seeds: number;
  /** The first one's metric minus the second one's, a value a seed; 0 where both are infinite. */
  readonly differences: readonly number[];
  /** On how many seeds the first is better, and on how many worse; equal and both infinite is neither. */
  readonly better: number;
  readonly worse: number;
  /** The median of the differences; NaN without a seed, and where it lies between one and another infinite difference. */
  readonly difference: number;
}

/** `0.012 lower`: the first one's metric against the second one's. */
export function differenceText({ seeds, difference }: Paired, { measure }: Metric): string {
  if (seeds === 0) return 'no seed in common';
  if (Number.isNaN(difference)) return 'infinite either way';
  if (difference === 0) return 'none';
  return `${formatMetric(Math.abs(difference), measure)} ${difference < 0 ? 'lower' : 'higher'}`;
}

/** A method that is undefined has no seeds. */
export function pairedRuns(first: Method | undefined, second: Method | undefined, metric: Metric): Paired {
  const [a, b] = [first, second].map((method) => valuesBySeed(method, metric));
  const seeds = [...a.keys()].filter((seed) => b.has(seed));
  const differences = pairedDifferences(
    seeds.map((seed) => a.get(seed)!),
    seeds.map((seed) => b.get(seed)!),
  );
  return {
    seeds: seeds.length,
    differences,
    better: differences.filter((difference) => difference < 0).length,
    worse: differences.filter((difference) => difference > 0).length,
    difference: median(differences),
  };
}

function valuesBySeed(method: Method | undefined, metric: Metric): Map<number, number> {
  const setting = method?.best ?? method?.settings[0];
  if (setting === undefined) return new Map();
  return new Map(countedRuns(setting).map((run) => [seedOf(run), metricOf(run, metric)]));
}
