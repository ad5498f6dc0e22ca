import { fileURLToPath } from 'node:url';
import { type Font, openSync } from 'fontkit';

/** The family that figures in files are drawn in. Where an SVG file is opened without it, Verdana has nearly the same widths. */
export const FILE_FONT = '"DejaVu Sans", Verdana, sans-serif';

/** The family alone, as PNG and PDF files are drawn. */
export const FONT_FAMILY = 'DejaVu Sans';

export type Weight = 'regular' | 'bold';

/** The font files, of the package dejavu-fonts-ttf: no font of the machine is ever read. */
export const FONT_FILES: Readonly<Record<Weight, string>> = {
  regular: fontFile('DejaVuSans.ttf'),
  bold: fontFile('DejaVuSans-Bold.ttf'),
};

function fontFile(name: string): string {
  return fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}`));
}

/** A font with the widths that were asked for before, in em. */
interface Measured {
  readonly font: Font;
  readonly advances: Map<number, number>;
  readonly kernings: Map<string, number>;
}

const opened = new Map<Weight, Measured>();

function measured(weight: Weight): Measured {
  const known = opened.get(weight);
  if (known !== undefined) return known;
  const made = { font: openSync(FONT_FILES[weight]), advances: new Map(), kernings: new Map() };
  opened.set(weight, made);
  return made;
}

/**
 * The width of a line of text in em: the advances of its glyphs, and what each two neighbours are nearer together
 * than that (kerning, ligatures). Reading directions and marks that change the shape of more than their neighbour are
 * left to those who draw. A character that the font does not have counts as its empty box.
 */
export function textWidth(text: string, weight: Weight): number {
  const fontOf = measured(weight);
  let width = 0;
  let before = '';
  for (const character of text) {
    width += advance(fontOf, character) + (before === '' ? 0 : kerning(fontOf, before, character));
    before = character;
  }
  return width;
}

function advance({ font, advances }: Measured, character: string): number {
  const codePoint = character.codePointAt(0)!;
  const known = advances.get(codePoint);
  if (known !== undefined) return known;
  const width = font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm;
  advances.set(codePoint, width);
  return width;
}

function kerning(fontOf: Measured, left: string, right: string): number {
  const pair = left + right;
  const known = fontOf.kernings.get(pair);
  if (known !== undefined) return known;
  const { font } = fontOf;
  const together = font.layout(pair).advanceWidth / font.unitsPerEm;
  const closer = together - advance(fontOf, left) - advance(fontOf, right);
  fontOf.kernings.set(pair, closer);
  return closer;
}

/**
 * Text that the font can draw: a character without a glyph (emoji, Chinese, controls, halves of pairs) becomes its
 * escape, `\u{1f600}`, so that names stay distinct where an empty box would hide what they are.
 */
export function drawable(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  const { font } = measured('regular');
  const { font: bold } = measured('bold');
  return Array.from(text, (character) => {
    const codePoint = character.codePointAt(0)!;
    const isDrawn =
      !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(character) &&
      font.hasGlyphForCodePoint(codePoint) &&
      bold.hasGlyphForCodePoint(codePoint);
    return isDrawn ? character : `\\u{${codePoint.toString(16)}}`;
  }).join('');
}
