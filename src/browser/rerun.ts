import { digestAt } from '../certify/compareChains.ts';
import { foldedDigest } from '../certify/runStates.ts';
import { canonicalJson } from '../core/json.ts';
import { dataKey, execute, loadData } from '../run/execute.ts';
import type { ChainRecord, Outcome, RunResult } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';

/** What a record says of a run that can be checked by running it again. */
export interface Recorded {
  readonly id: string;
  readonly spec: RunSpec;
  readonly outcome: Outcome;
  readonly steps: number;
  readonly digest: string;
  readonly chain: ChainRecord;
}

/** How a run came out. `step`: the first one with a link that differs. */
export type Verdict =
  | { readonly kind: 'identical'; readonly steps: number; readonly last: string }
  | { readonly kind: 'differs'; readonly step: number; readonly got: string; readonly expected: string }
  | { readonly kind: 'other'; readonly what: string };

class Differs extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super('the states differ');
    this.verdict = verdict;
  }
}

/**
 * Executes the run of a record and compares every link of its chain as soon as it is there; the first one that differs ends it.
 * `onStep` hears of every step.
 */
export async function rerun(recorded: Recorded, onStep: (step: number) => void): Promise<Verdict> {
  const { spec, chain } = recorded;
  const datasets = { [dataKey(spec.data)]: await loadData(spec.data, {}) };
  try {
    const result = await execute(
      spec,
      { datasets, modules: {} },
      {
        onStep: ({ step, fingerprint }) => {
          onStep(step);
          if (step % chain.every === 0) compareLink(chain, step, foldedDigest(fingerprint()));
        },
      },
    );
    return compareEnd(recorded, result);
  } catch (error) {
    if (error instanceof Differs) return error.verdict;
    throw error;
  }
}

function compareLink(chain: ChainRecord, step: number, got: string): void {
  const expected = digestAt(chain, step);
  if (got !== expected) throw new Differs({ kind: 'differs', step, got, expected: expected ?? 'none' });
}

/** What no link says: that the run ended there, so, and with the same last state. */
function compareEnd(recorded: Recorded, result: RunResult): Verdict {
  const { steps, chain, digest, id } = result;
  const pairs: readonly (readonly [what: string, got: string | number, expected: string | number])[] = [
    ['the id of the run', id, recorded.id],
    ['the outcome', canonicalJson(result.outcome), canonicalJson(recorded.outcome)],
    ['the number of steps', steps, recorded.steps],
    ['the digests of the chain', chain.digests, recorded.chain.digests],
    ['the last link', chain.last, recorded.chain.last],
    ['the digest of the last state', digest, recorded.digest],
  ];
  const different = pairs.find(([, got, expected]) => got !== expected);
  if (different === undefined) return { kind: 'identical', steps, last: chain.last };
  const [what, got, expected] = different;
  return { kind: 'other', what: `${what} is ${got}, expected ${expected}` };
}
