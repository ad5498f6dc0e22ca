import type { Json } from '../../core/json.ts';
import { largest } from '../../stats/summary.ts';
import { type Axis, LOG_LABEL, linearAxis, logAxis, onLog } from '../axis.ts';
import { axesTitle, chart, type Figure, facet, methodColor } from '../figure.ts';
import type { JsonObject } from '../labels.ts';
import type { Split } from '../methods.ts';
import { light } from '../palette.ts';
import type { Curve } from '../series.ts';
import { styleSentence } from '../styles.ts';
import type { Candidate } from './candidates.ts';

/** Curves with bands. With few methods a panel a split, the methods in colours; with many, a panel a method. */
export interface CurvePlot {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What the axes are: `loss by epoch`. */
  readonly axes: string;
  readonly candidates: readonly Candidate[];
  readonly series: readonly Series[];
  /** A logarithmic axis; otherwise the values are shares. */
  readonly log: boolean;
  readonly mostInOnePanel: number;
  /** The dotted lines of `limit`: in the colours of the methods, or in grey where all have the same. */
  readonly limits?: 'own' | 'shared';
}

interface Series extends Curve {
  readonly method: string;
  readonly split: Split;
  /** What the values are held against at each place, drawn dotted: a threshold. */
  readonly limit?: readonly number[];
}

/** The points of a curve in arrays: a tenth of the size of one row a point. */
interface Row {
  readonly method: string;
  readonly split: Split;
  readonly x: readonly number[];
  readonly median: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly limit?: readonly (number | null)[];
}

export function curvePanels(plot: CurvePlot): Figure {
  const { id, title, candidates, series } = plot;
  const axis = axisOf(plot);
  const rows = series.map((curve) => rowOf(curve, axis, plot.log));
  const crowded = candidates.length > plot.mostInOnePanel;
  const splits = [...new Set(series.map((curve) => curve.split))];
  const panels = crowded ? candidates.map(({ label }) => label) : splits;
  const alone = panels.length === 1;
  const [width, height] = alone ? [620, 260] : crowded ? [200, 130] : [380, 260];
  const layer = layersOf(plot, axis, rows, crowded);
  const grey = `Grey: the ${splits.length > 1 ? 'validation ' : ''}medians of the other methods.`;
  const hues = styleSentence(candidates.map(({ optimizer }) => optimizer));
  const caption = crowded ? `${plot.caption} ${grey}${hues}` : plot.caption;
  const layout = {
    panels: panels.length,
    minWidth: crowded ? 170 : 260,
    maxWidth: alone ? 760 : 480,
    axis: 40,
  };
  const spec = chart(`${title}. ${caption}`, layout, {
    data: { name: 'curves', values: rows as unknown as Json },
    transform: [{ flatten: ['x', 'median', 'low', 'high', ...(plot.limits === undefined ? [] : ['limit'])] }],
    title: axesTitle(plot.axes),
    ...(alone ? { width, height, layer } : facet(crowded ? 'method' : 'split', panels, width, height, layer)),
  });
  return { id, title, caption, spec };
}

function rowOf({ method, split, x, median, low, high, limit }: Series, axis: Axis, log: boolean): Row {
  const place = (value: number) => (log ? onLog(axis, value) : Number.isFinite(value) ? value : null);
  const limits = limit === undefined ? {} : { limit: limit.map(place) };
  return {
    method,
    split,
    x,
    median: median.map(place),
    low: low.map(place),
    high: high.map(place),
    ...limits,
  };
}

function axisOf({ series, log }: CurvePlot): Axis {
  const values = series.flatMap(({ median, low, high, limit = [] }) => [
    ...median,
    ...low,
    ...high,
    ...limit,
  ]);
  return log ? logAxis(values) : linearAxis(values, true);
}

function layersOf(plot: CurvePlot, axis: Axis, rows: readonly Row[], crowded: boolean): Json {
  const x = placeChannel(plot);
  const y = valueChannel(axis, plot.log);
  const color = methodColor(plot.candidates, crowded ? null : { symbolType: 'stroke', symbolOpacity: 1 });
  const detail = [{ field: 'split' }];
  const twoLines = crowded && rows.some((row) => row.split === 'validation');
  const dash = twoLines ? { strokeDash: SPLIT_DASH } : {};
  const band = {
    mark: { type: 'area', opacity: 0.18 },
    encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, detail },
  };
  return [
    ...(crowded
      ? [contextLayer(twoLines ? rows.filter((row) => row.split === 'validation') : rows, x, y)]
      : []),
    ...(rows.some((row) => row.low.some((low, i) => low !== row.high[i])) ? [band] : []),
    { mark: { type: 'line' }, encoding: { x, y, color, ...dash, detail } },
    ...(plot.limits === undefined ? [] : [limitLayer(x, y, plot.limits === 'own' ? color : null)]),
  ];
}

function placeChannel({ series }: CurvePlot): JsonObject {
  const last = largest(series.flatMap((curve) => curve.x));
  return {
    field: 'x',
    type: 'quantitative',
    title: null,
    scale: { domain: [0, last > 0 ? last : 1], nice: false },
    axis: { grid: false, tickCount: 4, format: '~s' },
  };
}

function valueChannel({ domain, ticks }: Axis, log: boolean): JsonObject {
  return {
    field: 'median',
    type: 'quantitative',
    title: null,
    scale: { type: log ? 'log' : 'linear', domain, nice: false },
    axis: { values: ticks, labelOverlap: true, ...(log ? { labelExpr: LOG_LABEL } : { format: '~%' }) },
  };
}

function limitLayer(x: JsonObject, y: JsonObject, color: JsonObject | null): JsonObject {
  const mark = {
    type: 'line',
    strokeWidth: 1.5,
    strokeDash: [1, 3],
    ...(color === null ? { color: light.ink } : {}),
  };
  const encoding = {
    x,
    y: { ...y, field: 'limit' },
    ...(color === null ? {} : { color }),
    detail: [{ field: 'method' }],
  };
  return { transform: [{ filter: 'isValid(datum.limit)' }], mark, encoding };
}

const SPLIT_DASH: JsonObject = {
  field: 'split',
  type: 'nominal',
  title: null,
  scale: { domain: ['train', 'validation'], range: [[3, 3], []] },
  legend: { symbolType: 'stroke' },
};

/** The medians of all methods in grey, behind those of the panel. They have no field that the panels are made by. */
function contextLayer(rows: readonly Row[], x: JsonObject, y: JsonObject): JsonObject {
  const values = rows.map(({ method, x: places, median }) => ({ other: method, x: places, median }));
  return {
    data: { name: 'context', values },
    transform: [{ flatten: ['x', 'median'] }],
    mark: { type: 'line', color: light.context, strokeWidth: 1 },
    encoding: { x, y, detail: [{ field: 'other' }] },
  };
}
