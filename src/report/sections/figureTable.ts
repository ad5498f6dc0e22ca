import type { FigureTable } from '../figure.ts';
import { type Html, html } from '../html.ts';
import { tableBlock } from './tableBlock.ts';

/** The table under a figure, with its note. */
export function figureTable({ label, heads, rows, note }: FigureTable): Html {
  const lines = rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell, i) =>
        typeof heads[i + 1] === 'string' ? html`<td>${cell}</td>` : html`<td class="text wrap">${cell}</td>`,
      )}</tr>\n`,
  );
  return html`${tableBlock(label, heads, lines)}
<p><small>${note}</small></p>
`;
}
