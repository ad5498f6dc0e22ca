import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentSet } from '../../src/certify/environmentSet.ts';
import type { RunStates } from '../../src/certify/runStates.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { dataKey, loadData } from '../../src/run/execute.ts';
import { type RunRecord, runId } from '../../src/run/record.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { decodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import type { RunListener } from '../../src/sweep/runner.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import { runCli, startCli, workFolder } from '../cli/runCli.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const COMMITTED: RunStates[] = JSON.parse(
  readFileSync(join(CHECKOUT, 'test/goldens/chains.json'), 'utf8'),
).filter(({ spec }: RunStates) => spec !== null);

const expected = COMMITTED.map(({ name, steps, chain, digest }) => ({ name, steps, chain, digest }));
const parsed = environmentSet.map(({ name, spec }) => ({ name, spec: parseSpec(spec, name) }));

/** What the records by the ids of their runs say of the set, in its order. */
function leftOf(records: ReadonlyMap<string, RunRecord>, names = parsed.map(({ name }) => name)) {
  return names.map((name) => {
    const record = records.get(runId(parsed.find((run) => run.name === name)!.spec));
    return { name, steps: record?.steps, chain: record?.chain, digest: record?.digest };
  });
}

describe('a sweep of the set has the committed chains', { timeout: 240_000 }, () => {
  it.each([1, 2])('in %d worker threads', async (workers) => {
    const datasets: Record<string, Dataset> = {};
    for (const { spec } of parsed) datasets[dataKey(spec.data)] ??= await loadData(spec.data, {});
    const jobs = parsed.map(({ spec }, index) => ({ index, id: runId(spec), spec, attempt: 1 }));
    const records = new Map<string, RunRecord>();
    const listener: RunListener = {
      onEnd: ({ id }, { record }) => void records.set(id, decodeRecord(record)),
      onLost: (_job, { message }) => {
        throw new Error(message);
      },
      onCheckpoint: () => {},
    };
    const stop = new AbortController().signal;
    await threadRunner({ workers }).run(jobs, { datasets, modules: {} }, listener, { stop });
    expect(leftOf(records)).toEqual(expected);
  });

  it('killed at checkpoints, and gone on with from there', async () => {
    // those that take longest: the others end before anybody can kill them
    const names = ['sigmoid', 'silu', 'hardSwish', 'softplus'];
    const specs = environmentSet.filter(({ name }) => names.includes(name));
    const folder = workFolder({ 'set.jsonl': specs.map(({ spec }) => `${JSON.stringify(spec)}\n`).join('') });
    const args = ['run', 'set.jsonl', '--workers', '1', '--store', 'killed.sqlite', '--out', 'out'];
    const events = [...args, '--checkpoint-every', '0.001s', '--json'];
    let resumed = 0;
    const told = (stdout: string) => {
      resumed += stdout.match(/"event":"started",[^\n]*"fromCheckpoint":true/g)?.length ?? 0;
    };
    for (let kills = 0; kills < 2; kills++) {
      const sweep = startCli(folder, events);
      sweep.child.stdout?.on('data', () => {
        // the run of the checkpoint that was told of last has not ended yet
        const last = sweep.stdout().split('\n').at(-2) ?? '';
        if (last.includes('"event":"checkpoint"')) sweep.child.kill('SIGKILL');
      });
      const { code, stdout } = await sweep.end;
      told(stdout);
      expect(code).toBe(null);
    }
    const { code, stdout } = await runCli(folder, events);
    told(stdout);
    expect(code).toBe(0);
    expect(resumed).toBeGreaterThan(0);
    const store = openStore(join(folder, 'killed.sqlite'), { write: false });
    const records = new Map([...store.rows()].map(({ id, engine }) => [id, store.get(id, engine)!]));
    store.close();
    rmSync(folder, { recursive: true, force: true });
    expect(leftOf(records, names)).toEqual(names.map((name) => expected.find((run) => run.name === name)));
  });
});

describe('the comparison of environments', { timeout: 240_000 }, () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'thalweg-planted-'));
    cpSync(join(CHECKOUT, 'src'), join(copy, 'src'), { recursive: true });
    cpSync(join(CHECKOUT, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  function compare(): Promise<{ code: number; lines: string[] }> {
    const script = join(CHECKOUT, 'scripts/environments.ts');
    return new Promise((resolve) => {
      execFile(process.execPath, [script, 'this-node', '--sources', join(copy, 'src')], (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n') }),
      );
    });
  }

  it('finds no difference in a copy of the sources', async () => {
    const { code, lines } = await compare();
    expect(lines.join()).toMatch(/this-node.*25 of 25 runs identical/);
    expect([code, lines.length]).toEqual([0, 1]);
  });

  // Where the host's exp and ours round differently, in one argument in some thousands, is where these runs part.
  it("fails when the host's Math.exp is put into the softmax kernel of the reference engine, and names run and step", async () => {
    const path = join(copy, 'src/kernels/reference.ts');
    const text = readFileSync(path, 'utf8');
    const planted = text.replaceAll(/(?<![\w.])exp\(/g, 'Math.exp(');
    expect(planted).not.toBe(text);
    writeFileSync(path, planted);
    const { code, lines } = await compare();
    expect(code).toBe(1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/this-node.* 24 of 25 runs identical/);
    expect(lines[1]).toMatch(
      /^ +gelu by tanh: differs from step [1-9]\d* of 10 on: state [0-9a-f]{8}, expected [0-9a-f]{8}$/,
    );
  });
});
