import { stringify } from 'csv-stringify/sync';
import { canonicalJson, type Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { smallest } from '../stats/summary.ts';
import type { JsonObject } from './labels.ts';
import { finalValue, groupMethods, type Measure, type Split, specOf } from './methods.ts';

type Cell = string | number | null;

const FINALS = (['train', 'validation', 'test'] as const).flatMap((split) =>
  (['loss', 'error'] as const).map((measure): [Split, Measure] => [split, measure]),
);

/**
 * One row a run, in the order of the records: what it was (`spec.*`, every option of the spec), how it ended and
 * what it reached. The names of the methods are made of all `planned` specs. The final values of a diverged run are Infinity, as in the report; those of a failed one are
 * empty. NaN and the infinities are written as such; error rates, which are counts divided by counts, are rounded to
 * 12 digits.
 */
export function runsCsv(records: readonly RunRecord[], planned?: readonly RunSpec[]): string {
  const labels = labelsById(records, planned);
  const rows = records.map((record) => ({ ...rowOf(record), method: labels.get(record.id) ?? null }));
  const options = [...new Set(records.flatMap((record) => [...leavesOf(specOf(record), 'spec').keys()]))];
  const columns = ['id', 'method', 'outcome', 'step', 'reason', ...options, ...RESULTS];
  const cells = rows.map((row: Readonly<Record<string, Cell>>) =>
    columns.map((column) => write(row[column] ?? null)),
  );
  return stringify([columns, ...cells]);
}

const RESULTS = [
  ...FINALS.map(([split, measure]) => `final.${split}.${measure}`),
  'best.validation.error',
  'steps',
  'samples',
  'gradientEvaluations',
  'flops',
  'parameters',
  'digest',
  'engine',
  'data',
  'seconds',
];

function rowOf(record: RunRecord): Record<string, Cell> {
  const { outcome } = record;
  const failed = outcome.kind === 'failed' || outcome.kind === 'lost';
  const errors = record.series.evaluations.validation.error.filter(Number.isFinite);
  return {
    id: record.id,
    outcome: outcome.kind,
    step: outcome.kind === 'diverged' ? outcome.step : null,
    reason: outcome.kind === 'diverged' ? outcome.reason : failed ? outcome.message : null,
    ...Object.fromEntries(leavesOf(specOf(record), 'spec')),
    ...Object.fromEntries(
      FINALS.map(([split, measure]) => [
        `final.${split}.${measure}`,
        failed ? null : rounded(finalValue(record, split, measure), measure),
      ]),
    ),
    'best.validation.error': errors.length > 0 ? rounded(smallest(errors), 'error') : null,
    steps: record.steps,
    // records of earlier versions have none
    samples: record.samples ?? null,
    gradientEvaluations: record.gradientEvaluations ?? null,
    flops: record.flops ?? null,
    parameters: record.parameters,
    digest: record.digest,
    engine: record.engine,
    data: record.data,
    seconds: record.environment?.seconds ?? null,
  };
}

/** The options of a spec by their path; a list is one value. */
function leavesOf(value: JsonObject, path: string): Map<string, Cell> {
  const leaves = new Map<string, Cell>();
  for (const [key, item] of Object.entries(value)) {
    if (isObject(item)) for (const [name, leaf] of leavesOf(item, `${path}.${key}`)) leaves.set(name, leaf);
    else
      leaves.set(
        `${path}.${key}`,
        typeof item === 'object' || typeof item === 'boolean' ? canonicalJson(item) : item,
      );
  }
  return leaves;
}

function rounded(value: number, measure: Measure): number {
  return measure === 'error' ? Number(value.toPrecision(12)) : value;
}

function labelsById(records: readonly RunRecord[], planned?: readonly RunSpec[]): Map<string, string> {
  return new Map(
    groupMethods(records, planned).flatMap((method) =>
      method.settings.flatMap((setting) =>
        setting.records.map((record) => [record.id, method.label] as const),
      ),
    ),
  );
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** csv-stringify quotes; a number is the shortest text that reads back as the same number. */
function write(cell: Cell): string {
  if (cell === null) return '';
  return Object.is(cell, -0) ? '-0' : String(cell);
}
