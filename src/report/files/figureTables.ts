import type { Figure } from '../figure.ts';
import type { PaperTable } from './paperTable.ts';

/** The tables that stand under figures, for a paper: named after their figures, the note as caption. */
export function figureTables(figures: readonly Figure[]): PaperTable[] {
  return figures.flatMap(({ id, table }) => {
    if (table === undefined) return [];
    const columns = table.heads.map((head, i) =>
      typeof head === 'string'
        ? { name: head, align: 'right' as const }
        : { name: head.text, align: i === 0 ? ('left' as const) : ('center' as const) },
    );
    const rows = table.rows.map((cells) => ({ cells }));
    return [{ id, title: table.label, caption: table.note, columns, rows }];
  });
}
