import { deflateSync, inflateSync } from 'node:zlib';
import { sha256 } from '../core/hash.ts';
import { canonicalJson, parseCanonicalJson } from '../core/json.ts';
import type { Outcome, RunRecord } from '../run/record.ts';
import { joinBytes, putColumns, splitBytes, takeColumns } from './columns.ts';

/** How a run ended; a lost one came to no end. */
export type Ending = Outcome['kind'] | 'lost';

/** Whether a run that ended so has a result and need not run again. */
export function isResult(ending: Ending | undefined): boolean {
  return ending === 'completed' || ending === 'diverged';
}

/** What the store knows of a record without decoding it. null stands for what is not there and for NaN. */
export interface RecordFacts {
  readonly id: string;
  /** The digest of the engine that computed it. */
  readonly engine: string;
  readonly outcome: Ending;
  /** Why it diverged, failed or was lost. */
  readonly reason: string | null;
  /** Kinds. */
  readonly optimizer: string | null;
  readonly model: string | null;
  readonly data: string | null;
  readonly seed: number | null;
  /** If it is a plain number. */
  readonly learningRate: number | null;
  readonly steps: number | null;
  /** At the last evaluation. */
  readonly validationLoss: number | null;
  readonly validationError: number | null;
  readonly seconds: number | null;
  readonly startedAt: string | null;
  /** Version of thalweg. */
  readonly thalweg: string | null;
  /** SHA-256 of the record without its environment, before it is deflated: equal results have equal ones. */
  readonly content: string;
}

/** A record as the store writes it. Made by the worker, so that the coordinator only writes. */
export interface EncodedRecord extends RecordFacts {
  /** Where and when it was computed, as canonical JSON. */
  readonly environment: string;
  /** All the rest, deflated: the length of a JSON text, the text, and the numbers of the series in byte planes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Packs a record exactly: NaN, infinities and -0 come back as they were. */
export function encodeRecord(record: RunRecord): EncodedRecord {
  const { environment, ...result } = record;
  const { rest, values } = takeColumns(result.series);
  const text = Buffer.from(canonicalJson({ ...result, series: rest }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const packed = Buffer.concat([length, text, splitBytes(values)]);
  return {
    ...factsOf(record),
    content: sha256(packed),
    environment: canonicalJson(environment),
    bytes: Uint8Array.from(deflateSync(packed)),
  };
}

/** @throws if the bytes are not what was encoded. */
export function decodeRecord({
  content,
  environment,
  bytes,
}: Pick<EncodedRecord, 'content' | 'environment' | 'bytes'>): RunRecord {
  const packed = inflateSync(bytes);
  if (sha256(packed) !== content) throw new Error(`its checksum is ${sha256(packed)}, expected ${content}`);
  const end = 4 + packed.readUInt32LE();
  const rest = parseCanonicalJson(packed.toString('utf8', 4, end)) as unknown as RunRecord;
  const series = putColumns(rest.series, joinBytes(packed.subarray(end))) as RunRecord['series'];
  return {
    ...rest,
    series,
    environment: parseCanonicalJson(environment) as unknown as RunRecord['environment'],
  };
}

/** Records of every version have to be read: nothing is taken for granted. */
function factsOf(record: RunRecord): Omit<RecordFacts, 'content'> {
  const { id, engine, outcome, spec, steps, series, environment } = record;
  const { optimizer, model, data, seed } = spec as Partial<typeof spec>;
  const { validation } = series.evaluations;
  return {
    id,
    engine,
    outcome: outcome.kind,
    reason: 'message' in outcome ? outcome.message : 'reason' in outcome ? outcome.reason : null,
    optimizer: (optimizer?.kind === 'module' ? optimizer.name : optimizer?.kind) ?? null,
    model: model?.kind ?? null,
    data: data?.kind ?? null,
    seed: number(seed),
    learningRate: number((optimizer as { readonly learningRate?: unknown } | undefined)?.learningRate),
    steps: number(steps),
    validationLoss: number(validation.loss.at(-1)),
    validationError: number(validation.error.at(-1)),
    seconds: number(environment?.seconds),
    startedAt: environment?.startedAt ?? null,
    thalweg: environment?.thalweg ?? null,
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && !Number.isNaN(value) ? value : null;
}
