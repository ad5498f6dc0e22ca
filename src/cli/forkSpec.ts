import { InvalidInput, nearest, unknownName } from '../core/check.ts';
import { type Json, parseCanonicalJson } from '../core/json.ts';
import { visible } from '../report/format.ts';
import { CHANGEABLE, type Change, withOptions } from '../run/changes.ts';
import { parseSpec, type RunSpec, specShape } from '../run/spec.ts';
import { leavesOf } from '../sweep/selectRuns.ts';

/** As many known keys are named. */
const MOST_KEYS = 8;

/**
 * `--set` as the changes of a spec. A key is a path, or its last part where that is enough; a value is JSON, or a plain word, which for a
 * part with a kind is the kind. `keys` are those of a spec that may be meant.
 * @throws InvalidInput on what is no key=value, and on a key that the spec has not, with the nearest.
 */
export function optionsSet(
  spec: RunSpec,
  pairs: readonly string[],
  keys: readonly string[] = CHANGEABLE,
): Change['set'] {
  const set: Record<string, Json> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1)
      throw new InvalidInput(
        `invalid --set: got ${visible(pair) || 'nothing'}, expected key=value, for example learningRate=0.01`,
      );
    const path = pathOf(pair.slice(0, at).trim(), spec, keys);
    const [part, value] = settingOf(path, pair.slice(at + 1).trim(), spec);
    set[part] = value;
  }
  return set;
}

function pathOf(key: string, spec: RunSpec, keys: readonly string[]): string {
  const [head] = key.split('.');
  if (Object.hasOwn(spec, head) || keys.includes(head)) return key;
  const paths = [...leavesOf(spec as unknown as Json).keys()].filter((path) =>
    keys.includes(path.split('.')[0]),
  );
  const found = paths.filter((path) => path.endsWith(`.${key}`));
  if (found.length === 1) return found[0];
  if (found.length > 1) throw new InvalidInput(`unknown key of --set: ${key}, it may be ${found.join(', ')}`);
  const names = [...keys, ...paths, ...paths.map((path) => path.slice(path.lastIndexOf('.') + 1))];
  throw unknownName('key of --set', visible(key), nearest(key, [...new Set(names)]).slice(0, MOST_KEYS));
}

/** Another kind has options of its own: of those before it only the learning rate stays. */
function settingOf(path: string, text: string, spec: RunSpec): [path: string, value: Json] {
  const value = jsonOrWord(text);
  const name = path.endsWith('.kind') ? path.slice(0, -'.kind'.length) : path;
  const part = name.includes('.') ? undefined : (spec as unknown as Record<string, unknown>)[name];
  const isKind = typeof part === 'object' && part !== null && 'kind' in part && typeof value === 'string';
  if (!isKind) return [path, value];
  if (part.kind === value) return [name, part as Json];
  const kept = 'learningRate' in part ? { learningRate: part.learningRate as Json } : {};
  return [name, { kind: value, ...kept }];
}

function jsonOrWord(text: string): Json {
  try {
    return parseCanonicalJson(text) as Json;
  } catch {
    return text;
  }
}

/** A spec that goes on with other options after a step. @throws InvalidInput if that changes nothing. */
export function forkedSpec(spec: RunSpec, after: number, set: Change['set']): RunSpec {
  const forked = parseSpec({ ...spec, changes: [...(spec.changes ?? []), { after, set }] });
  if ((forked.changes?.length ?? 0) > (spec.changes?.length ?? 0)) return forked;
  throw new InvalidInput('nothing to fork: the run has these values already; --set other ones');
}

/**
 * A spec with other values from its start on. Another engine has its own convolution unless one is set as well.
 * @throws InvalidInput as {@link optionsSet}, and if what comes out is no spec.
 */
export function specWith(spec: RunSpec, pairs: readonly string[]): RunSpec {
  const set = optionsSet(spec, pairs, Object.keys(specShape));
  const { convolution, ...others } = withOptions(spec, set);
  const isOther = others.engine !== spec.engine && set.convolution === undefined;
  return parseSpec(isOther ? others : { ...others, convolution });
}
