import type { PanelLayout } from '../figure.ts';

/** Between two panels, in pixels. */
const GAP = 24;
const NARROWEST_PANEL = 120;
const MOST_LEGEND_COLUMNS = 6;

export interface FittedPanels {
  readonly columns: number;
  /** Of each panel, without its axis. */
  readonly width: number;
  /** Whether there is room for labels at the ends of lines, where there are any. */
  readonly labels: boolean;
}

/**
 * How panels fit into `room`, in pixels: as many columns as hold panels of `minWidth`, then as few as the same number of
 * rows needs, each at most `maxWidth` wide. The page's script has the same rule (pageSpecs.ts, `fit`); it has to be
 * written there again, since it stands in the page as text. A test holds both to one table of cases.
 */
export function fitPanels(
  { panels, minWidth, maxWidth, axis, labels = 0 }: PanelLayout,
  room: number,
): FittedPanels {
  const areShown = labels > 0 && room - axis - labels >= minWidth;
  const side = axis + (areShown ? labels : 0);
  const most = Math.max(1, Math.min(panels, Math.floor((room + GAP) / (minWidth + side + GAP))));
  const columns = Math.ceil(panels / Math.ceil(panels / most));
  const share = Math.floor((room - GAP * (columns - 1)) / columns - side);
  return { columns, width: Math.max(NARROWEST_PANEL, Math.min(maxWidth, share)), labels: areShown };
}

/**
 * How many names stand side by side in a legend, and how long one may be, where the widest of them takes `widest` pixels
 * with its symbol and the gap behind it.
 */
export function fitLegend(widest: number, room: number): { columns: number; labelLimit: number } {
  const entry = Math.min(room, widest);
  const columns = Math.max(1, Math.min(MOST_LEGEND_COLUMNS, Math.floor(room / entry)));
  return { columns, labelLimit: entry - 30 };
}
