import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import { openStore } from '../../src/store/store.ts';
import { experimentFile, runCli, type Started, startCli, workFolder } from '../cli/runCli.ts';

const RUNS = 200;
/** How often the process is killed, and how often one of its threads. */
const KILLS = { process: 45, thread: 55 };
const ARGS = ['run', 'chaos.ts', '--workers', '2', '--checkpoint-every', '0.05s', '--json'];

let folder: string;
beforeAll(() => {
  folder = workFolder({
    // two runs are long enough for several checkpoints; one of them is a prefix of the other
    'chaos.ts': experimentFile(`
  const long = { ...task, optimizer: { kind: 'adam', learningRate: 0.01 }, epochs: 400, seed: 0 };
  yield { ...long, until: 150 };
  yield long;
  for (let seed = 0; seed < ${RUNS - 2}; seed++)
    yield { ...task, optimizer: { kind: 'momentum', learningRate: seed % 20 === 3 ? 1e9 : 0.1 }, epochs: 25, seed };`),
    // ends the thread that is the oldest, at a signal, and says so
    'threads.mjs': `import { isMainThread } from 'node:worker_threads';
if (isMainThread) {
  const threads = new Set();
  process.on('worker', (thread) => {
    threads.add(thread);
    thread.on('exit', () => threads.delete(thread));
  });
  process.on('SIGUSR2', () => {
    const [thread] = threads;
    void thread?.terminate();
    process.stderr.write(thread === undefined ? 'there is no thread\\n' : 'a thread was killed\\n');
  });
}`,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly event: string;
  readonly id?: string;
}

/** The whole lines that a process has printed. */
function eventsIn(stdout: string): Told[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** The SHA-256 of every record of a store, environment apart, by id. */
function recordsIn(store: string): string[] {
  const opened = openStore(join(folder, store), { write: false });
  expect(opened.problems()).toEqual([]);
  const rows = [...opened.rows()];
  for (const { id, engine } of rows) expect(opened.get(id, engine)).toBeDefined(); // checks what it reads
  opened.close();
  return rows.map(({ id, content }) => `${id} ${content}`).sort();
}

it('a sweep whose process and threads are killed at 100 random moments ends with the records of an undisturbed one', {
  timeout: 900_000,
}, async () => {
  const args = [...ARGS, '--store', 'chaos.sqlite', '--out', 'chaos'];
  const random = stream(7, 'order').at(0);
  const left = { ...KILLS };
  const told: Told[] = [];
  let run: Started | undefined;
  const here = () => eventsIn(run?.stdout() ?? '');
  const ended = () =>
    new Set([...told, ...here()].filter(({ event }) => event === 'ended').map(({ id }) => id)).size;
  const isAlive = () => run !== undefined && run.child.exitCode === null && run.child.signalCode === null;
  const close = async () => {
    await run?.end;
    told.push(...here());
    run = undefined;
  };
  const start = () => {
    run = startCli(folder, args, `export NODE_OPTIONS=--import=${join(folder, 'threads.mjs')}`);
  };

  const kills = KILLS.process + KILLS.thread;
  for (let kill = 0; kill < kills && ended() < RUNS; ) {
    if (!isAlive()) {
      await close();
      start();
    }
    const isProcess = random.uniform() * (left.process + left.thread) < left.process;
    if (isProcess && random.uniform() < 0.25) {
      await setTimeout(1200 * random.uniform()); // while it starts, or soon after
    } else {
      const enough = Math.floor((0.9 * RUNS * kill) / kills);
      while (isAlive() && (ended() < enough || !here().some(({ event }) => event === 'started')))
        await setTimeout(5);
      await setTimeout(60 * random.uniform());
    }
    if (!isAlive()) continue;
    if (isProcess) {
      run?.child.kill('SIGKILL');
      await close();
      left.process--;
      kill++;
      continue;
    }
    const before = killedThreads(run);
    run?.child.kill('SIGUSR2');
    while (isAlive() && killedThreads(run) === before) await setTimeout(5);
    if (killedThreads(run) === before) continue;
    left.thread--;
    kill++;
  }
  expect(left).toEqual({ process: 0, thread: 0 });
  if (isAlive()) await close();
  const last = await runCli(folder, args);
  expect(last.stderr).not.toMatch(/^ +at /m);
  expect(last.code).toBe(0);

  const undisturbed = await runCli(folder, [...ARGS, '--store', 'undisturbed.sqlite', '--out', 'chaos']);
  expect(undisturbed.code).toBe(0);
  const records = recordsIn('chaos.sqlite');
  expect(records).toHaveLength(RUNS);
  expect(records).toEqual(recordsIn('undisturbed.sqlite'));

  const all = [...told, ...eventsIn(last.stdout)];
  const starts = all.filter(({ event }) => event === 'started').length;
  expect(starts - RUNS).toBeGreaterThan(0);
  expect(starts - RUNS).toBeLessThanOrEqual(2 * kills);
  // what was told to be stored did not run again
  const endings = all.filter(({ event }) => event === 'ended').map(({ id }) => id);
  expect(new Set(endings).size).toBe(endings.length);
  expect(all.some(({ event }) => event === 'checkpoint')).toBe(true);
});

const killedThreads = (run: Started | undefined) => run?.stderr().match(/a thread was killed/g)?.length ?? 0;
