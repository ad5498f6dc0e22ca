import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { comparedRuns, type Decisions, namesOfRuns } from './decisions.ts';
import { groupMethods, type Method, MethodSpecs, namedMethods } from './methods.ts';

/** What a report compares. */
export interface Compared {
  readonly methods: readonly Method[];
  /** Whether the experiment chose the settings by itself: a method has one setting then and no learning rates. */
  readonly isDecided: boolean;
  /** The name of the method of any run, compared or not. */
  readonly nameOf: (record: RunRecord) => string | null;
}

export interface Comparable {
  readonly records: readonly RunRecord[];
  readonly planned?: readonly RunSpec[];
}

/** Methods of the spec where nothing was decided, else those that the decisions name. */
export function compare({ records, planned }: Comparable, decisions: Decisions | undefined): Compared {
  const specs = [...(planned ?? []), ...records.map(({ spec }) => spec)];
  const nameOf = runNames(specs, decisions);
  if (decisions === undefined) return { methods: groupMethods(records, planned), isDecided: false, nameOf };
  return { methods: namedMethods(comparedRuns(decisions), records), isDecided: true, nameOf };
}

/** The name of a run's method, as the decisions say it or else as its spec does. */
export function runNames(
  specs: Iterable<RunSpec>,
  decisions: Decisions | undefined,
): (record: Pick<RunRecord, 'id' | 'spec'>) => string | null {
  const decided = decisions === undefined ? new Map<string, string>() : namesOfRuns(decisions);
  const named = new MethodSpecs(specs).naming();
  return ({ id, spec }) => decided.get(id) ?? named(spec);
}
