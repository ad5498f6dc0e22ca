import type { Declaration } from './declarations.ts';
import { type EncodedRecord, isResult } from './encodeRecord.ts';
import { inspect } from './inspect.ts';
import type { RecordRow } from './records.ts';
import { UnusableStore } from './sqliteError.ts';
import type { Store } from './store.ts';

/** A run that has two results although it is a pure function of its spec. */
export interface Conflict {
  readonly ours: RecordRow;
  readonly theirs: EncodedRecord;
}

export interface MergeResult {
  readonly added: number;
  /** Failed or lost runs of which the other store had a result. */
  readonly replaced: number;
  /** Already there, or failed or lost here and there. */
  readonly kept: number;
  readonly conflicts: readonly Conflict[];
  /** What is wrong with records of the other store; they were left out. */
  readonly problems: readonly string[];
}

/** As many records are written in one transaction. */
const BATCH = 500;

/** Adds what `from` has to `into`. No result is replaced; called again, it changes nothing. */
export function mergeStores(into: Store, from: Store): MergeResult {
  const result = { added: 0, replaced: 0, kept: 0, conflicts: [] as Conflict[], problems: [] as string[] };
  let batch: EncodedRecord[] = [];
  const flush = () => {
    if (batch.length > 0) into.putAll(batch);
    batch = [];
  };
  for (const { record, problem } of inspect(from.encoded, from.lastNumber())) {
    if (problem !== undefined) {
      result.problems.push(problem);
      continue;
    }
    const ours = into.rowsOf(record.id).find((row) => row.engine === record.engine);
    const step = stepFor(record, ours);
    if (step === 'conflict') result.conflicts.push({ ours: ours!, theirs: record });
    else result[step]++;
    if (step === 'added' || step === 'replaced') batch.push(record);
    if (batch.length === BATCH) flush();
  }
  flush();
  for (const declaration of declarationsOf(from, result.problems)) into.adoptDeclaration(declaration);
  return result;
}

function declarationsOf(from: Store, problems: string[]): Declaration[] {
  try {
    return [...from.declarations()];
  } catch (error) {
    if (!(error instanceof UnusableStore)) throw error;
    problems.push(`what experiments declared cannot be read: ${error.message}`);
    return [];
  }
}

/** Where only the environments differ, the first one stays. */
function stepFor(theirs: EncodedRecord, ours: RecordRow | undefined) {
  if (ours === undefined) return 'added';
  if (!isResult(ours.outcome) && isResult(theirs.outcome)) return 'replaced';
  return isResult(theirs.outcome) && ours.content !== theirs.content ? 'conflict' : 'kept';
}
