import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experimentFile, runCli, startCli, workFolder } from './runCli.ts';

const folder = workFolder({
  'two.ts': experimentFile(
    "const precision = { weights: { format: 'bfloat16', rounding: 'stochastic' } };\n" +
      'for (const seed of [0, 1]) yield { ...task, optimizer: sgd, epochs: 1, seed };\n' +
      "for (const seed of [0, 1]) yield { ...task, optimizer: { kind: 'lion', learningRate: 0.001 }, epochs: 1, seed, precision };",
  ),
  'some.ts': experimentFile(
    'const run = { ...task, optimizer: sgd, epochs: 1, seed: 0 };\n' +
      'yield run; yield { ...run, perturbation: {} };\n' +
      "yield { ...run, perturbation: { step: 5 }, changes: [{ after: 3, set: { 'perturbation.ulps': 2 } }] };",
  ),
  'long.ts': experimentFile(
    'for (const epochs of [1, 20000]) yield { ...task, optimizer: sgd, epochs, seed: 0 };',
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
    expect(lines.map((line) => line.split(',').slice(-12, -10).join(' '))).toEqual([
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
    // alone it is named after its optimizer, in its experiment as the report names it
    expect(stored.stdout).toContain(',sgd,');
    expect(stored.stdout).toBe(planned.stdout);
  });

  it('tells shadows that no run can have from those that have the same bits', async () => {
    const args = ['sensitivity', 'two.ts', '--only', 'optimizer=sgd,seed=0', '--workers', '0'];
    const none = await runCli(folder, [...args, '--shadows', 'order', '--out', 'none']);
    expect([none.code, none.stdout, existsSync(join(folder, 'none'))]).toEqual([2, '', false]);
    expect(none.stderr).toContain(
      'not applicable: no run has a shadow of these kinds (order: only runs with 3x3',
    );
    const one = await runCli(folder, [...args, '--shadows', 'order,ulp', '--out', 'one']);
    expect(one.code).toBe(0);
    expect(one.stderr).toContain('not applicable to 1 of 1 run: order');
    expect(one.stdout).toContain('steps to 1000-fold');
  });

  it('names the perturbed runs, in changes too, and how to leave them out', async () => {
    const { code, stderr } = await runCli(folder, ['sensitivity', 'some.ts', '--workers', '0']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/got 2 of 3 runs with a perturbation: r\w{11} \(1 ulp at step 0, seed 0\), r/);
    const only = /--only (id=r\w+)/.exec(stderr)?.[1] ?? '';
    const rest = await runCli(folder, [
      'sensitivity',
      'some.ts',
      '--only',
      only,
      '--shadows',
      'ulp',
      '--csv',
    ]);
    expect([rest.code, rest.stdout.split('\n').length]).toEqual([0, 3]);
  });

  it('refuses records', async () => {
    await runCli(folder, ['run', 'two.ts', '--only', 'seed=0', '--store', 'r.sqlite', '--out', 'o']);
    const { stdout } = await runCli(folder, ['export', 'two.ts', '--format', 'jsonl', '--store', 'r.sqlite']);
    writeFileSync(join(folder, 'records.jsonl'), stdout);
    const { code, stderr } = await runCli(folder, ['sensitivity', 'records.jsonl']);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('got records, expected specs');
  });

  it('says what it had done at Ctrl-C', async () => {
    const run = startCli(folder, ['sensitivity', 'long.ts', '--workers', '1', '--shadows', 'ulp']);
    while (!run.stderr().includes('1 of 2 runs')) {
      if (run.child.exitCode !== null) throw new Error(run.stderr());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    run.child.kill('SIGINT');
    const { code, stderr } = await run.end;
    expect([code, stderr]).toEqual([
      130,
      '1 of 2 runs\nstopped: 1 of 2 runs were measured; nothing is kept\n',
    ]);
  });

  it('says what is wrong, with exit code 2', async () => {
    for (const [args, message] of [
      [['two.ts', '--shadows', 'float16'], 'unknown shadow: float16, known: ulp, float64, order'],
      [['moved.json'], 'invalid run: got 1 of 1 run with a perturbation'],
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
