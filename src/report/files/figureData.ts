import { stringify } from 'csv-stringify/sync';
import { canonicalJson, type Json } from '../../core/json.ts';
import type { Figure } from '../figure.ts';
import type { JsonObject } from '../labels.ts';
import { textOf } from '../tables/formats.ts';

/** Rows that a part of a figure draws. */
interface DataSet {
  readonly name: string;
  readonly rows: readonly JsonObject[];
}

/** Said in words for a reader's pointer; the other columns have it as numbers. */
const LEFT_OUT = 'tooltip';

/**
 * The data that a figure shows, a row an observation, with all columns of all data sets in the order of their first
 * appearance. Several data sets are told apart by a first column `data`. Numbers and empty cells as in runs.csv; a
 * list in a cell is JSON.
 */
export function figureCsv(figure: Figure): string {
  const sets = dataSets(figure.spec, []);
  const isOne = sets.length === 1;
  const columns = [...new Set(sets.flatMap(({ rows }) => rows.flatMap(Object.keys)))].filter(
    (column) => column !== LEFT_OUT,
  );
  const cells = (name: string, row: JsonObject) => [
    ...(isOne ? [] : [name]),
    ...columns.map((column) => cellOf(row[column])),
  ];
  const head = [...(isOne ? [] : ['data']), ...columns];
  return stringify([head, ...sets.flatMap(({ name, rows }) => rows.map((row) => cells(name, row)))]);
}

/**
 * A figure's spec in Vega-Lite, which has the data in it: for the Vega editor, Altair, or a changed drawing. Keys in
 * canonical order on one line.
 */
export function figureSpec(figure: Figure): string {
  return `${canonicalJson(JSON.parse(JSON.stringify(figure.spec)))}\n`;
}

/** The data of a view and of the views in it, in the order of the spec. Data that are named again are the same ones. */
function dataSets(view: JsonObject, outer: readonly string[]): DataSet[] {
  const data = view.data as { readonly name?: string; readonly values?: Json } | undefined;
  const own =
    data !== undefined && Array.isArray(data.values)
      ? [
          {
            name: data.name ?? `data ${outer.length + 1}`,
            rows: flattened(data.values as JsonObject[], view.transform),
          },
        ]
      : [];
  const sets: DataSet[] = [...own];
  for (const inner of innerViews(view))
    sets.push(
      ...dataSets(inner, [...outer, ...sets.map(({ name }) => name)]).map((set) => ({
        ...set,
        name: distinct(set.name, sets),
      })),
    );
  return sets;
}

function innerViews(view: JsonObject): JsonObject[] {
  return ['spec', 'layer', 'hconcat', 'vconcat', 'concat'].flatMap((key) => {
    const inner = view[key];
    if (inner === undefined || inner === null || typeof inner !== 'object') return [];
    return (Array.isArray(inner) ? inner : [inner]) as JsonObject[];
  });
}

function distinct(name: string, sets: readonly DataSet[]): string {
  const isTaken = (candidate: string) => sets.some((set) => set.name === candidate);
  let free = name;
  for (let n = 2; isTaken(free); n++) free = `${name} (${n})`;
  return free;
}

/** Rows of lists as rows of values, as the view's `flatten` takes them apart: the n-th values of all lists are a row. */
function flattened(rows: readonly JsonObject[], transform: Json | undefined): JsonObject[] {
  const steps = (Array.isArray(transform) ? transform : []) as readonly JsonObject[];
  const flatten = steps.find((step) => 'flatten' in step);
  if (flatten === undefined) return [...rows];
  const fields = flatten.flatten as readonly string[];
  const names = (flatten.as ?? fields) as readonly string[];
  return rows.flatMap((row) => {
    const lists = fields.map((field) => row[field] as readonly Json[]);
    const rest = Object.entries(row).filter(([field]) => !fields.includes(field));
    return Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, i) =>
      Object.fromEntries([...rest, ...names.map((name, k) => [name, lists[k][i] ?? null] as const)]),
    );
  });
}

function cellOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return value !== null && typeof value === 'object' ? canonicalJson(value) : textOf(value);
}
