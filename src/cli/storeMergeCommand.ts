import { realpathSync } from 'node:fs';
import { InvalidInput } from '../core/check.ts';
import { count } from '../report/format.ts';
import { openDamagedStore } from '../store/damagedStore.ts';
import { type Conflict, mergeStores } from '../store/mergeStores.ts';
import { openStore, type Store } from '../store/store.ts';

/** Exit code of a merge that left something out. */
const FAILED = 1;

/** `thalweg store merge`: adds what other stores have. Nothing is overwritten; what does not agree is reported. */
export function storeMergeCommand(from: readonly string[], options: { readonly store: string }): void {
  for (const path of from) openDamagedStore(path).close(); // every mistake before the first write
  const into = openStore(options.store, { write: true });
  try {
    for (const path of from) mergeOne(into, path);
  } finally {
    into.close();
  }
}

function mergeOne(into: Store, path: string): void {
  if (realpathSync(path) === realpathSync(into.path))
    throw new InvalidInput(`cannot merge ${path} into itself`);
  const store = openDamagedStore(path);
  try {
    const { added, replaced, kept, conflicts, problems } = mergeStores(into, store);
    const counts = [
      `${added} new`,
      `${kept} already there`,
      ...(replaced > 0 ? [`${replaced} in the place of failed or lost ones`] : []),
      ...(conflicts.length > 0 ? [count(conflicts.length, 'conflict')] : []),
      ...(problems.length > 0 ? [`${problems.length} damaged and left out`] : []),
    ];
    console.log(`${path}: ${counts.join(', ')}`);
    for (const conflict of conflicts) console.error(describeConflict(conflict, into.path, path));
    if (store.cut !== undefined) console.error(`damaged: ${store.cut}`);
    for (const problem of problems) console.error(`damaged in ${path}: ${problem}`);
    if (store.cut !== undefined || conflicts.length + problems.length > 0) process.exitCode = FAILED;
  } finally {
    store.close();
  }
}

function describeConflict({ ours, theirs }: Conflict, into: string, from: string): string {
  return (
    `conflict: run ${ours.id} of the engine ${ours.engine} has two results: ` +
    `content ${ours.content} in ${into} (${ours.outcome}, kept) and ${theirs.content} in ${from} (${theirs.outcome}, left out); ` +
    `a run is a pure function of its spec, so one of them was not computed as it says: thalweg store show ${ours.id} --store FILE shows each, and how to run it again`
  );
}
