import { type Spread, spread } from '../stats/summary.ts';
import { finalValues, type Measure, type Method, type Split } from './methods.ts';

/** One row a method. The spreads are over the seeds at its best learning rate; a diverged run counts as Infinity. */
export interface SummaryRow {
  readonly method: string;
  readonly learningRate: number | null;
  readonly edge: Method['edge'];
  /** Learning rates that were tried, a rate of zero apart: it does not train. */
  readonly rates: number;
  readonly triedZero: boolean;
  readonly trainLoss: Spread;
  readonly validationLoss: Spread;
  readonly validationError: Spread;
  readonly testError: Spread;
  /** Of all runs of the method, at every learning rate. */
  readonly diverged: number;
  readonly failed: number;
  readonly lost: number;
  readonly runs: number;
}

/** The rows in the order of the median validation error; methods of which no run completed come last. */
export function summaryRows(methods: readonly Method[]): SummaryRow[] {
  return methods.map(summaryRow).toSorted((a, b) => {
    return (
      order(a.validationError.median, b.validationError.median) ||
      order(a.validationLoss.median, b.validationLoss.median)
    );
  });
}

function summaryRow({ label, settings, best, edge }: Method): SummaryRow {
  const outcomes = settings.flatMap((setting) => setting.records.map((record) => record.outcome.kind));
  const over = (split: Split, measure: Measure) =>
    spread(best === null ? [] : finalValues(best, split, measure));
  return {
    method: label,
    learningRate: best?.learningRate ?? null,
    edge,
    rates: settings.filter((setting) => setting.learningRate !== 0).length,
    triedZero: settings.some((setting) => setting.learningRate === 0),
    trainLoss: over('train', 'loss'),
    validationLoss: over('validation', 'loss'),
    validationError: over('validation', 'error'),
    testError: over('test', 'error'),
    diverged: outcomes.filter((kind) => kind === 'diverged').length,
    failed: outcomes.filter((kind) => kind === 'failed').length,
    lost: outcomes.filter((kind) => kind === 'lost').length,
    runs: outcomes.length,
  };
}

/** Ascending, with what is not a number after everything else. */
function order(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}
