import * as vega from 'vega';
import type { Json } from '../../core/json.ts';
import { type Figure, type PanelLayout, runView, toVega } from '../figure.ts';
import { escapeHtml } from '../html.ts';
import type { JsonObject } from '../labels.ts';
import { fitLegend, fitPanels } from './fit.ts';
import { drawable, FILE_FONT, textWidth } from './font.ts';

/** The widths of figures in files: of a page on a screen, of one column and of two columns of a paper. */
export const SIZES = ['page', 'column', 'twoColumns'] as const;
export type FigureSize = (typeof SIZES)[number];

const MILLIMETRE = 96 / 25.4; // CSS pixels
/** In pixels. A paper's figure is exactly as wide; on a page it is as wide as its panels, at most this. */
const ROOM: Readonly<Record<FigureSize, number>> = {
  page: 1072,
  column: 84 * MILLIMETRE,
  twoColumns: 174 * MILLIMETRE,
};

const PADDING = 4;
/** In a column, panels may be narrower than on a screen, where the same point is further apart. */
const PAPER_PANEL = 0.45;
/** Of the width: panels of a paper that are no list of rows are no higher, but high enough for their marks and labels. */
const PAPER_HEIGHT = 0.75;
const LOWEST_PANEL = 112;
/** 7.1 and 9 points: three quarters of these pixels. */
const [SMALLEST_TEXT, LARGEST_TEXT] = [9.5, 12];
const LONGEST_LABEL = 140;
const PAPER_CONFIG = {
  axis: { labelFontSize: SMALLEST_TEXT, titleFontSize: SMALLEST_TEXT, labelSeparation: 6 },
  line: { strokeWidth: 1.5 },
  legend: { labelFontSize: 10, titleFontSize: SMALLEST_TEXT, columnPadding: 8 },
  header: { labelFontSize: 11 },
};
/** A panel that is narrower shows nothing: then the whole figure is made smaller. */
const NARROWEST_PANEL = 70;
const NARROWEST_GRADIENT = 80;
/** How often the panels are made wider or narrower until the figure is as wide as it should be. */
const FITTINGS = 4;

/** A Vega spec, as far as the fitting touches it. */
interface Compiled extends Omit<vega.Spec, 'config' | 'width'> {
  width?: number;
  usermeta: { readonly layout: PanelLayout };
  config: { legend: { labelFontSize?: number; columns?: number; labelLimit?: number } };
}

/** What Vega's renderer for text does; its types leave it out. */
interface StringRenderer {
  initialize(el: null, width: number, height: number, origin: readonly number[], scale: number): this;
  render(scene: vega.Scene): this;
  svg(): string;
}

/**
 * A figure as an SVG file: white, in the font of the files, with its title and caption for those who cannot see it.
 * A pure function of its arguments: the same bytes on every machine, however many figures were drawn before.
 * @throws if the figure does not draw without a warning.
 */
export function figureSvg(figure: Figure, size: FigureSize = 'page'): string {
  const room = ROOM[size];
  const isPaper = size !== 'page';
  const spec = toVega({ ...figure, spec: forFiles(figure.spec, isPaper) }) as Compiled;
  const wanted = spec.usermeta.layout;
  const layout = isPaper ? { ...wanted, minWidth: PAPER_PANEL * wanted.minWidth } : wanted;
  const { columns, width } = fitPanels(layout, room - 2 * PADDING);
  if (spec.layout !== undefined) (spec.layout as { columns: number }).columns = columns;
  Object.assign(spec.config.legend, fitLegend(widestEntry(spec), room - 2 * PADDING));
  const view = fittedView(figure.id, spec, { columns, width, room, isPaper });
  const drawn = { ...sizeOf(view), markup: markupOf(view) };
  view.finalize();
  return document(figure, drawn, isPaper ? room : drawn.width);
}

/** The spec with its texts as the font can draw them, and as large as the size needs. */
function forFiles(spec: JsonObject, isPaper: boolean): JsonObject {
  const texts = mapTexts(isPaper ? readable(spec) : spec) as JsonObject;
  const given = texts.config as Readonly<Record<string, JsonObject>> | undefined;
  const smaller = isPaper ? Object.entries(PAPER_CONFIG) : [];
  const config = {
    ...given,
    ...Object.fromEntries(smaller.map(([key, sizes]) => [key, { ...given?.[key], ...sizes }])),
    font: FILE_FONT,
    padding: PADDING,
  };
  return { ...texts, config };
}

/** With the sizes of fonts that a view sets itself between the smallest and the largest of a paper, and no label of half a column. */
function readable(value: Json, key = ''): Json {
  if (key === 'data' || value === null) return value;
  if (typeof value === 'number' && /fontSize$/i.test(key))
    return Math.min(LARGEST_TEXT, Math.max(SMALLEST_TEXT, value));
  if (typeof value === 'number' && key === 'labelLimit') return Math.min(LONGEST_LABEL, value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => readable(item));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, readable(item, name)]));
}

function mapTexts(value: Json): Json {
  if (typeof value === 'string') return drawable(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(mapTexts);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item)]));
}

/** The room that the widest name in a legend takes with its symbol, in pixels. */
function widestEntry({ scales = [], legends = [], config }: Compiled): number {
  const shown = new Set(legends.flatMap((legend) => CHANNELS.map((channel) => legend[channel])));
  const domains = scales.filter(({ name }) => shown.has(name)).map(({ domain }) => domain);
  const names = domains.flatMap((domain) => (Array.isArray(domain) ? domain.map(String) : []));
  const size = config.legend.labelFontSize ?? 12;
  return 36 + Math.max(56, ...names.map((name) => Math.ceil(size * textWidth(name, 'regular'))));
}

/** What a legend may tell apart. */
const CHANNELS = ['fill', 'stroke', 'shape', 'strokeDash'] as const;

interface Fitting {
  readonly columns: number;
  readonly width: number;
  readonly room: number;
  /** The panels grow until they fill the room, and are no higher than their width asks for. */
  readonly isPaper: boolean;
}

/** Lays out; how much room labels take is known only then, so that the panels are corrected by what is over or missing. */
function fittedView(id: string, spec: Compiled, { columns, room, isPaper, ...first }: Fitting): vega.View {
  let width = first.width;
  for (let tries = 1; ; tries++) {
    setPanelWidth(spec, width);
    if (isPaper) shortenGradients(spec, Math.max(NARROWEST_GRADIENT, columns * width));
    if (isPaper && !hasRows(spec))
      lowerPanels(spec, Math.max(LOWEST_PANEL, Math.round(PAPER_HEIGHT * width)));
    const view = runView(id, spec);
    const over = sizeOf(view).width - room;
    const most = spec.usermeta.layout.maxWidth;
    const next = Math.min(most, Math.max(NARROWEST_PANEL, width - Math.ceil(over / columns)));
    const isFitted = over <= 0 && (!isPaper || next === width);
    if (isFitted || next === width || tries === FITTINGS) return view;
    view.finalize();
    width = next;
  }
}

function setPanelWidth(spec: Compiled, width: number): void {
  const signal = spec.signals?.find(({ name }) => name === 'child_width') as { value?: number } | undefined;
  if (signal === undefined) spec.width = width;
  else signal.value = width;
  for (const mark of spec.marks ?? [])
    if (mark.type === 'group' && mark.title) Object.assign(mark.title, { limit: width });
}

/** A scale of colours no longer than the panels below it. */
function shortenGradients({ legends = [] }: Compiled, most: number): void {
  for (const legend of legends)
    if (typeof legend.gradientLength === 'number')
      legend.gradientLength = Math.min(legend.gradientLength, most);
}

/** Whether the places on the vertical axis are names: as high as there are rows. */
function hasRows(spec: Compiled): boolean {
  const scales = [
    ...(spec.scales ?? []),
    ...(spec.marks ?? []).flatMap((mark) => ('scales' in mark ? (mark.scales ?? []) : [])),
  ];
  return scales.some(({ name, type }) => /(^|_)y$/.test(name) && (type === 'band' || type === 'point'));
}

function lowerPanels(spec: Compiled, most: number): void {
  const signal = spec.signals?.find(({ name }) => name === 'child_height') as { value?: number } | undefined;
  if (signal?.value !== undefined) signal.value = Math.min(signal.value, most);
  else if (typeof spec.height === 'number') spec.height = Math.min(spec.height, most);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(view: vega.View): Size {
  // the size with axes and legends, which is neither a signal nor in the types
  const { _viewWidth, _viewHeight } = view as unknown as { _viewWidth: number; _viewHeight: number };
  const { left, right, top, bottom } = view.padding() as Record<'left' | 'right' | 'top' | 'bottom', number>;
  return { width: _viewWidth + left + right, height: _viewHeight + top + bottom };
}

/** What Vega draws, without the element around it. Ids are counted from the first one anew. */
function markupOf(view: vega.View): string {
  const { SVGStringRenderer } = vega as unknown as { SVGStringRenderer: new () => StringRenderer };
  const { width, height } = sizeOf(view);
  const { left, top } = view.padding() as { left: number; top: number };
  const [x, y] = view.origin();
  vega.resetSVGDefIds();
  const svg = new SVGStringRenderer()
    .initialize(null, width, height, [left + x, top + y], 1)
    .render((view.scenegraph() as unknown as { root: vega.Scene }).root)
    .svg();
  return svg
    .slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
    .replace(TAG, plainTag)
    .replace(INVISIBLE, '');
}

/** An element's beginning as Vega writes it: in text and attributes, it writes no `<`. */
const TAG = /<[a-z]+(?: [\w:-]+="[^"]*")*\/?>/gi;
/** For a page: the drawing as a whole is one picture with one description. */
const INTERACTIVE = / (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g;
/** The empty frames of groups. */
const INVISIBLE = /<path class="(?:background|foreground)" d="[^"]*"(?: display="none")?\/>/g;

function plainTag(tag: string): string {
  return tag
    .replace(INTERACTIVE, '')
    .replace(' stroke-dasharray="1,0"', '') // a dash without gaps; PDF has none of length zero
    .replace('<g class="mark-rect', '<g shape-rendering="crispEdges" class="mark-rect'); // no seams between cells
}

/** The file. A drawing that is wider than the room is made smaller as a whole. */
function document(
  { title, caption }: Figure,
  drawn: Size & { readonly markup: string },
  room: number,
): string {
  const [width, height] = [Math.max(room, drawn.width), drawn.height];
  const scale = room / width;
  const px = (length: number) => String(Math.round(100 * length) / 100);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-labelledby="title" aria-describedby="caption" width="${px(scale * width)}" height="${px(scale * height)}" viewBox="0 0 ${px(width)} ${px(height)}">`,
    `<title id="title">${escapeHtml(drawable(title))}</title>`,
    `<desc id="caption">${escapeHtml(drawable(caption))}</desc>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `${drawn.markup}</svg>\n`,
  ].join('\n');
}
