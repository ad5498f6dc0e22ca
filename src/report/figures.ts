import type { Conclusion } from './conclusion.ts';
import type { Decisions } from './decisions.ts';
import type { Figure, FigureTable } from './figure.ts';
import { bestOf } from './figures/bestOf.ts';
import { AT_BEST_RATE } from './figures/candidates.ts';
import { clipActing } from './figures/clipActing.ts';
import { evaluationCurves, type StepQuantity, stepCurves } from './figures/curves.ts';
import { divergedShare } from './figures/divergedShare.ts';
import { finals } from './figures/finals.ts';
import { globalGradientNorm } from './figures/globalGradientNorm.ts';
import { gradientNorms } from './figures/gradientNorms.ts';
import { BATCH_NORM_DRIFT, DEAD_UNITS, layerCurves, SLOPES } from './figures/layerCurves.ts';
import { pairwise } from './figures/pairwise.ts';
import { sensitivity } from './figures/sensitivity.ts';
import { sensitivityTable } from './figures/sensitivityTable.ts';
import { timeFigures } from './figures/timeFigures.ts';
import { updateRatio } from './figures/updateRatio.ts';
import { FINAL_LOSS, type Method } from './methods.ts';
import type { Metric } from './metric.ts';
import { type SummaryRow, summaryRows, undeclaredMetric } from './table.ts';

/** Of more seeds than this a figure of single steps shows the first ones: the step series are most of a record. */
export const MOST_STEP_SEEDS = 100;

/** What was declared and decided, where figures need it. */
export interface Background {
  /** How captions say which of its settings a method is shown with. */
  readonly shown?: string;
  readonly chosenBy?: Metric;
  readonly conclusion?: Conclusion | undefined;
  readonly decisions?: Decisions | undefined;
  /** The rows of the summary, whose order is that of figures that rank. */
  readonly rows?: readonly SummaryRow[];
}

/** The figures of methods in the order of the report; those that the records have no data for are left out. */
export function figuresOf(all: readonly Method[], background: Background = {}): Figure[] {
  const { shown = AT_BEST_RATE, chosenBy = FINAL_LOSS, conclusion, decisions } = background;
  const metric = conclusion?.metric ?? undeclaredMetric(all);
  const rows = background.rows ?? summaryRows(all);
  const methods = all.map((method) => ({ ...method, label: method.shortLabel }));
  const order = rows.flatMap(({ method }) => all.find(({ label }) => label === method)?.shortLabel ?? []);
  // a problem has no error
  const measures = metric.measure === 'loss' ? (['error', 'loss'] as const) : (['error'] as const);
  const ofSteps = methods.map(firstSeeds);
  const more = methods.some((method, i) => method !== ofSteps[i]);
  const first = more ? `${shown}, of more than ${MOST_STEP_SEEDS} seeds the first ${MOST_STEP_SEEDS}` : shown;
  const figures = [
    evaluationCurves(methods, 'loss', shown),
    evaluationCurves(methods, 'error', shown),
    withTable(sensitivity(methods, chosenBy), sensitivityTable(all)),
    bestOf(all, decisions, chosenBy),
    ...measures.map((measure) => finals(methods, measure, order, shown)),
    pairwise(all, rows, metric, shown),
    ...timeFigures(all, conclusion, chosenBy, shown),
    stepCurves(ofSteps, STEP_LOSS, first),
    globalGradientNorm(ofSteps, first),
    gradientNorms(ofSteps, first),
    updateRatio(ofSteps, first),
    ...[DEAD_UNITS, SLOPES, BATCH_NORM_DRIFT].map((quantity) => layerCurves(ofSteps, quantity, first)),
    clipActing(ofSteps, first),
    divergedShare(methods),
  ];
  return figures.filter((figure) => figure !== null);
}

const STEP_LOSS: StepQuantity = {
  channel: 'loss',
  title: 'Training loss by step',
  what: 'Loss of each training batch',
  quantity: 'loss',
};

/** A method with so many seeds of its best setting as figures of single steps show. */
export function firstSeeds(method: Method): Method {
  const { best } = method;
  if (best === null || best.records.length <= MOST_STEP_SEEDS) return method;
  return { ...method, best: { ...best, records: best.records.slice(0, MOST_STEP_SEEDS) } };
}

function withTable(figure: Figure | null, table: FigureTable | undefined): Figure | null {
  return figure === null || table === undefined ? figure : { ...figure, table };
}
