import { type Chained, compareChains } from '../certify/compareChains.ts';
import { count } from '../report/format.ts';
import { execute, type Resources } from '../run/execute.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';

/** A state of a run that was executed up to it. */
export interface ReachedState {
  /** An earlier one than was asked for if the run diverged before. */
  readonly step: number;
  /** The whole fingerprint, 256 hexadecimal digits. */
  readonly fingerprint: string;
}

/** Whether a fork is its base up to a step. */
export interface ForkProof {
  readonly holds: boolean;
  /** The last step whose states were compared and are the same; null if that is none. */
  readonly identicalTo: number | null;
  /** Of the state after it, where both were executed up to the step. */
  readonly fingerprint: string | null;
  /** Links up to there that both records have. */
  readonly links: number;
  readonly text: string;
}

/** Executes a run up to a step. @throws InvalidInput as {@link execute}. */
export async function stateAfter(spec: RunSpec, at: number, resources: Resources): Promise<ReachedState> {
  let reached: ReachedState = { step: 0, fingerprint: '' };
  await execute(spec, resources, {
    endAt: at,
    onStep({ step, fingerprint }) {
      reached = { step, fingerprint: fingerprint() };
    },
  });
  return reached;
}

/**
 * The states of base and fork after step `at`, both executed up to it for this, and the links up to there that both records have. Links
 * alone are no proof: where they are sparse the only one up to `at` may be that of the initial state.
 */
export function proofOf(
  a: Pick<RunRecord, 'chain' | 'steps'>,
  b: Pick<RunRecord, 'chain' | 'steps'>,
  at: number,
  states: { readonly base: ReachedState; readonly fork: ReachedState },
): ForkProof {
  const { base, fork } = states;
  const { links, difference } = isChained(a) && isChained(b) ? compareChains(a, b, at) : NO_LINKS;
  const isSame = base.step === fork.step && base.fingerprint === fork.fingerprint;
  if (isSame && difference === null) {
    const print = `fingerprint ${base.fingerprint.slice(0, 16)}…`;
    const common = links === 0 ? '' : `, and so are the ${count(links, 'link')} up to there of both records`;
    const end = base.step < at ? `, in which both diverge before step ${at}` : '';
    const text = `Identical up to and including step ${base.step} (${print})${end}: the states of both, executed again, are the same${common}.`;
    return { holds: true, identicalTo: base.step, fingerprint: base.fingerprint, links, text };
  }
  const told = isSame
    ? 'executed again both are the same, but the links of the records are not'
    : `executed again base and fork are in different states after step ${Math.min(base.step, fork.step)}`;
  const where =
    difference === null
      ? ''
      : `; the records have the same state ${difference.same === null ? 'at no step' : `up to step ${difference.same}`}, another at step ${difference.different}`;
  return {
    holds: false,
    identicalTo: difference?.same ?? null,
    fingerprint: null,
    links,
    text: `NOT identical up to step ${at}: ${told}${where}; one of the two records is not of this engine or machine.`,
  };
}

const NO_LINKS = { links: 0, difference: null };

function isChained<R extends Pick<RunRecord, 'chain' | 'steps'>>(record: R): record is R & Chained {
  return record.chain !== null && record.chain !== undefined;
}
