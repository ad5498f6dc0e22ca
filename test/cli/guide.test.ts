import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, workFolder } from './runCli.ts';

const guide = readFileSync(new URL('../../docs/experiments.md', import.meta.url), 'utf8');
const examples = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);

let folder: string;
beforeAll(() => {
  folder = workFolder(Object.fromEntries(examples.map((text, i) => [`example${i}.ts`, text])));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['the first one', 0, 9],
  ['axes: (sgd at 0.1, momentum at 0.03 and 0.1 with two momenta each, adam) x 2 sizes x 2 seeds', 1, 24],
  ['a conclusion', 2, 12],
  ['a protocol: its first stage', 3, 2],
  ['a search: 8 trials x 2 seeds', 4, 16],
  ['successive halving: its first rung', 5, 9],
])('an example of the guide can be planned: %s', async (_, i, runs) => {
  const { code, stdout, stderr } = await runCli(folder, ['plan', `example${i}.ts`, '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(runs);
});

it('has no other examples', () => {
  expect(examples).toHaveLength(6);
});
