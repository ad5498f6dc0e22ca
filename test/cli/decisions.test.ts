import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, startCli, workFolder } from './runCli.ts';

// Searches whose later stages depend on results: what they decide is a function of the records, whatever happens on the way.

const TASK = `data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 }, model: { kind: 'mlp', hidden: [8] }, seed`;
const METRIC = `metric: { split: 'validation', measure: 'loss', at: 'final' }`;

let folder: string;
beforeAll(() => {
  folder = workFolder({
    'halving.ts': `import { experiment, logUniform, random, successiveHalving } from 'thalweg';
export default experiment({ title: 'Halving', question: 'Which rate?', protocol: successiveHalving({
  space: { learningRate: logUniform(1e-3, 1) }, sampler: random({ seed: 1 }), trials: 9, rungs: [2, 6, 18], eta: 3, ${METRIC},
  spec: ({ learningRate }, seed) => ({ ${TASK}, optimizer: { kind: 'momentum', learningRate }, schedule: { kind: 'cosine' }, epochs: 18 }),
}) });
`,
    'tuned.ts': `import { experiment, logUniform, tunedComparison } from 'thalweg';
const method = (kind, rate) => ({
  space: { learningRate: logUniform(rate / 30, rate * 10) }, default: { learningRate: rate },
  spec: ({ learningRate }, seed) => ({ ${TASK}, optimizer: { kind, learningRate }, epochs: 4 }),
});
export default experiment({ title: 'Tuned', question: 'Which method?', protocol: tunedComparison({
  track: 'tuned-4', ${METRIC}, methods: { momentum: method('momentum', 0.1), adam: method('adam', 0.001) },
}) });
`,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a sweep decided and the records that it left, environment apart. */
async function sweep(name: string, workers: string, kills: readonly number[] = []) {
  const out = `${name}${workers}${kills.length}`;
  const store = ['--store', `${out}.sqlite`];
  const args = ['run', `${name}.ts`, '--workers', workers, ...store, '--out', out, '--json'];
  for (const ended of kills) {
    const { child, stdout, end } = startCli(folder, args);
    const isUnderWay = () => child.exitCode === null && child.signalCode === null;
    while (isUnderWay() && stdout().split('"event":"ended"').length <= ended)
      await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isUnderWay()).toBe(true); // killed, not finished
    child.kill('SIGKILL');
    await end;
  }
  const { code, stderr } = await runCli(folder, args);
  expect([code, stderr.match(/^ +at /m)]).toEqual([0, null]);
  const exported = await runCli(folder, [
    'export',
    `${name}.ts`,
    '--format',
    'jsonl',
    '--no-environment',
    ...store,
  ]);
  return { decisions: readFileSync(join(folder, out, 'decisions.json'), 'utf8'), records: exported.stdout };
}

it.each([
  ['halving', 13],
  ['tuned', 34],
])('%s decides the same with 1 and 2 workers and after kills', { timeout: 120_000 }, async (name, runs) => {
  const one = await sweep(name, '1');
  expect(one.records.trimEnd().split('\n')).toHaveLength(runs);
  expect(await sweep(name, '2')).toEqual(one);
  expect(await sweep(name, '2', [3, 2])).toEqual(one);
});
