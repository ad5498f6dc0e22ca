import type { Json } from '../../core/json.ts';
import type { Steps } from '../../stats/performanceProfile.ts';
import { LOG_LABEL, linearTicks } from '../axis.ts';
import {
  axesTitle,
  chart,
  type Figure,
  type FigureTable,
  facet,
  methodColor,
  methodDash,
} from '../figure.ts';
import { type Interaction, toggle } from '../interaction.ts';
import type { JsonObject } from '../labels.ts';
import { light } from '../palette.ts';
import { styleSentence } from '../styles.ts';
import { MOST_IN_ONE_PANEL } from './candidates.ts';

/** Shares that rise in steps, a line a method: all in one panel, or with many methods a panel each. */
export interface StepPlot {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What the vertical axis is: `share of runs`. */
  readonly quantity: string;
  /** In the order of the lines. */
  readonly methods: readonly { readonly label: string; readonly optimizer: string }[];
  /** What the horizontal axis can count, the first one at first. */
  readonly views: readonly StepView[];
  readonly table: FigureTable;
}

/** The lines over one quantity. */
export interface StepView {
  readonly name: string;
  /** In the title of the axes, `step`, and in the list of the switch, `steps`. */
  readonly one: string;
  readonly many: string;
  /** One for each method. */
  readonly lines: readonly StepLine[];
  readonly domain: readonly [number, number];
  /** Ticks of a logarithmic axis; a linear one without. Not with several views. */
  readonly logTicks?: readonly number[];
}

export interface StepLine {
  readonly steps: Steps;
  /** The ends of an interval of each share, up to the next step; NaN where there is none. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Where nothing more was seen: runs were stopped there. */
  readonly end: number;
  /** Places with a tick across the line: runs that were stopped before the target. */
  readonly censored: readonly number[];
  /** What the line is about: `4 of 5 runs`. */
  readonly text: string;
}

export function stepLines(plot: StepPlot): Figure {
  const { id, title, methods, views, table } = plot;
  const isCrowded = methods.length > MOST_IN_ONE_PANEL;
  const [width, height] = isCrowded ? [200, 130] : [620, 260];
  const layout = {
    panels: isCrowded ? methods.length : 1,
    minWidth: isCrowded ? 170 : 260,
    maxWidth: isCrowded ? 480 : 760,
    axis: 44,
  };
  const grey = isCrowded ? ' Grey: the other methods.' : '';
  const caption = `${plot.caption}${grey}${styleSentence(methods.map(({ optimizer }) => optimizer))}`;
  const hasBands = views.some(({ lines }) => lines.some(({ band }) => band !== undefined));
  const layer = layersOf(plot, isCrowded, hasBands);
  const labels = methods.map(({ label }) => label);
  const isOne = views.length === 1;
  const heading = axesTitle(`${plot.quantity} by ${views[0].one}`);
  const view = {
    ...(isOne && !hasBands ? {} : { params: paramsOf(views, hasBands) }),
    title: isOne
      ? heading
      : { ...heading, text: { expr: `${JSON.stringify(`${plot.quantity} by `)} + timeNames[time]` } },
    data: { name: 'lines', values: valuesOf(plot) },
    ...(isOne ? {} : { transform: [SHOWN] }),
    ...(isCrowded ? facet('method', labels, width, height, layer) : { width, height, layer }),
  };
  const interaction = isOne && !hasBands ? undefined : interactionOf(views, hasBands);
  return { id, title, caption, spec: chart(`${title}. ${caption}`, layout, view, interaction), table };
}

const SHOWN: JsonObject = { filter: 'datum.time === time' };

function paramsOf(views: readonly StepView[], hasBands: boolean): Json {
  const bands = hasBands ? [{ name: 'bands', value: true }] : [];
  if (views.length === 1) return bands;
  const byName = <T extends Json>(value: (view: StepView) => T) =>
    Object.fromEntries(views.map((view) => [view.name, value(view)]));
  return [
    { name: 'time', value: views[0].name },
    { name: 'timeNames', value: byName(({ one }) => one) },
    {
      name: 'timeAxes',
      value: byName(({ domain }) => ({ domain: [...domain], ticks: linearTicks(...domain) })),
    },
    { name: 'timeAxis', expr: 'timeAxes[time]' },
    ...bands,
  ];
}

function interactionOf(views: readonly StepView[], hasBands: boolean): Interaction {
  const options = views.map(({ name: value, many: label }) => ({ value, label }));
  const time = { signal: 'time', label: 'Horizontal axis', options };
  return {
    controls: [...(views.length === 1 ? [] : [time]), ...(hasBands ? [toggle('bands', 'Bands', '')] : [])],
  };
}

function valuesOf({ methods, views }: StepPlot): JsonObject[] {
  return views.flatMap(({ name, lines, domain }) =>
    lines.flatMap((line, m) =>
      rowsOf(methods[m].label, line, domain[0]).map((row) => ({ ...row, time: name })),
    ),
  );
}

/** A row a corner of the line (`mark` line) and one a place where runs were stopped (`mark` stopped). */
function rowsOf(method: string, line: StepLine, start: number): JsonObject[] {
  const { steps, end, censored, text } = line;
  const last = steps.x.length - 1;
  const corners = [
    { x: start, share: 0, ...bandAt(line, -1) },
    ...steps.x.map((x, i) => ({ x: Math.max(x, start), share: steps.share[i], ...bandAt(line, i) })),
    ...((steps.x.at(-1) ?? start) < end
      ? [{ x: end, share: steps.share.at(-1) ?? 0, ...bandAt(line, last) }]
      : []),
  ];
  const shareAt = (place: number) => steps.share.findLast((_, i) => steps.x[i] <= place) ?? 0;
  const tooltip = `${method}: ${text}`;
  return [
    ...corners.map((corner) => ({ method, mark: 'line', ...corner, tooltip })),
    ...censored.map((x) => ({ method, mark: 'stopped', x, share: shareAt(x), tooltip })),
  ];
}

/** The band from a step on; before the first one there is none. Where it is not known any more, that of the step before ends. */
function bandAt({ band, steps }: StepLine, i: number): JsonObject {
  if (band === undefined) return {};
  if (i < 0) return { low: 0, high: 0 };
  const isKnown = (at: number) => at >= 0 && !Number.isNaN(band.low[at]);
  if (isKnown(i)) return { low: rounded(band.low[i]), high: rounded(band.high[i]) };
  return i < steps.x.length && isKnown(i - 1)
    ? { low: rounded(band.low[i - 1]), high: rounded(band.high[i - 1]) }
    : {};
}

/** Finer than a pixel, and short in the page. */
function rounded(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}

function layersOf({ methods, views }: StepPlot, isCrowded: boolean, hasBands: boolean): Json {
  const place = { x: placeChannel(views), y: SHARE };
  const legend = isCrowded ? null : { symbolType: 'stroke', symbolOpacity: 1, symbolSize: 400 };
  const color = methodColor(methods, legend);
  const strokeDash = methodDash(methods, legend);
  const tooltip = { field: 'tooltip' };
  const isStopped = views.some(({ lines }) => lines.some(({ censored }) => censored.length > 0));
  const stopped = {
    transform: [{ filter: "datum.mark === 'stopped'" }],
    mark: { type: 'tick', orient: 'vertical', size: 11, thickness: 2, opacity: 1 },
    encoding: { ...place, color, tooltip },
  };
  const band = {
    transform: [{ filter: 'bands && isValid(datum.low)' }],
    mark: { type: 'area', interpolate: 'step-after', opacity: 0.18 },
    encoding: { x: place.x, y: { ...SHARE, field: 'low' }, y2: { field: 'high' }, color, tooltip },
  };
  return [
    ...(isCrowded ? [contextLayer(views, place)] : []),
    ...(hasBands ? [band] : []),
    {
      transform: [{ filter: "datum.mark === 'line'" }],
      mark: { type: 'line', interpolate: 'step-after' },
      encoding: { ...place, color, strokeDash, tooltip },
    },
    ...(isStopped ? [stopped] : []),
  ];
}

const SHARE: JsonObject = {
  field: 'share',
  type: 'quantitative',
  title: null,
  scale: { domain: [0, 1.02], nice: false },
  axis: { values: [0, 0.25, 0.5, 0.75, 1], format: '~%' },
};

function placeChannel([first, ...others]: readonly StepView[]): JsonObject {
  const { domain, logTicks } = first;
  const channel = { field: 'x', type: 'quantitative', title: null };
  const axis = { grid: false, labelOverlap: true };
  if (logTicks !== undefined)
    return {
      ...channel,
      scale: { type: 'log', domain, nice: false },
      axis: { ...axis, values: logTicks, labelExpr: LOG_LABEL },
    };
  const isOne = others.length === 0;
  return {
    ...channel,
    scale: { domain: isOne ? domain : { expr: 'timeAxis.domain' }, nice: false },
    axis: {
      ...axis,
      values: isOne ? linearTicks(...domain) : { expr: 'timeAxis.ticks' },
      labelExpr: "format(datum.value, datum.value < 1 ? '~g' : '~s')",
    },
  };
}

/** All lines in grey, behind that of the panel: the same data, not divided among the panels. */
function contextLayer(views: readonly StepView[], place: JsonObject): JsonObject {
  return {
    data: { name: 'lines' },
    transform: [...(views.length === 1 ? [] : [SHOWN]), { filter: "datum.mark === 'line'" }],
    mark: { type: 'line', interpolate: 'step-after', color: light.context, strokeWidth: 1 },
    encoding: { ...place, detail: { field: 'method' } },
  };
}
