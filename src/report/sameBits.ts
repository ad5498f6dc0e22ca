import type { RunRecord } from '../run/record.ts';
import { type RecordDifference, recordDifference } from '../run/recordDifference.ts';

/** The runs of a side, read one at a time. */
export interface Runs {
  readonly ids: readonly string[];
  /** With its step series. */
  readonly record: (id: string) => RunRecord;
}

/** Whether runs that two sides have are the same to the last bit. */
export interface Equality {
  /** Runs of one id that both sides have a result of. */
  readonly shared: number;
  readonly same: number;
  /** Those that differ, in the order of the first side. */
  readonly different: readonly Difference[];
}

export interface Difference extends RecordDifference {
  readonly id: string;
}

/** Runs are the same if nothing differs that run/recordDifference.ts looks at. */
export function equalityOf(a: Runs, b: Runs): Equality {
  const others = new Set(b.ids);
  const different: Difference[] = [];
  let shared = 0;
  for (const id of a.ids.filter((one) => others.has(one))) {
    const [record, other] = [a.record(id), b.record(id)];
    if (!haveResults(record, other)) continue;
    shared++;
    const difference = recordDifference(record, other);
    if (difference !== null) different.push({ id, ...difference });
  }
  return { shared, same: shared - different.length, different };
}

function haveResults(...records: readonly RunRecord[]): boolean {
  return records.every(({ outcome }) => outcome.kind === 'completed' || outcome.kind === 'diverged');
}
