import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { runStages, type Walk } from '../../src/cli/runStages.ts';
import { allData } from '../../src/run/catalog/datasets.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { openStore } from '../../src/store/store.ts';
import { loadExperiment } from '../../src/sweep/loadExperiment.ts';
import { storedRuns } from '../../src/sweep/storedRuns.ts';
import { nothingBefore, stagesOf } from '../../src/sweep/walk.ts';
import { workFolder } from './runCli.ts';

afterEach(() => vi.restoreAllMocks());

it('loads a data set once, in whatever stages it is used', async () => {
  const folder = workFolder({
    'two.ts': `import { experiment } from 'thalweg';
const of = (data, seed) => ({ data: { kind: 'synthGlyphs', train: 32, validation: 10, test: 10, ...data }, model: { kind: 'mlp', hidden: [2] },
  optimizer: { kind: 'sgd', learningRate: 0.1 }, epochs: 1, seed });
export default experiment({ title: 'A title', question: 'A question?', *protocol() {
  yield { name: 'one', runs: () => [of({}, 0)] };
  yield { name: 'another set', runs: () => [of({ seed: 7 }, 0)] };
  yield { name: 'both', runs: () => [of({}, 1), of({ seed: 7 }, 1)] };
  return null;
} });
`,
  });
  const create = vi.spyOn(allData.synthGlyphs, 'create');
  const experiment = await loadExperiment(join(folder, 'two.ts'));
  const stages = stagesOf(experiment);
  const walk: Walk = { stages, first: stages.next(nothingBefore) };
  const store = openStore(join(folder, 'store.sqlite'), { write: true });
  const result = await runStages(walk, {
    experiment,
    store,
    stored: storedRuns(store, [engineDigest()]),
    stop: new AbortController().signal,
    display: { update() {}, note() {}, close() {} },
    onEvent() {},
    workers: 0,
    retryFailed: false,
    failFast: false,
    sharing: true,
    timeLimit: undefined,
    checkpointEvery: 0,
  });
  expect(result).toMatchObject({ total: 4, completed: 4 });
  expect(create).toHaveBeenCalledTimes(2);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
