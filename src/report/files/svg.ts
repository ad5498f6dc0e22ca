import * as vega from 'vega';
import { type Figure, toVega } from '../figure.ts';
import { escapeHtml } from '../html.ts';
import { forFiles, PADDING } from './fileSpec.ts';
import { fitLegend, fitPanels } from './fit.ts';
import { type Compiled, fittedView, type Size, sizeOf, widestEntry } from './fittedView.ts';
import { drawable } from './font.ts';

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

/** In a column, panels may be narrower than on a screen, where the same point is further apart. */
const PAPER_PANEL = 0.45;

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
  // labels at the ends of lines are moved apart for a panel of a page's height: a lower one has its legend
  const layout = isPaper ? { ...wanted, minWidth: PAPER_PANEL * wanted.minWidth, labels: 0 } : wanted;
  const { columns, width, labels } = fitPanels(layout, room - 2 * PADDING);
  const labelSignal = spec.signals?.find(({ name }) => name === 'labels');
  if (labelSignal !== undefined) Object.assign(labelSignal, { value: labels });
  if (spec.layout !== undefined) (spec.layout as { columns: number }).columns = columns;
  Object.assign(spec.config.legend, fitLegend(widestEntry(spec), room - 2 * PADDING));
  const view = fittedView(figure.id, spec, { columns, width, room, isPaper });
  const drawn = { ...sizeOf(view), markup: markupOf(view) };
  view.finalize();
  return document(figure, drawn, isPaper ? room : drawn.width);
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
