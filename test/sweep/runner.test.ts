import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { dataKey, type Resources } from '../../src/run/execute.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeCheckpoint } from '../../src/store/encodeCheckpoint.ts';
import { decodeRecord } from '../../src/store/encodeRecord.ts';
import type { Lost } from '../../src/sweep/lost.ts';
import type { PlannedRun } from '../../src/sweep/plan.ts';
import {
  type Ended,
  inlineRunner,
  type Job,
  type RunListener,
  type Runner,
  type RunnerOptions,
} from '../../src/sweep/runner.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import {
  DIES,
  DIES_BADLY,
  fakeExecute,
  fakeRun,
  fakeRuns,
  HEARS_LATE,
  LOOPS,
  NEEDS_MEMORY,
  NO_RESOURCES,
  SAVES,
  THROWS,
  tinyDataset,
  WRITES_DATA,
} from './fakeRuns.ts';

const workerFile = new URL('./fakeWorker.ts', import.meta.url);
const threads = (workers: number) => threadRunner({ workers, workerFile });
const RUNNERS: readonly [name: string, runner: Runner][] = [
  ['inline', inlineRunner(fakeExecute)],
  ['1 thread', threads(1)],
  ['2 threads', threads(2)],
];

interface Heard {
  readonly records: RunRecord[];
  readonly ended: Ended[];
  readonly lost: { readonly run: PlannedRun; readonly lost: Lost }[];
  readonly checkpoints: { readonly id: string; readonly step: number }[];
}

interface Listening extends Partial<RunnerOptions> {
  readonly resources?: Resources;
  readonly stopAfter?: number;
}

async function listen(
  runner: Runner,
  runs: Iterable<Job>,
  { resources = NO_RESOURCES, stopAfter = Number.POSITIVE_INFINITY, ...options }: Listening = {},
): Promise<Heard> {
  const heard: Heard = { records: [], ended: [], lost: [], checkpoints: [] };
  const stop = new AbortController();
  const listener: RunListener = {
    onEnd(job, ended) {
      expect(ended.record.id).toBe(job.id);
      heard.ended.push(ended);
      heard.records.push(decodeRecord(ended.record));
      if (heard.records.length >= stopAfter) stop.abort();
    },
    onLost: (run, lost) => void heard.lost.push({ run, lost }),
    onCheckpoint: ({ id }, { step }) => void heard.checkpoints.push({ id, step }),
  };
  await runner.run(runs, resources, listener, { stop: stop.signal, ...options });
  return heard;
}

/** The bytes that must not depend on how a run was executed, in the order of the ids. */
function bytesOf(records: readonly RunRecord[]): string[] {
  return records
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((record) => canonicalJson({ ...record, environment: null }));
}

it('gives the same bytes inline, with 1 thread, with 2 threads and in another order', async () => {
  const runs = fakeRuns(12);
  const heard = await Promise.all(RUNNERS.map(([, runner]) => listen(runner, runs)));
  const backwards = await listen(threads(2), runs.toReversed());
  const [inline, ...others] = [...heard, backwards].map(({ records }) => bytesOf(records));
  expect(inline).toHaveLength(12);
  for (const other of others) expect(other).toEqual(inline);
});

describe.each(RUNNERS)('%s', (_name, runner) => {
  it('says where and when a run was computed', async () => {
    const { records } = await listen(runner, fakeRuns(1));
    expect(records[0].environment).toMatchObject({
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      seconds: expect.any(Number),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      thalweg: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  it('makes a failed record of a run that throws, with the message and no stack, and goes on', async () => {
    const { records } = await listen(runner, [fakeRun(0, THROWS), fakeRun(1)]);
    const failed = records.find((record) => record.spec.seed === 0);
    expect(failed?.outcome).toEqual({
      kind: 'failed',
      message: expect.stringMatching(/^TypeError: updates is not a function, at fakeRuns\.ts:\d+:\d+$/),
    });
    expect(failed).toMatchObject({ id: fakeRun(0, THROWS).id, steps: 0, digest: '' });
    expect(records.find((record) => record.spec.seed === 1)?.outcome).toEqual({ kind: 'completed' });
  });

  it('starts nothing after stop', async () => {
    const { records } = await listen(runner, fakeRuns(20), { stopAfter: 2 });
    expect(records.length).toBeGreaterThanOrEqual(2);
    expect(records.length).toBeLessThanOrEqual(4); // two are under way at most when stop is raised
  });

  it('takes one job for every worker, and the next when one is over, also behind the end of the list', async () => {
    let taken = 0;
    let over = 0;
    const runs = fakeRuns(12);
    const jobs: Iterable<Job> = {
      [Symbol.iterator]: () => ({
        next() {
          expect(taken - over).toBeLessThan(2);
          return taken < runs.length
            ? { done: false, value: runs[taken++] }
            : { done: true, value: undefined };
        },
      }),
    };
    const stop = new AbortController().signal;
    await runner.run(
      jobs,
      NO_RESOURCES,
      { onEnd: () => void over++, onLost() {}, onCheckpoint() {} },
      { stop },
    );
    expect([taken, over]).toEqual([12, 12]);
  });

  it('gives up a run that passes its time limit, and goes on', async () => {
    const { ended, lost } = await listen(runner, [fakeRun(0, LOOPS), fakeRun(1)], { timeLimit: 50 });
    expect(lost.find(({ run }) => run.spec.seed === 0)).toEqual({
      run: fakeRun(0, LOOPS),
      lost: {
        kind: 'lost',
        message: 'it ran longer than the limit of 0.05 s for a run; a higher --time-limit lets it finish',
        next: 'giveUp',
      },
    });
    expect(ended.length + lost.length).toBe(2); // whether the other one meets the limit is up to the machine
  });

  it('does not touch a run within its time limit', async () => {
    const { records } = await listen(runner, [fakeRun(1)], { timeLimit: 3_600_000 });
    expect(records[0].outcome).toEqual({ kind: 'completed' });
  });

  it('loses a run that gets no memory, and goes on', async () => {
    const { records, lost } = await listen(runner, [fakeRun(0, NEEDS_MEMORY), fakeRun(1)]);
    expect(lost).toEqual([
      {
        run: fakeRun(0, NEEDS_MEMORY),
        lost: {
          kind: 'lost',
          message: expect.stringMatching(
            /^RangeError: Array buffer allocation failed, at fakeRuns\.ts:\d+:\d+$/,
          ),
          next: 'tryAgain',
        },
      },
    ]);
    expect(records.map(({ outcome }) => outcome.kind)).toEqual(['completed']);
  });

  it('gives the last state of a run that stops before its horizon, and goes on from a state', async () => {
    const { records, ended, checkpoints } = await listen(runner, [fakeRun(0, SAVES, 60)]);
    expect(records[0].steps).toBe(6);
    expect(ended[0].last?.step).toBe(6);
    expect(checkpoints).toEqual([]); // none is asked for
    const next = { ...fakeRun(1, SAVES), checkpoint: ended[0].last?.bytes };
    const more = await listen(runner, [next], { checkpointEvery: 1e-6 });
    expect(more.checkpoints).toEqual([7, 8, 9, 10].map((step) => ({ id: next.id, step })));
    expect(more.ended[0].last).toBeUndefined();
    expect(more.ended[0].note).toBeUndefined();
  });

  it('starts anew where a checkpoint is damaged or does not fit, and says so', async () => {
    const whole = encodeCheckpoint({ step: 6, params: new Float64Array(1000) });
    const damaged = whole.slice();
    damaged[damaged.length - 9]++;
    const other = encodeCheckpoint({ step: 6, params: new Float64Array(10) });
    for (const [checkpoint, note] of [
      [damaged, /^invalid checkpoint: it cannot be read \(its checksum is .*\); the run started anew$/],
      [new Uint8Array(3), /^invalid checkpoint: it cannot be read \(.*\); the run started anew$/],
      [other, /^invalid checkpoint: too short; the run started anew$/],
    ] as const) {
      const { records, ended } = await listen(runner, [{ ...fakeRun(0, SAVES, 60), checkpoint }]);
      expect(records[0].outcome).toEqual({ kind: 'completed' });
      expect(ended[0].note).toMatch(note);
    }
  });

  it('has nothing to do without runs', async () => {
    expect(await listen(runner, [])).toEqual({ records: [], ended: [], lost: [], checkpoints: [] });
  });
});

describe('threads', () => {
  it.each([
    ['ends its thread', DIES],
    ['raises an error that nobody catches', DIES_BADLY],
  ])('a run that %s is lost, the others are not', async (_what, epochs) => {
    const runs = [
      fakeRun(0),
      fakeRun(1, epochs),
      fakeRun(2),
      fakeRun(3, epochs),
      ...[4, 5, 6].map((seed) => fakeRun(seed)),
    ];
    const { records, lost } = await listen(threads(2), runs);
    expect(records.map((record) => record.spec.seed).sort()).toEqual([0, 2, 4, 5, 6]);
    expect(lost.map(({ run }) => run.spec.seed).sort()).toEqual([1, 3]);
    for (const {
      lost: { message, next },
    } of lost) {
      expect(next).toBe('tryAgain');
      expect(message).toMatch(/^its worker died: (.*exited with code: 7|nobody catches this)/);
    }
  });

  it('ends, and says why, if no worker can start', async () => {
    const workerFile = new URL('./gone.ts', import.meta.url);
    const { records, lost } = await listen(threadRunner({ workers: 2, workerFile }), fakeRuns(6));
    expect(records).toEqual([]);
    expect(lost).toHaveLength(2); // one a worker
    for (const {
      lost: { message },
    } of lost)
      expect(message).toMatch(
        /^no worker can start: Cannot find module .*gone\.ts.*; perhaps fewer --workers help$/s,
      );
  });

  it('takes no checkpoint of the run before for one of the next', async () => {
    const { checkpoints, records } = await listen(threads(1), [fakeRun(0, HEARS_LATE)]);
    expect(records).toHaveLength(1);
    expect(checkpoints).toEqual([{ id: fakeRun(0, HEARS_LATE).id, step: 2 }]);
  });

  it('reads data sets from one shared copy', async () => {
    const run = fakeRun(0, WRITES_DATA);
    const dataset = tinyDataset();
    const runs = [run, fakeRun(1, WRITES_DATA), fakeRun(2, WRITES_DATA)];
    await listen(threads(2), runs, {
      resources: { datasets: { [dataKey(run.spec.data)]: dataset }, modules: {} },
    });
    expect(dataset.train.images[0]).toBe(3);
  });
});
