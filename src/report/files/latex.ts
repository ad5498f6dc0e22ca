import { visible } from '../format.ts';
import type { Align, PaperTable } from './paperTable.ts';

/**
 * A table for LaTeX, with the package booktabs and no other. A column of numbers is two columns of LaTeX that meet at
 * the decimal point. Compiles with pdfLaTeX, XeLaTeX and LuaLaTeX: what their common fonts lack stands as its escape.
 */
export function latexTable({ id, caption, columns, rows }: PaperTable): string {
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  const head = columns.map(({ name, align }) =>
    align === 'decimal' ? `\\multicolumn{2}{c}{${latexText(name)}}` : latexText(name),
  );
  const body = rows.map(({ cells, emphasis }) =>
    line(cells.map((cell, i) => latexCell(cell, columns[i].align, emphasis?.[i] === true))),
  );
  return [
    '% needs \\usepackage{booktabs,graphicx}; a table that is wider than the text is made as wide',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText(caption)}}`,
    `  \\label{tab:${id.replace(/[^A-Za-z0-9-]/g, '-')}}`,
    '  \\smallskip',
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `  \\begin{tabular}{@{}${columns.map(({ align }) => COLUMN[align]).join('')}@{}}`,
    '    \\toprule',
    line(head),
    '    \\midrule',
    ...body,
    '    \\bottomrule',
    '  \\end{tabular}}',
    '\\end{table}',
    '',
  ].join('\n');
}

const COLUMN: Readonly<Record<Align, string>> = { left: 'l', right: 'r', center: 'c', decimal: 'r@{}l' };

/** A cell of a decimal column is cut in front of the point of its first number, or behind a whole number. */
function latexCell(cell: string, align: Align, isBold: boolean): string {
  const styled = (text: string) => (isBold && text !== '' ? `\\textbf{${latexText(text)}}` : latexText(text));
  if (align !== 'decimal') return styled(cell);
  const [, whole, rest] = /^([+-]?\d[\d,]*)(.*)$/s.exec(cell) ?? [];
  if (whole === undefined) return `\\multicolumn{2}{c}{${styled(cell)}}`;
  return `${styled(whole)} & ${styled(rest)}`;
}

const COMMANDS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\symbol{34}', // some languages make it a command
  '`': '\\textasciigrave{}',
  '–': '--',
  '—': '---',
  '…': '\\ldots{}',
  '“': '``',
  '”': "''",
  '‘': '`',
  '’': "'",
  '∞': '$\\infty$',
  '−': '$-$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '\u00a0': '~',
  '\u2060': '{}', // between two hyphens, which would become a dash
};

/** Text as LaTeX prints it: nothing in it is a command. What is neither ASCII, a letter of Latin-1 nor in the table stands as `\u{…}`. */
export function latexText(text: string): string {
  return Array.from(visible(text).replace(/-(?=-)/g, '-\u2060'), (character) => {
    const command = Object.hasOwn(COMMANDS, character) ? COMMANDS[character] : undefined;
    if (command !== undefined) return command;
    if (/[ -~À-ÖØ-öø-ÿ]/.test(character)) return character;
    return `\\texttt{\\textbackslash{}u\\{${character.codePointAt(0)!.toString(16)}\\}}`;
  }).join('');
}
