/** Numbers as they stand in a file: plane k holds byte k of every value, so that alike bytes stand together. */
export function splitBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = new Uint8Array(values.byteLength);
  for (let plane = 0, to = 0; plane < 8; plane++)
    for (let from = plane; from < bytes.length; from += 8) planes[to++] = bytes[from];
  return planes;
}

/** The values that {@link splitBytes} was given, bit by bit. */
export function joinBytes(planes: Uint8Array): Float64Array {
  const values = new Float64Array(planes.length / 8);
  const bytes = new Uint8Array(values.buffer);
  for (let plane = 0, from = 0; plane < 8; plane++)
    for (let to = plane; to < bytes.length; to += 8) bytes[to] = planes[from++];
  return values;
}

/** Where a column stood in a tree of plain data: its numbers are `values[from]` up to `values[from + length]`. */
interface ColumnPlace {
  readonly $column: readonly [from: number, length: number];
}

/** A tree of plain data without its numbers: every array of numbers is taken out, in the order of the sorted keys. */
export function takeColumns(tree: unknown): { readonly rest: unknown; readonly values: Float64Array } {
  const columns: number[][] = [];
  let from = 0;
  const visit = (value: unknown): unknown => {
    if (isColumn(value)) {
      columns.push(value);
      from += value.length;
      return { $column: [from - value.length, value.length] } satisfies ColumnPlace;
    }
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(visit);
    const keys = Object.keys(value).sort();
    return Object.fromEntries(keys.map((key) => [key, visit((value as Record<string, unknown>)[key])]));
  };
  const rest = visit(tree);
  const values = new Float64Array(from);
  // one bit pattern for every NaN: equal series are equal bytes
  let at = 0;
  for (const column of columns) for (const x of column) values[at++] = Number.isNaN(x) ? Number.NaN : x;
  return { rest, values };
}

/** Puts the numbers back to where {@link takeColumns} took them from; `tree` is changed. */
export function putColumns(tree: unknown, values: Float64Array): unknown {
  if (tree === null || typeof tree !== 'object') return tree;
  const { $column } = tree as Partial<ColumnPlace>;
  if ($column !== undefined) return Array.from(values.subarray($column[0], $column[0] + $column[1]));
  const items = tree as Record<string, unknown>;
  for (const key of Object.keys(items)) items[key] = putColumns(items[key], values);
  return tree;
}

function isColumn(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}
