import { describeVerdict, obstacleTo, short, type Verdict, verdictOf } from '../certify/verifyRecord.ts';
import { stream } from '../core/rng.ts';
import { count } from '../report/format.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { execute } from '../run/execute.ts';
import { decodeRecord } from '../store/encodeRecord.ts';
import { inlineRunner, type RunListener } from '../sweep/runner.ts';
import { threadRunner } from '../sweep/threadRunner.ts';
import { userOptimizerPath } from '../sweep/userOptimizer.ts';
import { createProgress, NOTHING } from './progress.ts';
import { resourcesOf, selectedRuns, stageOf } from './recordedRuns.ts';
import { openRecords, type RecordSource, type SourceOptions } from './recordSource.ts';

export interface VerifyOptions extends SourceOptions {
  readonly workers: number;
  readonly only?: string;
  readonly sample?: number;
  readonly seed: number;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** `thalweg verify`: executes runs again and compares with their records, link by link. */
export async function verifyCommand(target: string, options: VerifyOptions): Promise<void> {
  const source = await openRecords(target, options);
  try {
    const ids = sampleOf(selectedRuns(source, options.only), options);
    const verdicts = new Map<string, Verdict>();
    for (const id of ids) {
      const obstacle = obstacleTo(source.record(id), (sha256) => userOptimizerPath(sha256) !== undefined);
      if (obstacle !== null) verdicts.set(id, obstacle);
    }
    await runAgain(
      source,
      ids.filter((id) => !verdicts.has(id)),
      options,
      verdicts,
    );
    const all = ids.map((id) => ({ id, verdict: verdicts.get(id) as Verdict, record: source.record(id) }));
    for (const { id, verdict, record } of all) {
      const otherEngine = record.engine === engineDigest() ? undefined : record.engine;
      if (options.json) console.log(JSON.stringify({ id, ...verdict, engine: record.engine }));
      else
        console.log(
          `${short(id)}  ${describeVerdict(verdict, record)}${otherEngine === undefined ? '' : `; the record is of another engine, ${short(otherEngine)}`}`,
        );
    }
    const tally = tallyOf(all.map(({ verdict }) => verdict));
    if (options.json) console.log(JSON.stringify({ source: source.name, engine: engineDigest(), ...tally }));
    else console.log(summaryOf(tally, source, ids.length));
    if (tally.different + tally.notRun > 0 || tally.identical === 0) process.exitCode = 1;
  } finally {
    source.close();
  }
}

/** So many of them, the same ones for a seed, in their order. */
function sampleOf(ids: readonly string[], { sample, seed }: VerifyOptions): readonly string[] {
  if (sample === undefined || sample >= ids.length) return ids;
  const places = Int32Array.from(ids, (_, i) => i);
  stream(seed, 'verify').at(0).shuffle(places);
  return Array.from(places.slice(0, sample).sort(), (i) => ids[i]);
}

/** Executes the runs with the workers of a sweep; nothing is stored. */
async function runAgain(
  source: RecordSource,
  ids: readonly string[],
  { workers, dataDir }: VerifyOptions,
  verdicts: Map<string, Verdict>,
): Promise<void> {
  if (ids.length === 0) return;
  const stage = stageOf(source, ids);
  const resources = await resourcesOf(source, stage, dataDir);
  const display = createProgress(() => '');
  const progress = { ...NOTHING, total: ids.length };
  const end = (id: string, verdict: Verdict, ending: 'completed' | 'diverged' | 'failed' | 'lost') => {
    verdicts.set(id, verdict);
    progress[ending]++;
    display.update({ progress });
  };
  const listener: RunListener = {
    onEnd({ id }, { record: encoded }) {
      const again = decodeRecord(encoded);
      const { outcome } = again;
      if (outcome.kind === 'completed' || outcome.kind === 'diverged')
        return end(id, verdictOf(source.record(id), again), outcome.kind);
      end(id, { kind: 'notRun', reason: `it failed now: ${outcome.message}` }, 'failed');
    },
    onLost({ id }, { message }) {
      end(id, { kind: 'notRun', reason: `it was lost now: ${message}` }, 'lost');
    },
    onCheckpoint() {},
  };
  const runner =
    workers === 0 ? inlineRunner(execute) : threadRunner({ workers: Math.min(workers, ids.length) });
  try {
    display.update({ progress });
    await runner.run(stage.runs(), resources, listener, { stop: new AbortController().signal });
  } finally {
    display.close();
  }
  for (const id of ids)
    if (!verdicts.has(id)) verdicts.set(id, { kind: 'notRun', reason: 'no worker could start' });
}

type Tally = Readonly<Record<'identical' | 'different' | 'noResult' | 'notRun', number>>;

function tallyOf(verdicts: readonly Verdict[]): Tally {
  const of = (kind: Verdict['kind']) => verdicts.filter((verdict) => verdict.kind === kind).length;
  return {
    identical: of('identical'),
    different: of('different'),
    noResult: of('noResult'),
    notRun: of('notRun'),
  };
}

function summaryOf(
  { identical, different, noResult, notRun }: Tally,
  source: RecordSource,
  asked: number,
): string {
  const verified = identical + different;
  const counts = [
    `${identical} identical`,
    `${different} different`,
    ...(notRun > 0 ? [`${notRun} could not be run again`] : []),
    ...(noResult > 0 ? [`${noResult} without a result`] : []),
  ];
  const part = asked < source.ids.length ? `, a part of ${count(source.ids.length, 'record')}` : '';
  return `${source.name}: ${verified} of ${count(asked, 'run')} verified: ${counts.join(', ')}${part}`;
}
