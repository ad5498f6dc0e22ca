import { InvalidInput } from '../core/check.ts';

/**
 * The state of an optimizer is plain data: vectors, numbers, strings, flags and null, and lists and objects of these (see
 * `Transform.init`). So a copy is all there is to save, and it fits the state of any other run of the same optimizer.
 */

/** A copy that shares no memory with `state`. @throws InvalidInput on what is not plain data, naming where it stands. */
export function copyState(state: unknown, path: string): unknown {
  if (isVector(state)) return state.slice();
  if (Array.isArray(state)) return state.map((item, i) => copyState(item, `${path}[${i}]`));
  if (isRecord(state)) {
    return Object.fromEntries(
      Object.entries(state).map(([key, item]) => [key, copyState(item, `${path}.${key}`)]),
    );
  }
  if (isScalar(state)) return state;
  throw new InvalidInput(
    `invalid state: got ${describe(state)} at ${path}, expected plain data (vectors, numbers, lists, objects); ` +
      'a checkpoint cannot hold anything else',
  );
}

/**
 * Puts a copy back into a state of the same shape: vectors and objects stay where they are in memory, only a list of numbers may have
 * another length (a history). Returns what belongs in the place of `state`, which is `state` itself unless that is a number or the like.
 * @throws InvalidInput where the shapes differ.
 */
export function restoreState(state: unknown, saved: unknown, path: string): unknown {
  if (isVector(state)) {
    if (!isVector(saved) || describe(saved) !== describe(state)) throw misfit(path, saved, state);
    state.set(saved);
    return state;
  }
  if (Array.isArray(state)) return restoreList(state, saved, path);
  if (isRecord(state)) {
    if (!isRecord(saved) || describe(saved) !== describe(state)) throw misfit(path, saved, state);
    for (const key of Object.keys(state)) state[key] = restoreState(state[key], saved[key], `${path}.${key}`);
    return state;
  }
  if (!isScalar(saved)) throw misfit(path, saved, state);
  return saved;
}

/** A vector or a number of a state. */
export interface StatePart {
  /** Its keys with points between; places in lists are left out where the name is one part's alone. */
  readonly name: string;
  readonly value: Float32Array | Float64Array | Int32Array | number;
}

/** What a state consists of, in the order in which it stands. A text is the codes of its characters, a flag is 0 or 1. */
export function statesIn(state: unknown): StatePart[] {
  const found = [...partsOf(state, [])].map(({ path, value }) => ({
    value,
    path: path.join('.'),
    name: path.filter((key) => !/^\d+$/.test(key)).join('.'),
  }));
  const times = new Map<string, number>();
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1);
  return found.map(({ path, name, value }) => ({
    name: name !== '' && times.get(name) === 1 ? name : path,
    value,
  }));
}

function* partsOf(
  state: unknown,
  path: readonly string[],
): Generator<{ path: readonly string[]; value: StatePart['value'] }> {
  if (isVector(state)) yield { path, value: state };
  else if (typeof state === 'string')
    yield { path, value: Int32Array.from(state, (character) => character.charCodeAt(0)) };
  else if (typeof state === 'object' && state !== null)
    for (const [key, item] of Object.entries(state)) yield* partsOf(item, [...path, key]);
  else if (state !== null && state !== undefined) yield { path, value: Number(state) };
}

function restoreList(state: unknown[], saved: unknown, path: string): unknown[] {
  if (!Array.isArray(saved)) throw misfit(path, saved, state);
  if (state.every(isNumber) && saved.every(isNumber)) {
    state.length = 0;
    for (const value of saved) state.push(value);
    return state;
  }
  if (saved.length !== state.length) throw misfit(path, saved, state);
  for (let i = 0; i < state.length; i++) state[i] = restoreState(state[i], saved[i], `${path}[${i}]`);
  return state;
}

/** Whether two states have the same vectors, objects and lists; numbers and the like may differ, and so may the length of a list of numbers. */
export function haveSameShape(a: unknown, b: unknown): boolean {
  if (isVector(a) || isVector(b)) return isVector(a) && isVector(b) && describe(a) === describe(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b)) return false;
    if (a.every(isNumber) && b.every(isNumber)) return true;
    return a.length === b.length && a.every((item, i) => haveSameShape(item, b[i]));
  }
  if (isRecord(a) || isRecord(b)) {
    if (!isRecord(a) || !isRecord(b) || describe(a) !== describe(b)) return false;
    return Object.keys(a).every((key) => haveSameShape(a[key], b[key]));
  }
  return isScalar(a) && isScalar(b);
}

function misfit(path: string, got: unknown, expected: unknown): InvalidInput {
  return new InvalidInput(
    `invalid checkpoint: got ${describe(got)} at ${path}, expected ${describe(expected)}; it is of another optimizer, ` +
      'network or engine',
  );
}

function describe(value: unknown): string {
  if (isVector(value)) return `a ${value[Symbol.toStringTag]} of ${value.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isRecord(value)) return `an object with ${Object.keys(value).sort().join(', ') || 'no keys'}`;
  if (isScalar(value)) return value === undefined ? 'nothing' : String(value);
  return typeof value === 'object' ? `an instance of ${value?.constructor?.name}` : `a ${typeof value}`;
}

function isVector(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isScalar(value: unknown): boolean {
  return value === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}
