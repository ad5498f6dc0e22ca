import { isResult } from '../store/encodeRecord.ts';
import type { PlannedStage } from './plan.ts';
import type { StoredRuns } from './storedRuns.ts';

/** What of a stage is stored and what has to run. */
export interface Outlook {
  readonly total: number;
  /** Need not run: completed, diverged, and failed unless those are to be tried again. */
  readonly stored: number;
  readonly storedDiverged: number;
  readonly storedFailed: number;
  readonly missing: ReadonlySet<string>;
  /** How many of these were lost before. */
  readonly missingLost: number;
}

export interface OutlookOptions {
  /** Which runs of the stage are meant; all unless given. */
  readonly isWanted?: ((id: string) => boolean) | undefined;
  /** Runs that have failed count as missing, as those that were lost always do. */
  readonly retryFailed?: boolean | undefined;
}

export function missingRuns(
  { ids }: Pick<PlannedStage, 'ids'>,
  stored: StoredRuns,
  { isWanted = () => true, retryFailed = false }: OutlookOptions = {},
): Outlook {
  const missing = new Set<string>();
  const count = { total: 0, diverged: 0, failed: 0, lost: 0 };
  for (const id of ids) {
    if (!isWanted(id)) continue;
    count.total++;
    const ending = stored.endingOf(id);
    if (isResult(ending) || (ending === 'failed' && !retryFailed)) {
      if (ending === 'diverged' || ending === 'failed') count[ending]++;
    } else {
      missing.add(id);
      if (ending === 'lost') count.lost++;
    }
  }
  return {
    total: count.total,
    stored: count.total - missing.size,
    storedDiverged: count.diverged,
    storedFailed: count.failed,
    missing,
    missingLost: count.lost,
  };
}
