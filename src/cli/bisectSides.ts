import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { otherSide } from '../certify/engineProcess.ts';
import { ownSide, type Side } from '../certify/side.ts';
import { InvalidInput } from '../core/check.ts';
import { type Json, parseCanonicalJson } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { checkSpec, dataKey, loadData, type Resources } from '../run/execute.ts';
import { loadUserOptimizers } from '../run/optimizer.ts';
import { type RunRecord, runId } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import { openStore } from '../store/store.ts';
import { userOptimizer } from '../sweep/userOptimizer.ts';
import { findRun } from './storeShowCommand.ts';

/** What an argument of `thalweg bisect` names. */
export type Named =
  | { readonly kind: 'run'; readonly name: string; readonly spec: RunSpec; readonly record?: RunRecord }
  | { readonly kind: 'vectors'; readonly name: string };

/**
 * A run of a store by the beginning of its id, or what a file holds: a spec, a plan, exported records, vectors. Where a file holds several
 * runs, `#` and the beginning of an id stands behind its name.
 * @throws InvalidInput if there is no such thing, or several.
 */
export function named(text: string, store: string): Named {
  const [, path, prefix = ''] = /^(.*?)(?:#(r[0-9a-f]*))?$/s.exec(text) as unknown as [
    string,
    string,
    string?,
  ];
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return ofFile(text, path, prefix);
  if (/^r[0-9a-f]+$/.test(text)) return ofStore(text, store);
  throw new InvalidInput(
    `unknown run: there is no file ${path}, and ${text} is no id; expected the beginning of a run's id, or a file with a spec, ` +
      'with exported records (.jsonl) or with vectors (.json)',
  );
}

function ofStore(prefix: string, path: string): Named {
  const store = openStore(path, { write: false });
  try {
    const rows = findRun(store, prefix);
    const { id, engine } = rows.find((row) => row.engine === engineDigest()) ?? rows[0];
    return ofRecord(store.get(id, engine) as RunRecord, `run ${id.slice(0, 12)} of ${path}`);
  } finally {
    store.close();
  }
}

function ofFile(text: string, path: string, prefix: string): Named {
  const values = valuesIn(path);
  if (values.length === 1 && isObject(values[0]) && 'family' in values[0])
    return { kind: 'vectors', name: path };
  const runs = values.map((value, i) => ofValue(value, values.length === 1 ? path : `${path}, run ${i + 1}`));
  const found = runs.filter(({ spec }) => runId(spec).startsWith(prefix));
  if (found.length === 1) return found[0];
  const ids = runs.slice(0, 5).map(({ spec }) => runId(spec).slice(0, 12));
  throw new InvalidInput(
    `${found.length === 0 ? 'unknown' : 'ambiguous'} run: ${text} stands for ${found.length} of ${runs.length} runs, expected one; ` +
      `name it by its id, for example ${path}#${ids[0] ?? 'r…'}`,
  );
}

function valuesIn(path: string): readonly Json[] {
  const text = readFileSync(path, 'utf8');
  try {
    const value = parseCanonicalJson(text);
    return Array.isArray(value) ? value : [value];
  } catch (whole) {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => parseCanonicalJson(line));
    } catch {
      throw new InvalidInput(
        `invalid file: ${path} is not JSON (${(whole as Error).message}); expected a spec, records or vectors`,
      );
    }
  }
}

function ofValue(value: Json, name: string): Extract<Named, { kind: 'run' }> {
  if (!isObject(value) || !('spec' in value))
    return { kind: 'run', name, spec: parseSpec(value, `spec in ${name}: spec`) };
  return ofRecord(value as unknown as RunRecord, name);
}

function ofRecord(record: RunRecord, name: string): Extract<Named, { kind: 'run' }> {
  const spec = parseSpec(record.spec, `record in ${name}: spec`);
  const { chain, engine, steps, outcome } = record;
  const isChain =
    chain === null || chain === undefined
      ? true
      : Number.isInteger(chain.every) &&
        chain.every > 0 &&
        [chain.digests, chain.last].every((part) => typeof part === 'string');
  if (isChain && typeof engine === 'string' && Number.isInteger(steps) && typeof outcome?.kind === 'string')
    return { kind: 'run', name, spec, record };
  throw new InvalidInput(
    `invalid record in ${name}: expected a whole one with engine, outcome, steps and chain, as thalweg export --format jsonl prints it`,
  );
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface SideOptions {
  /** The folder of the version that executes it; this one unless given. */
  readonly engine?: string | undefined;
  /** The file of a user's optimizer. */
  readonly optimizer?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** @throws InvalidInput if the run cannot be executed: its data are missing, its spec does not fit them, there is no such engine. */
export async function sideOf(
  { spec, record }: { readonly spec: RunSpec; readonly record?: RunRecord | undefined },
  options: SideOptions,
): Promise<Side> {
  const { engine, optimizer, dataDir } = options;
  if (engine !== undefined) return otherSide(spec, { folder: engine, optimizer, dataDir }, record);
  return ownSide(spec, await resourcesOf(spec, options), record);
}

/** What the execution of a single spec needs. */
export async function resourcesOf(
  spec: RunSpec,
  { optimizer, dataDir }: Omit<SideOptions, 'engine'>,
): Promise<Resources> {
  const modules: Record<string, string> = {};
  if (optimizer !== undefined) {
    const file = resolve(optimizer);
    modules[userOptimizer(pathToFileURL(file), { learningRate: 1 }).sha256] = file;
  }
  if (spec.optimizer.kind === 'module' && !(spec.optimizer.sha256 in modules)) {
    throw new InvalidInput(
      `unknown user optimizer: ${spec.optimizer.name} (${spec.optimizer.sha256.slice(0, 12)}…) ` +
        `${optimizer === undefined ? 'was not given' : `is not what ${optimizer} holds`}; name its file with --optimizer`,
    );
  }
  const dataset = await loadData(spec.data, dataDir === undefined ? {} : { dataDir });
  checkSpec(spec, dataset, await loadUserOptimizers(spec, modules));
  return { datasets: { [dataKey(spec.data)]: dataset }, modules };
}
