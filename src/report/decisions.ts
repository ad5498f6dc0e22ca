import { canonicalJson, type Json } from '../core/json.ts';
import { formatRate, visible } from './format.ts';
import type { JsonObject } from './labels.ts';
import type { CostAxis, Metric } from './metric.ts';

/** What runs that differ only in their seed reached, a value a seed. */
export interface Score {
  readonly values: readonly number[];
  readonly median: number;
}

/** A choice of hyper-parameters with the ids of its runs, one a seed. */
export interface DecidedTrial extends Score {
  readonly trial: number;
  readonly params: Readonly<Record<string, Json>>;
  readonly runs: readonly string[];
  readonly phase?: string;
}

/** What tuning and evaluation found of a method. */
export interface DecidedMethod {
  readonly tunedDimensions: number;
  readonly trials: readonly DecidedTrial[];
  readonly winner: { readonly trial: number; readonly params: Readonly<Record<string, Json>> };
  readonly edges: readonly {
    readonly dimension: string;
    readonly side: 'low' | 'high';
    readonly extended: boolean;
  }[];
  readonly evaluation: Score & {
    readonly runs: readonly string[];
    readonly diverged: number;
    readonly failed: number;
    readonly toTarget: {
      readonly reached: number;
      readonly costs: { readonly [C in CostAxis]: Score };
    } | null;
  };
}

/** Decisions of a tuned comparison. */
export interface Comparison {
  readonly track: string;
  readonly budget: number;
  readonly metric: Metric;
  readonly target: number | null;
  readonly seeds: readonly number[];
  readonly evaluationSeeds: readonly number[];
  readonly methods: { readonly [name: string]: DecidedMethod };
}

/** Decisions of a search. */
export interface Search {
  /** What ranked; a protocol of the user's own may have left it out. */
  readonly metric?: Metric;
  readonly ranked: readonly DecidedTrial[];
}

/** Decisions of successive halving. */
export interface Halving {
  readonly metric?: Metric;
  readonly rungs: readonly {
    readonly epochs: number;
    readonly ranked: readonly DecidedTrial[];
    readonly kept: readonly number[];
  }[];
}

/** What the report knows how to show of what an experiment decided, told apart by what it holds. */
export type Decisions =
  | { readonly kind: 'comparison'; readonly decided: Comparison }
  | { readonly kind: 'search'; readonly decided: Search }
  | { readonly kind: 'halving'; readonly decided: Halving };

/** Undefined for nothing and for the decisions of a protocol of the user's own, which may be any JSON. */
export function decisionsOf(json: Json | undefined): Decisions | undefined {
  if (!isObject(json)) return undefined;
  const { methods, metric, ranked, rungs } = json;
  if (metric !== undefined && !isMetric(metric)) return undefined;
  if (isObject(methods) && Object.values(methods).every(isMethod))
    return { kind: 'comparison', decided: json as unknown as Comparison };
  if (Array.isArray(rungs) && rungs.every((rung) => isObject(rung) && areTrials(rung.ranked)))
    return { kind: 'halving', decided: json as unknown as Halving };
  if (areTrials(ranked)) return { kind: 'search', decided: json as unknown as Search };
  return undefined;
}

/** Runs that the page shows as those of one method. */
export interface NamedRuns {
  readonly name: string;
  readonly ids: readonly string[];
}

/** As many trials of a search as the page shows in its figures. */
const MOST_TRIALS = 6;

/**
 * What the summary and the figures compare: of a tuned comparison the winners' runs on fresh seeds under the names of the methods, of
 * the others the best trials.
 */
export function comparedRuns(decisions: Decisions): NamedRuns[] {
  if (decisions.kind === 'comparison') {
    return Object.entries(decisions.decided.methods).map(([name, { evaluation }]) => ({
      name,
      ids: evaluation.runs,
    }));
  }
  return lastRanked(decisions)
    .slice(0, MOST_TRIALS)
    .map(({ trial, runs }) => ({ name: `trial ${trial}`, ids: runs }));
}

/** The trials of a search, or of the last rung of a halving, the best first. */
function lastRanked(decisions: Exclude<Decisions, { kind: 'comparison' }>): readonly DecidedTrial[] {
  return decisions.kind === 'search'
    ? decisions.decided.ranked
    : (decisions.decided.rungs.at(-1)?.ranked ?? []);
}

/** The trial that a search or a halving has chosen. */
export function winnerOf(decisions: Decisions | undefined): DecidedTrial | undefined {
  return decisions === undefined || decisions.kind === 'comparison' ? undefined : lastRanked(decisions)[0];
}

/** `learningRate 0.003, beta1 0.9` */
export function settingText(params: DecidedTrial['params']): string {
  const parts = Object.entries(params).map(
    ([name, value]) =>
      `${visible(name)} ${typeof value === 'number' ? formatRate(value) : visible(typeof value === 'string' ? value : canonicalJson(value))}`,
  );
  return parts.length === 0 ? 'nothing to choose' : parts.join(', ');
}

/** The name of every run that a method or a trial has: that of the first one that has it. */
export function namesOfRuns(decisions: Decisions): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string, ids: readonly string[]) => {
    for (const id of ids) if (!names.has(id)) names.set(id, name);
  };
  if (decisions.kind === 'comparison') {
    for (const [name, { evaluation, trials }] of Object.entries(decisions.decided.methods))
      add(name, [...evaluation.runs, ...trials.flatMap(({ runs }) => runs)]);
  } else {
    const lists =
      decisions.kind === 'search'
        ? [decisions.decided.ranked]
        : decisions.decided.rungs.map(({ ranked }) => ranked);
    for (const { trial, runs } of lists.flat()) add(`trial ${trial}`, runs);
  }
  return names;
}

function isMethod(value: Json): boolean {
  return isObject(value) && areTrials(value.trials) && isObject(value.winner) && isObject(value.evaluation);
}

function areTrials(value: Json | undefined): boolean {
  return (
    Array.isArray(value) &&
    value.every((trial) => isObject(trial) && isObject(trial.params) && Array.isArray(trial.runs))
  );
}

function isMetric(value: Json): boolean {
  if (!isObject(value)) return false;
  const { split, measure, at } = value;
  return (
    ['train', 'validation', 'test'].includes(split as string) &&
    ['loss', 'error'].includes(measure as string) &&
    ['final', 'best'].includes(at as string)
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
