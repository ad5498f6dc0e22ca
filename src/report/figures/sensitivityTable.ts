import { clopperPearson } from '../../stats/proportions.ts';
import { ascendingNaNLast } from '../../stats/ranks.ts';
import type { FigureTable } from '../figure.ts';
import { formatNumber, formatPercent, formatRate } from '../format.ts';
import { type Method, resultsOf } from '../methods.ts';
import { FEWEST_RATES, type RateSensitivity, rateSensitivity, triedRates } from '../rateSensitivity.ts';

/** How much a method depends on its learning rate. */
export interface SensitivityRow {
  readonly method: string;
  readonly rates: number;
  /** Wortsman's S; NaN with fewer than three rates and where no run was evaluated before its first step. */
  readonly sensitivity: number;
  /** Decades of learning rates around the best with a loss of at most 1.05 times the best; NaN with fewer than three rates and if all diverged. */
  readonly decades: number;
  /** Where the basin reaches the end of what was tried: it is at least so wide. */
  readonly isAtLeast: boolean;
  readonly edge: Method['edge'];
  readonly diverged: number;
  readonly runs: number;
  /** Clopper-Pearson interval of the share that diverged, 95%. */
  readonly share: readonly [number, number];
}

/** A row for each method with two rates above zero or more that have results; S and basin as in the summary. */
export function sensitivityRows(methods: readonly Method[]): SensitivityRow[] {
  return methods.flatMap(({ label: method, settings, edge }) => {
    const tried = triedRates(settings);
    if (tried.length < 2) return [];
    const { sensitivity, decades, isAtEnd } = rateSensitivity(settings) ?? TOO_FEW;
    const runs = tried.flatMap(resultsOf);
    const diverged = runs.filter(({ outcome }) => outcome.kind === 'diverged').length;
    return [
      {
        ...{ method, edge, diverged, rates: tried.length, runs: runs.length, sensitivity, decades },
        isAtLeast: isAtEnd,
        share: clopperPearson(diverged, runs.length),
      },
    ];
  });
}

const TOO_FEW: RateSensitivity = { sensitivity: Number.NaN, decades: Number.NaN, isAtEnd: false };

export function sensitivityTable(methods: readonly Method[]): FigureTable | undefined {
  const rows = sensitivityRows(methods);
  if (rows.length === 0) return undefined;
  return {
    label: 'Sensitivity to the learning rate',
    heads: [{ text: 'Method' }, 'Rates', 'S', 'Basin', { text: 'Best rate' }, 'Diverged', '95% interval'],
    rows: rows
      .toSorted((a, b) => ascendingNaNLast(a.sensitivity, b.sensitivity))
      .map((row) => [
        row.method,
        String(row.rates),
        Number.isNaN(row.sensitivity) ? '–' : formatNumber(row.sensitivity),
        basinText(row),
        row.edge === null ? 'inside' : `${row.edge} tried`,
        `${row.diverged} of ${row.runs}`,
        `${formatPercent(row.share[0])} to ${formatPercent(row.share[1])}`,
      ]),
    note: `S: mean over the rates of the median loss, at most the one before training, less the lowest of them (Wortsman et al. 2023); compare it between windows of rates that are equally wide. Basin: decades of rates around the best with a median loss within 5% of the best, interpolated between rates; ≥ where it goes to the end of what was tried. Diverged: runs at any rate, with the Clopper-Pearson interval of the share. Both from ${FEWEST_RATES} rates on. Rates of zero are left out.`,
  };
}

function basinText({ decades, isAtLeast }: SensitivityRow): string {
  if (Number.isNaN(decades)) return '–';
  return `${isAtLeast ? '≥ ' : ''}${formatRate(decades)} decades`;
}
