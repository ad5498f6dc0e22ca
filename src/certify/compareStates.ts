import { canonicalJson } from '../core/json.ts';
import type { RunStates } from './runStates.ts';

/**
 * What differs between two executions of the set, a line a run: the first step after which the states differ, or what else does.
 * Nothing if all is the same.
 */
export function differences(expected: readonly RunStates[], got: readonly RunStates[]): string[] {
  const names = new Set([...expected, ...got].map(({ name }) => name));
  const of = (runs: readonly RunStates[], name: string) => runs.find((run) => run.name === name);
  return [...names].flatMap((name) => {
    const difference = runDifference(of(expected, name), of(got, name));
    return difference === null ? [] : [`${name}: ${difference}`];
  });
}

function runDifference(expected: RunStates | undefined, got: RunStates | undefined): string | null {
  if (expected === undefined) return 'is not in what was committed';
  if (got === undefined) return 'was not run';
  if (canonicalJson(expected) === canonicalJson(got)) return null;
  if (canonicalJson(expected.spec) !== canonicalJson(got.spec)) return 'its spec is another one';
  const step = firstDifference(expected.states, got.states);
  if (step === null)
    return 'the states of all steps are the same, but not the chain, the outcome or the digest';
  const digest = ({ states }: RunStates) => states.slice(8 * step, 8 * step + 8) || 'none';
  return `differs from step ${step} of ${expected.steps} on: state ${digest(got)}, expected ${digest(expected)}`;
}

/** The first step at which two lists of digests differ, one that has ended earlier included. */
export function firstDifference(expected: string, got: string): number | null {
  for (let at = 0; at < Math.max(expected.length, got.length); at += 8)
    if (expected.slice(at, at + 8) !== got.slice(at, at + 8)) return at / 8;
  return null;
}
