import { type Replay, type ReplayRequest, replay } from '../certify/replay.ts';
import { describeVerdict, obstacleTo, short } from '../certify/verifyRecord.ts';
import { InvalidInput, unknownName } from '../core/check.ts';
import { probes } from '../run/catalog/probes.ts';
import type { Checkpoint, Resources } from '../run/execute.ts';
import { type RunRecord, trajectoryId } from '../run/record.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { decodeCheckpoint } from '../store/encodeCheckpoint.ts';
import { userOptimizerPath } from '../sweep/userOptimizer.ts';
import { resourcesOf, stageOf } from './recordedRuns.ts';
import { openRecords, type RecordSource, type SourceOptions, theOne } from './recordSource.ts';

export interface ReplayOptions extends SourceOptions {
  readonly steps: string;
  readonly probe?: string;
  readonly only?: string;
  readonly dataDir?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** `thalweg replay`: probes at some steps of a finished run, afterwards, with the proof that it was the same run. */
export async function replayCommand(target: string, options: ReplayOptions): Promise<void> {
  const [from, to] = rangeOf(options.steps);
  const chosen = probesOf(options.probe);
  const source = await openRecords(target, options);
  try {
    const record = theOne(source, options.only);
    const obstacle = obstacleTo(record, (sha256) => userOptimizerPath(sha256) !== undefined);
    if (obstacle !== null)
      throw new InvalidInput(
        `invalid run to replay: ${short(record.id)}: ${describeVerdict(obstacle, record)}; choose one with a result`,
      );
    if (to > record.steps)
      throw new InvalidInput(
        `invalid --steps: got ${options.steps}, expected steps from 1 to the ${record.steps} that the run made`,
      );
    const resources = await resourcesOf(source, stageOf(source, [record.id]), options.dataDir);
    const checkpoint = nearest(source, record, from - 1);
    const seen = await fromCheckpoint(record, resources, { from, to, probes: chosen, checkpoint });
    print(record, seen, options);
    if (seen.difference !== null) process.exitCode = 1;
  } finally {
    source.close();
  }
}

/** A stored state that does not fit the run costs time, as in a sweep: the run is made again from its start. */
async function fromCheckpoint(
  record: RunRecord,
  resources: Resources,
  request: ReplayRequest,
): Promise<Replay> {
  const { checkpoint, ...fromStart } = request;
  if (checkpoint === undefined) return replay(record, resources, fromStart);
  try {
    return await replay(record, resources, request);
  } catch (error) {
    if (!/checkpoint/.test((error as Error).message)) throw error;
    console.error(
      `the checkpoint after step ${checkpoint.step} does not fit the run, so it is made again from the start`,
    );
    return replay(record, resources, fromStart);
  }
}

/** The latest state that is stored of the trajectory up to a step. */
function nearest({ store }: RecordSource, record: RunRecord, atMost: number): Checkpoint | undefined {
  const bytes = store?.checkpoint(trajectoryId(record.spec), record.engine, atMost);
  try {
    return bytes === undefined ? undefined : (decodeCheckpoint(bytes) as Checkpoint);
  } catch {
    return undefined; // a damaged one costs time: the run is made again from its start
  }
}

/** `437` or `400..437`. */
function rangeOf(text: string): [from: number, to: number] {
  const [, first, last = first] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (from >= 1 && to >= from) return [from, to];
  throw new InvalidInput(
    `invalid --steps: got ${text}, expected a step or a range of them, from 1 on, for example 400..437`,
  );
}

/** `gradientNorm,deadUnits:every=2`: at every step unless said otherwise. */
function probesOf(text: string | undefined): NonNullable<RunSpecInput['probes']> {
  if (text === undefined) return [];
  const chosen = text.split(',').map((part) => {
    const [kind, ...options] = part.trim().split(':');
    if (!Object.hasOwn(probes, kind)) throw unknownName('probe', kind, Object.keys(probes));
    const given = options.map((option) => {
      const [, name, value] = /^(\w+)=(.+)$/.exec(option) ?? [];
      if (name !== undefined) return [name, parsedValue(value)];
      throw new InvalidInput(
        `invalid --probe: got ${part}, expected a probe or one with options, for example deadUnits:every=2`,
      );
    });
    return { kind, every: 1, ...Object.fromEntries(given) };
  });
  return chosen as NonNullable<RunSpecInput['probes']>;
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function print(record: RunRecord, seen: Replay, { csv = false, json = false }: ReplayOptions): void {
  if (json) {
    const plain = (_key: string, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    console.log(JSON.stringify({ id: record.id, ...seen }, plain));
    return;
  }
  const rows = [
    ['step', ...seen.channels],
    ...seen.steps.map(({ step, values }) =>
      [step, ...values].map((value) => (value === null ? '' : String(value))),
    ),
  ];
  if (csv) {
    console.log(rows.map((row) => row.join(',')).join('\n'));
    console.error(proofOf(record, seen));
    return;
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
  console.log(proofOf(record, seen));
}

function proofOf({ id, schema, steps }: RunRecord, { start, end, links, difference, proof }: Replay): string {
  const what = `run ${short(id)}, steps ${start + 1} to ${end} of ${steps} made again from ${start === 0 ? 'the start' : `the checkpoint after step ${start}`}`;
  if (difference !== null) {
    const { same, different } = difference;
    const where = same === null ? 'from the first state on' : `between steps ${same} and ${different}`;
    return `${what}: NOT THE RUN OF THE RECORD, DIFFERENT ${where}; the values are those of another run`;
  }
  if (proof === 'digest')
    return `${what}: a record of schema ${schema} has no chain; the final state is that of the record, so looking changed nothing`;
  return `${what}: ${links === 1 ? 'its link is that' : `all ${links} links are those`} of the record, so looking changed nothing`;
}
