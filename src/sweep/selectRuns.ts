import { InvalidInput, nearest } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import type { PlannedRun, PlannedStage } from './plan.ts';

/**
 * The runs that a selection such as `optimizer=adam,seed=0` names, in stages that become known one after the other: `key=value`,
 * separated by commas; `hidden=[8,16]` for a list. A key is a path in the spec (`optimizer.learningRate`, or its last part where that is enough), or `id` with the
 * beginning of a run's id; the value of an object is its kind, of a user's optimizer its name as well. Values of one key are
 * alternatives, different keys must all hold. A stage that lacks a key has none of the runs.
 */
export class Selection {
  readonly #text: string | undefined;
  readonly #pairs: readonly (readonly [key: string, value: string])[];
  /** The values of the keys in all stages so far. */
  readonly #there = new Map<string, Set<string>>();
  #unknown: InvalidInput | undefined;
  #isFound: boolean;

  /** All runs if `text` is undefined. @throws InvalidInput on a text that is none. */
  constructor(text: string | undefined) {
    this.#text = text;
    this.#pairs = text === undefined ? [] : parseSelection(text);
    this.#isFound = text === undefined;
  }

  /** The ids of a stage that are meant. @throws InvalidInput on a key that may be several. */
  of(stage: Pick<PlannedStage, 'ids' | 'runs'>): ReadonlySet<string> {
    if (this.#text === undefined) return new Set(stage.ids);
    const wanted = this.#wantedIn(stage);
    const selected = new Set<string>();
    if (wanted === undefined) return selected;
    for (const run of stage.runs()) {
      const leaves = leavesOfRun(run);
      if ([...wanted].every(([path, values]) => matches(leaves, path, values))) selected.add(run.id);
      for (const path of wanted.keys()) {
        const value = valuesAt(leaves, path).at(-1);
        if (value !== undefined) this.#note(path, shownValue(value));
      }
    }
    if (selected.size > 0) this.#isFound = true;
    return selected;
  }

  /** @throws InvalidInput unless one of the stages had a run that is meant, with what there is; `isOpen` if there may be more stages. */
  requireAny(isOpen = false): void {
    if (this.#isFound) return;
    const more = isOpen ? '; its later stages depend on results that are not there yet' : '';
    if (this.#there.size === 0 && this.#unknown !== undefined)
      throw new InvalidInput(`${this.#unknown.message}${more}`);
    const lists = [...this.#there].map(
      ([path, values]) => `${path}: ${[...values].slice(0, MOST_VALUES).join(', ')}`,
    );
    throw new InvalidInput(
      `invalid selection: no run has ${this.#text}; the experiment has ${lists.join('; ')}${more}`,
    );
  }

  /** The values by the path that each key stands for in a stage; undefined if it has one of the keys not. */
  #wantedIn(stage: Pick<PlannedStage, 'runs'>): ReadonlyMap<string, readonly string[]> | undefined {
    const known = new Set<string>(['id']);
    for (const run of stage.runs()) for (const path of leavesOfRun(run).keys()) known.add(path);
    const wanted = new Map<string, string[]>();
    for (const [key, value] of this.#pairs) {
      const [path, ...others] = pathsOf(key, [...known]);
      if (others.length > 0) throw unclear(key, [path, ...others]);
      if (path === undefined) {
        this.#unknown ??= unknown(key, [...known]);
        return undefined;
      }
      wanted.set(path, [...(wanted.get(path) ?? []), value]);
    }
    return wanted;
  }

  #note(path: string, value: string): void {
    const values = this.#there.get(path) ?? new Set();
    this.#there.set(path, values);
    if (values.size < MOST_VALUES) values.add(value);
  }
}

/** As many values of a key are named. */
const MOST_VALUES = 20;

function leavesOfRun({ id, spec }: PlannedRun): Map<string, Json> {
  return leavesOf(spec as unknown as Json).set('id', id);
}

function matches(leaves: ReadonlyMap<string, Json>, path: string, values: readonly string[]): boolean {
  if (path === 'id')
    return values.some((value) => value !== '' && String(leaves.get('id')).startsWith(value));
  return values.some((value) => valuesAt(leaves, path).some((got) => isEqual(got, value)));
}

/** `optimizer=adam,seed=0` as pairs. */
export function parseSelection(selection: string): [key: string, value: string][] {
  // a comma within a list is part of the value
  return selection.split(/,(?![^[]*\])/).map((part) => {
    const at = part.indexOf('=');
    if (at < 1)
      throw new InvalidInput(
        `invalid selection: got ${part || 'nothing'}, expected key=value, for example optimizer=adam`,
      );
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
}

/** What a key may stand for. */
function pathsOf(key: string, known: readonly string[]): string[] {
  const whole = [key, `${key}.kind`].find((path) => known.includes(path));
  return whole === undefined ? known.filter((path) => path.endsWith(`.${key}`)) : [whole];
}

function unclear(key: string, paths: readonly string[]): InvalidInput {
  return new InvalidInput(`unknown key in the selection: ${key}, it may be ${paths.join(', ')}`);
}

function unknown(key: string, known: readonly string[]): InvalidInput {
  const likely = nearest(key, known).slice(0, 5);
  return new InvalidInput(`unknown key in the selection: ${key}, the nearest are ${likely.join(', ')}`);
}

/** As `--only` takes it. */
export function shownValue(value: Json): string {
  return Array.isArray(value) ? canonicalJson(value) : String(value);
}

/** The value at a path; of a kind `module` the name of the user's optimizer too. */
function valuesAt(leaf: ReadonlyMap<string, Json>, path: string): Json[] {
  const value = leaf.get(path);
  const name = value === 'module' ? leaf.get(path.replace(/kind$/, 'name')) : undefined;
  return [value, name].filter((each) => each !== undefined);
}

/** Every plain value in a spec, and every list of such, by its path. */
export function leavesOf(value: Json, path = '', into = new Map<string, Json>()): Map<string, Json> {
  if (isPlain(value) || (Array.isArray(value) && value.every(isPlain))) return into.set(path, value);
  for (const [key, item] of Object.entries(value))
    leavesOf(item as Json, path === '' ? key : `${path}.${key}`, into);
  return into;
}

function isPlain(value: Json): value is string | number | boolean | null {
  return value === null || typeof value !== 'object';
}

export function isEqual(value: Json | undefined, text: string): boolean {
  if (Array.isArray(value)) return canonicalJson(value) === text.replaceAll(' ', '');
  return typeof value === 'number' ? value === Number(text) && text !== '' : String(value) === text;
}
