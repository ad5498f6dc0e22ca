import { InvalidInput } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { parseSpec } from '../run/spec.ts';
import { probe } from './checkMethods.ts';
import type { Space } from './space.ts';
import { type TargetDecision, type Targets, workloadOf } from './targets.ts';
import { contendersOf, type Methods } from './tunedComparison.ts';

/** Targets as they are committed: with all that says where they come from. `engine` computed the runs that they were found with. */
export type FrozenTargets = Omit<TargetDecision, 'targets' | 'engines'> & {
  readonly version: number;
  readonly engine: string;
  readonly targets: Targets;
};

/** @throws InvalidInput if the search found no targets, or if its runs are not of one engine. */
export function freezeTargets(
  { targets, engines, ...found }: TargetDecision,
  version: number,
): FrozenTargets {
  if (targets === null)
    throw new InvalidInput(
      `invalid targets: the best run got to ${found.evaluation.median} from ${found.initial}, expected less; look at the spaces`,
    );
  if (engines?.length !== 1)
    throw new InvalidInput(
      `invalid targets: got runs of the engines ${engines?.join(', ') ?? 'unknown'}, expected one engine; thalweg run computes what is missing of this one`,
    );
  return { version, engine: engines[0], ...found, targets };
}

/** The text of a committed file. A seed that diverged has an infinite value: it is written as {@link canonicalJson} does. */
export function frozenText(frozen: FrozenTargets): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(frozen)), null, 2)}\n`;
}

/**
 * The targets of a committed file for methods of its workload.
 * @throws InvalidInput if a method has, for any values that tuning may give it, another workload than the targets were found for.
 */
export function frozenTargets<const S extends Readonly<Record<string, Space>>>(
  frozen: Pick<FrozenTargets, 'version' | 'workload' | 'targets'>,
  methods: Methods<S>,
): Targets {
  const expected = wholeWorkload(frozen.workload);
  for (const method of contendersOf(methods)) {
    const where = `methods.${method.name}`;
    for (const spec of probe(method, where)) {
      const mistake = difference(expected, workloadOf(spec), '');
      if (mistake === undefined) continue;
      throw new InvalidInput(
        `invalid ${where}.spec: got ${mistake}, of the targets in version ${frozen.version}; targets hold for their workload alone, find new ones with targetSearch`,
      );
    }
  }
  return frozen.targets;
}

/** A workload with the defaults of options that are newer than its file: what they were before they could be chosen. */
function wholeWorkload(workload: Json): Json {
  const anyMethod = { optimizer: { kind: 'sgd', learningRate: 0 }, seed: 0 };
  return workloadOf(parseSpec({ ...(workload as object), ...anyMethod }, 'workload'));
}

/** The first place where `actual` has not what `expected` says. */
function difference(expected: Json | undefined, actual: Json | undefined, path: string): string | undefined {
  if (!isObject(expected) || !isObject(actual)) {
    const [want, got] = [expected, actual].map((value) =>
      value === undefined ? 'nothing' : canonicalJson(value),
    );
    return want === got ? undefined : `${path.slice(1)} ${got}, expected ${want}`;
  }
  for (const key of Object.keys({ ...expected, ...actual })) {
    const found = difference(expected[key], actual[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
