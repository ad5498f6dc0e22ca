import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/json.ts';
import { loadExperiment } from '../../src/sweep/loadExperiment.ts';
import type { Stage } from '../../src/sweep/stage.ts';
import { fakeRun } from './fakeRuns.ts';

let folder: string;
const specs = [fakeRun(0).spec, { rate: Number.NaN, bound: Number.POSITIVE_INFINITY }];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-load-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// experiments in TypeScript are tested through the command line (test/cli), where Node itself loads them
describe('a plan in JSON', () => {
  it.each([
    ['json', `[${specs.map((spec) => canonicalJson(spec)).join(',\n')}]`],
    ['json', specs.map((spec) => `${canonicalJson(spec)}\n`).join('')],
    ['jsonl', specs.map((spec) => `${canonicalJson(spec)}\n`).join('\n')],
  ])('is read from .%s, special numbers included', async (ending, text) => {
    const file = join(folder, `sweep.${ending}`);
    writeFileSync(file, text);
    const loaded = await loadExperiment(file);
    expect(loaded).toMatchObject({ name: 'sweep', file, title: 'sweep', question: '', isAdaptive: false });
    const stages = [...(loaded.protocol() as Iterable<Stage>)];
    expect(stages.map(({ name, runs }) => [name, [...runs()]])).toEqual([['runs', specs]]);
  });

  it('names the line that is not JSON', async () => {
    const file = join(folder, 'broken.jsonl');
    writeFileSync(file, '{"seed":0}\n\n{"seed":');
    await expect(loadExperiment(file)).rejects.toThrow(/broken\.jsonl: not JSON in line 3 \(/);
  });
});
