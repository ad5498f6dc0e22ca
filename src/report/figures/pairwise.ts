import type { Json } from '../../core/json.ts';
import { improvementInterval } from '../../stats/improvement.ts';
import { metricName } from '../conclusion.ts';
import { FEWEST_FOR_INTERVAL } from '../estimate.ts';
import { axesTitle, chart, type Figure, NAME_LINE, twoLines } from '../figure.ts';
import { count } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import { countedRuns, type Method } from '../methods.ts';
import { type Metric, metricOf } from '../metric.ts';
import { differenceText, type Paired, pairedRuns } from '../pairs.ts';
import { light } from '../palette.ts';
import type { SummaryRow } from '../table.ts';
import { ALPHA, pText, type Verdict, verdictsOf } from '../verdicts.ts';
import { AT_BEST_RATE } from './candidates.ts';

/** More methods than this make cells too small for their numbers. */
const MOST_METHODS = 12;

/**
 * The probability that a run of the method of a row is better than one of the method of a column, for every two methods. It does not
 * depend on which other methods are in the report. Null for fewer than two methods with runs.
 */
export function pairwise(
  methods: readonly Method[],
  rows: readonly SummaryRow[],
  metric: Metric,
  shown = AT_BEST_RATE,
): Figure | null {
  const withRuns = rows.filter(({ metric: { n } }) => n > 0);
  const ranked = withRuns
    .flatMap(({ method }) => methods.find(({ label, best }) => label === method && best !== null) ?? [])
    .slice(0, MOST_METHODS);
  if (ranked.length < 2) return null;
  // the best ones were chosen by the results: all pairs of all methods are the family
  const comparisons = (withRuns.length * (withRuns.length - 1)) / 2;
  const cells = cellsOf(ranked, metric, comparisons);
  const names = ranked.map(numbered);
  const labelWidth = 16 + 7 * Math.min(NAME_LINE, Math.max(...names.map((name) => name.length)));
  const caption = captionOf(ranked, withRuns.length, cells, comparisons, metric, shown);
  const spec = chart(
    `Pairwise comparison. ${caption}`,
    { panels: 1, minWidth: 240, maxWidth: 620, axis: labelWidth },
    {
      title: axesTitle('probability that the row is better than the column'),
      data: { name: 'pairs', values: cells.map(({ row }) => row) },
      width: 480,
      height: Math.max(80, 34 * names.length),
      layer: layersOf(names),
    },
  );
  return { id: 'pairwise', title: 'Every two methods', caption, spec };
}

/** `3  adam`: columns have the number alone, for which there is room in a column of a paper as well. */
function numbered({ shortLabel }: Method, place: number): string {
  return `${place + 1}  ${shortLabel}`;
}

interface Cell {
  readonly row: JsonObject;
  readonly verdict: Verdict;
}

function cellsOf(ranked: readonly Method[], metric: Metric, comparisons: number): Cell[] {
  const pairs = ranked.flatMap((a, i) => ranked.slice(i + 1).map((b) => ({ a, b })));
  const compared = pairs.map(({ a, b }) => pairedRuns(a, b, metric));
  const verdicts = verdictsOf(compared, comparisons);
  return pairs.flatMap(({ a, b }, i) => [
    { row: cellRow(a, b, compared[i], verdicts[i], metric, ranked), verdict: verdicts[i] },
    { row: cellRow(b, a, turned(compared[i]), verdicts[i], metric, ranked), verdict: verdicts[i] },
  ]);
}

function cellRow(
  a: Method,
  b: Method,
  paired: Paired,
  verdict: Verdict,
  metric: Metric,
  ranked: readonly Method[],
): JsonObject {
  const nameOf = (method: Method) => numbered(method, ranked.indexOf(method));
  const [valuesA, valuesB] = [a, b].map(({ best }) => countedRuns(best!).map((run) => metricOf(run, metric)));
  const { estimate, low, high } = improvementInterval([{ a: valuesA, b: valuesB }]);
  const isTold = verdict.kind === 'better' || verdict.kind === 'worse';
  const test = verdict.kind === 'refused' ? 'not tested' : `p ${pText(verdict.p)} after Holm’s correction`;
  const isKnown = Math.min(valuesA.length, valuesB.length) >= FEWEST_FOR_INTERVAL;
  const interval = isKnown ? ` (95% bootstrap interval ${low.toFixed(2)} to ${high.toFixed(2)})` : '';
  return {
    row: nameOf(a),
    column: String(ranked.indexOf(b) + 1),
    probability: estimate,
    strength: Math.abs(2 * estimate - 1),
    ...(isKnown ? { low, high } : {}),
    better: paired.better,
    worse: paired.worse,
    seeds: paired.seeds,
    text: `${estimate.toFixed(2)}${isTold ? '*' : ''}`,
    tooltip: `${a.label} against ${b.label}: ${estimate.toFixed(2)}${interval}; better on ${paired.better}, worse on ${paired.worse} of ${count(paired.seeds, 'seed')}; median difference ${differenceText(paired, metric)}; ${test}`,
  };
}

function turned(paired: Paired): Paired {
  return {
    seeds: paired.seeds,
    differences: paired.differences.map((difference) => -difference),
    better: paired.worse,
    worse: paired.better,
    difference: -paired.difference,
  };
}

function captionOf(
  ranked: readonly Method[],
  all: number,
  cells: readonly Cell[],
  comparisons: number,
  metric: Metric,
  shown: string,
): string {
  const seeds = cells.map(({ row }) => Number(row.seeds));
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const each = least === most ? count(most, 'seed') : `${least} to ${count(most, 'seed')}`;
  const refused = cells.flatMap(({ verdict }) => (verdict.kind === 'refused' ? [verdict.reason] : []));
  const areMany = cells.some(({ row }) => row.low !== undefined);
  const sentences = [
    `Probability that a run of the method of the row has a lower ${metricName(metric)} than one of the column (equal values count half; 0.5 is no difference), ${shown}, ${each} in common.`,
    ...(areMany ? ['Its 95% bootstrap interval over the seeds is in the tooltip and in the data.'] : []),
    ...(refused.length < cells.length
      ? [
          `Star: the exact signed-rank test on the differences seed by seed has p ≤ ${ALPHA} after Holm’s correction for ${comparisons === 1 ? 'the one pair' : `all ${comparisons} pairs`} of methods.`,
        ]
      : []),
    ...(refused.length > 0
      ? [`Not tested: ${refused.length / 2} of ${count(cells.length / 2, 'pair')} (${refused[0]}).`]
      : []),
    ...(ranked.length < all ? [`The ${ranked.length} best of ${all} methods.`] : []),
  ];
  return sentences.join(' ');
}

function layersOf(names: readonly string[]): Json {
  const axis = { labelExpr: twoLines('datum.label'), labelLimit: 7 * NAME_LINE, labelColor: light.ink };
  const place = (field: string, more: JsonObject) => ({
    field,
    type: 'nominal',
    title: null,
    scale: { domain: [...names], padding: 0.04 },
    axis: { ...axis, ...more, ticks: false, domain: false, grid: false, labelFontSize: 12 },
  });
  const x = {
    ...place('column', { orient: 'top', labelAngle: 0 }),
    scale: { domain: names.map((_, i) => String(i + 1)), padding: 0.04 },
  };
  const y = place('row', {});
  const tooltip = { field: 'tooltip' };
  // two hues and how much of them: both schemes of the page keep the text readable
  const color = {
    condition: { test: 'datum.probability < 0.5', value: light.hues[1] },
    value: light.hues[0],
  };
  const opacity = {
    field: 'strength',
    type: 'quantitative',
    legend: null,
    scale: { domain: [0, 1], range: [0, 0.6] },
  };
  return [
    { mark: { type: 'rect' }, encoding: { x, y, color, opacity, tooltip } },
    {
      // four characters, as wide as a cell
      mark: { type: 'text', color: light.ink, fontSize: { expr: `min(12, 0.36 * width / ${names.length})` } },
      encoding: { x, y, text: { field: 'text' }, tooltip },
    },
  ];
}
