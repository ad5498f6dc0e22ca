import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BenchReport } from '../../src/bench/bench.ts';
import { historyName } from '../../src/cli/benchCommand.ts';
import { runCli } from './runCli.ts';

const folder = mkdtempSync(join(tmpdir(), 'thalweg-bench-cli-'));
const KERNELS = new URL('../../src/kernels/build/kernels.wasm', import.meta.url);

it('measures a suite, writes it as JSON and keeps it', async () => {
  const args = ['bench', '--suite', 'optimizers', '--time', '0.001', '--json', 'bench.json'];
  const { code, stdout, stderr } = await runCli(folder, args);
  expect(code).toBe(0);
  const text = readFileSync(join(folder, 'bench.json'), 'utf8');
  const report = JSON.parse(text) as BenchReport;
  const kept = readdirSync(join(folder, 'results/bench'));
  expect(kept).toEqual([historyName(report)]);
  expect(readFileSync(join(folder, 'results/bench', kept[0]), 'utf8')).toBe(text);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    `kept in ${join('results', 'bench', kept[0])} and bench.json`,
  );
  expect(stderr).toMatch(/^optimizers: round 1 of 5$/m);

  expect(Object.keys(report)).toEqual([
    ...['schema', 'date', 'machine', 'versions', 'kernelDigest', 'secondsAMeasurement', 'optimizers'],
  ]);
  expect(report.versions.node).toBe(process.versions.node);
  expect(report.kernelDigest).toBe(createHash('sha256').update(readFileSync(KERNELS)).digest('hex'));
  expect(report.secondsAMeasurement).toBe(0.001);
  expect(
    report.optimizers!.map(({ optimizer, bytesPerParameter }) => `${optimizer} ${bytesPerParameter}`),
  ).toEqual([...['sgd 12', 'momentum 20', 'adam 28', 'adamw 28', 'rmsprop 20', 'adagrad 20']]);
  for (const { milliseconds, bytesPerParameter, gigabytesPerSecond } of report.optimizers!)
    expect(milliseconds * gigabytesPerSecond.median).toBeCloseTo(bytesPerParameter, 9);
  // nothing that names the host, its user or a path
  expect(Object.keys(report.machine)).toEqual([
    ...['cpu', 'cores', 'relaxedSimd', 'memoryGigabytes', 'os', 'arch'],
  ]);
  expect(text).not.toContain(folder);
});

it.each([
  [
    '--suite',
    'kernel',
    'thalweg: unknown suite: kernel, known: engine, kernels, optimizers, sweep; did you mean kernels?\n',
  ],
  ['--peers', 'torch,jax', 'thalweg: unknown peer: jax, known: torch, tfjs\n'],
])('answers a wrong %s with what is known', async (option, value, message) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'thalweg-bench-cli-'));
  expect(await runCli(elsewhere, ['bench', option, value])).toEqual({ code: 2, stdout: '', stderr: message });
  expect(existsSync(join(elsewhere, 'results'))).toBe(false);
});

it.each(['0', '-1', 'long', '61'])('refuses %s as a time', async (time) => {
  const { code, stderr } = await runCli(folder, ['bench', '--time', time]);
  expect(code).toBe(2);
  expect(stderr).toContain('Expected seconds above 0 and up to 60, for example 0.2.');
});

it('names the file of the history by its date', () => {
  expect(historyName({ date: '2026-07-01T12:30:05.123Z' })).toBe('2026-07-01T12-30-05.json');
});
