import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Json } from '../core/json.ts';
import { measureByFont } from './files/textMetrics.ts';
import { asJson, type Interaction } from './interaction.ts';
import type { JsonObject } from './labels.ts';
import { light } from './palette.ts';
import { type Style, stylesOf } from './styles.ts';

/** A Vega-Lite chart with everything that it needs: the data are in the spec, already aggregated. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** Which statistic, over how many seeds, and what the band is. */
  readonly caption: string;
  /** Vega-Lite 6, in the light palette. */
  readonly spec: JsonObject;
  /** The numbers that stand under the figure. */
  readonly table?: FigureTable;
}

/** A table as text: the first column has the names, of the others those with `text` are no numbers. */
export interface FigureTable {
  readonly label: string;
  readonly heads: readonly (string | { readonly text: string })[];
  readonly rows: readonly (readonly string[])[];
  /** What the columns are. */
  readonly note: string;
}

/**
 * How the page fits a figure into its width: as many columns as hold panels of `minWidth` (in pixels, without the
 * `axis`, the room that labels take beside each panel), each at most `maxWidth` wide.
 */
export interface PanelLayout {
  readonly panels: number;
  readonly minWidth: number;
  readonly maxWidth: number;
  readonly axis: number;
  /** The room that labels at the ends of lines take to the right of each panel; narrow panels do without them. */
  readonly labels?: number;
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

const CONFIG: JsonObject = {
  background: light.page,
  font: FONT,
  padding: 2,
  view: { stroke: null },
  axis: {
    labelColor: light.muted,
    titleColor: light.muted,
    gridColor: light.line,
    domainColor: light.line,
    tickColor: light.line,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    tickSize: 4,
    labelPadding: 4,
  },
  legend: {
    labelColor: light.ink,
    titleColor: light.muted,
    titleFontWeight: 'normal',
    labelFontSize: 12,
    titleFontSize: 11,
    symbolStrokeWidth: 2,
    symbolSize: 70,
    orient: 'top',
    direction: 'horizontal',
    columns: 6,
    labelLimit: 240,
    offset: 8,
  },
  header: {
    labelColor: light.ink,
    labelFontSize: 12,
    labelFontWeight: 600,
    labelLimit: 300,
    labelPadding: 6,
  },
  line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
};

/** A line of a name in a figure, in characters. A longer name is broken into two at a comma where it can be. */
export const NAME_LINE = 24;

/** Vega's expression for a name in one or two lines, made of the expression for the name. */
export function twoLines(name: string): string {
  const comma = `lastindexof(slice(${name}, 0, ${NAME_LINE}), ', ') + 2`;
  const space = `lastindexof(slice(${name}, 0, ${NAME_LINE}), ' ') + 1`;
  const at = `(${comma} > 2 ? ${comma} : ${space} > 1 ? ${space} : ${NAME_LINE})`;
  return `length(${name}) <= ${NAME_LINE} ? ${name} : [slice(${name}, 0, ${at}), slice(${name}, ${at})]`;
}

/** What the axes of a figure say, above it on the left: `loss by epoch`. */
export function axesTitle(text: string): JsonObject {
  return {
    text,
    anchor: 'start',
    frame: 'bounds',
    offset: 12,
    color: light.muted,
    fontSize: 12,
    fontWeight: 'normal',
  };
}

/** Adds to a view what all figures share. `description` is what a screen reader says; `interaction`, what a reader can switch. */
export function chart(
  description: string,
  layout: PanelLayout,
  view: Readonly<Record<string, Json>>,
  interaction?: Interaction,
): JsonObject {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description,
    usermeta: { layout: asJson(layout), ...(interaction === undefined ? {} : asJson(interaction)) },
    config: CONFIG,
    ...view,
  };
}

/**
 * One panel a value of `field`, in the order of `labels`. Every panel has its own axes, so that the page may choose
 * the number of columns.
 */
export function facet(
  field: string,
  labels: readonly string[],
  width: number,
  height: number,
  layer: Json,
): JsonObject {
  return {
    facet: {
      field,
      type: 'nominal',
      sort: labels,
      title: null,
      header: { labelAnchor: 'start', labelExpr: twoLines('datum.label') },
    },
    columns: Math.max(1, Math.floor(960 / (width + 60))),
    spacing: 24,
    resolve: { axis: { x: 'independent', y: 'independent' } },
    spec: { width, height, layer },
  };
}

/** What of a method an encoding needs. */
interface Styled {
  readonly label: string;
  readonly optimizer: string;
}

/** The colour of each method. A single method needs no legend, a panel of its own neither. */
export function methodColor(methods: readonly Styled[], legend: JsonObject | null): JsonObject {
  return methodChannel(methods, legend, ({ hue }) => hue);
}

/** The dash of each method; with the same legend as the colour the two are one legend. */
export function methodDash(methods: readonly Styled[], legend: JsonObject | null): JsonObject {
  return methodChannel(methods, legend, ({ dash }) => [...dash]);
}

function methodChannel(
  methods: readonly Styled[],
  legend: JsonObject | null,
  of: (style: Style) => Json,
): JsonObject {
  return {
    field: 'method',
    type: 'nominal',
    title: null,
    scale: {
      domain: methods.map(({ label }) => label),
      range: stylesOf(methods.map(({ optimizer }) => optimizer)).map(of),
    },
    legend: methods.length > 1 ? legend : null,
  };
}

/**
 * Compiles a figure to Vega and runs it once.
 * @throws if Vega-Lite or Vega has anything to say about it: a warning means a blank or misleading chart.
 */
export function compileFigure(figure: Figure): vega.Spec {
  const spec = toVega(figure);
  runView(figure.id, spec).finalize();
  return spec;
}

/** @throws if Vega-Lite has anything to say about the figure. */
export function toVega({ id, spec }: Figure): vega.Spec {
  const messages: string[] = [];
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: collectingLogger(messages) });
  refuseMessages(id, messages);
  return compiled.spec;
}

/**
 * Lays a compiled figure out, its texts measured by the font of the files.
 * @throws if Vega has anything to say about it.
 */
export function runView(id: string, spec: vega.Spec): vega.View {
  measureByFont();
  const messages: string[] = [];
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logger: collectingLogger(messages) });
  view.run(); // all data are in the spec: nothing is left to wait for when it returns
  if (messages.length > 0) view.finalize();
  refuseMessages(id, messages);
  return view;
}

function refuseMessages(id: string, messages: readonly string[]): void {
  if (messages.length > 0) throw new Error(`figure ${id} does not draw: ${messages.join('; ')}`);
}

/** Warnings and errors as text. Vega logs from promises that nobody awaits: throwing here would end the process. */
function collectingLogger(messages: string[]): vega.LoggerInterface {
  const collect = (...parts: readonly unknown[]) => {
    messages.push(parts.map(String).join(' '));
    return logger;
  };
  const logger = {
    level: (level?: number) => (level === undefined ? vega.Warn : logger),
    error: collect,
    warn: collect,
    info: () => logger,
    debug: () => logger,
  };
  return logger as unknown as vega.LoggerInterface;
}
