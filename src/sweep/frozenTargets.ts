import { InvalidInput } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { type TargetDecision, type Targets, workloadOf } from './targets.ts';

/** Targets as they are committed: with all that says where they come from. */
export type FrozenTargets = Omit<TargetDecision, 'targets'> & {
  readonly version: number;
  readonly engine: string;
  readonly targets: Targets;
};

/** @throws InvalidInput if the search found no targets. */
export function freezeTargets({ targets, ...found }: TargetDecision, version: number): FrozenTargets {
  if (targets === null)
    throw new InvalidInput(
      `invalid targets: the best run got to ${found.evaluation.median} from ${found.initial}, expected less; look at the spaces`,
    );
  return { version, engine: engineDigest(), ...found, targets };
}

/**
 * The targets of a committed file for specs of its workload.
 * @throws InvalidInput if the spec's workload is another one than the targets were found for.
 */
export function frozenTargets(
  frozen: Pick<FrozenTargets, 'version' | 'workload' | 'targets'>,
  spec: RunSpecInput,
): Targets {
  const mistake = difference(frozen.workload, workloadOf(spec), '');
  if (mistake === undefined) return frozen.targets;
  throw new InvalidInput(
    `invalid workload: got ${mistake}, of the targets in version ${frozen.version}; targets hold for their workload alone, find new ones with targetSearch`,
  );
}

/** The first place where `actual` has not what `expected` says. Options that are newer than the file do not count. */
function difference(expected: Json, actual: Json | undefined, path: string): string | undefined {
  if (!isObject(expected) || !isObject(actual)) {
    const [want, got] = [canonicalJson(expected), actual === undefined ? 'nothing' : canonicalJson(actual)];
    return want === got ? undefined : `${path.slice(1)} ${got}, expected ${want}`;
  }
  for (const [key, value] of Object.entries(expected)) {
    const found = difference(value, actual[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
