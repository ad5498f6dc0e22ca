import { readFileSync, statSync } from 'node:fs';
import { InvalidInput, unknownName } from '../core/check.ts';
import { type Json, parseCanonicalJson } from '../core/json.ts';
import { CHANGEABLE, type Change } from '../run/changes.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { leavesOf } from '../sweep/selectRuns.ts';

/** The spec of a file with a record (as `thalweg export` writes them) or a spec: the first one, if it has several. */
export function specOfFile(path: string): RunSpec | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  const text = readFileSync(path, 'utf8').trim();
  let value: unknown;
  try {
    value = parseCanonicalJson(text.startsWith('{') ? text.split('\n')[0] : text);
  } catch {
    value = jsonOf(text, path);
  }
  const first = Array.isArray(value) ? value[0] : value;
  const { spec = first } = (first ?? {}) as { readonly spec?: unknown };
  return parseSpec(spec);
}

function jsonOf(text: string, path: string): unknown {
  try {
    return parseCanonicalJson(text);
  } catch (cause) {
    throw new InvalidInput(`invalid run: ${path} is not JSON (${(cause as Error).message})`, { cause });
  }
}

/**
 * `--set` as the changes of a spec. A key is a path, or its last part where that is enough; a value is JSON, or a plain word, which for a
 * part with a kind is the kind.
 * @throws InvalidInput on what is no key=value, and on a key that the spec has not, with the nearest.
 */
export function optionsSet(spec: RunSpec, pairs: readonly string[]): Change['set'] {
  const set: Record<string, Json> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1)
      throw new InvalidInput(
        `invalid --set: got ${pair || 'nothing'}, expected key=value, for example learningRate=0.01`,
      );
    const path = pathOf(pair.slice(0, at).trim(), spec);
    set[path] = settingFrom(pair.slice(at + 1).trim(), path, spec);
  }
  return set;
}

function pathOf(key: string, spec: RunSpec): string {
  const [head] = key.split('.');
  if (Object.hasOwn(spec, head) || CHANGEABLE.includes(head)) return key;
  const paths = [...leavesOf(spec as unknown as Json).keys()].filter((path) =>
    CHANGEABLE.includes(path.split('.')[0]),
  );
  const found = paths.filter((path) => path.endsWith(`.${key}`));
  if (found.length === 1) return found[0];
  if (found.length > 1) throw new InvalidInput(`unknown key of --set: ${key}, it may be ${found.join(', ')}`);
  const names = [...CHANGEABLE, ...paths, ...paths.map((path) => path.slice(path.lastIndexOf('.') + 1))];
  throw unknownName('key of --set', key, [...new Set(names)]);
}

function settingFrom(text: string, path: string, spec: RunSpec): Json {
  try {
    return parseCanonicalJson(text) as Json;
  } catch {
    const part = path.includes('.') ? undefined : (spec as unknown as Record<string, unknown>)[path];
    return typeof part === 'object' && part !== null && 'kind' in part ? { kind: text } : text;
  }
}

/** A spec that goes on with other options after a step. @throws InvalidInput if that changes nothing. */
export function forkedSpec(spec: RunSpec, after: number, set: Change['set']): RunSpec {
  const forked = parseSpec({ ...spec, changes: [...(spec.changes ?? []), { after, set }] });
  if ((forked.changes?.length ?? 0) > (spec.changes?.length ?? 0)) return forked;
  throw new InvalidInput('nothing to fork: the run has these values already; --set other ones');
}
