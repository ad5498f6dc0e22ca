import { canonicalJson } from '../core/json.ts';
import { count, formatNumber, formatPercent, formatRate, visible } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RecordRow } from '../store/records.ts';
import { openStore, type Store } from '../store/store.ts';
import { minute, type RowSelection, rowFilter, Tallies } from './storeRows.ts';

export interface StoreListOptions extends RowSelection {
  readonly store: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Rows that a terminal shows unless it is told otherwise. */
const SHOWN = 20;

/** `thalweg store list`: a pass over the light rows, the latest first, and how many there are of each engine. */
export function storeListCommand(options: StoreListOptions): void {
  const isSelected = rowFilter(options, engineDigest());
  const store = openStore(options.store, { write: false });
  try {
    if (options.json) listAsJson(store, isSelected, options.limit ?? Number.POSITIVE_INFINITY);
    else listAsText(store, isSelected, options.limit ?? SHOWN);
  } finally {
    store.close();
  }
}

function listAsJson(store: Store, isSelected: (row: RecordRow) => boolean, limit: number): void {
  let listed = 0;
  for (const row of store.rows()) {
    if (listed === limit) return;
    if (!isSelected(row)) continue;
    const { number: _, ...facts } = row;
    console.log(canonicalJson(facts));
    listed++;
  }
}

function listAsText(store: Store, isSelected: (row: RecordRow) => boolean, limit: number): void {
  const tallies = new Tallies();
  for (const row of store.rows()) {
    if (!isSelected(row)) continue;
    if (tallies.count === 0 && limit > 0) console.log(line(COLUMNS.map(({ title }) => title)));
    if (tallies.count < limit) {
      console.log(line(COLUMNS.map(({ cell }) => cell(row))));
      if (row.reason !== null) console.log(`  ${visible(row.reason)}`);
    }
    tallies.add(row);
  }
  const shown = Math.min(tallies.count, limit);
  if (shown > 0) console.log('');
  const rest = shown < tallies.count ? `; the latest ${shown} are shown, --limit N shows more` : '';
  console.log(`${count(tallies.count, 'record')} in ${store.path}${rest}`);
  for (const text of tallies.describe(engineDigest())) console.log(`  ${text}`);
}

interface Column {
  readonly title: string;
  /** Fixed, so that a row can be printed before the next one is read. */
  readonly width: number;
  readonly cell: (row: RecordRow) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'run', width: 12, cell: ({ id }) => id.slice(0, 12) },
  { title: 'engine', width: 8, cell: ({ engine }) => engine },
  { title: 'outcome', width: 9, cell: ({ outcome }) => outcome },
  { title: 'optimizer', width: 14, cell: ({ optimizer }) => optimizer ?? '' },
  {
    title: 'rate',
    width: 8,
    cell: ({ learningRate }) => (learningRate === null ? '' : formatRate(learningRate)),
  },
  { title: 'model', width: 12, cell: ({ model }) => model ?? '' },
  { title: 'data', width: 12, cell: ({ data }) => data ?? '' },
  { title: 'seed', width: 5, cell: ({ seed }) => String(seed ?? '') },
  { title: 'steps', width: 7, cell: ({ steps }) => String(steps ?? '') },
  {
    title: 'error',
    width: 7,
    cell: ({ validationError }) => (validationError === null ? '' : formatPercent(validationError)),
  },
  { title: 'seconds', width: 7, cell: ({ seconds }) => (seconds === null ? '' : formatNumber(seconds)) },
  { title: 'started (UTC)', width: 16, cell: ({ startedAt }) => minute(startedAt ?? '') },
];

function line(cells: readonly string[]): string {
  const fitted = cells.map((text, i) => {
    const { width } = COLUMNS[i];
    const shown = visible(text);
    return (shown.length > width ? `${shown.slice(0, width - 1)}…` : shown).padEnd(width);
  });
  return fitted.join('  ').trimEnd();
}
