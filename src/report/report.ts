import type { Json } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { type Compared, compare } from './compared.ts';
import type { Conclusion, KeptDeclaration } from './conclusion.ts';
import { type Decisions, decisionsOf } from './decisions.ts';
import { drawnOf } from './drawn.ts';
import { type FaultMatrix, faultMatrix } from './faultMatrix.ts';
import type { Figure } from './figure.ts';
import { AT_BEST_RATE } from './figures/candidates.ts';
import { interactionFigures } from './figures/interactions.ts';
import { figuresOf, firstSeeds } from './figures.ts';
import { figureTables } from './files/figureTables.ts';
import { type PaperTable, summaryTable } from './files/paperTable.ts';
import { type Html, html, page } from './html.ts';
import type { Method } from './methods.ts';
import { decided } from './sections/decided.ts';
import { declared } from './sections/declared.ts';
import { definitions } from './sections/definitions.ts';
import { endings } from './sections/endings.ts';
import { faultRecovery, faultTables } from './sections/faultRecovery.ts';
import { figureSections } from './sections/figureSections.ts';
import { gradientHealthTable } from './sections/gradientHealth.ts';
import { header } from './sections/header.ts';
import { provenance } from './sections/provenance.ts';
import { summary } from './sections/summary.ts';

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
  /** The methods of the figures, with the step series of what they draw. */
  readonly drawn: readonly Method[];
  readonly figures: readonly Figure[];
  readonly tables: readonly PaperTable[];
  /** Who came back after which fault; null where no run has one. */
  readonly faults: FaultMatrix | null;
}

/** Reads the records once for everything that is made of them. */
export function reportContents(input: ReportInput): ReportContents {
  const decisions = decisionsOf(input.decisions);
  const compared = compare({ ...input, conclusion: input.experiment.conclusion }, decisions);
  const { rows } = compared;
  const drawn = drawnOf(compared, input.complete);
  const { conclusion } = input.experiment;
  const faults = faultMatrix(input.records, input.complete);
  const { chosenBy } = compared;
  const figures = [
    ...figuresOf(drawn, { shown: phraseOf(decisions), chosenBy, conclusion, decisions, rows }),
    ...interactionFigures(compared),
  ];
  return {
    decisions,
    compared,
    drawn,
    figures,
    tables: [summaryTable(rows, compared), ...figureTables(figures), ...faultTables(faults)],
    faults,
  };
}

/**
 * The report as one HTML file. A pure function of its input: the same records give the same bytes.
 * @throws if a figure does not draw without a warning.
 */
export function renderReport(input: ReportInput, contents = reportContents(input)): string {
  const { decisions, compared, drawn, figures, faults } = contents;
  const pdf = input.pdfOf?.(figures);
  const body = html`${header(input, compared)}
${declared(input, compared)}
${decided(input.decisions, decisions)}
${summary(compared.rows.slice(0, MOST_LISTED), compared)}
${leftOut(drawn.length, compared.rows.length)}
${figureSections(figures, pdf)}
${gradientHealthTable(drawn.map(firstSeeds))}
${faultRecovery(faults)}
${endings(input.records, compared.nameOf, input)}
${definitions()}
${provenance(input, drawn, compared.isDecided)}`;
  return page(`${input.experiment.title} · thalweg`, body, pdf);
}

/** More rows than this are no summary, and make the page slow. */
const MOST_LISTED = 300;

function leftOut(drawn: number, all: number): Html | null {
  if (drawn === all) return null;
  const listed = all > MOST_LISTED ? `the ${MOST_LISTED} best, runs.csv has ` : '';
  return html`<p>The figures show the ${drawn} best of ${all} methods; the summary has ${listed}all of them.</p>`;
}

function phraseOf(decisions: Decisions | undefined): string {
  if (decisions === undefined) return AT_BEST_RATE;
  if (decisions.kind === 'comparison')
    return 'each method with the setting that tuning chose, on seeds that no trial has seen';
  return 'the best trials';
}
