import type { Json } from '../../core/json.ts';
import type { JsonObject } from '../labels.ts';
import { drawable, FILE_FONT } from './font.ts';

/** Around a figure, in pixels. */
export const PADDING = 4;

/** 7.1 and 9 points: three quarters of these pixels. */
const [SMALLEST_TEXT, LARGEST_TEXT] = [9.5, 12];
const LONGEST_LABEL = 140;
const PAPER_CONFIG = {
  axis: { labelFontSize: SMALLEST_TEXT, titleFontSize: SMALLEST_TEXT, labelSeparation: 6 },
  line: { strokeWidth: 1.5 },
  legend: { labelFontSize: 10, titleFontSize: SMALLEST_TEXT, columnPadding: 8 },
  header: { labelFontSize: 11 },
};
/** A figure's spec in Vega-Lite with its texts as the font can draw them, in a paper in sizes that can be read. */
export function forFiles(spec: JsonObject, isPaper: boolean): JsonObject {
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
