// What the page's script makes of packed data, written once more: see src/report/packed.ts.

// biome-ignore lint/suspicious/noExplicitAny: rows of any figure
type Any = any;

/** The rows of packed data; data that are not packed as they are. */
export function unpacked(values: Any): Any {
  if (values === null || Array.isArray(values) || values?.columns === undefined) return values;
  return Array.from({ length: values.rows }, (_, i) =>
    Object.fromEntries(
      values.columns.flatMap(([name, column]: [string, Any]) => {
        const item = Array.isArray(column) ? column[i] : column.at[i];
        if (Array.isArray(item)) return [];
        return [[name, Array.isArray(column) ? item : column.words[item]]];
      }),
    ),
  );
}
