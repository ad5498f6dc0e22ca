/** Any value that a spec or a record may hold. Numbers may be NaN, infinite or -0. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/**
 * JSON with keys in code-unit order and no white space, so that equal values give equal text.
 * JSON has no NaN, no infinities and no -0: a number of these is written as the object `{"$number":"NaN"}`.
 * Keys whose value is undefined are left out.
 * @throws on a value that JSON cannot hold (a function, a bigint, a symbol), naming where it stands.
 */
export function canonicalJson(value: unknown): string {
  return write(value) ?? refuse(value, '$');
}

/** Undefined if there is something that JSON cannot hold. A plan writes every spec several times: nothing is made beside the text. */
function write(value: unknown): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return String(value);
    return `{"$number":"${Object.is(value, -0) ? '-0' : String(value)}"}`;
  }
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? writeArray(value) : writeObject(value as Readonly<Record<string, unknown>>);
}

function writeArray(values: readonly unknown[]): string | undefined {
  const items = values.map(write);
  return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
}

function writeObject(fields: Readonly<Record<string, unknown>>): string | undefined {
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] === undefined) continue;
    const item = write(fields[key]);
    if (item === undefined) return undefined;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${item}`;
  }
  return `{${text}}`;
}

function refuse(value: unknown, path: string): never {
  if (typeof value === 'object' && value !== null) {
    const items = Array.isArray(value)
      ? value.map((item, i) => [`[${i}]`, item] as const)
      : Object.entries(value).map(([key, item]) => [`.${key}`, item] as const);
    const wrong = items.find(
      ([, item]) => (Array.isArray(value) || item !== undefined) && write(item) === undefined,
    );
    if (wrong !== undefined) refuse(wrong[1], path + wrong[0]);
  }
  throw new Error(`invalid value at ${path}: got a ${typeof value}, expected plain JSON data`);
}

/** Reads what {@link canonicalJson} wrote, special numbers included. */
export function parseCanonicalJson(text: string): Json {
  return JSON.parse(text, (_key, value) => {
    if (value !== null && typeof value === 'object' && typeof value.$number === 'string') {
      return SPECIAL[value.$number];
    }
    return value;
  }) as Json;
}
