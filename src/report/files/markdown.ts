import { visible } from '../format.ts';
import type { Align, PaperTable } from './paperTable.ts';

const RULE: Readonly<Record<Align, string>> = {
  left: ':---',
  right: '---:',
  center: ':---:',
  decimal: '---:',
};

/** A table in GitHub's Markdown, with its caption below. */
export function markdownTable({ caption, columns, rows }: PaperTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = rows.map(({ cells, emphasis }) =>
    line(
      cells.map((cell, i) =>
        emphasis?.[i] === true && cell !== '' ? `**${markdownText(cell)}**` : markdownText(cell),
      ),
    ),
  );
  return [
    line(columns.map(({ name }) => markdownText(name))),
    line(columns.map(({ align }) => RULE[align])),
    ...body,
    '',
    markdownText(caption),
    '',
  ].join('\n');
}

/**
 * Text that Markdown shows as it is. Marks are escaped by a backslash; what GitHub reads even so (HTML, addresses, names
 * of users and numbers of issues, a cell's end) is written as a character reference.
 */
export function markdownText(text: string): string {
  return visible(text)
    .replace(/[&<>@#|]|:(?=\/\/)|(?<=\bwww)\./gi, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_[\]~!$]/g, (mark) => `\\${mark}`);
}
