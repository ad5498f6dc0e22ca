import * as vega from 'vega';
import { textWidth } from './font.ts';

/** The part of a text item that its width depends on. */
interface TextItem {
  readonly fontSize?: number | string | null;
  readonly fontWeight?: number | string | null;
  /** The text is shortened to this width, in pixels. */
  readonly limit?: number | null;
}

interface TextMetrics {
  height(item: TextItem): number;
  width(item: TextItem, text: unknown): number;
}

/** Vega's own object, which its types do not name. All of Vega measures through it. */
export const textMetrics = (vega as unknown as { textMetrics: TextMetrics }).textMetrics;

/**
 * Makes Vega measure text by the shipped font. Without a canvas it takes 0.8 em a character, half as much again as
 * most labels have: margins too wide, and every second tick label dropped. Whoever lays out a figure calls it first:
 * the object is shared with everything else that runs in the process.
 */
export function measureByFont(): void {
  textMetrics.width = widthOf;
}

/** In pixels. */
function widthOf(item: TextItem, text: unknown): number {
  const line = text === null || text === undefined ? '' : String(text).trim();
  const width = textWidth(line, isBold(item.fontWeight) ? 'bold' : 'regular') * textMetrics.height(item);
  const { limit } = item;
  return limit !== null && limit !== undefined && limit > 0 ? Math.min(width, limit) : width;
}

/** As CSS chooses between a regular and a bold face. */
function isBold(weight: TextItem['fontWeight']): boolean {
  return weight === 'bold' || weight === 'bolder' || Number(weight) >= 600;
}
