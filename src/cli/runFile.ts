import { readFileSync } from 'node:fs';
import { InvalidInput } from '../core/check.ts';
import { type Json, parseCanonicalJson } from '../core/json.ts';
import { visible } from '../report/format.ts';
import type { RunRecord } from '../run/record.ts';

/** A run as a file has it: its record, or its spec alone, which is not checked yet. */
export type FiledRun =
  | { readonly place: string; readonly record: RunRecord }
  | { readonly place: string; readonly spec: Json };

/** What a file of JSON holds. */
export type RunFile =
  | { readonly kind: 'runs'; readonly runs: readonly FiledRun[] }
  /** Of another library (docs/conformance.md). */
  | { readonly kind: 'vectors' };

/**
 * Reads specs or records, in an array, one a line, or a single one over several lines.
 * @throws InvalidInput on what is not JSON, on what is neither, with the line, and on a record that is not whole.
 */
export function readRuns(path: string): RunFile {
  const values = valuesOf(readFileSync(path, 'utf8'), path);
  const [first] = values;
  if (first === undefined)
    throw new InvalidInput(
      `no records: ${path} is empty; thalweg export --format jsonl writes what a store has`,
    );
  if (values.length === 1 && isObject(first.value) && 'family' in first.value) return { kind: 'vectors' };
  const runs = values.map(({ value, place }): FiledRun => {
    if (!isObject(value)) throw neither(place, value);
    if ('series' in value || 'outcome' in value || 'spec' in value)
      return { place, record: checkedRecord(value, place) };
    if (!('data' in value || 'model' in value || 'optimizer' in value)) throw neither(place, value);
    return { place, spec: value };
  });
  return { kind: 'runs', runs };
}

function neither(place: string, value: Json): InvalidInput {
  const got = isObject(value) ? `an object with ${some(Object.keys(value))}` : 'no object';
  return new InvalidInput(
    `invalid run in ${place}: got ${got}, expected a spec with data, model and optimizer, or a record of thalweg export --format jsonl`,
  );
}

function some(keys: readonly string[]): string {
  if (keys.length === 0) return 'no keys';
  return `${keys.slice(0, 4).map(visible).join(', ')}${keys.length > 4 ? ', …' : ''}`;
}

interface Placed {
  readonly value: Json;
  readonly place: string;
}

function valuesOf(text: string, path: string): Placed[] {
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, place: `line ${i + 1} of ${path}` }))
    .filter(({ line }) => line.trim() !== '');
  const isByLines = lines.length > 1 && /^\s*\{.*\}\s*$/.test(lines[0].line);
  if (isByLines) return lines.map(({ line, place }) => ({ value: jsonIn(line, place, true), place }));
  const value = lines.length === 0 ? [] : jsonIn(text, path, false);
  if (!Array.isArray(value)) return [{ value, place: path }];
  return value.map((each: Json, i) => ({ value: each, place: `${path}, run ${i + 1}` }));
}

function jsonIn(text: string, place: string, isLine: boolean): Json {
  try {
    return parseCanonicalJson(text);
  } catch (cause) {
    // the parser counts a line as the first one
    const { message } = cause as Error;
    const reason = visible(isLine ? message.replace(/ \(line \d+ column \d+\)/, '') : message);
    throw new InvalidInput(
      `invalid file: ${place} is not JSON (${reason}); expected a spec, records or vectors`,
      { cause },
    );
  }
}

const OUTCOMES = ['completed', 'diverged', 'failed', 'lost'];

/** What commands read of a record without looking. */
function checkedRecord(value: Record<string, Json>, place: string): RunRecord {
  const { schema } = value;
  if (schema !== undefined && schema !== 2 && schema !== 3) {
    throw new InvalidInput(
      `invalid record in ${place}: got schema ${some([String(schema)])}, expected 2 or 3; read it with the version of thalweg that wrote it`,
    );
  }
  const missing = missingPart(value as unknown as Partial<RunRecord>);
  if (missing === undefined) return value as unknown as RunRecord;
  throw new InvalidInput(
    `invalid record in ${place}: expected a whole one as thalweg export --format jsonl prints it, its ${missing} is missing or of another form`,
  );
}

function missingPart({
  schema,
  id,
  engine,
  spec,
  outcome,
  steps,
  series,
  chain,
}: Partial<RunRecord>): string | undefined {
  const { channels } = (series?.steps ?? {}) as { channels?: unknown };
  const evaluations = (series?.evaluations ?? {}) as unknown as Record<string, Json>;
  const hasScores = ['train', 'validation', 'test'].every((split) => {
    const scores = evaluations[split];
    return isObject(scores) && Array.isArray(scores.loss) && Array.isArray(scores.error);
  });
  const isChain =
    chain === null ||
    chain === undefined ||
    (Number.isInteger(chain.every) &&
      chain.every > 0 &&
      typeof chain.digests === 'string' &&
      typeof chain.last === 'string');
  const parts: Readonly<Record<string, boolean>> = {
    schema: schema !== undefined,
    id: typeof id === 'string' && /^r[0-9a-f]{64}$/.test(id),
    engine: typeof engine === 'string' && /^[0-9a-f]{64}$/.test(engine),
    spec: isObject(spec),
    outcome: isObject(outcome) && OUTCOMES.includes(outcome.kind as string),
    steps: Number.isInteger(steps) && (steps as number) >= 0,
    'series.steps': isObject(channels),
    'series.evaluations': hasScores,
    chain: isChain,
  };
  return Object.keys(parts).find((part) => !parts[part]);
}

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
