import { canonicalJson, type Json } from '../core/json.ts';
import { visible } from './format.ts';
import { type JsonObject, labelsOf } from './labels.ts';
import { shortNames } from './shortNames.ts';

/** A choice that an experiment varies: an option of the spec, or several that change together. */
export interface Factor {
  /** The last word of the option's path, `norm`, with the one before where two factors share it; `optimizer + schedule` for several. */
  readonly name: string;
  /** In the order in which the specs first have them; at least two. */
  readonly levels: readonly string[];
}

/** A crossed design: what varies, and which of the specs take part in it. */
export interface Design {
  readonly factors: readonly Factor[];
  /** The level of every factor for each spec; null for a spec that stands outside of the crossing. */
  readonly places: readonly (readonly number[] | null)[];
  /** Combinations of levels, and how many of them a spec has. */
  readonly cells: number;
  readonly filled: number;
}

/** Of the combinations of levels at least so many must have been run: effects of a thinner design mix with each other. */
const LEAST_FILLED = 0.75;

/** The name of a level in at most so many characters: it stands beside a heat map. */
const LEVEL_NAME = 28;

/** What one option is in every spec, and the number of its level there. */
interface Column {
  readonly path: readonly string[];
  readonly values: readonly (Json | undefined)[];
  readonly of: readonly number[];
  readonly levels: number;
}

/** An option with those that it decides. */
interface Merged extends Column {
  readonly follow: readonly Column[];
}

/**
 * Finds the factors of specs (one a method, without seed and learning rate). Specs are left out level by level, that with the fewest
 * specs for its share of the cells first, until three quarters of all combinations are there. Null where fewer than two factors with two
 * levels each remain, and where two specs stand in one cell.
 */
export function designOf(specs: readonly JsonObject[]): Design | null {
  let members = specs.map((_, i) => i);
  for (;;) {
    const shown = members.map((i) => specs[i]);
    const columns = merged(columnsOf(shown, []));
    if (columns.length < 2) return null;
    const cells = columns.reduce((product, { levels }) => product * levels, 1);
    const filled = new Set(members.map((_, j) => columns.map(({ of }) => of[j]).join())).size;
    if (filled < members.length) return null;
    if (filled >= LEAST_FILLED * cells) return designWith(columns, members, specs.length, cells, filled);
    const thin = thinnest(columns, cells);
    members = members.filter((_, j) => columns[thin.column].of[j] !== thin.level);
  }
}

/** The places at which the values differ. An object of one kind is looked into; where kinds differ, or there is none, all of it is one value. */
function columnsOf(values: readonly (Json | undefined)[], path: readonly string[]): Column[] {
  const texts = values.map((value) => (value === undefined ? '' : canonicalJson(value)));
  const known = [...new Set(texts)];
  if (known.length < 2) return [];
  const objects = values.filter(isObject);
  if (objects.length < values.length)
    return [{ path, values, of: texts.map((text) => known.indexOf(text)), levels: known.length }];
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const below = (key: string) =>
    columnsOf(
      objects.map((object) => (Object.hasOwn(object, key) ? object[key] : undefined)),
      [...path, key],
    );
  const kinds = [...new Set(objects.map(kindOf))];
  if (kinds.length === 1) return keys.flatMap(below);
  const free = keys.filter((key) => isFree(objects, key));
  if (free.length === 0)
    return [{ path, values, of: texts.map((text) => known.indexOf(text)), levels: known.length }];
  const rest = objects.map((object) =>
    Object.fromEntries(Object.entries(object).filter(([key]) => !free.includes(key))),
  );
  return [...columnsOf(rest, path), ...free.flatMap(below)];
}

/** Whether an option takes the same values, at least two, within every kind: then it is a factor beside the kind (a network's norm), not a part of it. */
function isFree(objects: readonly JsonObject[], key: string): boolean {
  const values = new Map<string, Set<string>>();
  for (const object of objects) {
    if (key === 'kind' || !Object.hasOwn(object, key)) return false;
    const own = values.get(kindOf(object)) ?? new Set();
    values.set(kindOf(object), own.add(canonicalJson(object[key])));
  }
  const [first, ...others] = [...values.values()].map((set) => [...set].sort().join('\n'));
  return others.every((other) => other === first) && [...values.values()][0].size > 1;
}

/** An option that another one decides is part of that factor: their effects cannot be told apart. */
function merged(columns: readonly Column[]): Merged[] {
  const decides = (a: Column, b: Column) =>
    new Set(a.of.map((level, j) => `${level},${b.of[j]}`)).size === a.levels;
  const leads = columns.filter(
    (column, c) =>
      !columns.some((other, o) => o !== c && decides(other, column) && (o < c || !decides(column, other))),
  );
  return leads.map((lead) => ({
    ...lead,
    follow: columns.filter((column) => !leads.includes(column) && decides(lead, column)),
  }));
}

/** The level that has the fewest specs, measured by how many it would have in the full crossing. */
function thinnest(columns: readonly Column[], cells: number) {
  let thin = { column: 0, level: 0, share: Number.POSITIVE_INFINITY };
  for (const [column, { of, levels }] of columns.entries()) {
    for (let level = 0; level < levels; level++) {
      const share = of.filter((own) => own === level).length / (cells / levels);
      if (share < thin.share) thin = { column, level, share };
    }
  }
  return thin;
}

function designWith(
  columns: readonly Merged[],
  members: readonly number[],
  specs: number,
  cells: number,
  filled: number,
): Design {
  const places = Array.from({ length: specs }, (): number[] | null => null);
  for (const [j, i] of members.entries()) places[i] = columns.map(({ of }) => of[j]);
  const factors = columns.map((column) => ({
    name: nameOf(column, columns),
    levels: levelNames(column),
  }));
  return { factors, places, cells, filled };
}

/** At most two of the options that change together are named. */
function nameOf(column: Merged, columns: readonly Merged[]): string {
  const { path, follow } = column;
  const ends = (words: number) => columns.map((other) => other.path.slice(-words).join('.'));
  const isShared = (words: number) => new Set(ends(words)).size < columns.length;
  let words = 1;
  while (words < path.length && isShared(words)) words++;
  const names = [path.slice(-words), ...follow.map((other) => other.path.slice(-1))];
  const shown = names.slice(0, 2).map((parts) => parts.join('.'));
  return visible(`${shown.join(' + ')}${names.length > 2 ? ' …' : ''}`);
}

/** Named as methods are, without the name of the option itself. */
function levelNames({ path, values, of, levels }: Column): string[] {
  const key = path.at(-1)!;
  const distinct = Array.from({ length: levels }, (_, level) => values[of.indexOf(level)]);
  const labels = labelsOf(distinct.map((value) => (value === undefined ? {} : { [key]: value })));
  const bare = labels.map((label, level) => {
    if (distinct[level] === undefined) return 'not given';
    return label.startsWith(`${key} `) ? label.slice(key.length + 1) : label;
  });
  return shortNames(bare, LEVEL_NAME);
}

/** Methods of one kind share their options; a user's module is a kind of its own. An object without a kind is of the kind of all such. */
function kindOf(value: JsonObject): string {
  return canonicalJson(value.kind === 'module' ? ['module', value.name ?? null] : (value.kind ?? null));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
