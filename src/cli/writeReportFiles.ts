import { join } from 'node:path';
import type { Figure } from '../report/figure.ts';
import { figureCsv, figureSpec } from '../report/files/figureData.ts';
import { latexTable } from '../report/files/latex.ts';
import { markdownTable } from '../report/files/markdown.ts';
import type { PaperTable } from '../report/files/paperTable.ts';
import { pdfOf } from '../report/files/pdf.ts';
import { pngOf } from '../report/files/png.ts';
import { type FigureSize, figureSvg } from '../report/files/svg.ts';
import type { ReportContents } from '../report/report.ts';
import { writeWhole } from './writeChunks.ts';

/** Figures as files. */
export const FIGURE_FORMATS = ['svg', 'png', 'pdf'] as const;
export type FigureFormat = (typeof FIGURE_FORMATS)[number];

/** Tables as files: Markdown and LaTeX. */
export const TABLE_FORMATS = ['md', 'tex'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Pixels of a PNG a pixel of the figure: a screen of double density; about 380 a printed inch. */
const PNG_SCALE: Readonly<Record<FigureSize, number>> = { page: 2, column: 4, twoColumns: 4 };

const TABLE_TEXT: Readonly<Record<TableFormat, (table: PaperTable) => string>> = {
  md: markdownTable,
  tex: latexTable,
};

export interface FilesWanted {
  readonly formats: readonly string[];
  /** The folder of the experiment's results. */
  readonly out: string;
  readonly size: FigureSize;
}

/**
 * Writes `<table>.md` and `<table>.tex`, and into `figures/` each figure in the formats that are asked for, with its data
 * (`.csv`) and its spec in Vega-Lite (`.vl.json`). Says where they are.
 */
export function writeReportFiles(
  { figures, tables }: ReportContents,
  { formats, out, size }: FilesWanted,
): { tables?: string[]; figures?: string } {
  const texts = TABLE_FORMATS.filter((format) => formats.includes(format)).flatMap((format) =>
    tables.map((table) => writeWhole(join(out, `${table.id}.${format}`), TABLE_TEXT[format](table))),
  );
  const drawings = FIGURE_FORMATS.filter((format) => formats.includes(format));
  const folder = join(out, 'figures');
  const areWanted = drawings.length > 0 && figures.length > 0;
  if (areWanted) for (const figure of figures) writeFigure(figure, folder, drawings, size);
  return { ...(texts.length > 0 ? { tables: texts } : {}), ...(areWanted ? { figures: folder } : {}) };
}

function writeFigure(
  figure: Figure,
  folder: string,
  formats: readonly FigureFormat[],
  size: FigureSize,
): void {
  const svg = figureSvg(figure, size);
  const contents: Readonly<Record<FigureFormat, () => string | Uint8Array>> = {
    svg: () => svg,
    png: () => pngOf(svg, PNG_SCALE[size]),
    pdf: () => pdfOf([{ title: figure.title, svg }]),
  };
  const write = (extension: string, content: string | Uint8Array) =>
    writeWhole(join(folder, `${figure.id}.${extension}`), typeof content === 'string' ? content : [content]);
  for (const format of formats) write(format, contents[format]());
  write('csv', figureCsv(figure));
  write('vl.json', figureSpec(figure));
}
