import { InvalidInput } from '../core/check.ts';
import type { RunRecord } from '../run/record.ts';
import { type Ending, isResult } from '../store/encodeRecord.ts';
import type { Store } from '../store/store.ts';

/** What a store holds of runs, from the engines that count: the present one first, then others that were accepted. */
export interface StoredRuns {
  readonly engines: readonly string[];
  /** How a run ended: a result of any of the engines, or else what the first engine that tried it says. */
  endingOf(id: string): Ending | undefined;
  get(id: string): RunRecord | undefined;
}

export function storedRuns(store: Pick<Store, 'endingOf' | 'get'>, engines: readonly string[]): StoredRuns {
  /** The engine whose record counts. */
  const engineOf = (id: string) =>
    engines.find((engine) => isResult(store.endingOf(id, engine))) ??
    engines.find((engine) => store.endingOf(id, engine) !== undefined) ??
    engines[0];
  return {
    engines,
    endingOf: (id) => store.endingOf(id, engineOf(id)),
    get: (id) => store.get(id, engineOf(id)),
  };
}

/**
 * The engines that `--accept-engine` names: prefixes of digests with commas between, after the present engine.
 * @throws InvalidInput on a prefix that is not of exactly one engine with records in the store, with the list of those.
 */
export function acceptEngines(
  store: Pick<Store, 'rows'>,
  present: string,
  prefixes: string | undefined,
): string[] {
  if (prefixes === undefined) return [present];
  const counts = new Map<string, number>();
  for (const { engine } of store.rows()) counts.set(engine, (counts.get(engine) ?? 0) + 1);
  const accepted = prefixes.split(',').map((part) => {
    const prefix = part.trim();
    const found = [...counts.keys()].filter((engine) => prefix !== '' && engine.startsWith(prefix));
    if (found.length === 1) return found[0];
    const known = [...counts].map(([engine, count]) => {
      const which = engine === present ? ', the present one' : '';
      return `${engine.slice(0, 12)} (${count} records${which})`;
    });
    throw new InvalidInput(
      `${found.length === 0 ? 'unknown' : 'ambiguous'} engine: ${prefix || 'nothing'}, ` +
        `the store has records of ${known.join(', ') || 'none'}`,
    );
  });
  return [...new Set([present, ...accepted])];
}
