import { statSync } from 'node:fs';
import { InvalidInput } from '../core/check.ts';
import { count } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { CheckpointRow } from '../store/checkpoints.ts';
import { openStore, type Store } from '../store/store.ts';
import { type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import { acceptEngines, type StoredRuns, storedRuns } from '../sweep/storedRuns.ts';
import { shownPath } from '../sweep/userCode.ts';
import { knownStages } from '../sweep/walk.ts';
import { describeBytes, type RowSelection, rowFilter, Tallies } from './storeRows.ts';

export interface StorePruneOptions extends Omit<RowSelection, 'only'> {
  readonly store: string;
  /** Experiments: what one of them plans stays. */
  readonly notIn?: readonly string[];
  /** Whose records count for what these plan, beside those of this engine. */
  readonly acceptEngine?: string;
  /** Checkpoints of this engine too; those of other engines are of no use to anyone. */
  readonly checkpoints?: boolean;
  readonly yes?: boolean;
}

/** `thalweg store prune`: removes the records that all of the given criteria name; without --yes it only counts them. */
export async function storePruneCommand(options: StorePruneOptions): Promise<void> {
  const engine = engineDigest();
  const isSelected = rowFilter(options, engine);
  const isNamed = [options.engine, options.outcome, options.notIn].some(
    (criterion) => criterion !== undefined,
  );
  const experiments: LoadedExperiment[] = [];
  for (const file of options.notIn ?? []) experiments.push(await loadExperiment(file));
  const store = openStore(options.store, { write: options.yes === true, create: false });
  try {
    const stored = storedRuns(store, acceptEngines(store, engine, options.acceptEngine));
    const planned = new Set(experiments.flatMap((each) => plannedIds(each, stored)));
    const tallies = new Tallies();
    const numbers: number[] = [];
    for (const row of isNamed ? store.rows() : []) {
      if (!isSelected(row) || planned.has(row.id)) continue;
      tallies.add(row);
      numbers.push(row.number);
    }
    const checkpoints = store.checkpoints().filter((each) => options.checkpoints || each.engine !== engine);
    const found = [
      count(numbers.length, 'record'),
      `${count(checkpoints.length, 'checkpoint')} (${describeBytes(sum(checkpoints.map(({ size }) => size)))})`,
    ].join(' and ');
    for (const line of tallies.describe(engine)) console.log(line);
    if (options.yes) console.log(`removed ${found}; ${remove(store, numbers, checkpoints)}`);
    else console.log(`would remove ${found} from ${store.path}; --yes removes them`);
  } finally {
    store.close();
  }
}

/** The runs of all stages. @throws InvalidInput if they are not all known: what is stored of later ones would look like nobody's. */
function plannedIds(experiment: LoadedExperiment, stored: StoredRuns): string[] {
  const { stages, isOpen } = knownStages(experiment, stored);
  if (!isOpen) return stages.flatMap(({ ids }) => [...ids]);
  const file = shownPath(experiment.file);
  throw new InvalidInput(
    `cannot tell what ${file} plans: its stages after ${stages.at(-1)?.name} are not known yet; run it to its end first, ` +
      'or name the version of the engine that did with --accept-engine (thalweg store list shows them)',
  );
}

function remove(store: Store, numbers: readonly number[], checkpoints: readonly CheckpointRow[]): string {
  const before = statSync(store.path).size;
  store.remove(numbers);
  for (const { trajectory, engine } of checkpoints) store.dropCheckpoints(trajectory, engine);
  store.compact();
  return `${store.path} had ${describeBytes(before)}, now ${describeBytes(statSync(store.path).size)}`;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
