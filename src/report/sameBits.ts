import type { RunRecord } from '../run/record.ts';

/** Whether runs that two sides have are the same to the last bit. */
export interface Equality {
  /** Runs of one id that both sides have a result of. */
  readonly shared: number;
  readonly same: number;
  /** Those that differ, in the order of the first side. */
  readonly different: readonly Difference[];
}

export interface Difference {
  readonly id: string;
  /** The first evaluation at which any value differs, by its step; null if only the state after training does. */
  readonly step: number | null;
  /** The largest relative difference of a value at that evaluation. */
  readonly relative: number;
}

const SPLITS = ['train', 'validation', 'test'] as const;
const MEASURES = ['loss', 'error'] as const;

/** Runs are the same if their evaluations and the digest of parameters, buffers and optimizer state after training are. */
export function equalityOf(a: readonly RunRecord[], b: readonly RunRecord[]): Equality {
  const others = new Map(b.map((record) => [record.id, record]));
  const pairs = a.flatMap((record) => {
    const other = others.get(record.id);
    return other === undefined || !haveResults(record, other) ? [] : [[record, other] as const];
  });
  const different = pairs.flatMap(([one, other]) => differenceOf(one, other) ?? []);
  return { shared: pairs.length, same: pairs.length - different.length, different };
}

function haveResults(...records: readonly RunRecord[]): boolean {
  return records.every(({ outcome }) => outcome.kind === 'completed' || outcome.kind === 'diverged');
}

function differenceOf(a: RunRecord, b: RunRecord): Difference | null {
  const [one, other] = [a, b].map(({ series }) => series.evaluations);
  const evaluations = Math.max(one.step.length, other.step.length);
  for (let i = 0; i < evaluations; i++) {
    const pairs = SPLITS.flatMap((split) =>
      MEASURES.map((measure) => [one[split][measure][i], other[split][measure][i]] as const),
    );
    if (pairs.every(([x, y]) => Object.is(x, y))) continue;
    const relative = Math.max(...pairs.map(([x, y]) => relativeDifference(x, y)));
    return { id: a.id, step: one.step[i] ?? other.step[i], relative };
  }
  return a.digest === b.digest ? null : { id: a.id, step: null, relative: 0 };
}

/** Infinite where one of the two is missing or not finite and the other is another. */
function relativeDifference(x: number | undefined, y: number | undefined): number {
  if (Object.is(x, y) || x === y) return 0;
  const difference = Math.abs(Number(x) - Number(y)) / Math.max(Math.abs(Number(x)), Math.abs(Number(y)));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
