import { InvalidInput } from '../core/check.ts';
import { type Json, parseCanonicalJson } from '../core/json.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';

/**
 * A spec with other values: `optimizer.eps=1e-7` sets a key by its path; a value is JSON, or a text where it is none. Another kind has
 * options of its own: of those that stood beside it only the learning rate is kept.
 * @throws InvalidInput on a text that is no such pair, and if what comes out is no spec.
 */
export function changedSpec(spec: RunSpec, pairs: readonly string[]): RunSpec {
  let changed: Json = spec as unknown as Json;
  for (const pair of pairs) {
    const [, path, value] = /^([\w.]+)=(.*)$/s.exec(pair) ?? [];
    if (path === undefined)
      throw new InvalidInput(
        `invalid --set: got ${pair}, expected key=value, for example optimizer.eps=1e-7`,
      );
    changed = withValue(changed, path.split('.'), parseValue(value));
  }
  return parseSpec(changed);
}

function withValue(json: Json | undefined, [key, ...rest]: readonly string[], value: Json): Json {
  const object = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
  const { [key]: inside, ...others } = object as { readonly [key: string]: Json };
  if (rest.length > 0) return { ...others, [key]: withValue(inside, rest, value) };
  const { learningRate } = others;
  if (key !== 'kind' || value === inside) return { ...others, [key]: value };
  return learningRate === undefined ? { kind: value } : { kind: value, learningRate };
}

function parseValue(text: string): Json {
  try {
    return parseCanonicalJson(text);
  } catch {
    return text;
  }
}
