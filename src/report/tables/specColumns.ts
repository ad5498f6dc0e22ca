import { canonicalJson, type Json } from '../../core/json.ts';
import type { RunSpec } from '../../run/spec.ts';
import type { JsonObject } from '../labels.ts';
import type { Cell, Column, ColumnType, NamedRun } from './table.ts';

/** Options that are whole numbers whatever their values: a column keeps its type from one export to the next. */
const WHOLE: readonly string[] = ['spec.seed', 'spec.epochs', 'spec.until'];

/** A column an option that any of the specs has, by its path: `spec.optimizer.learningRate`. In the order in which they first occur. */
export function specColumns(specs: Iterable<RunSpec>): Column<{ readonly run: NamedRun }>[] {
  const types = new Map<string, ColumnType>();
  for (const spec of specs) {
    for (const [path, value] of leavesOf(spec as unknown as JsonObject, 'spec')) {
      const [before, here] = [types.get(path), typeOf(path, value)];
      types.set(path, before === undefined || before === here ? here : 'text');
    }
  }
  return [...types].map(([name, type]) => ({
    name,
    type,
    unit: '',
    meaning: 'an option of the spec',
    value: ({ run }) => valueAt(run, name, type),
  }));
}

function valueAt({ record }: NamedRun, path: string, type: ColumnType): Cell {
  const [, ...keys] = path.split('.');
  return cellOf(leafAt(record.spec as unknown as JsonObject, keys), type);
}

/** Keys may hold dots themselves (`rates` names tensors): the longest key that fits goes first. */
function leafAt(value: Json | undefined, keys: readonly string[]): Json | undefined {
  if (keys.length === 0) return isObject(value) ? undefined : value;
  if (!isObject(value)) return undefined;
  for (let n = keys.length; n > 0; n--) {
    const key = keys.slice(0, n).join('.');
    if (Object.hasOwn(value, key)) return leafAt(value[key], keys.slice(n));
  }
  return undefined;
}

function cellOf(value: Json | undefined, type: ColumnType): Cell {
  if (value === undefined) return null;
  if (type === 'text') return typeof value === 'string' ? value : canonicalJson(value);
  return value as Cell;
}

function typeOf(path: string, value: Json): ColumnType {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return WHOLE.includes(path) ? 'whole' : 'number';
  return 'text';
}

/** The options of a spec by their path; a list is one value. */
function* leavesOf(value: JsonObject, path: string): Generator<[path: string, value: Json]> {
  for (const [key, item] of Object.entries(value)) {
    if (isObject(item)) yield* leavesOf(item, `${path}.${key}`);
    else yield [`${path}.${key}`, item];
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
