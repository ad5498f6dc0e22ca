import { stringify } from 'csv-stringify/sync';
import type { SummaryRow } from '../table.ts';
import { textOf } from '../tables/formats.ts';
import type { Cell } from '../tables/table.ts';

/** The columns of the summary in numbers; what depends on the machine is left out. */
const COLUMNS: readonly (readonly [name: string, value: (row: SummaryRow) => Cell])[] = [
  ['method', ({ method }) => method],
  ['learningRate', ({ learningRate }) => learningRate],
  ['edge', ({ edge }) => edge],
  ['metric', ({ metric }) => metric.median],
  ['metricLow', ({ metric }) => metric.low],
  ['metricHigh', ({ metric }) => metric.high],
  ['seeds', ({ metric }) => metric.n],
  ['probabilityBetter', ({ improvement }) => improvement?.probability ?? null],
  ['probabilityLow', ({ improvement }) => improvement?.interval?.[0] ?? null],
  ['probabilityHigh', ({ improvement }) => improvement?.interval?.[1] ?? null],
  ['validationLoss', ({ validationLoss }) => validationLoss.median],
  ['validationError', ({ validationError }) => validationError.median],
  ['testError', ({ testError }) => testError.median],
  ['stepsToTarget', ({ target }) => target?.steps ?? null],
  ['reached', ({ target }) => target?.reached ?? null],
  ['diverged', ({ diverged }) => diverged],
  ['failed', ({ failed }) => failed],
  ['lost', ({ lost }) => lost],
  ['runs', ({ runs }) => runs],
  ['rateSensitivity', ({ sensitivity }) => sensitivity?.sensitivity ?? null],
  ['basinDecades', ({ sensitivity }) => sensitivity?.decades ?? null],
  ['flopsPerStep', ({ flopsPerStep }) => flopsPerStep],
];

/** The summary as CSV, a method a row, the best first; empty where there is no value, NaN and Infinity as such. */
export function summaryCsv(rows: readonly SummaryRow[]): string {
  return stringify([
    COLUMNS.map(([name]) => name),
    ...rows.map((row) => COLUMNS.map(([, value]) => textOf(value(row)))),
  ]);
}
