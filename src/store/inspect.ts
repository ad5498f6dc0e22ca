import { type RunRecord, runId } from '../run/record.ts';
import { decodeRecord, type EncodedRecord } from './encodeRecord.ts';

/** A record, or what is wrong with it. */
export type Inspected =
  | { readonly record: EncodedRecord; readonly problem?: undefined }
  | { readonly record?: EncodedRecord; readonly problem: string };

/** Walks over the records with the numbers up to `last` in a file that may be damaged, and looks into each. */
export function* inspect(
  encoded: (number: number) => EncodedRecord | undefined,
  last: number,
): Iterable<Inspected> {
  for (let number = 1; number <= last; number++) {
    let record: EncodedRecord | undefined;
    try {
      record = encoded(number);
    } catch (error) {
      yield { problem: `the record with the number ${number} cannot be read: ${(error as Error).message}` };
    }
    if (record === undefined) continue;
    const problem = problemOf(record);
    yield problem === undefined ? { record } : { record, problem };
  }
}

/** What is wrong with a record: it does not decode, or is not what its row says. */
export function problemOf(encoded: EncodedRecord): string | undefined {
  const name = `run ${encoded.id} of the engine ${encoded.engine.slice(0, 12)}`;
  let record: RunRecord;
  try {
    record = decodeRecord(encoded);
  } catch (error) {
    return `${name} cannot be decoded: ${(error as Error).message}`;
  }
  const { id, engine, outcome, spec } = record;
  const got = { id, engine, outcome: outcome.kind };
  for (const key of ['id', 'engine', 'outcome'] as const)
    if (got[key] !== encoded[key])
      return `${name}: its row has the ${key} ${encoded[key]}, its body ${got[key]}`;
  if (runId(spec) !== id) return `${name}: its spec has the id ${runId(spec)}`;
  return undefined;
}
