import type * as vega from 'vega';
import { type PanelLayout, runView } from '../figure.ts';
import { textWidth } from './font.ts';

/** A Vega spec, as far as the fitting touches it. */
export interface Compiled extends Omit<vega.Spec, 'config' | 'width'> {
  width?: number;
  usermeta: { readonly layout: PanelLayout };
  config: { legend: { labelFontSize?: number; columns?: number; labelLimit?: number } };
}

/** Of the width: panels of a paper that are no list of rows are no higher, but high enough for their marks and labels. */
const PAPER_HEIGHT = 0.75;
const LOWEST_PANEL = 112;
/** A panel that is narrower shows nothing: then the whole figure is made smaller. */
const NARROWEST_PANEL = 70;
const NARROWEST_GRADIENT = 80;
/** How often the panels are made wider or narrower until the figure is as wide as it should be. */
const FITTINGS = 4;

export interface Fitting {
  readonly columns: number;
  readonly width: number;
  readonly room: number;
  /** The panels grow until they fill the room, and are no higher than their width asks for. */
  readonly isPaper: boolean;
}

/** Lays out; how much room labels take is known only then, so that the panels are corrected by what is over or missing. */
export function fittedView(
  id: string,
  spec: Compiled,
  { columns, room, isPaper, ...first }: Fitting,
): vega.View {
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

/** The room that the widest name in a legend takes with its symbol, in pixels. */
export function widestEntry({ scales = [], legends = [], config }: Compiled): number {
  const shown = new Set(legends.flatMap((legend) => CHANNELS.map((channel) => legend[channel])));
  const domains = scales.filter(({ name }) => shown.has(name)).map(({ domain }) => domain);
  const names = domains.flatMap((domain) => (Array.isArray(domain) ? domain.map(String) : []));
  const size = config.legend.labelFontSize ?? 12;
  return 36 + Math.max(56, ...names.map((name) => Math.ceil(size * textWidth(name, 'regular'))));
}

/** What a legend may tell apart. */
const CHANNELS = ['fill', 'stroke', 'shape', 'strokeDash'] as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** With axes, legends and padding, in pixels. */
export function sizeOf(view: vega.View): Size {
  // the size with axes and legends, which is neither a signal nor in the types
  const { _viewWidth, _viewHeight } = view as unknown as { _viewWidth: number; _viewHeight: number };
  const { left, right, top, bottom } = view.padding() as Record<'left' | 'right' | 'top' | 'bottom', number>;
  return { width: _viewWidth + left + right, height: _viewHeight + top + bottom };
}
