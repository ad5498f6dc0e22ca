import type { Json } from '../../core/json.ts';
import { median } from '../../stats/summary.ts';
import { type Axis, beyond, LOG_LABEL, linearAxis, logAxis, onLog } from '../axis.ts';
import { axesTitle, chart, type Figure, facet, NAME_LINE, twoLines } from '../figure.ts';
import { formatMetric, formatRate } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import {
  finalValue,
  finalValues,
  type Measure,
  type Method,
  resultsOf,
  type Split,
  seedOf,
} from '../methods.ts';
import { light } from '../palette.ts';
import { dotsEach, spacedRuns, spacedSentence } from '../spacedRuns.ts';
import {
  AT_BEST_RATE,
  areProblems,
  bestSettings,
  type Candidate,
  candidatesOf,
  seedsEach,
} from './candidates.ts';

const SPLITS: readonly Split[] = ['validation', 'test'];
/** A problem has no data: its splits are the same value. */
const PROBLEM_SPLITS: readonly Split[] = ['validation'];
/** About so many dots a split: more only weigh. */
const MOST_DOTS = 400;

/** How a measure is called, with `problem` that of a problem. */
const WORDS = {
  error: { what: 'error', sentence: 'Error rate' },
  loss: { what: 'loss', sentence: 'Loss' },
  problem: { what: 'distance', sentence: 'Distance from the minimum' },
} as const;

/**
 * Final error or loss of every seed at the best setting of each method, the methods in the order of the summary. Null without a method that
 * has one, and for the error of problems: they have none.
 */
export function finals(
  methods: readonly Method[],
  measure: Measure,
  order: readonly string[],
  shown = AT_BEST_RATE,
): Figure | null {
  const candidates = candidatesOf(methods);
  const settings = bestSettings(candidates);
  const areAllProblems = areProblems(settings);
  if (candidates.length === 0 || (areAllProblems && measure === 'error')) return null;
  const splits = areAllProblems ? PROBLEM_SPLITS : SPLITS;
  const values = settings.flatMap((best) => splits.flatMap((split) => finalValues(best, split, measure)));
  const anyDiverged = values.includes(Number.POSITIVE_INFINITY);
  const place = placeOf(values, measure);
  const most = dotsEach(candidates.length, MOST_DOTS);
  const rows = candidates.flatMap((candidate) =>
    splits.flatMap((split) => rowsOf(candidate, split, measure, place, most)),
  );
  const names = order.filter((name) => candidates.some(({ label }) => label === name));
  const labelWidth = 16 + 7 * Math.min(NAME_LINE, Math.max(...names.map((label) => label.length)));
  const rowHeight = names.some((label) => label.length > NAME_LINE) ? 34 : 24;
  const layout = { panels: splits.length, minWidth: 200, maxWidth: 460, axis: labelWidth };
  const layers = layersOf(valueChannel(place, measure, anyDiverged), methodChannel(names));
  const crosses = anyDiverged
    ? ' Cross at “diverged”: a seed that diverged; it counts as infinite in the median.'
    : '';
  const spaced = spacedSentence(
    settings.map((best) => resultsOf(best).length),
    most,
  );
  const { what, sentence } = WORDS[areAllProblems ? 'problem' : measure];
  const caption = `${sentence} at the end of training, ${shown}. Dot: one seed (${seedsEach(settings)}); bar: median.${crosses}${spaced}`;
  const spec = chart(`Final ${what} of each method. ${caption}`, layout, {
    title: axesTitle(`${what} at the end of training`),
    data: { name: 'runs', values: rows },
    ...facet('split', splits, 320, Math.max(60, rowHeight * names.length), layers),
  });
  return { id: `final-${measure}`, title: `Final ${what}`, caption, spec };
}

/** The axis, where on it a value is, and where what diverged stands beyond it. */
interface Place {
  readonly axis: Axis;
  readonly of: (value: number) => number;
  readonly diverged: number;
}

/** Errors are shares on a linear axis, losses stand on a logarithmic one. */
function placeOf(values: readonly number[], measure: Measure): Place {
  if (measure === 'loss') {
    const axis = logAxis(values);
    return {
      axis,
      of: (value) => onLog(axis, value) ?? axis.domain[1],
      diverged: beyond(...axis.domain, 1.08),
    };
  }
  const axis = linearAxis(values, false);
  const [low, high] = axis.domain;
  return { axis, of: (value) => value, diverged: high + 0.08 * (high - low) };
}

/** A row a seed (`run`, or `diverged` beyond the axis) and one for the median. */
function rowsOf(
  { label: method, best }: Candidate,
  split: Split,
  measure: Measure,
  place: Place,
  most: number,
): JsonObject[] {
  const runs = spacedRuns(resultsOf(best), (run) => finalValue(run, split, measure), most);
  const rows = runs.map((run, i): JsonObject => {
    const value = finalValue(run, split, measure);
    const diverged = !Number.isFinite(value);
    const where = `${method}, learning rate ${formatRate(best.learningRate)}, seed ${seedOf(run)}`;
    return {
      method,
      split,
      mark: diverged ? 'diverged' : 'run',
      x: diverged ? place.diverged : place.of(value),
      seed: seedOf(run),
      offset: runs.length > 1 ? i / (runs.length - 1) : 0.5, // seeds in order from top to bottom of the row
      tooltip: `${where}: ${diverged ? 'diverged' : formatMetric(value, measure)}`,
    };
  });
  const middle = median(finalValues(best, split, measure));
  if (!Number.isFinite(middle)) return rows;
  return [
    ...rows,
    {
      method,
      split,
      mark: 'median',
      x: place.of(middle),
      tooltip: `${method}: median ${formatMetric(middle, measure)}`,
    },
  ];
}

function valueChannel({ axis, diverged }: Place, measure: Measure, anyDiverged: boolean): JsonObject {
  const [low, high] = axis.domain;
  const label = measure === 'error' ? "format(datum.value, '~%')" : LOG_LABEL;
  return {
    field: 'x',
    type: 'quantitative',
    title: null,
    scale: {
      ...(measure === 'loss' ? { type: 'log' } : { zero: false }),
      domain: [low, anyDiverged ? diverged : high],
      nice: false,
    },
    axis: {
      values: anyDiverged ? [...axis.ticks, diverged] : axis.ticks,
      labelExpr: `datum.value > ${high} ? 'diverged' : ${label}`,
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
