import { pageControls } from './pageControls.ts';
import { pageDownloads } from './pageDownloads.ts';
import { pageFigures } from './pageFigures.ts';
import { pageSpecs } from './pageSpecs.ts';

/** Sorting of tables whose heads are buttons: numbers by value, text by its letters, what has no value last in both directions. */
const tables = `
  const compare = (a, b, sign) => {
    if (a === '' || b === '') return (a === '') - (b === '');
    if (a === b) return 0;
    const difference = Number(a) - Number(b);
    return sign * (Number.isNaN(difference) ? (a < b ? -1 : 1) : difference);
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = head.querySelector('button');
      if (!button) return;
      button.addEventListener('click', () => {
        const descending = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        const body = table.tBodies[0];
        const rows = Array.from(body.rows).sort((a, b) =>
          compare(a.cells[column].dataset.sort, b.cells[column].dataset.sort, descending ? -1 : 1));
        body.append(...rows);
      });
    });
  }
`;

/** The script of the report, as it stands in the page. It loads nothing. */
export const pageScript = `'use strict';
(() => {
  const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);
${pageSpecs}${pageFigures}${pageControls}${pageDownloads}${tables}})();
`;
