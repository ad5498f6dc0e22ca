import { InvalidInput } from '../core/check.ts';
import { digestOf } from '../core/fingerprint.ts';
import { engineDigest } from '../run/engineDigest.ts';
import type { Outcome, RunRecord } from '../run/record.ts';
import { compareChains, digestAt } from './compareChains.ts';
import { type FirstDifference, firstDifference } from './firstDifference.ts';
import type { Side, States } from './side.ts';

/** What became of the comparison of two runs. */
export interface Bisection {
  /**
   * `identical`: as far as both go; `different`: from `step` on; `ended`: all equal, but one of them diverged where the other went on;
   * `unreproduced`: the records differ, and what their specs compute here does not.
   */
  readonly kind: 'identical' | 'different' | 'ended' | 'unreproduced';
  /** The last step up to which both are known to be equal; -1 if they differ from the start. */
  readonly equalSteps: number;
  /** The first step whose state differs, or, of a run that diverged, the step in which it did. */
  readonly step: number | null;
  /** Within that step. null where it shows none. */
  readonly first: FirstDifference | null;
  /** Of two that are identical as far as both go: the one that goes on, and up to which step. */
  readonly longer: { readonly side: 'A' | 'B'; readonly steps: number } | null;
  readonly notes: readonly string[];
}

/**
 * Finds the first step after which two runs are not in the same state, then within it the first operation that differs although all
 * before are equal. Where both have a record their chains narrow it down: nothing behind the first links that differ is executed, and nothing at
 * all where all links are equal, unless `executes` asks for it.
 * @throws InvalidInput if the runs compute in different types: not a bit of them is comparable.
 */
export async function bisect(a: Side, b: Side, { executes = false } = {}): Promise<Bisection> {
  if (a.spec.engine !== b.spec.engine) {
    throw new InvalidInput(
      `invalid pair: A computes on the engine ${a.spec.engine} and B on ${b.spec.engine}, expected one engine: ` +
        'their numbers are of different types and have no bits in common; thalweg sensitivity --shadows float64 measures how far such runs part',
    );
  }
  const known = knownOf(a.record, b.record);
  if (known?.identical === true && !executes) return byRecords(a.record as RunRecord, b.record as RunRecord);
  const statesA = await a.states(known?.until);
  const statesB = await b.states(known?.until);
  const notes = [...unlikeRecord('A', a, statesA), ...unlikeRecord('B', b, statesB)];
  const both = Math.min(statesA.fingerprints.length, statesB.fingerprints.length);
  const step = statesA.fingerprints.findIndex((print, i) => i < both && print !== statesB.fingerprints[i]);
  if (step >= 0) return located(a, b, step, notes);
  const equalSteps = both - 1;
  if (known?.identical === false) {
    return {
      kind: 'unreproduced',
      equalSteps: known.equalSteps,
      step: known.until ?? null,
      first: null,
      longer: null,
      notes,
    };
  }
  const [endA, endB] = [endOf(statesA.outcome), endOf(statesB.outcome)];
  if (endA === endB) {
    const longer = longerOf(statesA, statesB);
    return { kind: 'identical', equalSteps, step: null, first: null, longer, notes };
  }
  const within = await located(a, b, both, notes);
  const kind = within.first === null ? 'ended' : 'different';
  return { ...within, kind, notes: [...notes, `A ${endA}, B ${endB}`] };
}

/** The first difference within a step. */
async function located(a: Side, b: Side, step: number, notes: readonly string[]): Promise<Bisection> {
  const first = firstDifference(await a.operations(step), await b.operations(step));
  // optimizers with different states differ before they have done anything: what they do says more
  const isOfForm = first?.kind === 'operation' && first.a?.operation === 'the state of the optimizer';
  if (step === 0 && isOfForm) {
    const said = `the states of the optimizers consist of other numbers from the start (${first.reason})`;
    const next = firstDifference(await a.operations(1), await b.operations(1));
    if (next !== undefined)
      return {
        kind: 'different',
        equalSteps: 0,
        step: 1,
        first: next,
        longer: null,
        notes: [...notes, said],
      };
  }
  return { kind: 'different', equalSteps: step - 1, step, first: first ?? null, longer: null, notes };
}

interface KnownByChains {
  readonly identical: boolean;
  readonly equalSteps: number;
  /** The step of the first link that differs; undefined if that is the end. */
  readonly until: number | undefined;
}

/** What the chains of two records say; undefined if one is missing, or they end at different steps without a difference. */
function knownOf(a: RunRecord | undefined, b: RunRecord | undefined): KnownByChains | undefined {
  if (!a?.chain || !b?.chain) return undefined;
  const { difference } = compareChains({ ...a, chain: a.chain }, { ...b, chain: b.chain });
  if (difference === null) {
    const haveOneEnd = a.steps === b.steps && a.chain.every === b.chain.every;
    return haveOneEnd ? { identical: true, equalSteps: a.steps, until: undefined } : undefined;
  }
  const { same, different } = difference;
  // the last link stands for a state between the digests, or for none
  const isOfDigests = digestAt(a.chain, different) !== digestAt(b.chain, different);
  return { identical: false, equalSteps: same ?? -1, until: isOfDigests ? different : undefined };
}

function byRecords(a: RunRecord, b: RunRecord): Bisection {
  const every = a.chain?.every ?? 1;
  const links = every === 1 ? 'every step' : `every ${every} steps and the end`;
  const note = `by the chains of the records, which have a link for ${links}; nothing was executed`;
  const differ = endOf(a.outcome) !== endOf(b.outcome);
  const ends = differ ? [`A ${endOf(a.outcome)}, B ${endOf(b.outcome)}`] : [];
  const kind = differ ? 'ended' : 'identical';
  return { kind, equalSteps: b.steps, step: null, first: null, longer: null, notes: [note, ...ends] };
}

/** Says where an execution does not give what was recorded. */
function unlikeRecord(name: string, { record, isOther }: Side, { fingerprints }: States): string[] {
  const chain = record?.chain;
  if (record === undefined || !chain) return [];
  const odd = fingerprints.findIndex((state, step) => {
    const digest = step % chain.every === 0 ? digestAt(chain, step) : undefined;
    return digest !== undefined && digestOf(state) !== digest;
  });
  if (odd < 0) return [];
  const option = `--engine-${name.toLowerCase()}`;
  const engine = record.engine.slice(0, 12);
  const reason =
    isOther === true
      ? `the record is of the engine ${engine}: the folder of ${option} holds another one, or the record was altered`
      : record.engine === engineDigest()
        ? 'the record says that it is of this engine, so the record was altered'
        : `the record is of the engine ${engine}, name the folder of that version with ${option}`;
  return [
    `${name} is not reproduced: executed again it has another state than its record at step ${odd}; ${reason}`,
  ];
}

/** The one of two runs that makes more steps. */
function longerOf(a: States, b: States): Bisection['longer'] {
  const [stepsA, stepsB] = [a.fingerprints.length - 1, b.fingerprints.length - 1];
  if (stepsA === stepsB) return null;
  return stepsA < stepsB ? { side: 'B', steps: stepsB } : { side: 'A', steps: stepsA };
}

function endOf(outcome: Outcome): string {
  if (outcome.kind !== 'diverged') return 'goes on';
  return `diverges at step ${outcome.step} (${outcome.reason})`;
}
