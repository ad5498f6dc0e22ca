import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { type Conclusion, choosingMetric } from './conclusion.ts';
import { comparedRuns, type Decisions, namesOfRuns } from './decisions.ts';
import { groupMethods, type Method, MethodSpecs, namedMethods } from './methods.ts';
import type { Metric } from './metric.ts';
import { type Reported, type SummaryRow, summaryRows, undeclaredMetric } from './table.ts';

/** What a report compares. */
export interface Compared {
  readonly methods: readonly Method[];
  /** Whether the experiment chose the settings by itself: a method has one setting then and no learning rates. */
  readonly isDecided: boolean;
  /** What chose the best setting of each method, unless the experiment did. */
  readonly chosenBy: Metric;
  /** What they are compared by: what was declared, else what the experiment chose by, else the final error of the validation data. */
  readonly reported: Reported;
  /** A row a method, the best first. */
  readonly rows: readonly SummaryRow[];
  /** The method that the others are compared with; null if there is none. */
  readonly referenceName: string | null;
  readonly isReferenceDeclared: boolean;
  /** The name of the method of any run, compared or not. */
  readonly nameOf: (record: RunRecord) => string | null;
}

export interface Comparable {
  readonly records: readonly RunRecord[];
  readonly planned?: readonly RunSpec[];
  readonly conclusion?: Conclusion | undefined;
}

/** Methods of the spec where nothing was decided, else those that the decisions name. */
export function compare(
  { records, planned, conclusion }: Comparable,
  decisions: Decisions | undefined,
): Compared {
  const chosenBy = choosingMetric(conclusion);
  const specs = [...(planned ?? []), ...records.map(({ spec }) => spec)];
  const nameOf = runNames(specs, decisions);
  const methods =
    decisions === undefined
      ? groupMethods(records, planned, chosenBy)
      : namedMethods(comparedRuns(decisions), records);
  const reported = {
    metric: conclusion?.metric ?? decisions?.decided.metric ?? undeclaredMetric(methods),
    isDeclared: conclusion !== undefined,
    target: conclusion?.target,
    reference: conclusion?.reference,
  };
  const rows = summaryRows(methods, reported);
  return {
    ...{ methods, isDecided: decisions !== undefined, chosenBy, reported, rows, nameOf },
    referenceName: reported.reference ?? rows[0]?.method ?? null,
    isReferenceDeclared: reported.reference !== undefined,
  };
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
