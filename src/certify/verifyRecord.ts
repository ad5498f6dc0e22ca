import { canonicalJson } from '../core/json.ts';
import { type RunRecord, runId } from '../run/record.ts';
import { recordDifference } from '../run/recordDifference.ts';
import { parseSpec } from '../run/spec.ts';
import { type ChainDifference, compareChains } from './compareChains.ts';

/** What the second execution of a run says about its record. */
export type Verdict =
  | { readonly kind: 'identical'; readonly steps: number; readonly links: number }
  | {
      readonly kind: 'different';
      /** Where the chains part; null where they are the same or there is none. */
      readonly chain: ChainDifference | null;
      /** Every part of the record that differs, in words. */
      readonly parts: readonly string[];
      /** Why the record itself cannot be right, whatever its run does. */
      readonly altered?: string;
    }
  /** It failed or was lost: there is no result to verify. */
  | { readonly kind: 'noResult'; readonly outcome: 'failed' | 'lost' }
  /** There is a result, but it could not be computed again. */
  | { readonly kind: 'notRun'; readonly reason: string };

/** What stands between a record and its second execution, before that is tried; null if nothing. */
export function obstacleTo(record: RunRecord, isKnownModule: (sha256: string) => boolean): Verdict | null {
  const { outcome, spec, id } = record;
  if (outcome.kind === 'failed' || outcome.kind === 'lost')
    return { kind: 'noResult', outcome: outcome.kind };
  if (runId(spec) !== id)
    return {
      kind: 'different',
      chain: null,
      parts: [],
      altered: `its spec is not that of its id, but of ${short(runId(spec))}`,
    };
  let parsed: string;
  try {
    parsed = runId(parseSpec(spec));
  } catch (error) {
    return { kind: 'notRun', reason: `this version cannot read its spec (${(error as Error).message})` };
  }
  if (parsed !== id)
    return { kind: 'notRun', reason: `this version reads its spec as another run, ${short(parsed)}` };
  if (spec.optimizer.kind === 'module' && !isKnownModule(spec.optimizer.sha256)) {
    const reason = `the file of its optimizer ${spec.optimizer.name} is not known here; verify the experiment that names it`;
    return { kind: 'notRun', reason };
  }
  return null;
}

/** Beside the result: where and when, by which version, and in which form. */
const NOT_OF_THE_RESULT = ['environment', 'engine', 'schema', 'chain'];

/** Compares a record with another one of the same spec, link by link and then all the rest of it. */
export function verdictOf(record: RunRecord, again: RunRecord): Verdict {
  const chains =
    record.chain && again.chain
      ? compareChains({ ...record, chain: record.chain }, { ...again, chain: again.chain })
      : null;
  const chain = chains?.difference ?? null;
  if (record.schema >= 3 && !record.chain)
    return {
      kind: 'different',
      chain: null,
      parts: [],
      altered: `it has no chain, which every record of schema ${record.schema} has`,
    };
  const parts = [...new Set([...Object.keys(again), ...Object.keys(record)])].flatMap((key) => {
    if (NOT_OF_THE_RESULT.includes(key)) return [];
    const [a, b] = [record, again].map((one) => one[key as keyof RunRecord]);
    return canonicalJson(a ?? null) === canonicalJson(b ?? null) ? [] : [partInWords(key, record, again)];
  });
  if (record.chain && again.chain && record.chain.every !== again.chain.every)
    parts.push(`chain.every (${record.chain.every}, again ${again.chain.every})`);
  if (chain === null && parts.length === 0)
    return { kind: 'identical', steps: again.steps, links: chains?.links ?? 0 };
  return { kind: 'different', chain, parts };
}

function partInWords(key: string, record: RunRecord, again: RunRecord): string {
  if (key === 'outcome')
    return `outcome (recorded: ${describeOutcome(record)}; now: ${describeOutcome(again)})`;
  if (key !== 'series') return key in again ? key : `${key} (no part of a record)`;
  const place = recordDifference(record, again);
  if (place === null || place.step === null) return 'series';
  return `series (${place.name} first at step ${place.step}: recorded ${place.values[0] ?? 'nothing'}, now ${place.values[1] ?? 'nothing'})`;
}

function describeOutcome({ outcome }: RunRecord): string {
  if (outcome.kind === 'diverged') return `diverged at step ${outcome.step}: ${outcome.reason}`;
  return 'message' in outcome ? `${outcome.kind}: ${outcome.message}` : outcome.kind;
}

/** A line for a run. */
export function describeVerdict(verdict: Verdict, record: RunRecord): string {
  switch (verdict.kind) {
    case 'identical':
      return record.chain
        ? `identical, ${stepsInWords(verdict.steps)} (${verdict.links} links)`
        : `identical, ${stepsInWords(verdict.steps)}, by its series and final digest: a record of schema ${record.schema} has no chain`;
    case 'noResult':
      return `not verified: the run ${verdict.outcome === 'lost' ? 'was lost' : 'failed'} and has no result`;
    case 'notRun':
      return `not verified: ${verdict.reason}`;
    case 'different': {
      if (verdict.altered !== undefined) return `DIFFERENT: the record was altered: ${verdict.altered}`;
      const rest = verdict.parts.length === 0 ? [] : [`different: ${verdict.parts.join(', ')}`];
      return [placeInWords(verdict.chain, record), ...rest].filter((text) => text !== '').join('; ');
    }
  }
}

function placeInWords(difference: ChainDifference | null, { chain, steps }: RunRecord): string {
  if (difference === null)
    return chain ? 'DIFFERENT although all links are the same' : 'DIFFERENT (the record has no chain)';
  const { same, different, endsAlike } = difference;
  if (endsAlike) return `DIFFERENT at step ${different}, with the same last link: the record was altered`;
  if (same === null) return 'DIFFERENT from the first state on';
  if (same === different)
    return `DIFFERENT: the last link, after step ${steps}, with the same digests of all states`;
  if (different === same + 1) return `DIFFERENT from step ${different} on`;
  return `DIFFERENT between steps ${same} and ${different}`;
}

function stepsInWords(steps: number): string {
  return `${steps} ${steps === 1 ? 'step' : 'steps'}`;
}

/** As `thalweg store list` shows an id. */
export function short(id: string): string {
  return id.slice(0, 12);
}
