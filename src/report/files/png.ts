import { Resvg } from '@resvg/resvg-js';
import { FONT_FAMILY, FONT_FILES } from './font.ts';

/**
 * An SVG of {@link figureSvg} as a PNG of `scale` times as many pixels, in the font of the files alone: resvg leaves text
 * out in silence where it has no font.
 */
export function pngOf(svg: string, scale = 2): Uint8Array {
  const font = {
    loadSystemFonts: false,
    fontFiles: Object.values(FONT_FILES),
    defaultFontFamily: FONT_FAMILY,
    sansSerifFamily: FONT_FAMILY,
  };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
