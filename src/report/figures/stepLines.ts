import type { Json } from '../../core/json.ts';
import type { Steps } from '../../stats/performanceProfile.ts';
import { LOG_LABEL } from '../axis.ts';
import {
  axesTitle,
  chart,
  type Figure,
  type FigureTable,
  facet,
  methodColor,
  methodDash,
} from '../figure.ts';
import type { JsonObject } from '../labels.ts';
import { light } from '../palette.ts';
import { styleSentence } from '../styles.ts';
import { MOST_IN_ONE_PANEL } from './candidates.ts';

/** Shares that rise in steps, a line a method: all in one panel, or with many methods a panel each. */
export interface StepPlot {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What the axes are: `share of runs by step`. */
  readonly axes: string;
  readonly lines: readonly StepLine[];
  /** The left and the right end of the axis; every line is drawn to the right end unless it ends before. */
  readonly domain: readonly [number, number];
  /** Ticks of a logarithmic axis; a linear one without. */
  readonly logTicks?: readonly number[];
  readonly table: FigureTable;
}

export interface StepLine {
  readonly method: string;
  readonly optimizer: string;
  readonly steps: Steps;
  /** Where nothing more was seen: runs were stopped there. */
  readonly end: number;
  /** Places with a tick across the line: runs that were stopped before the target. */
  readonly censored: readonly number[];
  /** What the line is about, after the name: `4 of 5 runs`. */
  readonly text: string;
}

export function stepLines(plot: StepPlot): Figure {
  const { id, title, lines, table } = plot;
  const crowded = lines.length > MOST_IN_ONE_PANEL;
  const [width, height] = crowded ? [200, 130] : [620, 260];
  const layout = {
    panels: crowded ? lines.length : 1,
    minWidth: crowded ? 170 : 260,
    maxWidth: crowded ? 480 : 760,
    axis: 44,
  };
  const methods = lines.map(({ method: label, optimizer }) => ({ label, optimizer }));
  const grey = crowded ? ' Grey: the other methods.' : '';
  const caption = `${plot.caption}${grey}${styleSentence(
    methods.map(({ optimizer }) => optimizer),
    !crowded,
  )}`;
  const layer = layersOf(plot, methods, crowded);
  const labels = methods.map(({ label }) => label);
  const spec = chart(`${title}. ${caption}`, layout, {
    title: axesTitle(plot.axes),
    data: { name: 'lines', values: lines.flatMap((line) => rowsOf(line, plot.domain[0])) },
    ...(crowded ? facet('method', labels, width, height, layer) : { width, height, layer }),
  });
  return { id, title, caption, spec, table };
}

/** A row a corner of the line (`mark` line) and one a place where runs were stopped (`mark` stopped). */
function rowsOf({ method, steps, end, censored, text }: StepLine, start: number): JsonObject[] {
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

function layersOf(
  plot: StepPlot,
  methods: readonly { readonly label: string; readonly optimizer: string }[],
  crowded: boolean,
): Json {
  const place = { x: placeChannel(plot), y: SHARE };
  const legend = crowded ? null : { symbolType: 'stroke', symbolOpacity: 1, symbolSize: 400 };
  const color = methodColor(methods, legend);
  const strokeDash = methodDash(methods, legend);
  const tooltip = { field: 'tooltip' };
  const line = { type: 'line', interpolate: 'step-after' };
  return [
    ...(crowded ? [contextLayer(plot, place)] : []),
    {
      transform: [{ filter: "datum.mark === 'line'" }],
      mark: line,
      encoding: { ...place, color, ...(crowded ? {} : { strokeDash }), tooltip },
    },
    ...(plot.lines.some(({ censored }) => censored.length > 0)
      ? [
          {
            transform: [{ filter: "datum.mark === 'stopped'" }],
            mark: { type: 'tick', orient: 'vertical', size: 11, thickness: 2, opacity: 1 },
            encoding: { ...place, color, tooltip },
          },
        ]
      : []),
  ];
}

const SHARE: JsonObject = {
  field: 'share',
  type: 'quantitative',
  title: null,
  scale: { domain: [0, 1.02], nice: false },
  axis: { values: [0, 0.25, 0.5, 0.75, 1], format: '~%' },
};

function placeChannel({ domain, logTicks }: StepPlot): JsonObject {
  const axis =
    logTicks === undefined
      ? { grid: false, tickCount: 4, format: '~s' }
      : { grid: false, values: logTicks, labelExpr: LOG_LABEL, labelOverlap: true };
  return {
    field: 'x',
    type: 'quantitative',
    title: null,
    scale: { ...(logTicks === undefined ? {} : { type: 'log' }), domain, nice: false },
    axis,
  };
}

/** All lines in grey, behind that of the panel. They have no field that the panels are made by. */
function contextLayer({ lines, domain }: StepPlot, place: JsonObject): JsonObject {
  const values = lines.flatMap((line) =>
    rowsOf(line, domain[0]).flatMap(({ mark, x, share }) =>
      mark === 'line' ? [{ other: line.method, x, share }] : [],
    ),
  );
  return {
    data: { name: 'context', values },
    mark: { type: 'line', interpolate: 'step-after', color: light.context, strokeWidth: 1 },
    encoding: { ...place, detail: { field: 'other' } },
  };
}
