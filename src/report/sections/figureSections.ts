import type { Figure, FigureTable } from '../figure.ts';
import { figureBlock, type Html, html } from '../html.ts';
import { tableBlock } from './tableBlock.ts';

/** A section a figure, with the table that belongs to it; `pdf` holds them all, a page each. */
export function figureSections(figures: readonly Figure[], pdf: Uint8Array | undefined): Html[] {
  return figures.map(
    (figure, i) => html`<section aria-labelledby="${figure.id}-title">
<h2 id="${figure.id}-title">${figure.title}</h2>
${figureBlock(figure, pdf === undefined ? null : i + 1)}
${figure.table === undefined ? null : figureTable(figure.table)}</section>
`,
  );
}

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
