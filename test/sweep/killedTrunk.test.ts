import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { openStore } from '../../src/store/store.ts';
import { experimentFile, runCli, startCli, workFolder } from '../cli/runCli.ts';

let folder: string;
beforeAll(() => {
  folder = workFolder({
    // 3000 steps; the cooldowns leave the trunk after 1500, 2100 and 2700
    'trunk.ts': experimentFile(`
  const run = { ...task, optimizer: sgd, epochs: 300, seed: 0 };
  yield run;
  for (const cooldown of [0.1, 0.3, 0.5]) yield { ...run, schedule: { kind: 'wsd', cooldown } };`),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const args = (store: string, ...more: string[]) => [
  ...['run', 'trunk.ts', '--workers', '2', '--json', '--store', store, '--out', 'out'],
  ...more,
];

function contentOf(store: string) {
  const opened = openStore(join(folder, store), { write: false });
  const records = [...opened.rows()].map(({ id, engine }) =>
    canonicalJson({ ...opened.get(id, engine), environment: null }),
  );
  const checkpoints = opened.checkpoints().length;
  opened.close();
  return { records: records.sort(), checkpoints };
}

it('a sweep that is killed while its trunk runs goes on from what the trunk has given', async () => {
  const killed = startCli(folder, args('killed.sqlite'));
  while (!killed.stdout().includes('"checkpoint"')) {
    if (killed.child.exitCode !== null) throw new Error(killed.stderr());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  killed.child.kill('SIGKILL');
  await killed.end;
  const before = contentOf('killed.sqlite');
  expect(before.records).toEqual([]);
  expect(before.checkpoints).toBeGreaterThan(0);

  const again = await runCli(folder, args('killed.sqlite'));
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('"fromCheckpoint":true');
  const alone = await runCli(folder, args('alone.sqlite', '--no-sharing'));
  expect(alone.code).toBe(0);
  const after = contentOf('killed.sqlite');
  expect(after).toEqual(contentOf('alone.sqlite'));
  expect([after.records.length, after.checkpoints]).toEqual([4, 0]);
});
