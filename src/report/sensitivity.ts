import { stringify } from 'csv-stringify/sync';
import type { Json } from '../core/json.ts';
import { canonicalJson } from '../core/json.ts';
import type { RunSpec } from '../run/spec.ts';
import type { DistanceCurve, Divergence } from '../stats/divergence.ts';
import { median, type Spread, spread } from '../stats/summary.ts';
import { formatNumber, formatRate } from './format.ts';
import { MethodSpecs } from './methods.ts';

/** What a report needs of a run and one of its shadows (certify/sensitivity.ts). */
export interface MeasuredShadow extends Divergence {
  readonly kind: string;
  readonly curve: DistanceCurve;
  readonly lossDifference: number;
}

export interface MeasuredRun {
  readonly id: string;
  readonly spec: RunSpec;
  readonly outcome: string;
  readonly loss: number;
  readonly shadows: readonly MeasuredShadow[];
  /** What the report of its experiment calls its method; told from these runs alone unless given. */
  readonly method?: string;
}

/** All seeds of a method with one kind of shadow. */
export interface SensitivityRow {
  readonly method: string;
  readonly optimizer: string;
  readonly kind: string;
  readonly shadows: readonly MeasuredShadow[];
}

/** Rows by kind of shadow and, in the order of the runs, by method: whatever of the spec differs beside the seed. */
export function sensitivityRows(runs: readonly MeasuredRun[]): SensitivityRow[] {
  const names = methodNames(runs);
  const methods = new Map<string, MeasuredRun[]>();
  for (const run of runs) {
    const name = names.get(run.id)!;
    methods.set(name, [...(methods.get(name) ?? []), run]);
  }
  const kinds = [...new Set(runs.flatMap(({ shadows }) => shadows.map(({ kind }) => kind)))];
  return kinds.flatMap((kind) =>
    [...methods].flatMap(([method, its]) => {
      const shadows = its.flatMap((run) => run.shadows.filter((shadow) => shadow.kind === kind));
      return shadows.length === 0 ? [] : [{ method, optimizer: its[0].spec.optimizer.kind, kind, shadows }];
    }),
  );
}

/** What the kinds of shadows are called. */
export const SHADOW_NAMES: Readonly<Record<string, string>> = {
  ulp: 'one ulp at the start',
  float64: 'float64',
  order: 'another order of sums',
};

/** The table as text, a line a method and kind of shadow. */
export function sensitivityText(runs: readonly MeasuredRun[]): string {
  const rows = sensitivityRows(runs);
  const heads = [
    'method',
    'growth rate',
    'first distance',
    'steps to 1000-fold',
    'final distance',
    'loss difference',
  ];
  const cells = rows.map((row) => ({
    kind: row.kind,
    line: [
      row.method,
      spreadText(row.shadows.map(({ rate }) => rate ?? 0)),
      spreadText(row.shadows.map(({ first }) => first?.distance ?? 0)),
      stepsText(row.shadows.map(({ stepsToFactor }) => stepsToFactor ?? Number.POSITIVE_INFINITY)),
      spreadText(row.shadows.map(({ final }) => final)),
      spreadText(row.shadows.map(({ lossDifference }) => Math.abs(lossDifference))),
    ],
  }));
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map(({ line }) => line[i].length)));
  const text = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const seeds = Math.max(0, ...rows.map(({ shadows }) => shadows.length));
  return [
    ...kinds.flatMap((kind) => [
      `shadow: ${SHADOW_NAMES[kind] ?? kind}`,
      text(heads),
      '-'.repeat(text(heads).length),
      ...cells.filter((cell) => cell.kind === kind).map(({ line }) => text(line)),
      '',
    ]),
    `median (range) over ${seeds === 1 ? '1 seed' : `up to ${seeds} seeds`}; distances: of the parameters, as a share of the initial ones; ` +
      'growth rate: of the logarithm of the distance, per step while it grows; steps to 1000-fold: until it is 1,000 times the first one; ∞: never; loss: final validation loss, without sign',
  ].join('\n');
}

/** Steps are whole, and a median of them is in halves. */
function stepsText(values: readonly number[]): string {
  const { median: middle, min, max } = spread(values);
  const text = (steps: number) => (Number.isFinite(steps) ? String(steps) : formatNumber(steps));
  return min === max ? text(middle) : `${text(middle)} (${text(min)} to ${text(max)})`;
}

function spreadText(values: readonly number[]): string {
  const { n, median: middle, min, max }: Spread = spread(values);
  if (Number.isNaN(middle)) return 'diverged';
  return n === 1 || min === max
    ? formatNumber(middle)
    : `${formatNumber(middle)} (${formatNumber(min)} to ${formatNumber(max)})`;
}

/** One row a run and shadow. */
export function sensitivityCsv(runs: readonly MeasuredRun[]): string {
  const names = methodNames(runs);
  const rows = runs.flatMap((run) =>
    run.shadows.map((shadow) => [
      run.id,
      names.get(run.id),
      run.spec.seed,
      shadow.kind,
      shadow.rate,
      shadow.phase?.from,
      shadow.phase?.to,
      shadow.first?.step,
      shadow.first?.distance,
      shadow.stepsToFactor,
      shadow.saturation?.step,
      shadow.saturation?.distance,
      shadow.final,
      shadow.lossDifference,
    ]),
  );
  return stringify([CSV_HEADS, ...rows]);
}

const CSV_HEADS = [
  'id',
  'method',
  'seed',
  'shadow',
  'rate',
  'phaseFrom',
  'phaseTo',
  'firstStep',
  'firstDistance',
  'stepsTo1000',
  'saturationStep',
  'saturationDistance',
  'finalDistance',
  'lossDifference',
];

/** By run: the name that a report gives its method, and the learning rate where runs of one method differ in it. */
function methodNames(runs: readonly MeasuredRun[]): Map<string, string> {
  const nameOf = new MethodSpecs(runs.map(({ spec }) => spec)).naming();
  const named = runs.map((run) => ({
    ...run,
    name: run.method ?? nameOf(run.spec) ?? run.spec.optimizer.kind,
    rate: run.spec.optimizer.learningRate ?? null,
  }));
  return new Map(
    named.map(({ id, name, rate }) => {
      const isOne = named.every(
        (other) => other.name !== name || canonicalJson(other.rate as Json) === canonicalJson(rate as Json),
      );
      const shown = typeof rate === 'number' ? formatRate(rate) : canonicalJson(rate as Json);
      return [id, isOne ? name : `${name}, learningRate ${shown}`];
    }),
  );
}

/** The median over the seeds at every step that all of them have, at most `most` steps. */
export function medianCurve(
  shadows: readonly MeasuredShadow[],
  most = 120,
): { step: number; distance: number }[] {
  const steps = shadows[0].curve.steps.filter((step) =>
    shadows.every(({ curve }) => curve.steps.includes(step)),
  );
  const stride = Math.max(1, Math.ceil(steps.length / most));
  return steps
    .filter((_, i) => i < 10 || i % stride === 0 || i === steps.length - 1)
    .map((step) => ({
      step,
      distance: median(shadows.map(({ curve }) => curve.distances[curve.steps.indexOf(step)])),
    }));
}
