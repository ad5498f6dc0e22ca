import { chmodSync, cpSync, existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/run/spec.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeResult } from '../sweep/fakeRuns.ts';
import { experimentFile, type Finished, runCli, type Started, startCli, workFolder } from './runCli.ts';

const RUNS = 24;
/** A store of more than SQLite keeps in memory (2 MB): what was read before the accident is read from the file again. */
const MANY = 5000;
const SPEC = {
  data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 },
  model: { kind: 'mlp', hidden: [8] },
  optimizer: { kind: 'sgd', learningRate: 0.1 },
  epochs: 10,
} as const;
let folder: string;
let undisturbed: string[];

const preload = (name: string) => `export NODE_OPTIONS=--import=${join(folder, name)}`;
const user = (name: string) =>
  `{ ...task, optimizer: userOptimizer(new URL('./${name}', import.meta.url), { learningRate: 0.1 }), epochs: 1, seed: 0 }`;

beforeAll(async () => {
  folder = workFolder({
    'sweep.ts': experimentFile(
      `for (let seed = 0; seed < ${RUNS}; seed++) yield { ...task, optimizer: sgd, epochs: 25, seed };`,
    ),
    'many.ts': experimentFile(
      `for (let seed = 0; seed < ${MANY}; seed++) yield { ...${JSON.stringify(SPEC)}, seed };`,
    ),
    'between.ts': `import { truncateSync } from 'node:fs';
import { experiment } from 'thalweg';
const of = (seed) => ({ ...${JSON.stringify(SPEC)}, seed });
export default experiment({ title: 'A title', question: 'A question?', *protocol() {
  const results = yield { name: 'all', runs: () => Array.from({ length: ${MANY - RUNS + 4} }, (_, seed) => of(seed)) };
  truncateSync('between.sqlite', 40_000);
  truncateSync('between.sqlite-wal', 0);
  return results(of(2000)).digest;
} });
`,
    'hungry.ts': experimentFile(`yield { ...task, optimizer: sgd, epochs: 1, seed: 0 };
  yield ${user('heap.ts')};
  yield ${user('vectors.ts')};
  yield { ...task, optimizer: sgd, epochs: 1, seed: 1 };`),
    'heap.ts': `export default () => ({ init: () => null, apply() { const list = []; for (;;) list.push({ a: [1] }); } });`,
    'vectors.ts': `export default () => ({ init: () => null, apply() { const list = []; for (let n = 1e6; ; n *= 10) list.push(new Float64Array(n)); } });`,
    'endless.ts': experimentFile('').replace(
      /\*runs\(\) \{\s*\}/,
      `*protocol() {
  const runs = [{ ...task, optimizer: sgd, epochs: 1, seed: 0 }, ${user('loops.ts')}, { ...task, optimizer: sgd, epochs: 1, seed: 1 }];
  yield { name: 'first', runs: () => runs };
  yield { name: 'second', runs: () => [{ ...task, optimizer: sgd, epochs: 1, seed: 2 }] };
  return null;
}`,
    ),
    'editedInRuns.ts': experimentFile(
      `for (let seed = 0; seed < 200; seed++) yield { ...${user('edited.ts')}, seed };`,
    ),
    'editedBefore.ts': experimentFile(
      'for (let seed = 0; seed < 200; seed++) yield { ...task, optimizer: edited, epochs: 1, seed };',
    ).replace(
      'export default',
      "const edited = userOptimizer(new URL('./edited.ts', import.meta.url), { learningRate: 0.1 });\nexport default",
    ),
    'loops.ts': `export default () => ({ init: () => null, apply() { for (;;); } });`,
    // the clock of the day jumps by up to half a day, to and fro, in every thread
    'clock.mjs': `const { now } = Date;
let calls = 0;
const jump = () => (calls++ % 2 === 0 ? 1 : -1) * 43_200_000;
globalThis.Date = class extends Date {
  constructor(...args) {
    if (args.length === 0) super(now() + jump());
    else super(...args);
  }
  static now() {
    return now() + jump();
  }
};`,
    'noKernels.mjs': `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { readFileSync } = fs;
fs.readFileSync = (path, ...rest) => {
  if (String(path).endsWith('kernels.wasm')) throw new Error('no such file');
  return readFileSync(path, ...rest);
};
syncBuiltinESMExports();`,
  });
  const { code } = await runCli(folder, argsFor('undisturbed.sqlite'));
  expect(code).toBe(0);
  undisturbed = contentsOf('undisturbed.sqlite');
  expect(undisturbed).toHaveLength(RUNS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const argsFor = (store: string, experiment = 'sweep.ts') => [
  'run',
  experiment,
  '--workers',
  '2',
  '--store',
  store,
  '--out',
  'out',
];

/** The SHA-256 of every record, environment apart, by id. */
function contentsOf(path: string): string[] {
  const store = openStore(join(folder, path), { write: false });
  expect(store.problems()).toEqual([]);
  const rows = [...store.rows()].map(({ id, content }) => `${id} ${content}`);
  store.close();
  return rows.sort();
}

/** Stores what the first runs of many.ts might have given. */
function fillStore(path: string): void {
  const store = openStore(join(folder, path), { write: true });
  const specs = Array.from({ length: MANY - RUNS }, (_, seed) => parseSpec({ ...SPEC, seed }));
  store.putAll(specs.map((spec) => encodeRecord({ ...fakeResult(spec), environment: null })));
  store.close();
  expect(statSync(join(folder, path)).size).toBeGreaterThan(4e6);
}

/** Starts the sweep and waits until some runs are stored, but not all. */
async function underWay(path: string, experiment?: string): Promise<Started> {
  const started = startCli(folder, [...argsFor(path, experiment), '--json']);
  while (!started.stdout().includes('"ended"') && started.child.exitCode === null) await setTimeout(2);
  return started;
}

const eventsIn = (stdout: string): Record<string, string & number>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

const endedIn = ({ stdout }: Pick<Finished, 'stdout'>) =>
  eventsIn(stdout).flatMap(({ event, id, content }) => (event === 'ended' ? [`${id} ${content}`] : []));

/** The last of all events. */
const endIn = ({ stdout }: Finished) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

/** One message without a stack trace, exit code 1, and the event `end` last of all. Returns the message. */
function expectStopped({ code, stderr, stdout }: Finished): string {
  const { event, rescued } = endIn({ code, stderr, stdout });
  expect(event).toBe('end');
  if (rescued !== undefined) expect(stderr).toContain(rescued);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(1);
  return stderr.slice(stderr.search(/^thalweg: /m));
}

/** Nothing that had finished is lost: it is in the store, or in the rescued one after a merge. */
async function expectWholeAgain(path: string, stopped: Finished): Promise<void> {
  const before = endedIn(stopped);
  const again = await runCli(folder, argsFor(path));
  expect(again.code).toBe(0);
  const stored = Number(/(\d+) were stored before/.exec(again.stdout)?.[1]);
  expect(stored).toBeGreaterThanOrEqual(before.length);
  expect(contentsOf(path)).toEqual(undisturbed);
}

function mergeRescued(message: string, path: string): string[] {
  const rescued = /finished runs? (?:is|are) in (\S+);/.exec(message)?.[1] ?? '';
  const contents = contentsOf(rescued);
  if (!existsSync(join(folder, path))) cpSync(join(folder, rescued), join(folder, path));
  return contents;
}

describe('an accident to the store under a running sweep', () => {
  it('the disk is full', async (context) => {
    if (process.platform === 'win32') context.skip('the limit on the size of files needs bash and ulimit');
    const stopped = await runCli(folder, [...argsFor('full.sqlite'), '--json'], 'ulimit -f 200');
    const message = expectStopped(stopped);
    expect(message).toMatch(/^thalweg: cannot write the store: .*full\.sqlite.*free some space/);
    expect(message).toMatch(/of 24 runs are kept in full\.sqlite; the same command goes on/);
    expect(endedIn(stopped).length).toBeGreaterThan(0);
    await expectWholeAgain('full.sqlite', stopped);
  });

  it('it is removed', async () => {
    const { end } = await underWay('removed.sqlite');
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(folder, `removed.sqlite${ending}`), { force: true });
    const stopped = await end;
    const message = expectStopped(stopped);
    expect(message).toMatch(
      /^thalweg: the store has vanished: removed\.sqlite was moved, deleted or replaced/,
    );
    expect(message).not.toContain('are kept in'); // there is nothing at that place
    const rescued = mergeRescued(message, 'removed.sqlite');
    for (const run of endedIn(stopped)) expect(rescued).toContain(run);
    await expectWholeAgain('removed.sqlite', stopped);
  });

  it('it is made read-only', async () => {
    const { end } = await underWay('readOnly.sqlite');
    chmodSync(join(folder, 'readOnly.sqlite'), 0o444);
    const stopped = await end;
    expect(expectStopped(stopped)).toMatch(
      /^thalweg: cannot write the store: readOnly\.sqlite is read-only; make it writable/,
    );
    chmodSync(join(folder, 'readOnly.sqlite'), 0o644);
    await expectWholeAgain('readOnly.sqlite', stopped);
  });

  it('it is cut', async () => {
    const { end } = await underWay('cut.sqlite');
    for (const ending of ['', '-wal']) truncateSync(join(folder, `cut.sqlite${ending}`), 0);
    const stopped = await end;
    const message = expectStopped(stopped);
    expect(message).toMatch(/^thalweg: damaged store: cut\.sqlite was cut to 0 bytes/);
    for (const ending of ['', '-wal', '-shm']) rmSync(join(folder, `cut.sqlite${ending}`), { force: true });
    const rescued = mergeRescued(message, 'cut.sqlite');
    for (const run of endedIn(stopped)) expect(rescued).toContain(run);
    await expectWholeAgain('cut.sqlite', stopped);
  });

  it('it is cut, and is larger than what is kept of it in memory', async () => {
    fillStore('large.sqlite');
    const { end } = await underWay('large.sqlite', 'many.ts');
    truncateSync(join(folder, 'large.sqlite'), 40_000);
    truncateSync(join(folder, 'large.sqlite-wal'), 0);
    const stopped = await end;
    const message = expectStopped(stopped);
    expect(message).toMatch(/^thalweg: damaged store: large\.sqlite was cut to 40000 bytes/);
    const rescued = mergeRescued(message, 'large.sqlite');
    expect(endIn(stopped).rescued).toBe('large.sqlite.rescued.sqlite');
    expect(endedIn(stopped).length).toBeGreaterThan(0);
    for (const run of endedIn(stopped)) expect(rescued).toContain(run);
  });

  it('it is cut when the runs of a stage have ended: what they decide is never known', async () => {
    fillStore('between.sqlite');
    const stopped = await runCli(folder, [...argsFor('between.sqlite', 'between.ts'), '--json']);
    const message = expectStopped(stopped);
    expect(message).toMatch(/^thalweg: damaged store: between\.sqlite cannot be read/);
    expect(endIn(stopped)).toMatchObject({ stored: MANY - RUNS, ran: 4, interrupted: false });
    expect(endedIn(stopped)).toHaveLength(4);
    const rescued = mergeRescued(message, 'between.sqlite');
    for (const run of endedIn(stopped)) expect(rescued).toContain(run);
  });

  it('a second sweep wants it', async () => {
    const { child, end } = await underWay('second.sqlite');
    const second = await runCli(folder, argsFor('second.sqlite'));
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(
      new RegExp(
        `^thalweg: the store is in use: process ${child.pid} is writing second\\.sqlite; wait until `,
      ),
    );
    expect((await end).code).toBe(0);
    expect(contentsOf('second.sqlite')).toEqual(undisturbed);
  });
});

it('the clock jumps by half a day, to and fro', async () => {
  const limits = ['--time-limit', '1h', '--max-time', '1h', '--checkpoint-every', '1m'];
  const { code, stderr } = await runCli(
    folder,
    [...argsFor('clock.sqlite'), ...limits],
    preload('clock.mjs'),
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(/^24\/24 100 %, [\d.]+ runs\/min, 0 diverged, 0 failed$/m);
  expect(contentsOf('clock.sqlite')).toEqual(undisturbed);
});

it('a worker takes all the memory that it can get: it costs its run only', async () => {
  // a small heap is soon full; the results, which are written in the main thread, need more than 64 MB of it
  const args = [...argsFor('hungry.sqlite', 'hungry.ts'), '--json'];
  const { code, stdout, stderr } = await runCli(folder, args, 'export NODE_OPTIONS=--max-old-space-size=160');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^lost, tried again: its worker died: .*JS heap out of memory \(run r/m);
  expect(stderr).toMatch(
    /^lost 3 times: its worker died: .*JS heap out of memory \(run (r[0-9a-f]{11})\)\n {2}again: npx thalweg run hungry\.ts --only id=\1 --workers 1 --store hungry\.sqlite --out out$/m,
  );
  expect(stderr).toMatch(/^lost 3 times: RangeError: Array buffer allocation failed, at vectors\.ts:1:/m);
  expect(eventsIn(stdout).at(-1)).toMatchObject({ total: 4, completed: 2, failed: 0, lost: 2 });
});

it('a run never ends: it is lost at its time limit, and the later stages wait', async () => {
  const args = [...argsFor('endless.sqlite', 'endless.ts'), '--json'];
  const { code, stderr, stdout } = await runCli(folder, [...args, '--time-limit', '0.5s']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^lost: it ran longer than the limit of 0\.5 s for a run; a higher --time-limit lets it finish \(run r/m,
  );
  const events = eventsIn(stdout);
  expect(events.filter(({ event }) => event === 'stage')).toMatchObject([{ stage: 'first', total: 3 }]);
  const end = events.at(-1);
  expect(end).toMatchObject({ event: 'end', total: 3, failed: 0, interrupted: false });
  // the limit is the machine's affair: the other two may have met it as well
  expect(end?.lost).toBeGreaterThanOrEqual(1);
  expect((end?.completed ?? 0) + (end?.lost ?? 0)).toBe(3);
  const others = await runCli(folder, [...args, '--only', 'optimizer=sgd']);
  expect(others.code).toBe(0);
  expect(eventsIn(others.stdout).at(-1)).toMatchObject({ total: 2, completed: 2 });
});

describe("the file of a user's optimizer is edited while its runs run", () => {
  it.each([
    ['editedInRuns.ts', '2'],
    ['editedInRuns.ts', '0'],
    ['editedBefore.ts', '2'],
    ['editedBefore.ts', '0'],
  ])('%s with %s workers', async (experiment, workers) => {
    const original = `export default () => ({ init: () => null, apply(updates) { for (let i = 0; i < updates.length; i++) updates[i] *= 0.1; } });`;
    writeFileSync(join(folder, 'edited.ts'), original);
    const store = `${experiment}${workers}.sqlite`;
    const args = [...argsFor(store, experiment), '--workers', workers, '--json'];
    const started = startCli(folder, args);
    while (!started.stdout().includes('"ended"') && started.child.exitCode === null) await setTimeout(2);
    writeFileSync(join(folder, 'edited.ts'), `${original}\n// edited`);
    const { code, stdout, stderr } = await started.end;
    expect(stderr).toMatch(
      /^lost: the optimizer file edited\.ts changed while the sweep ran; run the same command again \(run r/m,
    );
    expect(code).toBe(1);
    const end = eventsIn(stdout).at(-1);
    expect(end).toMatchObject({ event: 'end', total: 200, failed: 0 });
    const kept = endedIn({ stdout });
    expect(kept.length).toBeLessThan(200);
    expect(end?.completed).toBe(kept.length);
    expect(contentsOf(store)).toEqual(kept.sort()); // nothing of the runs that were lost
    writeFileSync(join(folder, 'edited.ts'), original);
    const again = await runCli(folder, args);
    expect(again.code).toBe(0);
    expect(eventsIn(again.stdout).at(-1)).toMatchObject({ stored: kept.length, completed: 200 });
  });
});

it.each(['run', 'plan'])('the kernels are not built: %s says what to do', async (command) => {
  const { code, stdout, stderr } = await runCli(
    folder,
    [command, 'sweep.ts', '--store', 'none.sqlite'],
    preload('noKernels.mjs'),
  );
  expect(stderr).toBe('thalweg: the WASM kernels are not built; run: npm run build:kernels\n');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});
