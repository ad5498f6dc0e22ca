import { InvalidInput } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { extremesOf } from './edges.ts';
import { checkSpace, isLog, limitsOf, type Point } from './space.ts';
import type { Contender } from './tuning.ts';

/**
 * Looks at everything that tuning may ask of the methods, extended ranges included, before anything runs.
 * @throws InvalidInput with every mistake and its path: a space or a default that makes no sense, a spec that is invalid for a value that
 * tuning may give, a dimension that changes nothing, and whatever of the `shared` keys of the specs is not that of the first method.
 */
export function checkMethods(methods: readonly Contender[], shared: readonly (keyof RunSpec)[]): void {
  if (methods.length === 0) throw new InvalidInput('invalid methods: got none, expected at least one');
  const mistakes: string[] = [];
  const collect = (check: () => void) => {
    try {
      check();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      mistakes.push(error.message.replace(/^invalid /, ''));
    }
  };
  const first = new Map<string, string>();
  for (const method of methods) {
    const where = `methods.${method.name}`;
    collect(() => {
      checkSpace(method.space, `${where}.space`);
      checkDefault(method, where);
      const probed = probe(method, where);
      for (const key of shared) requireSame(first, key, probed, where);
    });
  }
  if (mistakes.length > 0) throw new InvalidInput(`invalid ${mistakes.join('\n  ')}`);
}

function checkDefault({ space, default: first }: Contender, where: string): void {
  const mistakes = Object.entries(space).flatMap(([name, dimension]) => {
    const value: Json | undefined = first[name];
    const got = `: got ${JSON.stringify(value) ?? 'nothing'}, expected`;
    if (dimension.kind === 'choice')
      return dimension.values.includes(value)
        ? []
        : [`${name}${got} one of ${JSON.stringify(dimension.values)}`];
    const { most } = limitsOf(dimension);
    // 0, for `none`, has no place on a log scale but is a choice that the literature may recommend
    const least = dimension.least ?? (isLog(dimension) ? 0 : Number.NEGATIVE_INFINITY);
    return typeof value === 'number' && value >= least && value <= most
      ? []
      : [`${name}${got} a number from ${least} to ${most}`];
  });
  const unknown = Object.keys(first).filter((name) => !Object.hasOwn(space, name));
  const strange = unknown.map(
    (name) => `${name}: got a value, expected none, since the space has no ${name}`,
  );
  const all = [...mistakes, ...strange].map((mistake) => `${where}.default.${mistake}`);
  if (all.length > 0) throw new InvalidInput(`invalid ${all.join('\n  ')}`);
}

/**
 * Specs of the default and of the outermost values of every dimension, at the default and at the default with every other choice: a dimension may have an
 * effect for some choices alone.
 * @throws InvalidInput on a spec that is invalid, and on a dimension that changes nothing.
 */
export function probe(method: Contender, where: string): RunSpec[] {
  const choices = Object.entries(method.space).flatMap(([name, dimension]) =>
    dimension.kind === 'choice' ? dimension.values.map((value) => ({ [name]: value })) : [],
  );
  const bases = [{}, ...choices].map((choice) => ({ ...method.default, ...choice }));
  const specs = [parseSpec(method.spec(method.default, 0), `${where}.spec(default, 0)`)];
  for (const [name, dimension] of Object.entries(method.space)) {
    const values = extremesOf(dimension);
    const own = bases.map((base) =>
      values.map((value) => specOf(method, { ...base, [name]: value }, name, where)),
    );
    const hasEffect = own.some((each) => new Set(each.map((spec) => canonicalJson(spec))).size > 1);
    if (values.length > 1 && !hasEffect)
      throw new InvalidInput(
        `invalid ${where}.space.${name}: got the same spec for ${values.join(' and ')}, expected spec to use params.${name}`,
      );
    specs.push(...own.flat());
  }
  return specs;
}

function specOf(method: Contender, params: Point, name: string, where: string): RunSpec {
  const value = JSON.stringify(params[name]);
  try {
    return parseSpec(method.spec(params, 0), `${where}.spec({ ${name}: ${value} }, 0)`);
  } catch (error) {
    if (!(error instanceof InvalidInput) || method.space[name].kind === 'choice') throw error;
    const wayOut = `tuning may extend ${name} so far: give it a limit, as in { least, most }`;
    throw new InvalidInput(`${error.message}; ${wayOut}`, { cause: error });
  }
}

function requireSame(
  first: Map<string, string>,
  key: keyof RunSpec,
  specs: readonly RunSpec[],
  where: string,
): void {
  for (const spec of specs) {
    const value = spec[key] === undefined ? 'nothing' : canonicalJson(spec[key]);
    const expected = first.get(key) ?? value;
    first.set(key, expected);
    if (value !== expected)
      throw new InvalidInput(
        `invalid ${where}.spec: got ${key} ${value}, expected ${expected} as for the first method, so that all have the same task`,
      );
  }
}
