import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experimentFile, runCli, workFolder } from './runCli.ts';

const folder = workFolder({
  'two.ts': experimentFile(
    "const precision = { weights: { format: 'bfloat16', rounding: 'stochastic' } };\n" +
      'for (const seed of [0, 1]) yield { ...task, optimizer: sgd, epochs: 1, seed };\n' +
      "for (const seed of [0, 1]) yield { ...task, optimizer: { kind: 'lion', learningRate: 0.001 }, epochs: 1, seed, precision };",
  ),
  'moved.json': JSON.stringify({
    data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 },
    model: { kind: 'mlp', hidden: [8] },
    optimizer: { kind: 'sgd', learningRate: 0.1 },
    epochs: 1,
    seed: 0,
    perturbation: {},
  }),
});

describe('thalweg sensitivity', () => {
  it('prints the same numbers with any number of workers', async () => {
    const json = ['sensitivity', 'two.ts', '--json'];
    const [none, one, two] = await Promise.all(
      ['0', '1', '2'].map((workers) => runCli(folder, [...json, '--workers', workers])),
    );
    expect([none.code, none.stderr]).toEqual([0, '']);
    expect(one.stdout).toBe(none.stdout);
    expect(two.stdout).toBe(none.stdout);
    const runs = JSON.parse(none.stdout) as { spec: { seed: number }; shadows: { kind: string }[] }[];
    expect(runs.map(({ spec }) => spec.seed)).toEqual([0, 1, 0, 1]);
    expect(runs[0].shadows.map(({ kind }) => kind)).toEqual(['ulp', 'float64']);
  });

  it('writes a table and a figure, of the chosen shadows and runs', async () => {
    const { code, stdout } = await runCli(folder, [
      ...['sensitivity', 'two.ts', '--shadows', 'float64', '--only', 'optimizer=lion', '--out', 'out'],
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('shadow: float64\n');
    expect(stdout).not.toContain('one ulp');
    const lines = readFileSync(join(folder, 'out', 'sensitivity.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => line.split(',').slice(2, 4).join(' '))).toEqual([
      'seed shadow',
      '0 float64',
      '1 float64',
    ]);
    expect(readFileSync(join(folder, 'out', 'distance.svg'), 'utf8')).toContain('<svg');
    expect(existsSync(join(folder, 'results'))).toBe(false);
  });

  it('takes a stored run by the beginning of its id', async () => {
    await runCli(folder, [
      'run',
      'two.ts',
      '--only',
      'optimizer=sgd,seed=0',
      '--store',
      's.sqlite',
      '--out',
      'o',
    ]);
    const args = ['--store', 's.sqlite', '--csv', '--shadows', 'ulp'];
    const stored = await runCli(folder, ['sensitivity', 'r', ...args]);
    const planned = await runCli(folder, [
      'sensitivity',
      'two.ts',
      '--only',
      'optimizer=sgd,seed=0',
      ...args,
    ]);
    expect([stored.code, stored.stdout.split('\n').length]).toEqual([0, 3]);
    expect(stored.stdout.replace(',run,', ',sgd,')).toBe(planned.stdout.replace(',run,', ',sgd,'));
  });

  it('says what is wrong, with exit code 2', async () => {
    for (const [args, message] of [
      [['two.ts', '--shadows', 'float16'], 'unknown shadow: float16, known: ulp, float64, order'],
      [['moved.json'], 'invalid run: got one with a perturbation'],
      [['r12', '--store', 'none.sqlite'], 'none.sqlite'],
      [['three.ts'], 'unknown experiment'],
    ] as const) {
      const { code, stderr, stdout } = await runCli(folder, ['sensitivity', ...args, '--workers', '0']);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('    at ');
    }
    const inWorker = await runCli(folder, ['sensitivity', 'moved.json', '--workers', '1']);
    expect([inWorker.code, inWorker.stderr.includes('    at ')]).toEqual([2, false]);
  });
});
