import type { Json } from '../../core/json.ts';
import { LOG_LABEL } from '../axis.ts';
import { axesTitle, chart, type Figure, facet, methodColor, methodDash } from '../figure.ts';
import { type Control, type Interaction, scaleChoice, toggle } from '../interaction.ts';
import type { JsonObject } from '../labels.ts';
import { light } from '../palette.ts';
import type { Time } from '../series.ts';
import { styleSentence, stylesOf } from '../styles.ts';
import type { Candidate } from './candidates.ts';
import {
  type Axes,
  axesJson,
  labelPlaces,
  rowsOf,
  type Series,
  seedColumns,
  timeAxes,
  timesOf,
  valueAxes,
} from './curveRows.ts';

/** Curves with bands. With few methods a panel a split, the methods in colours; with many, a panel a method. */
export interface CurvePlot {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What the vertical axis is: `loss`. */
  readonly quantity: string;
  /** What the horizontal axis may count, the first one unless the reader chooses another. */
  readonly times: readonly Time[];
  readonly candidates: readonly Candidate[];
  readonly series: readonly Series[];
  /** Whether the values are shares: a linear axis in percent, unless the reader chooses otherwise. */
  readonly areShares: boolean;
  readonly mostInOnePanel: number;
  /** The dotted lines of `limit`: in the colours of the methods, or in ink where all have the same. */
  readonly limits?: 'own' | 'shared';
}

export const TIME_NAMES: Readonly<Record<Time, readonly [one: string, many: string]>> = {
  epoch: ['epoch', 'epochs'],
  step: ['step', 'steps'],
  samples: ['training sample', 'training samples'],
  gradientEvaluations: ['gradient evaluation', 'gradient evaluations'],
  flops: ['FLOP', 'FLOPs'],
};

/** What the parts of the figure are made of. */
interface Parts {
  readonly plot: CurvePlot;
  readonly times: readonly Time[];
  readonly axes: Axes;
  /** A panel a method. */
  readonly isCrowded: boolean;
  /** Training and validation in the same panel. */
  readonly isSplit: boolean;
  readonly hasBands: boolean;
  readonly seeds: readonly string[];
  /** The room for labels at the ends of the lines, in pixels; 0 without labels. */
  readonly labels: number;
}

export function curvePanels(plot: CurvePlot): Figure {
  const { id, title, candidates, series } = plot;
  const parts = partsOf(plot);
  const { isCrowded, labels } = parts;
  const splits = [...new Set(series.map(({ split }) => split))];
  const panels = isCrowded ? candidates.map(({ label }) => label) : splits;
  const alone = panels.length === 1;
  const [width, height] = alone ? [620, HEIGHT] : isCrowded ? [200, 130] : [380, HEIGHT];
  const layout = {
    panels: panels.length,
    minWidth: isCrowded ? 170 : 260,
    maxWidth: alone ? 760 : 480,
    axis: 40,
    labels,
  };
  const caption = captionOf(parts);
  const layer = layersOf(parts);
  const view = {
    params: paramsOf(parts),
    data: { name: 'curves', values: valuesOf(parts) as unknown as Json },
    transform: transformsOf(parts),
    title: {
      ...axesTitle(''),
      text: { expr: `${JSON.stringify(`${plot.quantity} by `)} + timeNames[time]` },
    },
    ...(alone
      ? { width, height, layer }
      : facet(isCrowded ? 'method' : 'split', panels, width, height, layer)),
  };
  return {
    id,
    title,
    caption,
    spec: chart(`${title}. ${caption}`, layout, view, interactionOf(parts)),
  };
}

const HEIGHT = 260;

function partsOf(plot: CurvePlot): Parts {
  const { candidates, series } = plot;
  const isCrowded = candidates.length > plot.mostInOnePanel;
  const isLabelled = !isCrowded && candidates.length > 1;
  const longest = Math.max(...candidates.map(({ label }) => label.length));
  return {
    plot,
    times: timesOf(series, plot.times),
    axes: valueAxes(series),
    isCrowded,
    isSplit: isCrowded && series.some(({ split }) => split === 'validation'),
    hasBands: series.some(({ curve: { low, high } }) => low.some((value, i) => value !== high[i])),
    seeds: seedColumns(series),
    labels: isLabelled ? Math.min(LABEL_WIDTH, 7 * longest) + 10 : 0,
  };
}

/** The longest label at the end of a line, in pixels. */
const LABEL_WIDTH = 120;

function captionOf({ plot, isCrowded, isSplit }: Parts): string {
  const hues = styleSentence(plot.candidates.map(({ optimizer }) => optimizer));
  if (!isCrowded) return `${plot.caption}${hues}`;
  const grey = ` Grey: the ${isSplit ? 'validation ' : ''}medians of the other methods.`;
  return `${plot.caption}${isSplit ? ' Thin: training; thick: validation.' : ''}${grey}${hues}`;
}

function valuesOf({ plot, times, axes, isCrowded, seeds, labels }: Parts): JsonObject[] {
  const places = labels > 0 && !isCrowded ? labelPlaces(plot.series, axes, HEIGHT) : [];
  const empty = Object.fromEntries(seeds.map((seed) => [seed, [] as Json]));
  return rowsOf(plot.series, times).map((row, i) => ({ ...empty, ...row, ...places[i] }));
}

function paramsOf({ plot, times, axes, labels }: Parts): Json {
  const names = Object.fromEntries(times.map((time) => [time, TIME_NAMES[time][0]]));
  const places = timeAxes(plot.series, times);
  const byTime = Object.fromEntries(times.map((time) => [time, axesJson(places[time])]));
  return [
    { name: 'time', value: times[0] },
    { name: 'timeScale', value: 'linear' },
    { name: 'valueScale', value: plot.areShares ? 'linear' : 'log' },
    { name: 'bands', value: true },
    { name: 'seeds', value: false },
    { name: 'labels', value: labels > 0 },
    { name: 'hidden', value: [] },
    { name: 'focus', value: null },
    { name: 'timeNames', value: names },
    { name: 'timeAxes', value: byTime },
    { name: 'valueAxes', value: axesJson(axes) },
    { name: 'timeAxis', expr: 'timeAxes[time][timeScale]' },
    { name: 'valueAxis', expr: 'valueAxes[valueScale]' },
  ];
}

/** What cannot be drawn on a logarithmic axis: places at zero are left out, values below the axis lie at its end. */
function transformsOf({ plot, times, seeds }: Parts): Json {
  const fields = ['median', 'low', 'high', ...(plot.limits === undefined ? [] : ['limit'])];
  return [
    { filter: 'indexof(hidden, datum.method) < 0' },
    ...(plot.series.some(({ spacing }) => spacing !== null) ? [{ filter: SPACED }] : []),
    { flatten: [...times, ...fields, ...seeds] },
    { calculate: 'datum[time]', as: 'place' },
    { filter: POSITIVE },
    ...fields.map((field) => ({
      calculate: onAxis(`datum.${field}`),
      as: `${field}Value`,
    })),
  ];
}

const SPACED = 'datum.spacing === timeScale';
const POSITIVE = "isValid(datum.place) && (timeScale !== 'log' || datum.place > 0)";

function onAxis(value: string): string {
  return `isValid(${value}) ? (valueScale === 'log' ? max(${value}, valueAxis.domain[0]) : ${value}) : null`;
}

function layersOf(parts: Parts): Json {
  const { plot, isCrowded, isSplit, hasBands, seeds, labels } = parts;
  const x = placeChannel();
  const y = valueChannel(plot.areShares);
  const legend = isCrowded ? null : { symbolType: 'stroke', symbolOpacity: 1, symbolSize: 400 };
  const color = methodColor(plot.candidates, legend);
  const strokeDash = methodDash(plot.candidates, legend);
  const detail = [{ field: 'split' }];
  const faint = isSplit ? " * (datum.split === 'train' ? 0.65 : 1)" : '';
  const opacity = (normal: number) => ({
    expr: `(focus === null || focus === datum.method ? ${normal} : ${normal / 8})${faint}`,
  });
  const median = { ...y, field: 'medianValue' };
  const band = {
    transform: [{ filter: 'bands' }],
    mark: { type: 'area', opacity: opacity(0.18) },
    encoding: { x, y: { ...y, field: 'lowValue' }, y2: { field: 'highValue' }, color, detail },
  };
  const line = {
    mark: { type: 'line', opacity: opacity(1) },
    encoding: { x, y: median, color, strokeDash, detail, ...(isSplit ? { strokeWidth: SPLIT_WIDTH } : {}) },
  };
  return [
    ...(isCrowded ? [contextLayer(parts, x, median)] : []),
    ...(hasBands ? [band] : []),
    ...(seeds.length > 0 ? [seedLayer(seeds, { x, y, color, strokeDash }, opacity(0.55))] : []),
    line,
    ...(plot.limits === undefined ? [] : [limitLayer(x, y, plot.limits === 'own' ? color : null)]),
    ...(labels > 0 ? [labelLayer(x, y, color)] : []),
  ];
}

function placeChannel(): JsonObject {
  return {
    field: 'place',
    type: 'quantitative',
    title: null,
    scale: { type: 'linear', domain: { expr: 'timeAxis.domain' }, nice: false },
    axis: {
      grid: false,
      values: { expr: 'timeAxis.ticks' },
      labelExpr: "format(datum.value, datum.value < 1 ? '~g' : '~s')",
      labelOverlap: true,
    },
  };
}

function valueChannel(areShares: boolean): JsonObject {
  const label = areShares ? "format(datum.value, '~%')" : `datum.value === 0 ? '0' : ${LOG_LABEL}`;
  return {
    type: 'quantitative',
    title: null,
    scale: { type: areShares ? 'linear' : 'log', domain: { expr: 'valueAxis.domain' }, nice: false },
    axis: { values: { expr: 'valueAxis.ticks' }, labelOverlap: true, labelExpr: label },
  };
}

/** Training thin, validation thick: dashes tell the members of a family apart. */
const SPLIT_WIDTH: JsonObject = {
  field: 'split',
  type: 'ordinal',
  title: null,
  scale: { domain: ['train', 'validation'], range: [1, 2.25] },
  legend: { symbolType: 'stroke', symbolStrokeColor: light.ink, symbolSize: 300 },
};

/** The medians of all methods in grey, behind those of the panel: the same data, not divided among the panels. */
function contextLayer({ plot, times, isSplit }: Parts, x: JsonObject, y: JsonObject): JsonObject {
  return {
    data: { name: 'curves' },
    transform: [
      ...(isSplit ? [{ filter: "datum.split === 'validation'" }] : []),
      ...(plot.series.some(({ spacing }) => spacing !== null) ? [{ filter: SPACED }] : []),
      { flatten: [...times, 'median'] },
      { calculate: 'datum[time]', as: 'place' },
      { filter: POSITIVE },
      { calculate: onAxis('datum.median'), as: 'medianValue' },
    ],
    mark: { type: 'line', color: light.context, strokeWidth: 1 },
    encoding: { x, y, detail: [{ field: 'method' }] },
  };
}

function seedLayer(
  seeds: readonly string[],
  { x, y, color, strokeDash }: Readonly<Record<'x' | 'y' | 'color' | 'strokeDash', JsonObject>>,
  opacity: JsonObject,
): JsonObject {
  return {
    transform: [
      { filter: 'seeds' },
      { fold: [...seeds], as: ['seed', 'value'] },
      { calculate: onAxis('datum.value'), as: 'seedValue' },
    ],
    mark: { type: 'line', strokeWidth: 1, opacity },
    encoding: {
      x,
      y: { ...y, field: 'seedValue' },
      color,
      strokeDash,
      detail: [{ field: 'split' }, { field: 'seed' }],
    },
  };
}

/** Without a field for the colour the line is in ink. */
function limitLayer(x: JsonObject, y: JsonObject, color: JsonObject | null): JsonObject {
  const ink = color === null ? { color: light.ink } : {};
  return {
    transform: [{ filter: 'isValid(datum.limit)' }],
    mark: { type: 'line', strokeWidth: 1.5, strokeDash: [1, 3], ...ink },
    encoding: {
      x,
      y: { ...y, field: 'limitValue' },
      ...(color === null ? {} : { color }),
      detail: [{ field: 'method' }],
    },
  };
}

/** The names at the ends of the lines. */
function labelLayer(x: JsonObject, y: JsonObject, color: JsonObject): JsonObject {
  return {
    transform: [
      { filter: 'labels && datum.step === datum.end' },
      { calculate: "valueScale === 'log' ? datum.logLabel : datum.linearLabel", as: 'labelValue' },
    ],
    mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 11, limit: LABEL_WIDTH },
    encoding: { x, y: { ...y, field: 'labelValue' }, color, text: { field: 'method', type: 'nominal' } },
  };
}

function interactionOf({ plot, times, seeds, hasBands, isCrowded }: Parts): Interaction {
  const spaced = plot.series.some(({ spacing }) => spacing !== null);
  const note = spaced
    ? 'Logarithmic horizontal axis: the buckets are joined to equal ratios.'
    : 'Logarithmic horizontal axis: what was measured before the first step has no place on it.';
  const time: Control = {
    signal: 'time',
    label: 'Horizontal axis',
    options: times.map((value) => ({ value, label: TIME_NAMES[value][1] })),
  };
  const controls = [
    ...(times.length > 1 ? [time] : []),
    scaleChoice('timeScale', 'Horizontal scale', 'x', note),
    scaleChoice('valueScale', 'Vertical scale', 'y', ''),
    ...(hasBands ? [toggle('bands', 'Bands', '')] : []),
    ...(seeds.length > 0 ? [toggle('seeds', 'Every seed', 'Faint lines: every seed.')] : []),
  ];
  if (isCrowded || plot.candidates.length < 2) return { controls };
  const styles = stylesOf(plot.candidates.map(({ optimizer }) => optimizer));
  const entries = plot.candidates.map(({ label }, i) => ({
    label,
    color: styles[i].hue,
    dash: styles[i].dash,
  }));
  return { controls, legend: { hidden: 'hidden', focus: 'focus', entries } };
}
