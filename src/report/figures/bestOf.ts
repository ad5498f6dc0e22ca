import type { Json } from '../../core/json.ts';
import { type BestOfPoint, bestOfCurve } from '../../stats/bestOf.ts';
import { median } from '../../stats/summary.ts';
import { type Axis, LOG_LABEL, linearAxis, logAxis, onLog } from '../axis.ts';
import { metricName } from '../conclusion.ts';
import type { Decisions } from '../decisions.ts';
import { axesTitle, chart, type Figure, facet, methodColor, methodDash } from '../figure.ts';
import { count, formatMetric, visible } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import { countedRuns, FINAL_LOSS, type Method } from '../methods.ts';
import { type Metric, metricOf } from '../metric.ts';
import { light } from '../palette.ts';
import { styleSentence } from '../styles.ts';

/** What a method got to in each of its trials: the median over the seeds of a trial, Infinity where it diverged. */
export interface Trials {
  readonly method: string;
  readonly optimizer: string;
  readonly values: readonly number[];
}

/** The bands of more methods than this hide each other. */
const MOST_IN_ONE_PANEL = 3;

/** So many trials give a curve of two points: k is at most half of them. */
const LEAST_TRIALS = 4;

/**
 * The trials of each method. Of a tuned comparison those that were drawn from the declared space: not the default, nor those of the stage
 * that may look beyond the edges. Of a search all, as one method; of halving none, since its rungs choose. Without decisions the learning
 * rates of each method.
 */
export function trialsOf(
  methods: readonly Method[],
  decisions: Decisions | undefined,
  chosenBy: Metric,
): Trials[] {
  if (decisions?.kind === 'halving') return [];
  if (decisions?.kind === 'search') {
    const values = decisions.decided.ranked.map((trial) => trial.median);
    return [{ method: 'search', optimizer: methods[0]?.optimizer ?? '', values: values.map(worst) }];
  }
  if (decisions?.kind === 'comparison') {
    return Object.entries(decisions.decided.methods).map(([name, { trials }]) => {
      const known = methods.find(({ label }) => label === visible(name));
      const drawn = trials.filter(({ trial, phase }) => trial !== 0 && phase !== 'extension');
      const method = known?.shortLabel ?? visible(name);
      return { method, optimizer: known?.optimizer ?? '', values: drawn.map((trial) => worst(trial.median)) };
    });
  }
  return methods.map(({ shortLabel: method, optimizer, settings }) => ({
    ...{ method, optimizer },
    values: settings
      .map(countedRuns)
      .filter((runs) => runs.length > 0)
      .map((runs) => median(runs.map((run) => metricOf(run, chosenBy)))),
  }));
}

/** JSON has no infinity: what is no number has diverged. */
function worst(value: number | null): number {
  return value === null || Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

/**
 * What the best of k random trials is expected to reach (Tang et al. 2020), with a bootstrap band over the trials. Null if no method has
 * four trials.
 */
export function bestOf(
  methods: readonly Method[],
  decisions: Decisions | undefined,
  chosenBy = FINAL_LOSS,
): Figure | null {
  const metric = decisions?.kind === 'comparison' ? decisions.decided.metric : chosenBy;
  const trials = trialsOf(methods, decisions, metric).filter(({ values }) => values.length >= LEAST_TRIALS);
  if (trials.length === 0) return null;
  const isMedian = trials.some(({ values }) => !values.every(Number.isFinite));
  const curves = trials.map(({ values }) => bestOfCurve(values, { statistic: isMedian ? 'median' : 'mean' }));
  const shown = curves.flat().flatMap(({ value, low, high }) => [value, low, high]);
  const isLog = metric.measure === 'loss';
  const axis = isLog ? logAxis(shown) : linearAxis(shown, false);
  const rows = trials.flatMap(({ method }, i) =>
    curves[i].map((point) => rowOf(method, point, axis, metric)),
  );
  const crowded = trials.length > MOST_IN_ONE_PANEL;
  const styled = trials.map(({ method: label, optimizer }) => ({ label, optimizer }));
  const layout = {
    panels: crowded ? trials.length : 1,
    minWidth: crowded ? 170 : 260,
    maxWidth: crowded ? 480 : 760,
    axis: 48,
  };
  const caption = captionOf(trials, metric, decisions, isMedian, crowded);
  const layer = layersOf(rows, styled, axis, isLog, crowded);
  const [width, height] = crowded ? [200, 130] : [620, 260];
  const labels = styled.map(({ label }) => label);
  const spec = chart(`Best of k trials. ${caption}`, layout, {
    title: axesTitle(`${metricName(metric)} of the best by number of trials`),
    data: { name: 'trials', values: rows },
    ...(crowded ? facet('method', labels, width, height, layer) : { width, height, layer }),
  });
  return { id: 'best-of', title: 'What more tuning is worth', caption, spec };
}

function rowOf(
  method: string,
  { trials, value, low, high }: BestOfPoint,
  axis: Axis,
  metric: Metric,
): JsonObject {
  const format = (number: number) => formatMetric(number, metric.measure);
  const place = (number: number) =>
    metric.measure === 'loss' ? onLog(axis, number) : Number.isFinite(number) ? number : null;
  const isShown = place(value) !== null;
  return {
    method,
    k: trials,
    value: place(value),
    low: isShown ? place(low) : null,
    // an infinite end of the band lies beyond the axis
    high: isShown ? (place(high) ?? axis.domain[1]) : null,
    tooltip: `${method}, best of ${trials}: ${format(value)} (${format(low)} to ${format(high)})`,
  };
}

function layersOf(
  rows: readonly JsonObject[],
  methods: readonly { readonly label: string; readonly optimizer: string }[],
  { domain, ticks }: Axis,
  isLog: boolean,
  crowded: boolean,
): Json {
  const most = Math.max(...rows.map(({ k }) => k as number));
  const whole = Array.from({ length: most }, (_, i) => i + 1).filter(
    (k) => most <= 8 || k === 1 || k % Math.ceil(most / 6) === 0,
  );
  const x = {
    field: 'k',
    type: 'quantitative',
    title: null,
    scale: { domain: [1, most > 1 ? most : 2], nice: false, zero: false },
    axis: { values: whole, format: 'd', grid: false, labelOverlap: true },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: { domain, nice: false, ...(isLog ? { type: 'log' } : { zero: false }) },
    axis: { values: ticks, labelOverlap: true, ...(isLog ? { labelExpr: LOG_LABEL } : { format: '~%' }) },
  };
  const legend = crowded ? null : { symbolType: 'stroke', symbolOpacity: 1, symbolSize: 400 };
  const color = methodColor(methods, legend);
  const strokeDash = methodDash(methods, legend);
  const tooltip = { field: 'tooltip' };
  return [
    ...(crowded ? [contextLayer(rows, { x, y })] : []),
    {
      mark: { type: 'area', opacity: 0.18 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
    },
    { mark: { type: 'line' }, encoding: { x, y, color, strokeDash } },
    { mark: { type: 'point', filled: true, size: 28, opacity: 1 }, encoding: { x, y, color, tooltip } },
  ];
}

/** All curves in grey, behind that of the panel. They have no field that the panels are made by. */
function contextLayer(rows: readonly JsonObject[], place: JsonObject): JsonObject {
  return {
    data: { name: 'context', values: rows.map(({ method, k, value }) => ({ other: method, k, value })) },
    mark: { type: 'line', color: light.context, strokeWidth: 1 },
    encoding: { ...place, detail: { field: 'other' } },
  };
}

function captionOf(
  trials: readonly Trials[],
  metric: Metric,
  decisions: Decisions | undefined,
  isMedian: boolean,
  crowded: boolean,
): string {
  const sizes = trials.map(({ values }) => values.length);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const diverged = trials.flatMap(({ values }) => values).filter((value) => !Number.isFinite(value)).length;
  const what = isMedian
    ? `Median over all subsets of k trials of the ${metricName(metric)} of the best one`
    : `Expected ${metricName(metric)} of the best of k trials, drawn without replacement (Tang et al. 2020, unbiased)`;
  const which =
    decisions?.kind === 'comparison'
      ? 'a trial: a setting drawn from the declared space (not the default, nor what was tried beyond an edge)'
      : decisions?.kind === 'search'
        ? 'a trial: a setting of the search'
        : 'a trial: one of the learning rates that were tried, so that the spacing of the grid decides, too';
  const infinite = isMedian
    ? ` ${count(diverged, 'trial')} diverged and ${diverged === 1 ? 'counts' : 'count'} as infinite, which a mean cannot show; a line begins where fewer than half of the subsets are so.`
    : '';
  const grey = crowded ? ' Grey: the other methods.' : '';
  return `${what}; ${which}, its value the median over its seeds; ${least === most ? least : `${least} to ${most}`} trials a method, k up to half of them. Band: 95% percentile bootstrap interval over the trials, pointwise.${infinite}${grey}${styleSentence(trials.map(({ optimizer }) => optimizer))}`;
}
