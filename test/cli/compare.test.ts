import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { experimentFile, runCli, workFolder } from './runCli.ts';

let folder: string;
beforeAll(async () => {
  const runs = (rate: number) =>
    experimentFile(
      `for (let seed = 0; seed < 6; seed++) yield { ...task, optimizer: { kind: 'sgd', learningRate: ${rate} }, epochs: 2, seed };`,
    );
  folder = workFolder({ 'slow.ts': runs(0.0001), 'fast.ts': runs(0.3) });
  for (const [name, store] of [
    ['slow', 's.sqlite'],
    ['fast', 's.sqlite'],
    ['fast', 'other.sqlite'],
  ]) {
    const { code } = await runCli(folder, [
      'run',
      `${name}.ts`,
      '--workers',
      '0',
      '--store',
      store,
      '--out',
      'out',
    ]);
    expect(code).toBe(0);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compare = (...args: string[]) => runCli(folder, ['compare', ...args, '--out', 'side']);

it('compares two experiments seed by seed and writes a page', async () => {
  const { code, stdout } = await compare('slow.ts', 'fast.ts', '--store', 's.sqlite');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^A: slow, 6 runs of s\.sqlite, engine [0-9a-f]{12}\nB: fast, 6 runs of /);
  expect(stdout).toContain('The two have no run in common: no spec is the same.');
  // six seeds, all better: 2 / 2^6
  expect(stdout).toMatch(/^sgd: [\d.]+% in A, [\d.]+% in B: better, p = 0\.031$/m);
  const page = readFileSync(join(folder, 'side/report.html'), 'utf8');
  expect(page).toContain('<h1>slow and fast</h1>');
  expect(page).toContain('npx thalweg compare slow.ts fast.ts --store s.sqlite');
});

it('says that two stores have the same bits', async () => {
  const args = ['fast.ts', 'fast.ts', '--store', 's.sqlite', '--store-b', 'other.sqlite'];
  const { code, stdout } = await compare(...args);
  expect(code).toBe(0);
  expect(stdout).toContain('All 6 runs that both have are the same to the last bit.');
  expect(stdout).toMatch(/^sgd: .*: the same on all 6 seeds$/m);
});

it.each([
  [
    ['fast.ts', 'fast.ts', '--store', 's.sqlite'],
    /^thalweg: nothing to compare: A and B are both fast\.ts in s\.sqlite; /,
  ],
  [['slow.ts', 'fast.ts', '--store', 's.sqlite', '--store-b', 'none.sqlite'], /^thalweg: .*none\.sqlite/],
  [
    ['slow.ts', 'slow.ts', '--store', 's.sqlite', '--store-b', 'other.sqlite'],
    /^thalweg: nothing stored: other\.sqlite has no run of slow/,
  ],
  [['slow.ts', 'fast.ts', '--store', 's.sqlite', '--engine-b', 'abc'], /^thalweg: unknown engine: abc, /],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await compare(...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(stderr).not.toMatch(/^ +at /m);
});
