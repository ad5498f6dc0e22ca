import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/exportCommand.ts';
import { parseCanonicalJson } from '../../src/core/json.ts';
import { experimentFile, runCli, workFolder } from './runCli.ts';

let folder: string;
beforeAll(async () => {
  folder = workFolder({
    'grid.ts': experimentFile(`
  for (const { learningRate, seed } of cross({ learningRate: [0.1, 1e9], seed: [0, 1] }))
    yield { ...task, optimizer: { kind: 'sgd', learningRate }, epochs: 2, seed };`),
  });
  expect((await runCli(folder, ['run', 'grid.ts', '--workers', '1'])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runCli(folder, ['export', 'grid.ts', ...args]);
const bytesOf = (file: string) => readFileSync(join(folder, file));

describe('thalweg export', () => {
  it('gives complete records, sorted by id, without what may vary', async () => {
    const { stdout, code } = await run('--format', 'jsonl', '--no-environment');
    expect(code).toBe(0);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => parseCanonicalJson(line) as { id: string; environment: null; engine: string });
    expect(records).toHaveLength(4);
    expect(records.map(({ id }) => id)).toEqual(records.map(({ id }) => id).toSorted());
    expect(records.every(({ environment }) => environment === null)).toBe(true);
    expect(records[0].engine).toMatch(/^[0-9a-f]{64}$/);
  });

  it('writes tables in every format, of equal rows, the same bytes every time', async () => {
    const args = ['--table', 'evaluations', '--format'];
    const { stdout } = await run(...args, 'jsonl');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => parseCanonicalJson(line) as Record<string, unknown>);
    for (const file of ['a.parquet', 'b.parquet']) {
      const written = await run(...args, 'parquet', '--out', file);
      expect(written.stdout).toBe(`4 records: ${file}\n`);
    }
    expect(bytesOf('a.parquet').equals(bytesOf('b.parquet'))).toBe(true);
    const file = new Uint8Array(bytesOf('a.parquet')).buffer;
    const read = await parquetReadObjects({ file });
    const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    expect(
      read.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))),
    ).toEqual(rows);
    // the runs that do not diverge have three evaluations
    expect(rows.filter((row) => row.step === 20)).toHaveLength(2);
    const { stdout: csv } = await run(...args, 'csv');
    expect(csv.trim().split('\n')).toHaveLength(1 + rows.length);
  });

  it('takes a part', async () => {
    const { stdout } = await run('--format', 'csv', '--only', 'seed=0');
    expect(stdout.trim().split('\n')).toHaveLength(1 + 2);
    expect(stdout).toMatch(/^id,method,stage,outcome,.*,engineDigest,data,seconds\n/);
  });

  it.each([
    [[], 'thalweg: no export format: name one of csv, parquet, jsonl with --format\n'],
    [
      ['--format', 'parket'],
      'thalweg: unknown export format: parket, known: csv, parquet, jsonl; did you mean parquet?\n',
    ],
    [
      ['--format', 'csv', '--table', 'runs.csv'],
      'thalweg: unknown table: runs.csv, known: runs, evaluations, steps\n',
    ],
    [['--format', 'csv', '--accept-engine', 'zz'], /^thalweg: unknown engine: zz, the store has records of /],
    [['--format', 'csv', '--only', 'seed=9'], /^thalweg: invalid selection: no run has seed=9/],
  ])('%j is an error', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('gives no bytes to a terminal', async () => {
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    const options = { format: 'parquet', environment: true, store: 'none' };
    await expect(exportCommand('grid.ts', options)).rejects.toThrow(
      'parquet is not for a terminal; name a file with --out, for example --out runs.parquet',
    );
    process.stdout.isTTY = isTTY;
  });
});
