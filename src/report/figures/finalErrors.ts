import type { Json } from '../../core/json.ts';
import { median } from '../../stats/summary.ts';
import { type Axis, linearAxis } from '../axis.ts';
import { axesTitle, chart, type Figure, facet, NAME_LINE, twoLines } from '../figure.ts';
import { formatPercent, formatRate } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import { finalValue, finalValues, type Method, resultsOf, type Split, seedOf } from '../methods.ts';
import { light } from '../palette.ts';
import { dotsEach, spacedRuns, spacedSentence } from '../spacedRuns.ts';
import { summaryRows } from '../table.ts';
import {
  AT_BEST_RATE,
  areProblems,
  bestSettings,
  type Candidate,
  candidatesOf,
  seedsEach,
} from './candidates.ts';

const SPLITS: readonly Split[] = ['validation', 'test'];
/** About so many dots a split: more only weigh. */
const MOST_DOTS = 400;

/**
 * Final error of every seed at the best setting of each method, the methods in the order of the summary table.
 * Null for problems: they have no error.
 */
export function finalErrors(methods: readonly Method[], shown = AT_BEST_RATE): Figure | null {
  const candidates = candidatesOf(methods);
  if (candidates.length === 0 || areProblems(bestSettings(candidates))) return null;
  const errors = bestSettings(candidates).flatMap((best) =>
    SPLITS.flatMap((split) => finalValues(best, split, 'error')),
  );
  const anyDiverged = errors.includes(Number.POSITIVE_INFINITY);
  const axis = linearAxis(errors, false);
  const beyond = axis.domain[1] + 0.08 * (axis.domain[1] - axis.domain[0]);
  const most = dotsEach(candidates.length, MOST_DOTS);
  const rows = candidates.flatMap((candidate) =>
    SPLITS.flatMap((split) => rowsOf(candidate, split, beyond, most)),
  );
  const order = orderOf(methods, candidates);
  const labelWidth = 16 + 7 * Math.min(NAME_LINE, Math.max(...order.map((label) => label.length)));
  const rowHeight = order.some((label) => label.length > NAME_LINE) ? 34 : 24;
  const layout = { panels: SPLITS.length, minWidth: 200, maxWidth: 460, axis: labelWidth };
  const layers = layersOf(errorChannel(axis, anyDiverged ? beyond : null), methodChannel(order));
  const seeds = seedsEach(bestSettings(candidates));
  const crosses = anyDiverged
    ? ' Cross at “diverged”: a seed that diverged; it counts as infinite in the median.'
    : '';
  const spaced = spacedSentence(
    bestSettings(candidates).map((best) => resultsOf(best).length),
    most,
  );
  const caption = `Error rate at the end of training, ${shown}. Dot: one seed (${seeds}); bar: median.${crosses}${spaced}`;
  const spec = chart(`Final error of each method. ${caption}`, layout, {
    title: axesTitle('error at the end of training'),
    data: { name: 'runs', values: rows },
    ...facet('split', SPLITS, 320, Math.max(60, rowHeight * order.length), layers),
  });
  return { id: 'final-error', title: 'Final error', caption, spec };
}

function orderOf(methods: readonly Method[], candidates: readonly Candidate[]): string[] {
  const shown = new Set(candidates.map(({ label }) => label));
  return summaryRows(methods).flatMap(({ method }) => (shown.has(method) ? [method] : []));
}

/** A row a seed (`run`, or `diverged` beyond the axis) and one for the median. */
function rowsOf(
  { label: method, best }: Candidate,
  split: Split,
  beyond: number,
  most: number,
): JsonObject[] {
  const runs = spacedRuns(resultsOf(best), (run) => finalValue(run, split, 'error'), most);
  const rows = runs.map((run, i): JsonObject => {
    const error = finalValue(run, split, 'error');
    const diverged = !Number.isFinite(error);
    const where = `${method}, learning rate ${formatRate(best.learningRate)}, seed ${seedOf(run)}`;
    return {
      method,
      split,
      mark: diverged ? 'diverged' : 'run',
      x: diverged ? beyond : error,
      seed: seedOf(run),
      offset: runs.length > 1 ? i / (runs.length - 1) : 0.5, // seeds in order from top to bottom of the row
      tooltip: `${where}: ${diverged ? 'diverged' : formatPercent(error)}`,
    };
  });
  const middle = median(finalValues(best, split, 'error'));
  if (!Number.isFinite(middle)) return rows;
  return [
    ...rows,
    { method, split, mark: 'median', x: middle, tooltip: `${method}: median ${formatPercent(middle)}` },
  ];
}

function errorChannel({ domain, ticks }: Axis, diverged: number | null): JsonObject {
  return {
    field: 'x',
    type: 'quantitative',
    title: null,
    scale: { domain: [domain[0], diverged ?? domain[1]], nice: false, zero: false },
    axis: {
      values: diverged === null ? ticks : [...ticks, diverged],
      labelExpr: `datum.value > ${domain[1]} ? 'diverged' : format(datum.value, '~%')`,
      labelOverlap: true,
    },
  };
}

function methodChannel(order: readonly string[]): JsonObject {
  const text = {
    labelLimit: 7 * NAME_LINE,
    labelExpr: twoLines('datum.label'),
    labelColor: light.ink,
    labelFontSize: 12,
  };
  return {
    field: 'method',
    type: 'nominal',
    title: null,
    scale: { domain: order },
    axis: { ...text, ticks: false, domain: false, grid: true },
  };
}

function layersOf(x: JsonObject, y: JsonObject): Json {
  const yOffset = { field: 'offset', type: 'quantitative', scale: { domain: [-0.8, 1.8] } };
  const tooltip = { field: 'tooltip' };
  const layer = (mark: string, drawing: JsonObject, encoding: JsonObject) => ({
    transform: [{ filter: `datum.mark === '${mark}'` }],
    mark: drawing,
    encoding,
  });
  const dot = { type: 'point', filled: true, size: 40, color: light.hues[0], opacity: 0.75 };
  const cross = { ...dot, shape: 'cross', angle: 45, size: 60, color: light.alert, opacity: 1 };
  return [
    layer('median', { type: 'tick', thickness: 2, size: 16, color: light.ink }, { x, y, tooltip }),
    layer('run', dot, { x, y, yOffset, tooltip }),
    layer('diverged', cross, { x, y, yOffset, tooltip }),
  ];
}
