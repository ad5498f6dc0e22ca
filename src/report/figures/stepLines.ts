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
import type { Interaction } from '../interaction.ts';
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
  const layer = layersOf(plot, isCrowded);
  const labels = methods.map(({ label }) => label);
  const isOne = views.length === 1;
  const heading = axesTitle(`${plot.quantity} by ${views[0].one}`);
  const view = {
    ...(isOne ? {} : { params: paramsOf(views) }),
    title: isOne
      ? heading
      : { ...heading, text: { expr: `${JSON.stringify(`${plot.quantity} by `)} + timeNames[time]` } },
    data: { name: 'lines', values: valuesOf(plot) },
    ...(isOne ? {} : { transform: [SHOWN] }),
    ...(isCrowded ? facet('method', labels, width, height, layer) : { width, height, layer }),
  };
  const interaction = isOne ? undefined : interactionOf(views);
  return { id, title, caption, spec: chart(`${title}. ${caption}`, layout, view, interaction), table };
}

const SHOWN: JsonObject = { filter: 'datum.time === time' };

function paramsOf(views: readonly StepView[]): Json {
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
  ];
}

function interactionOf(views: readonly StepView[]): Interaction {
  const options = views.map(({ name: value, many: label }) => ({ value, label }));
  return { controls: [{ signal: 'time', label: 'Horizontal axis', options }] };
}

function valuesOf({ methods, views }: StepPlot): JsonObject[] {
  return views.flatMap(({ name, lines, domain }) =>
    lines.flatMap((line, m) =>
      rowsOf(methods[m].label, line, domain[0]).map((row) => ({ ...row, time: name })),
    ),
  );
}

/** A row a corner of the line (`mark` line) and one a place where runs were stopped (`mark` stopped). */
function rowsOf(method: string, { steps, end, censored, text }: StepLine, start: number): JsonObject[] {
  const last = steps.share.at(-1) ?? 0;
  const corners = [
    [start, 0],
    ...steps.x.map((x, i) => [Math.max(x, start), steps.share[i]]),
    ...((steps.x.at(-1) ?? start) < end ? [[end, last]] : []),
  ];
  const shareAt = (place: number) => steps.share.findLast((_, i) => steps.x[i] <= place) ?? 0;
  const tooltip = `${method}: ${text}`;
  return [
    ...corners.map(([x, share]) => ({ method, mark: 'line', x, share, tooltip })),
    ...censored.map((x) => ({ method, mark: 'stopped', x, share: shareAt(x), tooltip })),
  ];
}

function layersOf({ methods, views }: StepPlot, isCrowded: boolean): Json {
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
  return [
    ...(isCrowded ? [contextLayer(views, place)] : []),
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
