import type { Spread } from '../stats/summary.ts';
import type { Compared } from './compared.ts';
import { metricName } from './conclusion.ts';
import type { Estimate } from './estimate.ts';
import { formatAmount, formatMetric, formatNumber, formatPercent, formatRate } from './format.ts';
import type { SummaryRow } from './table.ts';

/** A cell of the summary, the same for the page and for papers. */
export interface SummaryCell {
  readonly text: string;
  /** In small letters under it. */
  readonly note?: string;
  /** The note is a warning. */
  readonly isFlag?: boolean;
  /** The note is for the page alone: it is a detail, or depends on the machine. */
  readonly isDetail?: boolean;
  /** What it is sorted by; null for what has no value and comes last. */
  readonly sort: number | string | null;
}

export interface SummaryColumn {
  readonly title: string;
  readonly isText?: boolean;
  /** The rows are in its order. */
  readonly isOrder?: boolean;
  /** What a paper sets in bold is the lowest value. */
  readonly isLowBest?: boolean;
  readonly cell: (row: SummaryRow) => SummaryCell;
}

const NOTHING: SummaryCell = { text: '–', sort: null };

/** The columns that the rows have values for. */
export function summaryColumns(
  rows: readonly SummaryRow[],
  { isDecided, reported, referenceName }: Pick<Compared, 'isDecided' | 'reported' | 'referenceName'>,
): SummaryColumn[] {
  const { metric, target } = reported;
  const any = (has: (row: SummaryRow) => boolean) => rows.some(has);
  const isValidationLoss = metric.split === 'validation' && metric.measure === 'loss';
  const columns: readonly (SummaryColumn | false)[] = [
    {
      title: 'Method',
      isText: true,
      cell: ({ method }) => ({ text: method, sort: method }),
    },
    !isDecided && { title: 'Best learning rate', cell: rateCell },
    {
      title: capitalised(metricName(metric)),
      isOrder: true,
      isLowBest: true,
      cell: (row) => estimateCell(row.metric, (value) => formatMetric(value, metric.measure)),
    },
    any(({ improvement }) => improvement !== null) && {
      title: `P(better than ${referenceName ?? 'the reference'})`,
      cell: improvementCell,
    },
    !isValidationLoss && {
      title: 'Validation loss',
      isLowBest: true,
      cell: (row) => estimateCell(withRange(row.validationLoss), formatNumber),
    },
    !(metric.split === 'test' && metric.measure === 'error') &&
      any(({ testError }) => testError.n > 0) && {
        title: 'Test error',
        isLowBest: true,
        cell: (row) => estimateCell(row.testError, formatPercent),
      },
    target !== undefined && { title: 'Steps to target', isLowBest: true, cell: stepsCell },
    target !== undefined && { title: 'Reached', cell: reachedCell },
    { title: 'Diverged', cell: divergedCell },
    any(({ sensitivity }) => sensitivity !== null) && {
      title: 'Rate sensitivity',
      cell: sensitivityCell,
    },
    any(({ flopsPerStep }) => flopsPerStep > 0) && { title: 'Cost of a step', cell: costCell },
  ];
  return columns.filter((column) => column !== false);
}

function rateCell({ learningRate, edge, rates, triedZero }: SummaryRow): SummaryCell {
  const tried = `${edge === null ? `${rates} tried` : `${edge} of ${rates}`}${triedZero ? ' and 0' : ''}`;
  const isFlag = edge !== null;
  return { text: formatRate(learningRate), note: tried, isFlag, isDetail: !isFlag, sort: learningRate };
}

function estimateCell({ n, median, low, high }: Estimate, format: (value: number) => string): SummaryCell {
  if (n === 0) return NOTHING;
  const end = (value: number) => (Number.isFinite(value) ? format(value) : 'diverged');
  const note = n === 1 ? {} : { note: `${end(low).replace('%', '')}–${end(high)}` };
  return { text: end(median), ...note, sort: median };
}

function withRange(values: Spread): Estimate {
  return { ...values, low: values.min, high: values.max, isInterval: false };
}

function improvementCell({ improvement }: SummaryRow): SummaryCell {
  if (improvement === null) return NOTHING;
  const { probability, interval } = improvement;
  const note = interval === null ? {} : { note: interval.map(share).join('–') };
  return { text: share(probability), ...note, sort: probability };
}

/** Two decimals: `0.50`. */
const share = (value: number) => value.toFixed(2);

function stepsCell({ target }: SummaryRow): SummaryCell {
  if (target === null || target.runs === 0) return NOTHING;
  return { text: formatAmount(target.steps), sort: target.steps };
}

function reachedCell({ target }: SummaryRow): SummaryCell {
  if (target === null || target.runs === 0) return NOTHING;
  return { text: `${target.reached} of ${target.runs}`, sort: target.reached / target.runs };
}

function divergedCell({ diverged, runs, failed, lost }: SummaryRow): SummaryCell {
  const others = [...(failed > 0 ? [`${failed} failed`] : []), ...(lost > 0 ? [`${lost} lost`] : [])];
  const note = others.length > 0 ? { note: others.join(', '), isFlag: true } : {};
  return { text: `${diverged} of ${runs}`, ...note, sort: diverged / runs };
}

function sensitivityCell({ sensitivity }: SummaryRow): SummaryCell {
  if (sensitivity === null) return NOTHING;
  const { sensitivity: loss, decades, isAtEnd } = sensitivity;
  const note = Number.isNaN(decades) ? {} : { note: `${isAtEnd ? '≥ ' : ''}${decades.toFixed(1)} decades` };
  return {
    text: Number.isNaN(loss) ? '–' : formatNumber(loss),
    ...note,
    sort: Number.isNaN(loss) ? null : loss,
  };
}

function costCell({ flopsPerStep, secondsPerStep }: SummaryRow): SummaryCell {
  if (!(flopsPerStep > 0)) return NOTHING;
  const time = Number.isNaN(secondsPerStep)
    ? {}
    : { note: `${formatNumber(1000 * secondsPerStep)} ms`, isDetail: true };
  return { text: `${formatNumber(flopsPerStep / 1e6)} MFLOP`, ...time, sort: flopsPerStep };
}

function capitalised(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
