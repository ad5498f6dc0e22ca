import type { ChainRecord } from '../run/record.ts';

/** A chain and how many steps its run made. */
export interface Chained {
  readonly chain: ChainRecord;
  readonly steps: number;
}

/** What two chains have in common. */
export interface ChainComparison {
  /** Linked steps at which both states could be compared, the last one included. */
  readonly links: number;
  /** The first that differs, and the last before it that does not; null if all are the same. */
  readonly difference: ChainDifference | null;
}

export interface ChainDifference {
  /** The last step whose states are the same; null if there is none. */
  readonly same: number | null;
  /** The first linked step whose states, or whose links, differ. */
  readonly different: number;
  /** Whether the last links are the same all the same: no run has such states, one of the two was altered. */
  readonly endsAlike: boolean;
}

/**
 * Compares the states of two runs at the steps that both have links at, and the last links where both were chained alike. `until` leaves
 * out what comes after that step, of two chains of which one is longer.
 */
export function compareChains(a: Chained, b: Chained, until = Number.POSITIVE_INFINITY): ChainComparison {
  const every = Math.max(a.chain.every, b.chain.every); // powers of two: the one is a multiple of the other
  const end = Math.min(a.steps, b.steps, until);
  const endsAlike = a.chain.last === b.chain.last && a.steps === b.steps;
  let links = 0;
  let same: number | null = null;
  for (let step = 0; step <= end; step += every) {
    const [digest, other] = [digestAt(a.chain, step), digestAt(b.chain, step)];
    if (digest === undefined && other === undefined) break;
    links++;
    if (digest !== other) return { links, difference: { same, different: step, endsAlike } };
    same = step;
  }
  const haveOneEnd = a.steps === b.steps && a.chain.every === b.chain.every && a.steps <= until;
  if (!haveOneEnd) return { links, difference: null };
  if (same !== a.steps) links++;
  const isSame = endsAlike && a.chain.digests.length === b.chain.digests.length;
  return { links, difference: isSame ? null : { same, different: a.steps, endsAlike } };
}

/** The eight digits of a linked step. */
export function digestAt({ every, digests }: ChainRecord, step: number): string | undefined {
  const at = (8 * step) / every;
  return digests.slice(at, at + 8) || undefined;
}
