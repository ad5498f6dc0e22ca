import { createContext, runInContext } from 'node:vm';
import { pageSpecs } from '../../src/report/pageSpecs.ts';

// biome-ignore lint/suspicious/noExplicitAny: compiled Vega, and a function of a script that has no types
type Any = any;

const rowsOf: Any = runInContext(
  `(() => {${pageSpecs} return rowsOf; })()`,
  createContext({ colors: new Map() }),
);

/** A spec of the page with its data as rows, as the page's script makes them. */
export function unpacked(spec: Any): Any {
  for (const set of spec.data ?? [])
    if (set.values?.columns !== undefined) set.values = JSON.parse(JSON.stringify(rowsOf(set.values)));
  return spec;
}
