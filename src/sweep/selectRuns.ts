import { InvalidInput, nearest } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import type { PlannedRun, PlannedStage } from './plan.ts';

/**
 * The ids of the runs that a selection such as `optimizer=adam,seed=0` names: `key=value`, separated by commas. A key is a path
 * in the spec (`optimizer.learningRate`, or its last part where that is enough), or `id` with the beginning of a run's id; the value of an
 * object is its kind, of a user's optimizer its name as well. Values of one key are alternatives, different keys must all hold.
 * @throws InvalidInput on an unknown key, and if no run is left.
 */
export function selectRuns(stage: Pick<PlannedStage, 'runs'>, selection: string): ReadonlySet<string> {
  const known = new Set<string>(['id']);
  for (const run of stage.runs()) for (const path of leavesOfRun(run).keys()) known.add(path);
  const wanted = new Map<string, string[]>();
  for (const [key, value] of parseSelection(selection)) {
    const path = resolveKey(key, [...known]);
    wanted.set(path, [...(wanted.get(path) ?? []), value]);
  }
  const there = new Map([...wanted.keys()].map((path) => [path, new Set<string>()]));
  const selected = new Set<string>();
  for (const run of stage.runs()) {
    const leaves = leavesOfRun(run);
    if ([...wanted].every(([path, values]) => matches(leaves, path, values))) selected.add(run.id);
    for (const [path, values] of there) values.add(String(valuesAt(leaves, path).at(-1)));
  }
  if (selected.size > 0) return selected;
  const lists = [...there].map(([path, values]) => `${path}: ${[...values].slice(0, 20).join(', ')}`);
  throw new InvalidInput(
    `invalid selection: no run has ${selection}; the experiment has ${lists.join('; ')}`,
  );
}

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
  return selection.split(',').map((part) => {
    const at = part.indexOf('=');
    if (at < 1)
      throw new InvalidInput(
        `invalid selection: got ${part || 'nothing'}, expected key=value, for example optimizer=adam`,
      );
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
}

function resolveKey(key: string, known: readonly string[]): string {
  if (known.includes(key)) return key;
  if (known.includes(`${key}.kind`)) return `${key}.kind`;
  const endings = known.filter((path) => path.endsWith(`.${key}`));
  if (endings.length === 1) return endings[0];
  const likely = endings.length > 1 ? endings : nearest(key, known).slice(0, 5);
  throw new InvalidInput(
    `unknown key in the selection: ${key}, ${endings.length > 1 ? 'it may be' : 'the nearest are'} ${likely.join(', ')}`,
  );
}

/** The value at a path; of a kind `module` the name of the user's optimizer too. */
function valuesAt(leaf: ReadonlyMap<string, Json>, path: string): Json[] {
  const value = leaf.get(path);
  const name = value === 'module' ? leaf.get(path.replace(/kind$/, 'name')) : undefined;
  return [value, name].filter((each) => each !== undefined);
}

/** Every plain value in a spec by its path. */
function leavesOf(value: Json, path = '', into = new Map<string, Json>()): Map<string, Json> {
  if (value === null || typeof value !== 'object') return into.set(path, value);
  for (const [key, item] of Object.entries(value))
    leavesOf(item as Json, path === '' ? key : `${path}.${key}`, into);
  return into;
}

export function isEqual(value: Json | undefined, text: string): boolean {
  return typeof value === 'number' ? value === Number(text) && text !== '' : String(value) === text;
}
