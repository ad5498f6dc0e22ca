import { InvalidInput } from '../core/check.ts';
import { count } from '../report/format.ts';
import { openDamagedStore } from '../store/damagedStore.ts';
import { inspect } from '../store/inspect.ts';
import { openStore, type Store } from '../store/store.ts';

export interface StoreCheckOptions {
  readonly store: string;
  readonly json?: boolean;
}

/** Exit code of a check that found something. */
const FAILED = 1;

/** As many problems as fit on a screen. */
const SHOWN = 20;

/** `thalweg store check`: every page, every record, every checksum, every id. */
export function storeCheckCommand({ store: path, json = false }: StoreCheckOptions): void {
  const store = openDamagedStore(path);
  try {
    const { records, problems } = look(store);
    if (problems.length > 0) process.exitCode = FAILED;
    if (json) console.log(JSON.stringify({ store: path, records, problems }));
    else if (problems.length === 0) console.log(`${path}: ${count(records, 'record')}, nothing wrong`);
    else console.log([...firstOf(problems), wayOut(path, records, problems.length)].join('\n'));
  } finally {
    store.close();
  }
}

function look(store: Store): { readonly records: number; readonly problems: string[] } {
  const problems: string[] = [];
  let records = 0;
  try {
    problems.push(...store.problems());
    for (const { problem } of inspect(store.encoded, store.lastNumber())) {
      records++;
      if (problem !== undefined) problems.push(problem);
    }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    problems.push(error.message); // so damaged that no further walk is possible
  }
  return { records, problems };
}

function firstOf(problems: readonly string[]): string[] {
  const rest = problems.length - SHOWN;
  return [...problems.slice(0, SHOWN), ...(rest > 0 ? [`and ${rest} more; --json lists all`] : [])];
}

function wayOut(path: string, records: number, problems: number): string {
  return (
    `${path}: ${count(records, 'record')}, ${count(problems, 'problem')}; restore a copy, or save what is whole: ` +
    `thalweg store merge ${path} --store NEW (the same commands then run again what is missing)`
  );
}

/** `thalweg store migrate`: brings a store of an older thalweg up to date. */
export function storeMigrateCommand({ store: path }: { readonly store: string }): void {
  const store = openStore(path, { write: true, create: false });
  store.compact();
  store.close();
  console.log(`${path}: up to date`);
}
