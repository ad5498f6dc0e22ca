/** The parts that we use of packages that ship no types. */

declare module 'fontkit' {
  export interface Glyph {
    readonly id: number;
    readonly advanceWidth: number;
  }
  export interface Font {
    readonly unitsPerEm: number;
    hasGlyphForCodePoint(codePoint: number): boolean;
    glyphForCodePoint(codePoint: number): Glyph;
    /** Glyphs with kerning and ligatures. */
    layout(text: string): { readonly advanceWidth: number };
  }
  export function openSync(path: string): Font;
}

declare module 'svg-to-pdfkit' {
  interface Options {
    readonly width?: number;
    readonly height?: number;
    readonly assumePt?: boolean;
    readonly precision?: number;
    readonly fontCallback?: (family: string, isBold: boolean, isItalic: boolean) => string;
    readonly warningCallback?: (warning: string) => void;
  }
  export default function svgToPdf(
    document: PDFKit.PDFDocument,
    svg: string,
    x: number,
    y: number,
    options?: Options,
  ): void;
}
