import type { Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { type Compared, compare } from './compared.ts';
import type { Conclusion, KeptDeclaration } from './conclusion.ts';
import { type Decisions, decisionsOf } from './decisions.ts';
import type { Figure, FigureTable } from './figure.ts';
import { bestOf } from './figures/bestOf.ts';
import { AT_BEST_RATE } from './figures/candidates.ts';
import { clipActing } from './figures/clipActing.ts';
import { evaluationCurves, type StepQuantity, stepCurves } from './figures/curves.ts';
import { divergedShare } from './figures/divergedShare.ts';
import { finalErrors } from './figures/finalErrors.ts';
import { globalGradientNorm } from './figures/globalGradientNorm.ts';
import { gradientNorms } from './figures/gradientNorms.ts';
import { interactionFigures } from './figures/interactions.ts';
import { BATCH_NORM_DRIFT, DEAD_UNITS, layerCurves, SLOPES } from './figures/layerCurves.ts';
import { sensitivity } from './figures/sensitivity.ts';
import { sensitivityTable } from './figures/sensitivityTable.ts';
import { timeFigures } from './figures/timeFigures.ts';
import { updateRatio } from './figures/updateRatio.ts';
import { figureTables } from './files/figureTables.ts';
import { type PaperTable, summaryTable } from './files/paperTable.ts';
import { figureBlock, type Html, html, page } from './html.ts';
import { FINAL_LOSS, type Method } from './methods.ts';
import { decided } from './sections/decided.ts';
import { declared } from './sections/declared.ts';
import { endings } from './sections/endings.ts';
import { figureTable } from './sections/figureTable.ts';
import { gradientHealthTable } from './sections/gradientHealth.ts';
import { header } from './sections/header.ts';
import { provenance } from './sections/provenance.ts';
import { summary } from './sections/summary.ts';
import { type SummaryRow, summaryRows } from './table.ts';

export { summaryText } from './text.ts';

export interface ReportInput {
  readonly experiment: {
    readonly name: string;
    readonly title: string;
    readonly question: string;
    readonly conclusion?: Conclusion | undefined;
  };
  /** In the order of the plan: it is the order of the methods in the figures. Their step series may be left out, see {@link complete}. */
  readonly records: readonly RunRecord[];
  /** Gives a record its step series: asked for the runs that a figure draws. */
  readonly complete?: (record: RunRecord) => RunRecord;
  /** The specs of all runs of the experiment, or one of every method, if not all are in `records`: the names are made of them. */
  readonly planned?: readonly RunSpec[];
  /** How many runs the experiment has; as many as `planned` unless given. */
  readonly total?: number;
  /** The digest of this engine: records of others are told of. */
  readonly engine?: string;
  /** What was declared and when, the first one first. */
  readonly declarations?: readonly KeptDeclaration[];
  /** What the experiment decided once all of its runs had ended. */
  readonly decisions?: Json | undefined;
  /** The known stages of an experiment of which later ones are not known yet. */
  readonly openStages?: readonly OpenStage[];
  /** The command line that runs a run again. */
  readonly again?: (record: RunRecord) => string;
  /** Makes the PDF that the page offers, a page for each figure; without it the page offers none. */
  readonly pdfOf?: (figures: readonly Figure[]) => Uint8Array;
  /** The command line that makes this report again. */
  readonly command: string;
}

export interface OpenStage {
  readonly name: string;
  readonly runs: number;
  /** How many of them have ended. */
  readonly ended: number;
}

/** What a report shows, on the page and in files. */
export interface ReportContents {
  readonly decisions: Decisions | undefined;
  readonly compared: Compared;
  readonly rows: readonly SummaryRow[];
  /** The methods of the figures, with the step series of what they draw. */
  readonly drawn: readonly Method[];
  readonly figures: readonly Figure[];
  readonly tables: readonly PaperTable[];
}

/** Reads the records once for everything that is made of them. */
export function reportContents(input: ReportInput): ReportContents {
  const decisions = decisionsOf(input.decisions);
  const compared = compare({ ...input, conclusion: input.experiment.conclusion }, decisions);
  const rows = summaryRows(compared.methods);
  const drawn = drawnOf(
    compared.methods,
    rows.map(({ method }) => method),
  ).map((method) => completed(method, input.complete));
  const { conclusion } = input.experiment;
  const figures = [
    ...figuresOf(drawn, phraseOf(decisions), compared.chosenBy, { conclusion, decisions }),
    ...interactionFigures(compared),
  ];
  return {
    decisions,
    compared,
    rows,
    drawn,
    figures,
    tables: [summaryTable(rows, compared), ...figureTables(figures)],
  };
}

/**
 * The report as one HTML file. A pure function of its input: the same records give the same bytes.
 * @throws if a figure does not draw without a warning.
 */
export function renderReport(input: ReportInput, contents = reportContents(input)): string {
  const { decisions, compared, rows, drawn, figures } = contents;
  const pdf = input.pdfOf?.(figures);
  const body = html`${header(input, rows, compared)}
${declared(input, compared)}
${decided(input.decisions, decisions)}
${summary(rows.slice(0, MOST_LISTED), compared)}
${leftOut(drawn.length, rows.length)}
${figures.map((figure, i) => section(figure, pdf === undefined ? null : i + 1))}
${gradientHealthTable(drawn.map(firstSeeds))}
${endings(input.records, compared.nameOf, input)}
${provenance(input, drawn)}`;
  return page(`${input.experiment.title} · thalweg`, body, pdf);
}

/** More methods than this would be a page that nobody reads, in figures that nobody waits for. */
const MOST_DRAWN = 40;
/** More rows than this are no summary, and make the page slow. */
const MOST_LISTED = 300;
/** Of more seeds than this a figure of single steps shows the first ones: the step series are most of a record. */
const MOST_STEP_SEEDS = 100;

/** The best methods, in their order. */
function drawnOf(methods: readonly Method[], order: readonly string[]): readonly Method[] {
  if (methods.length <= MOST_DRAWN) return methods;
  const best = new Set(order.slice(0, MOST_DRAWN));
  return methods.filter(({ label }) => best.has(label));
}

function leftOut(drawn: number, all: number): Html | null {
  if (drawn === all) return null;
  const listed = all > MOST_LISTED ? `the ${MOST_LISTED} best, runs.csv has ` : '';
  return html`<p>The figures show the ${drawn} best of ${all} methods; the summary has ${listed}all of them.</p>`;
}

/** A method with the step series of its best setting. */
function completed(method: Method, complete?: ReportInput['complete']): Method {
  const { best, settings } = method;
  if (complete === undefined || best === null) return method;
  const whole = {
    ...best,
    records: best.records.map((record, i) => (i < MOST_STEP_SEEDS ? complete(record) : record)),
  };
  return {
    ...method,
    best: whole,
    settings: settings.map((setting) => (setting === best ? whole : setting)),
  };
}

function phraseOf(decisions: Decisions | undefined): string {
  if (decisions === undefined) return AT_BEST_RATE;
  if (decisions.kind === 'comparison')
    return 'each method with the setting that tuning chose, on seeds that no trial has seen';
  return 'the best trials';
}

const STEP_LOSS: StepQuantity = {
  channel: 'loss',
  title: 'Training loss by step',
  what: 'Loss of each training batch',
  quantity: 'loss',
};

/** What was declared and decided, where figures need it. */
interface Background {
  readonly conclusion?: Conclusion | undefined;
  readonly decisions?: Decisions | undefined;
}

/** The figures of the report in its order; those that the records have no data for are left out. */
export function figuresOf(
  all: readonly Method[],
  shown = AT_BEST_RATE,
  chosenBy = FINAL_LOSS,
  background: Background = {},
): Figure[] {
  const methods = all.map((method) => ({ ...method, label: method.shortLabel }));
  const ofSteps = methods.map(firstSeeds);
  const more = methods.some((method, i) => method !== ofSteps[i]);
  const first = more ? `${shown}, of more than ${MOST_STEP_SEEDS} seeds the first ${MOST_STEP_SEEDS}` : shown;
  const figures = [
    withTable(sensitivity(methods, chosenBy), sensitivityTable(all)),
    bestOf(all, background.decisions, chosenBy),
    evaluationCurves(methods, 'loss', shown),
    evaluationCurves(methods, 'error', shown),
    finalErrors(methods, shown),
    ...timeFigures(all, background.conclusion, chosenBy, shown),
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

function withTable(figure: Figure | null, table: FigureTable | undefined): Figure | null {
  return figure === null || table === undefined ? figure : { ...figure, table };
}

/** A method with so many seeds of its best setting as figures of single steps show. */
function firstSeeds(method: Method): Method {
  const { best } = method;
  if (best === null || best.records.length <= MOST_STEP_SEEDS) return method;
  return { ...method, best: { ...best, records: best.records.slice(0, MOST_STEP_SEEDS) } };
}

function section(figure: Figure, pdfPage: number | null): Html {
  return html`<section aria-labelledby="${figure.id}-title">
<h2 id="${figure.id}-title">${figure.title}</h2>
${figureBlock(figure, pdfPage)}
${figure.table === undefined ? null : figureTable(figure.table)}</section>
`;
}
