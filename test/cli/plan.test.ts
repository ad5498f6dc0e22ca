import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord, fakeRun } from '../sweep/fakeRuns.ts';
import { runCli, workFolder } from './runCli.ts';

const OTHER = 'f'.repeat(64);

/** A run of which 3 steps are stored, and one that depends on it. */
const STAGES = `const spec = (seed) => ({ data: { kind: 'synthGlyphs' }, model: { kind: 'mlp' }, optimizer: { kind: 'sgd', learningRate: 0.1 }, epochs: 1, seed });
export default { title: 'T', question: 'Q', *protocol() {
  const results = yield { name: 'first', runs: () => [spec(0)] };
  yield { name: 'later', runs: () => [spec(results(spec(0)).steps + 17)] };
  return null;
} };`;

let folder: string;
beforeAll(() => {
  const specs = Array.from({ length: 12 }, (_, seed) => JSON.stringify(fakeRun(seed).spec));
  folder = workFolder({ 'twelve.jsonl': [...specs, specs[0]].join('\n'), 'stages.ts': STAGES });
  const store = openStore(join(folder, 'store.sqlite'), { write: true });
  const endings = [
    {},
    {},
    { outcome: { kind: 'failed', message: 'no' } },
    { outcome: { kind: 'lost', message: 'died' } },
    {},
  ] as const;
  // the fifth diverged; the next two are of another engine
  for (const [seed, ending] of endings.entries()) store.put(encodeRecord({ ...fakeRecord(seed), ...ending }));
  for (const seed of [5, 6]) store.put(encodeRecord(fakeRecord(seed, OTHER)));
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('counts what is stored, has failed, was lost, is of another engine and is to run', async () => {
  const args = ['plan', 'twelve.jsonl', '--store', 'store.sqlite', '--workers', '1', '--no-calibrate'];
  const { code, stdout, stderr } = await runCli(folder, args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const lines = stdout.split('\n').map((line) => line.trim());
  expect(lines[0]).toBe('twelve: 12 runs (1 more spec equal to one of them)');
  expect(lines[1]).toBe(
    '3 stored (1 diverged), 1 failed (run --retry failed tries again), 8 to run (1 lost before)',
  );
  expect(lines[2]).toBe(
    `stored by other versions of the engine: ${OTHER.slice(0, 12)} (2 runs); --accept-engine ${OTHER.slice(0, 12)} takes them`,
  );
  // 8 runs of 1.5 s, a tenth less and a tenth more, and the command itself
  expect(lines).toContain('time: 12 s to 15 s with 1 worker (estimated from stored runs of 1 setting)');
  expect(lines.slice(-8, -1)).toEqual([
    'what varies, the first 5 of 12:',
    'seed',
    ...['0', '1', '2', '3', '4'],
  ]);
  expect(engineDigest()).not.toBe(OTHER);
});

it('takes records of engines that are accepted', async () => {
  const args = [
    'plan',
    'twelve.jsonl',
    '--store',
    'store.sqlite',
    '--no-calibrate',
    '--accept-engine',
    'fff',
  ];
  const { stdout } = await runCli(folder, args);
  expect(stdout).toContain('5 stored (1 diverged), 1 failed (run --retry failed tries again), 6 to run');
  expect(stdout).not.toContain('other versions of the engine');
  const unknown = await runCli(folder, [...args.slice(0, -1), 'abc']);
  expect(unknown.stderr).toMatch(/^thalweg: unknown engine: abc, the store has records of /);
});

it('selects runs of later stages, as run does, and says so where these are not known yet', async () => {
  const plan = (store: string, only: string) =>
    runCli(folder, ['plan', 'stages.ts', '--no-calibrate', '--store', store, '--only', only]);
  const later = await plan('store.sqlite', 'seed=20');
  expect(later.code).toBe(0);
  expect(later.stdout).toMatch(/^stages, stage later: 1 run\n +0 stored, 1 to run\n/);
  const first = await plan('store.sqlite', 'seed=0');
  expect(first.stdout).toMatch(/^stages, stage first: 1 run\n +1 stored, 0 to run\n/);
  expect(first.stdout).not.toContain('stage later');
  const open = await plan('none.sqlite', 'seed=20');
  expect([open.code, open.stdout]).toEqual([2, '']);
  expect(open.stderr).toBe(
    'thalweg: invalid selection: no run has seed=20; the experiment has seed: 0; its later stages depend on results that are not there yet\n',
  );
});

it('says that more stages may follow', async () => {
  const args = ['plan', 'stages.ts', '--no-calibrate', '--store', 'none.sqlite'];
  expect((await runCli(folder, args)).stdout).toMatch(
    /\nwhat follows, if anything, depends on the results of these runs\n$/,
  );
});

it('says nothing of time where nothing is to run', async () => {
  const args = ['plan', 'twelve.jsonl', '--store', 'store.sqlite', '--only', 'seed=0,seed=1'];
  const { stdout } = await runCli(folder, args);
  expect(stdout).toMatch(/^twelve: 2 runs/);
  expect(stdout).toContain('2 stored, 0 to run');
  expect(stdout).not.toContain('time:');
});

it('lists the keys of a spec', async () => {
  const { stdout } = await runCli(folder, ['list', 'spec']);
  expect(stdout).toMatch(/^divergence\.lossAbove +the training loss above .*\n +number; default 10000$/m);
  expect(stdout).toMatch(/^seed .*\n +number; required$/m);
  expect(stdout).toMatch(/^until .*\n +number; optional$/m);
  expect(stdout).toMatch(/^nonFinite .*\n +end or skip or zero; default "end"$/m);
  const json = JSON.parse((await runCli(folder, ['list', 'spec', '--json'])).stdout);
  expect(json.batchSize).toEqual({
    type: 'number, or { base, schedule }',
    required: false,
    default: 32,
    summary: 'images a step; a schedule of it counts epochs',
  });
});
