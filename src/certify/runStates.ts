import { digestOf } from '../core/fingerprint.ts';
import type { Dataset } from '../data/dataset.ts';
import { dataKey, execute, loadData } from '../run/execute.ts';
import type { ChainRecord, Outcome } from '../run/record.ts';
import { parseSpec, type RunSpec } from '../run/spec.ts';
import type { RunControl } from '../train/checkpoint.ts';
import { environmentSet, type SetRun } from './environmentSet.ts';
import { groupedRun } from './groupedRun.ts';

/** What has to be the same everywhere of a run of the set. Nothing in it is of one version of the engine or of one machine. */
export interface RunStates {
  readonly name: string;
  /** In full; null of a network that no spec describes. */
  readonly spec: RunSpec | null;
  readonly outcome: Outcome;
  readonly steps: number;
  /** The digest of the state after every step from 0 on, eight hexadecimal digits each: as in a chain that has a link a step. */
  readonly states: string;
  /** The chain as it is in a record. */
  readonly chain: ChainRecord;
  /** SHA-256 of the last state, as in a record. */
  readonly digest: string;
}

/** The name of the one run that has no spec. */
export const GROUPED = 'grouped convolution';

/** Names of all runs of the set in their order. */
export const setNames: readonly string[] = [...environmentSet.map(({ name }) => name), GROUPED];

const datasets: Record<string, Dataset> = {};

/** Executes a run of the set by its name and digests each of its states. */
export async function statesOf(name: string, changes: Partial<SetRun['spec']> = {}): Promise<RunStates> {
  const states: string[] = [];
  const control: RunControl = { onStep: ({ fingerprint }) => states.push(digestOf(fingerprint())) };
  const known = environmentSet.find((run) => run.name === name);
  if (known === undefined) {
    const { outcome, steps, chain, digest } = groupedRun(control);
    return { name, spec: null, outcome, steps, states: states.join(''), chain, digest };
  }
  const spec = parseSpec({ ...known.spec, ...changes }, name);
  datasets[dataKey(spec.data)] ??= await loadData(spec.data, {});
  const { outcome, steps, chain, digest } = await execute(spec, { datasets, modules: {} }, control);
  return { name, spec, outcome, steps, states: states.join(''), chain, digest };
}

export { digestOf as foldedDigest };
