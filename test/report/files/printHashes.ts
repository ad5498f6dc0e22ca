/** Prints the hash of every file of a report, and how the process writes a number and a time: for determinism.test.ts. */
import { createHash } from 'node:crypto';
import { compare } from '../../../src/report/compared.ts';
import { figureCsv, figureSpec } from '../../../src/report/files/figureData.ts';
import { latexTable } from '../../../src/report/files/latex.ts';
import { markdownTable } from '../../../src/report/files/markdown.ts';
import { summaryTable } from '../../../src/report/files/paperTable.ts';
import { figuresPdf } from '../../../src/report/files/pdf.ts';
import { pngOf } from '../../../src/report/files/png.ts';
import { figureSvg } from '../../../src/report/files/svg.ts';
import { figuresOf } from '../../../src/report/report.ts';
import { summaryRows } from '../../../src/report/table.ts';
import { quickstartLike } from '../syntheticRecords.ts';

const records = quickstartLike(2);
const compared = compare({ records, planned: records.map(({ spec }) => spec) }, undefined);
const table = summaryTable(summaryRows(compared.methods), compared);
const figures = figuresOf(compared.methods);
const hashes: Record<string, string> = {};
const add = (name: string, content: string | Uint8Array) => {
  hashes[name] = createHash('sha256').update(content).digest('hex');
};
for (const figure of figures) {
  const svg = figureSvg(figure, 'column');
  add(`${figure.id}.svg`, svg);
  add(`${figure.id}.png`, pngOf(svg));
  add(`${figure.id}.csv`, figureCsv(figure));
  add(`${figure.id}.vl.json`, figureSpec(figure));
}
add('all.pdf', figuresPdf(figures, 'column'));
add('summary.tex', latexTable(table));
add('summary.md', markdownTable(table));
const place = [(1.5).toLocaleString(), new Date(0).getTimezoneOffset()].join(' ');
console.log(JSON.stringify({ place, hashes }));
