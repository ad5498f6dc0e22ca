import { describe, expect, it } from 'vitest';
import { chart } from '../../../src/report/figure.ts';
import { figureTables } from '../../../src/report/files/figureTables.ts';
import { figureTable } from '../../../src/report/sections/figureSections.ts';

const spec = chart('a chart', { panels: 1, minWidth: 1, maxWidth: 2, axis: 0 }, {});
const plain = { id: 'plain', title: 'Plain', caption: 'None.', spec };
const table = {
  label: 'Numbers',
  heads: [{ text: 'Method' }, 'Reached', { text: 'Where' }],
  rows: [['<b>', '1 of 2', 'inside']],
  note: 'A & B.',
};

describe('tables under figures', () => {
  it('are tables of a paper, named after the figure', () => {
    expect(figureTables([plain, { ...plain, id: 'other', table }])).toEqual([
      {
        id: 'other',
        title: 'Numbers',
        caption: 'A & B.',
        columns: [
          { name: 'Method', align: 'left' },
          { name: 'Reached', align: 'right' },
          { name: 'Where', align: 'center' },
        ],
        rows: [{ cells: ['<b>', '1 of 2', 'inside'] }],
      },
    ]);
  });

  it('stand in the page as text', () => {
    const { html } = figureTable(table);
    expect(html).toContain('aria-label="Numbers"');
    expect(html).toContain(
      '<tr><th scope="row">&lt;b&gt;</th><td>1 of 2</td><td class="text wrap">inside</td></tr>',
    );
    expect(html).toContain('<small>A &amp; B.</small>');
  });
});
