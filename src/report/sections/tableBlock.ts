import { type Html, html } from '../html.ts';

/** The head of a column; text stands at the left, numbers at the right. */
export type Head = string | { readonly text: string };

/** A table that scrolls by itself where the window is narrow. Each row is markup: a `<tr>`. */
export function tableBlock(label: string, heads: readonly Head[], rows: readonly Html[]): Html {
  const cells = heads.map((head) =>
    typeof head === 'string'
      ? html`<th scope="col">${head}</th>`
      : html`<th scope="col" class="text">${head.text}</th>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${cells}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`;
}
