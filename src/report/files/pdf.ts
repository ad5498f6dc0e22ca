import PDFDocument from 'pdfkit';
import svgToPdf from 'svg-to-pdfkit';
import type { Figure } from '../figure.ts';
import { FONT_FILES } from './font.ts';
import { type FigureSize, figureSvg } from './svg.ts';

/** A CSS pixel in points. */
const POINT = 0.75;

/** A drawing with the name of its page. */
export interface PdfPage {
  readonly title: string;
  /** Of {@link figureSvg}. */
  readonly svg: string;
}

/** The figures of a report as the pages of one file, each of its own size. */
export function figuresPdf(figures: readonly Figure[], size: FigureSize = 'page'): Uint8Array {
  return pdfOf(figures.map((figure) => ({ title: figure.title, svg: figureSvg(figure, size) })));
}

/**
 * Drawings as the pages of a PDF, vectors and text, named in its outline. The glyphs that occur are embedded once for all
 * pages. The file says nothing about when it was made: the same drawings give the same bytes.
 * @throws if a drawing holds what cannot be drawn: it would be missing unseen.
 */
export function pdfOf(pages: readonly PdfPage[], title = pages[0]?.title ?? ''): Uint8Array {
  const document = new PDFDocument({
    autoFirstPage: false,
    pdfVersion: '1.7',
    displayTitle: true,
    lang: 'en',
    info: { Title: title, Creator: 'thalweg', Producer: 'thalweg', CreationDate: new Date(0) },
  });
  document.registerFont('regular', FONT_FILES.regular);
  document.registerFont('bold', FONT_FILES.bold);
  for (const page of pages) addPage(document, page);
  document.end();
  return document.read() as Uint8Array; // nothing in it waits: all is there when it has ended
}

function addPage(document: PDFKit.PDFDocument, { title, svg }: PdfPage): void {
  const [width, height] = sizeOf(svg);
  const warnings: string[] = [];
  document.addPage({ size: [POINT * width, POINT * height], margin: 0 });
  document.outline.addItem(title);
  svgToPdf(document, svg, 0, 0, {
    fontCallback: (_family, isBold) => (isBold ? 'bold' : 'regular'),
    warningCallback: (warning) => warnings.push(warning),
  });
  if (warnings.length > 0) throw new Error(`${title} does not draw as PDF: ${warnings.join('; ')}`);
}

/** Width and height of the drawing in pixels. */
function sizeOf(svg: string): [width: number, height: number] {
  const [, width, height] = /^<svg [^>]*? width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  return [Number(width), Number(height)];
}
