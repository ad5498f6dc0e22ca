import { canonicalJson, type Json } from '../core/json.ts';
import type { FaultSpec } from '../run/catalog/faults.ts';
import type { RunRecord } from '../run/record.ts';
import { largest, median, smallest } from '../stats/summary.ts';
import type { Complete } from './drawn.ts';
import { type FaultWindow, faultWindow, mendedSteps, type Recovery, recoveryOf } from './faultRecovery.ts';
import { formatRate } from './format.ts';
import { type JsonObject, labelsOf } from './labels.ts';
import { finalValue, hasResult } from './methods.ts';

/** What the seeds of a setting did after one fault. Counts are of runs. */
export interface FaultCell {
  readonly runs: number;
  readonly recovered: number;
  readonly notRecovered: number;
  readonly diverged: number;
  /** Steps until the loss was back, over the seeds; Infinity where a run never was, or diverged. NaN without a run. */
  readonly steps: { readonly median: number; readonly low: number; readonly high: number };
  /** Steps between the fault and the first bucket behind it that counts: fewer than these cannot be told apart. */
  readonly resolution: number;
  /** Steps that the policy for what is not finite skipped or mended, summed over the seeds; null where it has none. */
  readonly mended: readonly [low: number, high: number] | null;
  /** Median of the last evaluation's validation error; Infinity where half of the runs diverged. */
  readonly finalError: number;
}

/** Settings that differ in their faults alone, a row a setting and a column a fault. */
export interface FaultMatrix {
  readonly faults: readonly string[];
  readonly rows: readonly { readonly setting: string; readonly cells: readonly (FaultCell | null)[] }[];
  /** The step of the faults if all begin at the same one: runs without a fault are measured there too. */
  readonly at: number | null;
  /** The fewest and the most seeds of a cell. */
  readonly seeds: readonly [number, number];
}

export const NO_FAULT = 'no fault';

/**
 * The runs of an experiment by setting and fault, in the order of the plan; settings that were never given a fault are left out. Null
 * where no run has one.
 */
export function faultMatrix(
  records: readonly RunRecord[],
  complete: Complete = (record) => record,
): FaultMatrix | null {
  const windows = records.map(faultWindow);
  const firsts = new Set(windows.flatMap((window) => (window === null ? [] : [window.first])));
  if (firsts.size === 0) return null;
  const [only] = firsts;
  const at = firsts.size === 1 ? only : null;
  const columns = new Map<string, readonly FaultSpec[]>();
  const settings = new Map<string, { readonly spec: JsonObject; readonly cells: Map<string, RunRecord[]> }>();
  for (const record of records) {
    if (!hasResult(record)) continue;
    const { seed: _seed, faults = [], ...rest } = record.spec;
    const spec = rest as unknown as JsonObject;
    const [row, column] = [canonicalJson(spec), canonicalJson(faults as unknown as Json)];
    if (!columns.has(column)) columns.set(column, faults);
    if (!settings.has(row)) settings.set(row, { spec, cells: new Map() });
    const { cells } = settings.get(row)!;
    cells.set(column, [...(cells.get(column) ?? []), record]);
  }
  const none = canonicalJson([]);
  const faulty = [...settings.values()].filter(({ cells }) => [...cells.keys()].some((key) => key !== none));
  const labels = labelsOf(faulty.map(({ spec }) => spec));
  const keys = [...columns.keys()];
  const seeds = faulty.flatMap(({ cells }) => [...cells.values()].map(({ length }) => length));
  return {
    faults: faultNames([...columns.values()]),
    rows: faulty.map(({ cells }, i) => ({
      setting: labels[i],
      cells: keys.map((key) => {
        const runs = cells.get(key);
        return runs === undefined ? null : cellOf(runs.map(complete), at);
      }),
    })),
    at,
    seeds: [smallest(seeds), largest(seeds)],
  };
}

function cellOf(runs: readonly RunRecord[], at: number | null): FaultCell {
  const windowOf = (run: RunRecord): FaultWindow | null =>
    faultWindow(run) ?? (at === null ? null : { first: at, last: at });
  const recoveries = runs.flatMap((run) => {
    const window = windowOf(run);
    return (window === null ? null : recoveryOf(run, window)) ?? [];
  });
  const count = (kind: Recovery['kind']) => recoveries.filter((recovery) => recovery.kind === kind).length;
  const steps = recoveries.map((recovery) =>
    recovery.kind === 'recovered' ? recovery.steps : Number.POSITIVE_INFINITY,
  );
  const mended = runs.map(mendedSteps).filter((bounds) => bounds !== null);
  const sum = (i: 0 | 1) => mended.reduce((total, bounds) => total + bounds[i], 0);
  return {
    runs: recoveries.length,
    recovered: count('recovered'),
    notRecovered: count('notRecovered'),
    diverged: count('diverged'),
    steps: {
      median: median(steps),
      low: steps.length === 0 ? Number.NaN : smallest(steps),
      high: steps.length === 0 ? Number.NaN : largest(steps),
    },
    resolution: largest(runs.map((run) => firstBucket(run, windowOf(run)))),
    mended: mended.length === 0 ? null : [sum(0), sum(1)],
    finalError: median(runs.map((run) => finalValue(run, 'validation', 'error'))),
  };
}

/** Steps from a fault's last one to the end of the first bucket that begins behind it; 0 without one. */
function firstBucket({ series }: RunRecord, window: FaultWindow | null): number {
  if (window === null) return 0;
  const { step } = series.steps;
  const first = step.findIndex((_, i) => (i === 0 ? 0 : step[i - 1]) >= window.last);
  return first < 0 ? 0 : step[first] - window.last;
}

/** A fault by its kind, and by the options that differ among the faults of this kind. */
function faultNames(lists: readonly (readonly FaultSpec[])[]): string[] {
  const all = lists.flat() as unknown as readonly JsonObject[];
  const options = (fault: JsonObject) =>
    Object.entries(fault).flatMap(([name, value]) => {
      const others = all.filter(({ kind }) => kind === fault.kind);
      const differ = others.some((other) => canonicalJson(other[name] ?? null) !== canonicalJson(value));
      if (name === 'kind' || !differ) return [];
      return [`${name} ${typeof value === 'number' ? formatRate(value) : String(value)}`];
    });
  return lists.map((list) => {
    if (list.length === 0) return NO_FAULT;
    const faults = list as unknown as readonly JsonObject[];
    return faults.map((fault) => [String(fault.kind), ...options(fault)].join(', ')).join(' + ');
  });
}
