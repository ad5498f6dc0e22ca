import type { Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Spread } from '../stats/summary.ts';
import { type Compared, compare } from './compared.ts';
import { type Conclusion, conclusionRows, metricName, targetName } from './conclusion.ts';
import { type DecidedTrial, decisionsOf, settingText, winnerOf } from './decisions.ts';
import { count, formatAmount, formatMetric, formatNumber, formatPercent, formatRate } from './format.ts';
import { isProblem, methodLabels } from './methods.ts';
import { COST_AXES, type Metric } from './metric.ts';
import { otherEngines, partialText } from './notices.ts';
import type { OpenStage } from './report.ts';
import { shortNames } from './shortNames.ts';
import type { SummaryRow } from './table.ts';

/** A terminal that is too narrow for the other columns gets wrapped lines, but names. */
const NARROWEST_NAME = 12;
/** More methods than this are counted, not listed. */
const MOST_LINES = 40;

export interface SummaryOptions {
  /** The specs of all runs of the experiment, or one of every method, if not all of them are stored. */
  readonly planned?: readonly RunSpec[];
  /** How many runs the experiment has; as many as `planned` unless given. */
  readonly total?: number;
  readonly conclusion?: Conclusion | undefined;
  readonly decisions?: Json | undefined;
  readonly openStages?: readonly OpenStage[];
  /** The digest of this engine: records of others are told of. */
  readonly engine?: string;
  /** The most columns of a line; without limit if undefined. */
  readonly width?: number | undefined;
}

/** The summary as plain text, for the end of a sweep: a line a method, the best first. */
export function summaryText(records: readonly RunRecord[], options: SummaryOptions = {}): string {
  const { planned = [], total = planned.length, conclusion } = options;
  const { openStages = [], width = Number.POSITIVE_INFINITY } = options;
  const specs = [...planned, ...records.map((record) => record.spec)];
  const decisions = decisionsOf(options.decisions);
  const compared = compare({ records, planned: specs, conclusion }, decisions);
  const { rows } = compared;
  if (rows.length === 0) return 'no runs\n';
  const problem = records.every(isProblem);
  const labels = compared.isDecided
    ? compared.methods.map(({ label }) => label)
    : [...methodLabels(specs).values()];
  const table = (cells: string[][]) => tableLines(cells, labels, width);
  const columns = columnsOf(problem, compared);
  const listed = rows.slice(0, MOST_LINES);
  const others = otherEngines(records, options.engine);
  return [
    ...table([columns.map(([head]) => head), ...listed.map((row) => columns.map(([, cell]) => cell(row)))]),
    ...(rows.length > listed.length ? [`... and ${rows.length - listed.length} more methods`] : []),
    ...missing(records.length, total),
    ...(openStages.length > 0 ? [partialText(openStages)] : []),
    ...(others === null ? [] : [others]),
    ...notes(rows, problem ? 'distances' : 'errors', compared),
    ...winnerLines(winnerOf(decisions), decisions?.decided.metric),
    ...(conclusion === undefined ? [] : declaredLines(conclusion, compared, table)),
    '',
  ].join('\n');
}

/** Aligned columns under a head with a rule. The names in the first column are shortened to fit. */
function tableLines(cells: readonly string[][], labels: readonly string[], width: number): string[] {
  const others = widthsOf(cells)
    .slice(1)
    .reduce((total, column) => total + column + 2, 0);
  const names = shortNames(labels, Math.max(NARROWEST_NAME, width - others));
  for (const line of cells.slice(1)) line[0] = names[labels.indexOf(line[0])];
  const widths = widthsOf(cells);
  const [head, ...body] = cells.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(head.length, ...body.map((line) => line.length)));
  return [head, rule, ...body];
}

function widthsOf(cells: readonly (readonly string[])[]): number[] {
  return cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
}

/** `winner: trial 3, learningRate 0.0123 (median final validation loss 2.33)` */
function winnerLines(winner: DecidedTrial | undefined, metric: Metric | undefined): string[] {
  if (winner === undefined) return [];
  const { trial, params, values, median } = winner;
  const value = formatMetric(median, metric?.measure ?? 'loss');
  const what = `${values.length > 1 ? 'median ' : ''}${metric === undefined ? '' : `${metricName(metric)} `}`;
  return [`winner: trial ${trial}, ${settingText(params)} (${what}${value})`];
}

/** What each method reached of the declared conclusion. */
function declaredLines(
  conclusion: Conclusion,
  { methods }: Compared,
  table: (cells: string[][]) => string[],
): string[] {
  const { metric, target } = conclusion;
  const format = (value: number) => formatMetric(value, metric.measure);
  const costs = target === undefined ? [] : COST_AXES;
  const heads = ['method', metricName(metric), ...(target === undefined ? [] : ['reached', ...HEADS])];
  const rows = conclusionRows(methods, conclusion).slice(0, MOST_LINES);
  const cells = rows.map((row) => [
    row.method,
    format(row.metric.median),
    ...(row.reached === null ? [] : [`${row.reached}/${row.runs}`]),
    ...costs.map((cost) => formatAmount(row.costs?.[cost] ?? Number.NaN)),
  ]);
  const what =
    target === undefined
      ? 'medians'
      : 'medians; costs up to where half of the runs had reached the target, infinite where fewer did';
  return ['', `declared: ${targetName(conclusion)} (${what})`, ...table([heads, ...cells])];
}

const HEADS = ['steps', 'images', 'gradients', 'FLOPs'];

function missing(there: number, total: number): string[] {
  const runs = total - there;
  return runs > 0
    ? [`not finished: ${runs} of ${count(total, 'run')} ${runs === 1 ? 'is' : 'are'} missing`]
    : [];
}

type TextColumn = readonly [head: string, cell: (row: SummaryRow) => string];

function columnsOf(
  problem: boolean,
  { isDecided, reported: { metric, isDeclared } }: Compared,
): TextColumn[] {
  const name = metricName(metric);
  const isShown = name === 'final validation error' || name === 'final test error';
  return [
    ['method', (row) => row.method],
    ...(isDecided ? [] : [RATE]),
    // what the lines are in the order of
    ...(isDeclared && !isShown && !problem
      ? [
          [
            name,
            (row) => spreadText(row.metric, (value) => formatMetric(value, metric.measure)),
          ] as TextColumn,
        ]
      : []),
    ...(problem ? [DISTANCE] : ERRORS),
    ['diverged', divergedText],
  ];
}

const RATE: TextColumn = [
  'learning rate',
  (row) => `${formatRate(row.learningRate)}${row.edge === null ? '' : ` (${row.edge})`}`,
];
const DISTANCE: TextColumn = [
  'distance from the minimum',
  (row) => spreadText(row.validationLoss, formatNumber),
];
const ERRORS: readonly TextColumn[] = [
  ['validation error', (row) => spreadText(row.validationError, formatPercent)],
  ['test error', (row) => spreadText(row.testError, formatPercent)],
];

function divergedText({ diverged, runs, failed, lost }: SummaryRow): string {
  const others = `${failed > 0 ? `, ${failed} failed` : ''}${lost > 0 ? `, ${lost} lost` : ''}`;
  return `${diverged} of ${runs}${others}`;
}

function spreadText({ n, median, min, max }: Spread, format: (value: number) => string): string {
  if (n === 0) return '–';
  const middle = Number.isFinite(median) ? format(median) : 'diverged';
  const end = Number.isFinite(max) ? format(max) : 'diverged';
  return n === 1 ? middle : `${middle} (${format(min).replace('%', '')}-${end})`;
}

function notes(rows: readonly SummaryRow[], values: string, { isDecided }: Compared): string[] {
  const seeds = rows.map((row) => row.validationError.n).filter((n) => n > 0);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const edges = rows.some((row) => row.edge !== null);
  return [
    ...(seeds.length > 0 && most > 1
      ? [
          `${values}: median (range) over ${least === most ? count(most, 'seed') : `${least} to ${most} seeds`} ${isDecided ? 'of the runs that the decisions compare' : 'at the best learning rate'}`,
        ]
      : []),
    ...(edges
      ? ['(lowest), (highest): the best rate is the last one tried in that direction; extend the grid']
      : []),
  ];
}
