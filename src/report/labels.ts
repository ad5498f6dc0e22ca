import { canonicalJson, type Json } from '../core/json.ts';
import { formatRate, visible } from './format.ts';
import { listText, perturbationText, storageText } from './partTexts.ts';

export type JsonObject = { readonly [key: string]: Json };

/** A piece of a label; `absent` if it says that something is not there (`clip none`). */
interface Part {
  readonly text: string;
  readonly absent: boolean;
}

/**
 * A name for each of the distinct specs, made of what varies among them and of nothing else: `adam` and `sgd`,
 * or `adam` and `adam, clip globalNorm 1`. An option is named only if it varies among the specs that have it.
 * Parts that say that something is absent are left out where the names stay distinct without them.
 */
export function labelsOf(specs: readonly JsonObject[]): string[] {
  const place = new Place(specs);
  const parts = specs.map((spec) => partsOf('', spec, place));
  const complete = parts.map((list, i) => join(list) || nameOf(specs[i].optimizer));
  const brief = parts.map((list, i) => join(list.filter((part) => !part.absent)) || complete[i]);
  return numbered(new Set(brief).size === specs.length ? brief : complete);
}

/** Shortened names may be equal: the second one becomes `name (2)`. */
function numbered(labels: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const earlier = seen.get(label) ?? 0;
    seen.set(label, earlier + 1);
    return earlier === 0 ? drawable(label) : `${label} (${earlier + 1})`;
  });
}

/**
 * A name that a figure can draw: in quotes if every object has a property of this name (`constructor`, `__proto__`), since Vega keeps the
 * panels of a facet in a plain object, and if nothing of it would be seen.
 */
export function drawable(name: string): string {
  return name in Object.prototype || name.trim() === '' ? `"${name}"` : name;
}

/** What makes `value` differ from its peers at the same place of the other specs. */
function partsOf(key: string, value: Json | undefined, place: Place): Part[] {
  if (value === undefined || !place.varies) return [];
  const told = toldParts(key, value, place);
  if (told !== undefined) return told;
  if (!isObject(value)) return [{ text: `${key} ${show(value)}`, absent: false }];
  const kind = kindOf(value);
  const alike = place.ofKind(kind);
  const prefix = key === '' || key === 'optimizer' ? '' : `${key} `;
  const options = (keys: readonly string[]) =>
    keys.flatMap((name) =>
      partsOf(name, value[name], alike.at(name)).map((part) =>
        isObject(value[name]) ? part : { ...part, text: `${prefix}${part.text}` },
      ),
    );
  const keys = optionsFirst(value);
  if (kind === undefined || alike.size === place.size) return options(keys);
  const numbers = keys.filter((name) => typeof value[name] === 'number');
  const [only] = !WITHOUT_NUMBER.includes(key) && numbers.length === 1 ? numbers : [];
  const head = `${prefix}${nameOf(value)}${only === undefined ? '' : ` ${show(value[only])}`}`;
  return [{ text: head, absent: kind === 'none' }, ...options(keys.filter((name) => name !== only))];
}

/** Nobody knows from the kind what the one number of these means: `clip globalNorm 1`, but not `model mlp 0`. */
const WITHOUT_NUMBER = ['optimizer', 'data', 'model'];

/** Parts that have words of their own: a list of parts with kinds, what is stored in fewer bits, what was moved, what changes. */
function toldParts(key: string, value: Json, place: Place): Part[] | undefined {
  const one = (text: string, absent = false) => [{ text: shorten(text, 60), absent }];
  if (key === 'changes') return one(changesText(value));
  if (key === 'perturbation' && isObject(value)) return one(perturbationText(value));
  if (key === 'precision' && isObject(value)) {
    const names = Object.keys(value).filter((name) => place.ofKind(undefined).at(name).varies);
    return names.flatMap((name) => one(storageText(name, value[name] as JsonObject)));
  }
  if (!isPartList(value) || (value.length === 0 && !place.values.some(isFullPartList))) return undefined;
  const peers = place.values.flatMap((other) => (isPartList(other) ? other : []));
  const text = value.length === 0 ? 'none' : listText(value, peers);
  return one(key === 'faults' && value.length > 0 ? text : `${key} ${text}`, value.length === 0);
}

function isPartList(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every((part) => isObject(part) && typeof part.kind === 'string');
}

function isFullPartList(value: Json | undefined): boolean {
  return isPartList(value) && value.length > 0;
}

/** The values at one place of all specs, looked at once however many specs ask. */
class Place {
  readonly values: readonly (Json | undefined)[];
  readonly #kinds = new Map<string | undefined, Place>();
  readonly #options = new Map<string, Place>();
  /** Whether two of them differ. What is not there differs from everything. */
  readonly varies: boolean;

  constructor(values: readonly (Json | undefined)[]) {
    this.values = values;
    const [first] = values;
    const text = first === undefined ? undefined : canonicalJson(first);
    this.varies = values.some((value) => value === undefined || canonicalJson(value) !== text);
  }

  get size(): number {
    return this.values.length;
  }

  /** The objects of one kind among them; of no kind, also what is not there, as if it were empty. */
  ofKind(kind: string | undefined): Place {
    return remembered(
      this.#kinds,
      kind,
      () => new Place(this.values.flatMap((value) => objectOf(value, kind))),
    );
  }

  /** Their values of an option; all of them are objects. */
  at(name: string): Place {
    return remembered(
      this.#options,
      name,
      () => new Place(this.values.map((value) => (value as JsonObject)[name])),
    );
  }
}

function objectOf(value: Json | undefined, kind: string | undefined): JsonObject[] {
  if (isObject(value)) return kindOf(value) === kind ? [value] : [];
  return kind === undefined && value === undefined ? [{}] : [];
}

function remembered<K>(places: Map<K, Place>, key: K, make: () => Place): Place {
  const known = places.get(key) ?? make();
  places.set(key, known);
  return known;
}

/** The keys of a part of a spec but for its kind; the optimizer comes first. */
function optionsFirst(value: JsonObject): string[] {
  const keys = Object.keys(value).filter(
    (key) => key !== 'kind' && !(key === 'name' && value.kind === 'module'),
  );
  return keys.includes('optimizer') ? ['optimizer', ...keys.filter((key) => key !== 'optimizer')] : keys;
}

/** Methods of one kind share their options; a user's module is a kind of its own. */
function kindOf(value: JsonObject): string | undefined {
  if (value.kind === 'module') return `module ${String(value.name)}`;
  return typeof value.kind === 'string' ? value.kind : undefined;
}

function nameOf(value: Json | undefined): string {
  if (!isObject(value)) return 'run';
  return shorten(visible(String((value.kind === 'module' ? value.name : value.kind) ?? 'run')), 60);
}

function show(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatRate(value);
  if (typeof value !== 'string') return shorten(canonicalJson(value), 32);
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : shorten(visible(value), 60);
}

/** `after 100 learningRate 0.01`: what a run goes on with. */
function changesText(changes: Json): string {
  const list = (Array.isArray(changes) ? changes : []) as readonly {
    readonly after: number;
    readonly set: JsonObject;
  }[];
  const option = ([path, value]: [string, Json]) => {
    if (path === 'perturbation' && isObject(value)) return perturbationText(value);
    if (path === 'precision' && isObject(value))
      return Object.entries(value)
        .map(([name, part]) => storageText(name, part as JsonObject))
        .join(' + ');
    if (isFullPartList(value)) {
      const text = listText(value as readonly JsonObject[], value as readonly JsonObject[]);
      return path === 'faults' ? text : `${path} ${text}`;
    }
    if (!isObject(value)) return `${path.slice(path.lastIndexOf('.') + 1)} ${show(value)}`;
    const numbers = Object.values(value).filter((each) => typeof each === 'number');
    const isSaid = !WITHOUT_NUMBER.includes(path) && numbers.length === 1;
    return `${path} ${nameOf(value)}${isSaid ? ` ${show(numbers[0])}` : ''}`;
  };
  return list
    .map(({ after, set }) => `after ${after} ${Object.entries(set).map(option).join(', ')}`)
    .join('; ');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function join(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join(', ');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
