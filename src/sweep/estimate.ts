import { availableParallelism } from 'node:os';
import { stepsOf } from '../run/batchSizes.ts';
import { dataKey, type Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';
import { median } from '../stats/summary.ts';
import type { RecordRow } from '../store/records.ts';
import { calibrate } from './calibrate.ts';
import type { Setting, Survey } from './survey.ts';

/** How long the runs to run will take. A range, since neither the machine nor the runs are the same all the time. */
export interface Estimate {
  readonly low: number;
  readonly high: number;
  /** From how many settings it was made: some with stored runs, some calibrated. */
  readonly stored: number;
  readonly calibrated: number;
}

export interface EstimateOptions {
  readonly workers: number;
  /** Whether runs may be executed for a moment. */
  readonly calibrate: boolean;
  /** The part of all steps that is made, see sharing.ts; 1 unless given. */
  readonly toMake?: number;
}

/** As many settings are calibrated, spread evenly over the plan. */
const MOST_CALIBRATED = 6;
/** Seconds that the command takes beside its runs: its own start, that of the workers, the report. */
const AROUND = 1.5;
/** Several workers share the memory's bandwidth and the caches, and other programs the machine. */
const CROWDING = 1.3;

/** The time of all runs to run, undefined if nothing is known of any of them. @throws whatever a calibrated run throws. */
export async function estimateTime(
  survey: Survey,
  resources: Resources,
  rowOf: (id: string) => RecordRow | undefined,
  options: EstimateOptions,
): Promise<Estimate | undefined> {
  const settings = survey.settings.filter(({ missing }) => missing > 0);
  const known = settings.map((setting) => secondsOfStored(setting, rowOf));
  const unknown = settings.map((_, i) => i).filter((i) => known[i] === undefined);
  const chosen = options.calibrate ? spreadOver(unknown, MOST_CALIBRATED) : [];
  for (const i of chosen) known[i] = await calibratedSeconds(settings[i].spec, resources);
  if (known.every((seconds) => seconds === undefined)) return undefined;
  const { toMake = 1 } = options;
  const total = totalOf(settings, known, survey.others);
  const missing = settings.reduce((sum, setting) => sum + setting.missing, survey.others);
  const threads = Math.max(1, Math.min(options.workers, availableParallelism(), missing));
  return {
    low: AROUND + (toMake * total.low) / threads,
    high:
      AROUND +
      ((toMake * total.high) / threads) * (threads > 1 ? CROWDING : 1) +
      (threads > 1 ? total.longest : 0),
    stored: settings.length - unknown.length,
    calibrated: chosen.length,
  };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Stored runs of a setting say what it takes, whatever it is made of. */
function secondsOfStored(
  { stored }: Setting,
  rowOf: (id: string) => RecordRow | undefined,
): Range | undefined {
  const rows = stored.map(rowOf).filter((row) => row?.outcome === 'completed');
  const seconds = rows.map((row) => row?.seconds).filter((value) => typeof value === 'number');
  if (seconds.length === 0) return undefined;
  return { low: 0.9 * Math.min(...seconds), high: 1.1 * Math.max(...seconds) };
}

async function calibratedSeconds(spec: RunSpec, resources: Resources): Promise<Range> {
  const { start, evaluation, step, slowStep } = await calibrate(spec, resources);
  const epochs = spec.until ?? spec.epochs;
  const { count } = resources.datasets[dataKey(spec.data)].train;
  const steps = stepsOf(spec, count);
  const rest = start + evaluation * (1 + epochs * spec.evaluations.perEpoch);
  return { low: rest + steps * step, high: rest + steps * Math.min(slowStep, 2 * step) };
}

/** A setting of which nothing is known is taken to be like the nearest one of which something is. */
function totalOf(settings: readonly Setting[], known: readonly (Range | undefined)[], others: number) {
  const there = known.flatMap((range, place) => (range === undefined ? [] : [{ place, range }]));
  const nearest = (i: number) =>
    there.reduce((best, each) => (Math.abs(each.place - i) < Math.abs(best.place - i) ? each : best)).range;
  let low = others * median(there.map(({ range }) => range.low));
  let high = others * median(there.map(({ range }) => range.high));
  let longest = 0;
  settings.forEach(({ missing }, i) => {
    const range = known[i] ?? nearest(i);
    low += missing * range.low;
    high += missing * range.high;
    longest = Math.max(longest, range.low);
  });
  return { low, high, longest };
}

function spreadOver<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
