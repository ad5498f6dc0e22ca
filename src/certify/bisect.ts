import { InvalidInput } from '../core/check.ts';
import { digestOf } from '../core/fingerprint.ts';
import type { ChainRecord, Outcome, RunRecord } from '../run/record.ts';
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
        'their numbers are of different types and have no bits in common; change one with --set engine=…',
    );
  }
  const known = byChains(a.record?.chain, b.record?.chain, a.record?.steps, b.record?.steps);
  if (known?.identical === true && !executes) return byRecords(a.record as RunRecord, b.record as RunRecord);
  const statesA = await a.states(known?.until);
  const statesB = await b.states(known?.until);
  const notes = [...unlikeRecord('A', a.record, statesA), ...unlikeRecord('B', b.record, statesB)];
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
      notes,
    };
  }
  const [longer, ends] = [lengthNote(statesA, statesB), endingsDiffer(statesA, statesB)];
  if (!ends) return { kind: 'identical', equalSteps, step: null, first: null, notes: [...notes, ...longer] };
  const within = await located(a, b, both, notes);
  return { ...within, kind: within.first === null ? 'ended' : 'different', notes: [...notes, ...longer] };
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
      return { kind: 'different', equalSteps: 0, step: 1, first: next, notes: [...notes, said] };
  }
  return { kind: 'different', equalSteps: step - 1, step, first: first ?? null, notes };
}

interface KnownByChains {
  readonly identical: boolean;
  readonly equalSteps: number;
  /** The step of the first link that differs; undefined if that is the end. */
  readonly until: number | undefined;
}

/** What two chains say; undefined if one is missing, or they end at different steps without a difference. */
export function byChains(
  a: ChainRecord | null | undefined,
  b: ChainRecord | null | undefined,
  stepsA = 0,
  stepsB = 0,
): KnownByChains | undefined {
  if (!a || !b) return undefined;
  const stride = Math.max(a.every, b.every); // powers of two
  const linksA = digestsOf(a, stride);
  const linksB = digestsOf(b, stride);
  const odd = linksA.findIndex((digest, i) => i < linksB.length && digest !== linksB[i]);
  if (odd >= 0) return { identical: false, equalSteps: (odd - 1) * stride, until: odd * stride };
  if (stepsA !== stepsB || a.every !== b.every) return undefined;
  if (a.last === b.last) return { identical: true, equalSteps: stepsA, until: undefined };
  return { identical: false, equalSteps: (linksA.length - 1) * stride, until: undefined };
}

function digestsOf({ every, digests }: ChainRecord, stride: number): string[] {
  const all = digests.match(/.{8}/g) ?? [];
  return all.filter((_, i) => (i * every) % stride === 0);
}

function byRecords(a: RunRecord, b: RunRecord): Bisection {
  const every = a.chain?.every ?? 1;
  const links = every === 1 ? 'every step' : `every ${every} steps and the end`;
  const note = `by the chains of the records, which have a link for ${links}; nothing was executed`;
  const differ = endOf(a.outcome) !== endOf(b.outcome);
  const ends = differ ? [`A ${endOf(a.outcome)}, B ${endOf(b.outcome)}`] : [];
  const kind = differ ? 'ended' : 'identical';
  return { kind, equalSteps: b.steps, step: null, first: null, notes: [note, ...ends] };
}

/** Says where an execution does not give what was recorded. */
function unlikeRecord(name: string, record: RunRecord | undefined, { fingerprints }: States): string[] {
  const chain = record?.chain;
  if (record === undefined || !chain) return [];
  const digests = digestsOf(chain, chain.every);
  const link = digests.findIndex((digest, i) => {
    const state = fingerprints[i * chain.every];
    return state !== undefined && digestOf(state) !== digest;
  });
  if (link < 0) return [];
  return [
    `${name} is not reproduced: executed again it has another state than its record at step ${link * chain.every}; ` +
      `the record is of the engine ${record.engine.slice(0, 12)}, name the folder of that version with --engine-${name.toLowerCase()}`,
  ];
}

function lengthNote(a: States, b: States): string[] {
  const [stepsA, stepsB] = [a.fingerprints.length - 1, b.fingerprints.length - 1];
  if (endingsDiffer(a, b)) return [`A ${endOf(a.outcome)}, B ${endOf(b.outcome)}`];
  if (stepsA === stepsB) return [];
  return stepsA < stepsB
    ? [`A ends there, B goes on to step ${stepsB}`]
    : [`B ends there, A goes on to step ${stepsA}`];
}

/** Whether one diverged and the other did not, or for another reason. Two runs of different lengths are no such thing. */
function endingsDiffer(a: States, b: States): boolean {
  return endOf(a.outcome) !== endOf(b.outcome);
}

function endOf(outcome: Outcome): string {
  if (outcome.kind !== 'diverged') return 'goes on';
  return `diverges at step ${outcome.step} (${outcome.reason})`;
}
