import { improvementInterval } from '../stats/improvement.ts';
import type { Compared } from './compared.ts';
import type { Conclusion } from './conclusion.ts';
import { type Estimate, estimate } from './estimate.ts';
import { countedRuns, type Method, resultsOf } from './methods.ts';
import { type Metric, metricOf } from './metric.ts';
import { type Paired, pairedRuns } from './pairs.ts';
import { type Equality, equalityOf, type Runs } from './sameBits.ts';
import { type Verdict, verdictsOf } from './verdicts.ts';

/** One of two experiments, or versions of one, that stand side by side. */
export interface Side {
  /** `A` or `B`. */
  readonly letter: string;
  readonly name: string;
  /** The store and the engines whose records count, in words. */
  readonly source: string;
  readonly compared: Compared;
  /** What it declared. */
  readonly conclusion?: Conclusion | undefined;
  /** All runs that it has, those that decided something as well. */
  readonly runs: Runs;
}

/** A method of both sides, by its name. */
export interface MethodPair {
  readonly method: string;
  readonly a: Estimate;
  readonly b: Estimate;
  /** B less A, seed by seed. */
  readonly paired: Paired;
  /** Of a run of B being better than one of A. */
  readonly probability: number;
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly metric: Metric;
  readonly pairs: readonly MethodPair[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Of the runs that both have, by their ids. */
  readonly equality: Equality;
}

/**
 * Two experiments by the metric of the first one: methods of one name are compared seed by seed, runs of one id bit by bit. The verdicts
 * are of B, with Holm's correction for all methods that both have.
 */
export function compareSides(a: Side, b: Side): Comparison {
  const { metric } = a.compared.reported;
  const [ofA, ofB] = [a, b].map(({ compared }) => byName(compared));
  const names = [...ofA.keys()].filter((name) => ofB.has(name));
  const paired = names.map((name) => pairedRuns(ofB.get(name), ofA.get(name), metric));
  const verdicts = verdictsOf(paired);
  return {
    metric,
    pairs: names.map((method, i) => ({
      method,
      paired: paired[i],
      verdict: verdicts[i],
      ...valuesOf(ofA.get(method)!, ofB.get(method)!, metric),
    })),
    onlyA: [...ofA.keys()].filter((name) => !ofB.has(name)),
    onlyB: [...ofB.keys()].filter((name) => !ofA.has(name)),
    equality: equalityOf(a.runs, b.runs),
  };
}

/** In the order of the summary. */
function byName({ methods, rows }: Compared): Map<string, Method> {
  const named = new Map(methods.map((method) => [method.label, method]));
  return new Map(rows.map(({ method }) => [method, named.get(method)!]));
}

function valuesOf(a: Method, b: Method, metric: Metric): Pick<MethodPair, 'a' | 'b' | 'probability'> {
  const [ofA, ofB] = [a, b].map(({ best }) =>
    best === null ? [] : resultsOf(best).map((run) => metricOf(run, metric)),
  );
  const [countedA, countedB] = [a, b].map(({ best }) =>
    best === null ? [] : countedRuns(best).map((run) => metricOf(run, metric)),
  );
  const probability =
    countedA.length > 0 && countedB.length > 0
      ? improvementInterval([{ a: countedB, b: countedA }]).estimate
      : Number.NaN;
  return { a: estimate(ofA), b: estimate(ofB), probability };
}
