/**
 * Data as they stand in the page: rows of plain values as columns, words that recur as their places in a list, numbers
 * with six digits, which is more than a screen can show. It halves the data; the page's script makes rows of them again.
 */
export interface Packed {
  readonly rows: number;
  readonly columns: readonly (readonly [name: string, column: Column])[];
}

/** Values, or places of words. A row that has no such column has an empty list there. */
type Column = readonly unknown[] | { readonly words: readonly string[]; readonly at: readonly unknown[] };

type Row = Readonly<Record<string, unknown>>;

/** Null where packing does not pay, or where rows hold more than plain values. */
export function packed(values: unknown): Packed | null {
  if (!Array.isArray(values) || values.length < 2 || !values.every(isPlain)) return null;
  const rows = values as readonly Row[];
  const names = [...new Set(rows.flatMap(Object.keys))];
  return { rows: rows.length, columns: names.map((name) => [name, columnOf(rows, name)]) };
}

/** As JSON with six digits in numbers that are not whole. */
export function shortJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(6)) : item,
  );
}

function isPlain(row: unknown): boolean {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) return false;
  return Object.values(row).every((value) => value === null || typeof value !== 'object');
}

function columnOf(rows: readonly Row[], name: string): Column {
  const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : []));
  const words = [...new Set(values.filter((value) => typeof value === 'string'))];
  const areWords = values.every((value) => typeof value === 'string' || Array.isArray(value));
  if (!areWords || 2 * words.length > rows.length) return values;
  const place = new Map(words.map((word, i) => [word, i]));
  return { words, at: values.map((value) => (typeof value === 'string' ? place.get(value) : value)) };
}
