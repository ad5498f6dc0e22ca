import type { Checkpoint, Resources } from '../run/execute.ts';
import { execute } from '../run/execute.ts';
import type { RunRecord } from '../run/record.ts';
import { parseSpec, type RunSpecInput } from '../run/spec.ts';
import { type ChainDifference, compareChains } from './compareChains.ts';

export interface ReplayRequest {
  /** The first and the last step to be looked at. */
  readonly from: number;
  readonly to: number;
  readonly probes: NonNullable<RunSpecInput['probes']>;
  /** Of the same run at a step before `from`; from its start unless given. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** What a run was seen to do, and the proof that it was this run. */
export interface Replay {
  /** Of all steps looked at: a change within them may have its own. */
  readonly channels: readonly string[];
  /** For each step the values in the order of the channels, as they were measured; null where nothing was. */
  readonly steps: readonly { readonly step: number; readonly values: readonly (number | null)[] }[];
  /** The step that it went on from, 0 of the start. */
  readonly start: number;
  /** The last step that was made again: that of the first link behind the steps looked at, or the end of the run. */
  readonly end: number;
  /** Links from the start of the replay on that were compared with those of the record. */
  readonly links: number;
  /** Where the replay is another run than that of the record; null where every link is the same. */
  readonly difference: ChainDifference | null;
  /** What proves it: the chain, or for a record without one the digest of the final state. */
  readonly proof: 'chain' | 'digest';
}

/**
 * Makes a part of a finished run again with other probes. It goes on behind the last step that is looked at until the next link of the
 * record: the state there depends on all that came before, so that one link proves all steps up to it. Probes change no bit of it.
 * @throws InvalidInput if a probe is unknown or the checkpoint is of another run.
 */
export async function replay(
  record: RunRecord,
  resources: Resources,
  { from, to, probes, checkpoint }: ReplayRequest,
): Promise<Replay> {
  const { chain } = record;
  const spec = parseSpec({ ...record.spec, ...changesOf(record), probes });
  const end = chain ? Math.min(record.steps, Math.ceil(to / chain.every) * chain.every) : record.steps;
  const start = checkpoint?.step ?? 0;
  const seenSteps: { step: number; values: ReadonlyMap<string, number | undefined> }[] = [];
  const result = await execute(spec, resources, {
    // the series of the checkpoint are those of the record's own probes
    ...(checkpoint === undefined ? {} : { from: { ...checkpoint, steps: { step: [], channels: {} } } }),
    ...(chain ? { endAt: end } : {}),
    onStep(seen) {
      if (seen.step >= from && seen.step <= to)
        seenSteps.push({
          step: seen.step,
          values: new Map(seen.channels.map((channel) => [channel, seen.value(channel)])),
        });
    },
  });
  const channels = [...new Set(seenSteps.flatMap(({ values }) => [...values.keys()]))];
  const steps = seenSteps.map(({ step, values }) => ({
    step,
    values: channels.map((channel) => values.get(channel) ?? null),
  }));
  const seen = { channels, steps, start, end };
  if (!chain) {
    const isSame = result.digest === record.digest && result.steps === record.steps;
    const difference = isSame ? null : { same: start, different: record.steps, endsAlike: false };
    return { ...seen, links: isSame ? 1 : 0, difference, proof: 'digest' };
  }
  const { links, difference } = compareChains({ chain, steps: record.steps }, result, end);
  const before = start === 0 ? 0 : Math.floor(start / chain.every) + 1; // those of the checkpoint itself
  return { ...seen, links: links - before, difference, proof: 'chain' };
}

/** The changes of a run without those of its probes: the ones asked for hold behind each of them. */
function changesOf({ spec: { changes } }: RunRecord): Pick<RunSpecInput, 'changes'> {
  if (changes === undefined) return {};
  const kept = changes.map(({ after, set: { probes: _, ...set } }) => ({ after, set }));
  return { changes: kept.filter(({ set }) => Object.keys(set).length > 0) } as Pick<RunSpecInput, 'changes'>;
}
