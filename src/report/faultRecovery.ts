import type { RunRecord } from '../run/record.ts';
import { median } from '../stats/summary.ts';

/** Buckets whose medians give the level before a fault, and as many that must be back at it. */
export const LEVEL_BUCKETS = 5;

/** The steps at which a fault acts: `first` ... `last`, counted from 1. */
export interface FaultWindow {
  readonly first: number;
  readonly last: number;
}

/** How a run went on after a fault. Steps are counted from the fault's last one. */
export type Recovery =
  /** The training loss is back at its level before the fault, and stays: in a bucket that ends `steps` after it and begins `from` after it. */
  | { readonly kind: 'recovered'; readonly steps: number; readonly from: number }
  /** It was not until the run ended, so many steps after it: censored there. */
  | { readonly kind: 'notRecovered'; readonly within: number }
  /** The run diverged so many steps after the first step of the fault. */
  | { readonly kind: 'diverged'; readonly steps: number };

/** When the faults of a spec act, the earliest and the last of them; null without any. One that lasts to the end counts from its first step. */
export function faultWindow({ spec }: Pick<RunRecord, 'spec'>): FaultWindow | null {
  const { faults = [] } = spec;
  if (faults.length === 0) return null;
  const lasts = faults.map((fault) => fault.at + (('steps' in fault ? fault.steps : undefined) ?? 1) - 1);
  return { first: Math.min(...faults.map(({ at }) => at)), last: Math.max(...lasts) };
}

/**
 * When the training loss of the batches is back after a fault, from the medians m_i of the buckets of steps (a_i, b_i]:
 *
 *     level L = median of the m_i of the last 5 buckets with b_i < first        (of those that there are)
 *     back at the first j with a_j >= last, m_j <= L and median(m_j ... m_(j+4)) <= L;   steps = b_j - last, from = a_j - last
 *
 * The last condition is what `stays` means: one lucky bucket is none. A bucket that holds a step of the fault is left out, a loss that is
 * not a number is above any level. The loss of a batch is exact, but a bucket is the resolution: a run that nothing happened to has
 * `from` 0 or little more.
 * Null where there is nothing to say: the run diverged or ended before the fault, no bucket lies before it, or the series is missing.
 */
export function recoveryOf(
  { series, outcome, steps }: RunRecord,
  { first, last }: FaultWindow,
): Recovery | null {
  const { step, channels } = series.steps;
  const medians = channels.loss?.median ?? [];
  const startOf = (i: number) => (i === 0 ? 0 : step[i - 1]);
  const before = medians.filter((_, i) => step[i] < first).slice(-LEVEL_BUCKETS);
  if (outcome.kind === 'diverged')
    return outcome.step < first ? null : { kind: 'diverged', steps: outcome.step - first };
  if (outcome.kind !== 'completed' || before.length === 0 || steps < first) return null;
  const level = median(before);
  const ranked = medians.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));
  for (let j = 0; j + LEVEL_BUCKETS <= ranked.length; j++) {
    if (startOf(j) < last || ranked[j] > level) continue;
    if (median(ranked.slice(j, j + LEVEL_BUCKETS)) <= level)
      return { kind: 'recovered', steps: step[j] - last, from: startOf(j) - last };
  }
  return { kind: 'notRecovered', within: Math.max(0, steps - last) };
}

/**
 * How many steps had a loss or a gradient that was not finite (they were skipped, or made without it): from, to. Exact where a bucket has
 * up to three steps, or all or none of them were; null where the run would have ended instead.
 */
export function mendedSteps({ series, steps }: RunRecord): readonly [low: number, high: number] | null {
  const { step, channels } = series.steps;
  const bad = channels.nonFinite;
  if (bad === undefined) return null;
  let [low, high] = [0, 0];
  for (const [i, end] of step.entries()) {
    const n = Math.min(end, steps) - (i === 0 ? 0 : step[i - 1]);
    if (n < 1 || !(bad.max[i] > 0)) continue;
    const half = Math.ceil(n / 2);
    const [few, many] = bad.min[i] > 0 ? [n, n] : bad.median[i] > 0 ? [half, n - 1] : [1, half - 1];
    low += few;
    high += many;
  }
  return [low, high];
}
