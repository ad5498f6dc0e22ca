import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';
import { experimentFile, runCli, startCli, workFolder } from './runCli.ts';

let folder: string;
const thalweg = (...args: string[]) => runCli(folder, args);

/** A store that two workers wrote, one of which died with all the rest of the process on the way. */
beforeAll(async () => {
  folder = workFolder({
    'eight.ts': experimentFile(
      `for (const kind of ['sgd', 'adam']) for (const seed of [0, 1, 2, 3])
         yield { ...task, optimizer: { kind, learningRate: 0.01 }, epochs: 20, seed };`,
    ),
  });
  const args = ['run', 'eight.ts', '--workers', '2', '--json'];
  const killed = startCli(folder, args);
  await new Promise<void>((resolve) => {
    killed.child.stdout?.on('data', () => {
      if ((killed.stdout().match(/"event":"ended"/g) ?? []).length >= 2) resolve();
    });
  });
  killed.child.kill('SIGKILL');
  await killed.end;
  expect((await thalweg(...args)).code).toBe(0);
  expect(
    (await thalweg('export', 'eight.ts', '--format', 'jsonl', '--no-environment', '--out', 'eight.jsonl'))
      .code,
  ).toBe(0);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('thalweg verify', () => {
  it('finds a store identical that two workers wrote after a kill', async () => {
    const { code, stdout } = await thalweg('verify', 'results/store.sqlite', '--workers', '2');
    const lines = stdout.trim().split('\n');
    expect(lines.pop()).toBe('results/store.sqlite: 8 of 8 runs verified: 8 identical, 0 different');
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(line).toMatch(/^r[0-9a-f]{11} {2}identical, 200 steps \(\d+ links\)$/);
    expect(code).toBe(0);
  });

  it('takes an experiment, a part of it, one run, and a file without a store', async () => {
    const part = await thalweg(
      'verify',
      'eight.ts',
      '--only',
      'optimizer=adam',
      '--sample',
      '2',
      '--workers',
      '1',
    );
    expect(part.stdout).toContain(
      'eight.ts in results/store.sqlite: 2 of 2 runs verified: 2 identical, 0 different, a part of 8 records',
    );
    const again = await thalweg(
      'verify',
      'eight.ts',
      '--only',
      'optimizer=adam',
      '--sample',
      '2',
      '--workers',
      '0',
    );
    expect(again.stdout).toBe(part.stdout);
    const id = part.stdout.slice(0, 12);
    expect((await thalweg('verify', id, '--workers', '0')).stdout).toContain(
      `run ${id} of results/store.sqlite: 1 of 1 run verified: 1 identical, 0 different`,
    );
    const alone = await thalweg('verify', 'eight.jsonl', '--json', '--store', 'nowhere.sqlite');
    const [first, ...rest] = alone.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ kind: 'identical', steps: 200 });
    expect(rest.at(-1)).toMatchObject({
      source: 'eight.jsonl',
      identical: 8,
      different: 0,
      noResult: 0,
      notRun: 0,
    });
    expect([part.code, again.code, alone.code]).toEqual([0, 0, 0]);
  });

  it('finds one digit that was changed in a file', async () => {
    const text = readFileSync(join(folder, 'eight.jsonl'), 'utf8');
    const at = text.indexOf('"digests":"') + 11 + 8 * 2 + 3;
    writeFileSync(
      join(folder, 'altered.jsonl'),
      `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`,
    );
    const { code, stdout } = await thalweg('verify', 'altered.jsonl');
    expect(stdout).toMatch(
      /^r\w{11} {2}DIFFERENT at step \d+, with the same last link: the record was altered\n/,
    );
    expect(stdout).toContain('altered.jsonl: 8 of 8 runs verified: 7 identical, 1 different');
    expect(code).toBe(1);
  });

  it('does not count what has no result, and says which engine a record is of', async () => {
    const [line] = readFileSync(join(folder, 'eight.jsonl'), 'utf8').split('\n');
    const store = openStore(join(folder, 'mixed.sqlite'), { write: true });
    const other = 'abcdef0123456789'.repeat(4);
    store.put(encodeRecord({ ...(JSON.parse(line) as RunRecord), engine: other }));
    store.put(encodeRecord({ ...fakeRecord(1), outcome: { kind: 'failed', message: 'no' } }));
    store.put(encodeRecord({ ...fakeRecord(2), outcome: { kind: 'lost', message: 'gone' } }));
    store.close();
    const { code, stdout } = await thalweg('verify', 'mixed.sqlite');
    expect(stdout).toContain('links); the record is of another engine, abcdef012345\n');
    expect(stdout).toContain('not verified: the run failed and has no result\n');
    expect(stdout).toContain('not verified: the run was lost and has no result\n');
    expect(stdout).toContain(
      'mixed.sqlite: 1 of 3 runs verified: 1 identical, 0 different, 2 without a result',
    );
    expect(code).toBe(0);
    const none = await thalweg('verify', 'mixed.sqlite', '--only', 'seed=2');
    expect([none.code, none.stdout.includes('0 of 1 run verified')]).toEqual([1, true]);
  });

  it.each([
    [['nothing.ts'], /^thalweg: unknown experiment: there is no file nothing.ts/],
    [['r000'], /^thalweg: unknown run: /],
    [
      ['broken.jsonl'],
      /^thalweg: invalid record in broken.jsonl: expected a whole one as .*, its schema is missing/,
    ],
    [['eight.ts', '--engine', 'x'], /^thalweg: invalid --engine: got x/],
    [
      ['eight.ts', '--engine', 'aaaa'],
      /^thalweg: no records: results\/store.sqlite has none of the engine aaaa/,
    ],
    [['eight.ts', '--only', 'seed=77'], /^thalweg: invalid selection: no run has seed=77/],
    [['eight.ts', '--sample', '0'], /Expected a whole number of at least 1/],
  ])('refuses %j', async (args, message) => {
    writeFileSync(join(folder, 'broken.jsonl'), '{"series":1}\n');
    const { code, stderr, stdout } = await thalweg('verify', ...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([code, stdout]).toEqual([2, '']);
  });
});
