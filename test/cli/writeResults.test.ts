import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_RUNS_ON_A_PAGE, type ResultsRequest, writeResults } from '../../src/cli/writeResults.ts';
import { parseCanonicalJson } from '../../src/core/json.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import { type RunRecord, runId } from '../../src/run/record.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { loadExperiment } from '../../src/sweep/loadExperiment.ts';
import { shownPath } from '../../src/sweep/userCode.ts';
import { recordWithLosses } from '../report/syntheticRecords.ts';
import { PUBLIC } from './runCli.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-results-'));
  store = openStore(join(folder, 'store.sqlite'), { write: true });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const input = (learningRate: number, seed: number, rest = {}) => ({
  data: { kind: 'synthGlyphs' },
  model: { kind: 'mlp' },
  optimizer: { kind: 'sgd', learningRate },
  epochs: 1,
  seed,
  ...rest,
});

/** A record of a run as if it had been trained: what it reached is its learning rate. */
function recordOf(
  learningRate: number,
  seed: number,
  { engine = engineDigest(), rest = {} } = {},
): RunRecord {
  const spec = parseSpec(input(learningRate, seed, rest));
  const made = recordWithLosses([3, learningRate], { optimizer: { kind: 'sgd', learningRate }, seed });
  return { ...made, id: runId(spec), spec, engine };
}
const put = (...records: RunRecord[]) => store.putAll(records.map(encodeRecord));

async function write(file: string, text: string, request: Partial<ResultsRequest> = {}) {
  writeFileSync(join(folder, file), text.replaceAll("from 'thalweg'", `from '${PUBLIC}'`));
  const experiment = await loadExperiment(join(folder, file));
  return writeResults({ experiment, store, out: join(folder, 'out'), ...request });
}
const read = (file: string) => readFileSync(join(folder, 'out', file), 'utf8');

const ADAPTIVE = `import { experiment, logUniform, tunedComparison } from 'thalweg';
const spec = ({ learningRate, rate }, seed) => ({ data: { kind: 'synthGlyphs' }, model: { kind: 'mlp' }, optimizer: { kind: 'sgd', learningRate }, weightDecay: { kind: 'decoupled', rate }, epochs: 1, seed });
const metric = { split: 'validation', measure: 'loss', at: 'final' };
const space = { learningRate: logUniform(0.1, 2), rate: logUniform(0.001, 0.1) };
export default experiment({ title: 'T', question: 'Q', protocol: tunedComparison({
  methods: { plain: { space, default: { learningRate: 0.5, rate: 0.01 }, spec } },
  track: 'default', metric, target: 0.6, evaluationSeeds: 2 }) });`;
const winnerRun = (seed: number) =>
  recordOf(0.5, seed, { rest: { weightDecay: { kind: 'decoupled', rate: 0.01 } } });

describe('writeResults', () => {
  it('of an adaptive experiment writes its decisions, the same bytes every time', async () => {
    put(winnerRun(1000), winnerRun(1001));
    const written = await write('adaptive.ts', ADAPTIVE);
    expect(written.decisions).toBe(join(folder, 'out', 'decisions.json'));
    const first = read('decisions.json');
    expect(parseCanonicalJson(first)).toMatchObject({
      track: 'default',
      methods: {
        plain: {
          evaluation: {
            runs: [winnerRun(1000).id, winnerRun(1001).id],
            values: [0.5, 0.5],
            toTarget: { reached: 2, costs: { step: { median: 140 } } },
          },
        },
      },
    });
    await write('adaptive.ts', ADAPTIVE);
    expect(read('decisions.json')).toBe(first);
    expect(read('report.html')).toContain('What was decided');
    expect(read('report.html')).not.toContain('Partial:');
    expect(read('runs.csv').split('\n')[1]).toMatch(/^r[0-9a-f]{64},plain,,completed,/);
  });

  it('of an experiment whose later stages are not known says so, and decides nothing', async () => {
    put(winnerRun(1000));
    const written = await write('adaptive.ts', ADAPTIVE);
    expect(written.decisions).toBeUndefined();
    expect(existsSync(join(folder, 'out', 'decisions.json'))).toBe(false);
    const partial = 'Known so far: evaluation (1 of 2 runs ended).';
    expect(written.summary).toContain(partial);
    expect(read('report.html')).toContain(partial);
  });

  it('takes records of engines that were accepted, and says so', async () => {
    put(recordOf(1, 0), recordOf(2, 0, { engine: 'old' }));
    const plan = JSON.stringify([input(1, 0), input(2, 0), input(3, 0)]);
    const present = await write('plan.json', plan);
    expect(present.summary).toContain('not finished: 2 of 3 runs are missing');
    const both = await write('plan.json', plan, { engines: [engineDigest(), 'old'] });
    expect(both.summary).toContain('not finished: 1 of 3 runs is missing');
    const notice = '1 of 2 runs was computed by other versions of the engine, as asked for: old (1 run)';
    expect(both.summary).toContain(notice);
    expect(read('report.html')).toContain(notice);
  });

  it('gives commands that find the same store, data and engines again', async () => {
    const failed = recordOf(2, 0);
    put(recordOf(1, 0, { engine: 'e'.repeat(64) }), {
      ...failed,
      outcome: { kind: 'failed', message: 'no' },
    });
    const plan = JSON.stringify([input(1, 0), input(2, 0)]);
    const engines = [engineDigest(), 'e'.repeat(64)];
    await write('my plan.json', plan, { engines, dataDir: 'the data' });
    const file = `&#39;${shownPath(join(folder, 'my plan.json'))}&#39;`;
    const place = `--store ${store.path} --data-dir &#39;the data&#39;`;
    const page = read('report.html');
    expect(page).toContain(`<code>npx thalweg run ${file} ${place} --accept-engine eeeeeeeeeeee</code>`);
    const id = `id=${failed.id.slice(0, 12)}`;
    expect(page).toContain(
      `<code>npx thalweg run ${file} --only ${id} --workers 0 --retry failed ${place} --accept-engine eeeeeeeeeeee</code>`,
    );
  });

  it('of a part writes that part', async () => {
    put(recordOf(1, 0), recordOf(2, 0), recordOf(1, 1));
    const plan = JSON.stringify([input(1, 0), input(2, 0), input(1, 1)]);
    const { summary } = await write('plan.json', plan, { only: 'learningRate=1' });
    expect(read('runs.csv').trim().split('\n')).toHaveLength(1 + 2);
    expect(summary).not.toContain('missing');
    expect(read('report.html')).toContain(`plan.json --only learningRate=1 --store ${store.path}</code>`);
  });

  it('of very many runs writes the table and says how to get a page of a part', {
    timeout: 200_000,
  }, async () => {
    const rates = Array.from({ length: MOST_RUNS_ON_A_PAGE + 1 }, (_, i) => i + 1);
    const made = recordOf(1, 0);
    const light = { ...made, series: { ...made.series, steps: { step: [], channels: {} } } };
    const recordAt = (rate: number) => {
      const spec = parseSpec(input(rate, 0));
      return encodeRecord({ ...light, id: runId(spec), spec });
    };
    store.putAll(rates.map(recordAt));
    const plan = JSON.stringify(rates.map((rate) => input(rate, 0)));
    const { summary, report } = await write('plan.json', plan);
    expect(report).toBeUndefined();
    expect(existsSync(join(folder, 'out', 'report.html'))).toBe(false);
    expect(summary).toMatch(
      /^12001 runs\nno report\.html: a page shows at most 12000 runs; for a part of them: npx thalweg report .*plan\.json --only KEY=VALUE --store .*store\.sqlite\n/,
    );
    expect(read('runs.csv').trim().split('\n')).toHaveLength(1 + 12001);
  });

  it('leaves the files as they are if they cannot be written whole', async () => {
    put(recordOf(1, 0));
    writeFileSync(join(folder, 'out'), 'a file where the folder should be');
    await expect(write('plan.json', JSON.stringify([input(1, 0)]))).rejects.toThrow(
      /^cannot write .*runs\.csv/,
    );
  });
});
