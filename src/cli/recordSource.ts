import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { InvalidInput } from '../core/check.ts';
import { parseCanonicalJson } from '../core/json.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { RunRecord } from '../run/record.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import { storedExperiment } from './storedExperiment.ts';
import { findRun } from './storeShowCommand.ts';

/** Records that a command is about, wherever they are: of each run one. */
export interface RecordSource {
  /** What it is, for messages. */
  readonly name: string;
  readonly ids: readonly string[];
  /** With its series. */
  readonly record: (id: string) => RunRecord;
  readonly experiment?: LoadedExperiment;
  /** Where checkpoints may be. */
  readonly store?: Store;
  readonly close: () => void;
}

export interface SourceOptions {
  readonly store: string;
  /** The records of this version of the engine; those of the present one where there are such, unless given. */
  readonly engine?: string;
}

/**
 * The records of a run (the beginning of its id), of an experiment or plan, of a store, or of a file of exported records.
 * @throws InvalidInput if the target is none of these, or holds nothing.
 */
export async function openRecords(target: string, options: SourceOptions): Promise<RecordSource> {
  if (!existsSync(target) && /^r[0-9a-f]*$/.test(target)) return ofRun(target, options);
  if (isStore(target)) return ofStore(target, options);
  if (['.json', '.jsonl'].includes(extname(target)) && existsSync(target)) {
    const records = exportedRecords(target);
    if (records !== null) return ofFile(target, records, options);
  }
  return await ofExperiment(target, options);
}

function ofRun(prefix: string, options: SourceOptions): RecordSource {
  const store = openStore(options.store, { write: false });
  return closingAtErrors(store, () => {
    const rows = findRun(store, prefix);
    return {
      ...picked(store, [rows[0].id], options),
      name: `run ${rows[0].id.slice(0, 12)} of ${store.path}`,
    };
  });
}

function ofStore(path: string, options: SourceOptions): RecordSource {
  const store = openStore(path, { write: false });
  return closingAtErrors(store, () => {
    const ids = [...new Set(Array.from(store.rows(), ({ id }) => id))].reverse();
    return { ...picked(store, ids, options), name: path };
  });
}

async function ofExperiment(file: string, options: SourceOptions): Promise<RecordSource> {
  const experiment = await loadExperiment(file);
  const store = openStore(options.store, { write: false });
  return closingAtErrors(store, () => {
    const engines = new Set([engineDigest(), ...Array.from(store.rows(), ({ engine }) => engine)]);
    const { planned } = storedExperiment(experiment, store, { engines: [...engines] });
    const source = picked(store, planned, options);
    return { ...source, name: `${file} in ${store.path}`, experiment };
  });
}

/** Of each of the runs the record of the engine that is asked for, of the present one, or the latest. */
function picked(store: Store, ids: readonly string[], { engine }: SourceOptions): Omit<RecordSource, 'name'> {
  if (engine !== undefined && !/^[0-9a-f]{4,64}$/.test(engine))
    throw new InvalidInput(
      `invalid --engine: got ${engine}, expected the first four or more hexadecimal digits of a digest as thalweg store list shows them`,
    );
  const engines = new Map<string, string>();
  for (const id of ids) {
    const there = store.enginesOf(id);
    const found =
      engine === undefined
        ? (there.find((one) => one === engineDigest()) ?? there.at(-1))
        : there.find((one) => one.startsWith(engine));
    if (found !== undefined) engines.set(id, found);
  }
  if (engines.size === 0)
    throw new InvalidInput(
      `no records: ${store.path} has none${engine === undefined ? '' : ` of the engine ${engine}`} of what is asked for; ` +
        `thalweg store list --store ${store.path} shows what it has`,
    );
  return {
    ids: [...engines.keys()],
    record: (id) => store.get(id, engines.get(id) as string) as RunRecord,
    store,
    close: store.close,
  };
}

function ofFile(path: string, records: readonly RunRecord[], { engine }: SourceOptions): RecordSource {
  const byId = new Map<string, RunRecord>();
  for (const record of records) {
    if (engine !== undefined && !record.engine.startsWith(engine)) continue;
    if (byId.has(record.id))
      throw new InvalidInput(
        `ambiguous records: ${path} has the run ${record.id.slice(0, 12)} twice; choose those of one engine with --engine`,
      );
    byId.set(record.id, record);
  }
  return {
    name: path,
    ids: [...byId.keys()],
    record: (id) => byId.get(id) as RunRecord,
    close: () => {},
  };
}

/** Null if the file holds something else, such as a plan. @throws InvalidInput on a line that looks like a record and is none. */
function exportedRecords(path: string): RunRecord[] | null {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((text, i) => ({ text, number: i + 1 }))
    .filter(({ text }) => text.trim() !== '');
  if (!/^\s*\{/.test(lines[0]?.text ?? '') || !/"series"\s*:/.test(lines[0].text)) return null;
  return lines.map(({ text, number }) => {
    try {
      return checked(parseCanonicalJson(text) as unknown as RunRecord);
    } catch (cause) {
      throw new InvalidInput(
        `invalid record in line ${number} of ${path}: ${(cause as Error).message}; expected a line of thalweg export --format jsonl`,
        { cause },
      );
    }
  });
}

/** What is read before anything is compared must be there. */
function checked(record: RunRecord): RunRecord {
  const { id, spec, outcome, series, steps, chain, engine } = record;
  const isChain =
    chain === null ||
    chain === undefined ||
    (Number.isInteger(chain.every) &&
      chain.every > 0 &&
      typeof chain.digests === 'string' &&
      typeof chain.last === 'string');
  const isWhole =
    [id, engine].every((text) => typeof text === 'string') &&
    [spec, outcome, series?.steps?.channels, series?.evaluations?.validation].every(
      (part) => typeof part === 'object' && part !== null,
    );
  if (isWhole && isChain && Number.isInteger(steps)) return record;
  throw new Error('got something else than a complete record');
}

function isStore(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const head = Buffer.alloc(15);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, 15, 0);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1') === 'SQLite format 3' || extname(path) === '.sqlite';
}

function closingAtErrors<T>(store: Store, work: () => T): T {
  try {
    return work();
  } catch (error) {
    store.close();
    throw error;
  }
}
