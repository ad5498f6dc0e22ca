import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCertifyCommands } from '../../src/cli/certifyCommands.ts';
import { runCli, workFolder } from './runCli.ts';

const task = {
  data: { kind: 'synthGlyphs', level: 'easy', train: 30, validation: 10, test: 10 },
  model: { kind: 'mlp', hidden: [4] },
  batchSize: 8,
  epochs: 2,
  seed: 1,
};
const spec = (learningRate: number) => ({ ...task, optimizer: { kind: 'momentum', learningRate } });
const GOLDENS = fileURLToPath(new URL('../goldens', import.meta.url));

const OWN = `export default ({ factor = 1 }) => ({
  init: () => null,
  apply(updates) { for (let i = 0; i < updates.length; i++) updates[i] *= factor; },
});`;

const folder = workFolder({
  'a.json': JSON.stringify(spec(0.1)),
  'b.json': JSON.stringify(spec(0.2)),
  'plan.jsonl': `${JSON.stringify(spec(0.1))}\n${JSON.stringify(spec(0.2))}\n`,
  'broken.json': '{"data":',
  'wrong.json': JSON.stringify({ ...spec(0.1), epoch: 3 }),
  'half.json': JSON.stringify({ id: 'r1', spec: spec(0.1) }),
  'own.ts': OWN,
  'empty.jsonl': '\n',
  'line.jsonl': `${JSON.stringify(spec(0.1))}\n\n{"data":\n`,
  'package.json': JSON.stringify({ name: 'x', version: 'y', 'ev\u001bil': 1, a: 2, b: 3 }),
  'newer.json': JSON.stringify({ schema: 4, spec: spec(0.1) }),
});
afterAll(() => rmSync(folder, { recursive: true }));

const bisect = (...args: string[]) => runCli(folder, ['bisect', ...args]);

describe('thalweg bisect', () => {
  let ids: string[] = [];
  beforeAll(async () => {
    await runCli(folder, ['run', 'plan.jsonl', '--store', 's.sqlite', '--out', 'out', '--workers', '1']);
    const { stdout } = await runCli(folder, [
      ...['export', 'plan.jsonl', '--store', 's.sqlite', '--format', 'jsonl', '--out', 'records.jsonl'],
    ]);
    expect(stdout).not.toContain('thalweg:');
    const shown = await runCli(folder, ['plan', 'plan.jsonl', '--store', 's.sqlite', '--json']);
    expect(shown.code).toBe(0);
    const list = await runCli(folder, ['store', 'list', '--store', 's.sqlite', '--json']);
    ids = list.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .toSorted((a, b) => a.learningRate - b.learningRate)
      .map(({ id }) => id);
    expect(ids.length).toBe(2);
  });

  it('takes ids, exported records and specs, in any pair', async () => {
    const [low, high] = ids.map((id) => id.slice(0, 10));
    const same: string[][] = [
      [low, low, '--store', 's.sqlite'],
      [low, `records.jsonl#${low}`, '--store', 's.sqlite'],
      ['a.json', `records.jsonl#${low}`],
      [`plan.jsonl#${low}`, low, '--store-b', 's.sqlite'],
    ];
    for (const args of same) {
      const { code, stdout, stderr } = await bisect(...args);
      expect([code, stderr, stdout.split('\n')[2]]).toEqual([0, '', 'identical, 8 steps']);
    }
    const different: string[][] = [
      [low, high, '--store', 's.sqlite'],
      ['a.json', 'b.json'],
      ['a.json', '--set', 'optimizer.learningRate=0.2'],
    ];
    for (const args of different) {
      const { code, stdout, stderr } = await bisect(...args, '--json');
      expect([code, stderr]).toEqual([1, '']);
      const { step, first } = JSON.parse(stdout);
      expect([step, first.operation, first.value]).toEqual([1, 'the learning rate', 'learningRate']);
      expect(first.difference.first).toEqual([{ index: 0, a: 0.1, b: 0.2, ulps: 2 ** 52 }]);
    }
  });

  it('prints where, the values, their bits and the distance', async () => {
    const { code, stdout } = await bisect('a.json', '--set', 'optimizer.momentum=0.8');
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      ...[
        `A: run ${ids[0].slice(0, 12)} of a.json`,
        'B: the same with optimizer.momentum=0.8',
        'identical up to step 1',
        '',
      ],
      ...['first different: step 2', '  part       optimizer', '  tensor     dense1.weight'],
      ...['  operation  momentumStep', '  argument   momentum'],
      '      A    B    A in bits           B in bits           ulps',
      '      0.9  0.8  0x3feccccccccccccd  0x3fe999999999999a  900719925474099',
      '  the same operation also differs in trace, updates',
      '',
    ]);
  });

  it('says which of two goes on, with exit code 1', async () => {
    const { code, stdout } = await bisect('a.json', '--set', 'epochs=3');
    expect([code, stdout.split('\n')[2]]).toEqual([
      1,
      'identical in the 8 steps that both have; B goes on to step 12',
    ]);
  });

  it('runs a user’s optimizer whose file is named', async () => {
    const { userOptimizer } = await import('../../src/sweep/userOptimizer.ts');
    const optimizer = userOptimizer(new URL(`file://${join(folder, 'own.ts')}`), { learningRate: 0.1 });
    writeFileSync(join(folder, 'ownSpec.json'), JSON.stringify({ ...task, optimizer }));
    const args = ['ownSpec.json', '--set', 'optimizer.options={"factor":2}'];
    const { code, stdout } = await bisect(...args, '--optimizer', 'own.ts', '--json');
    expect([code, JSON.parse(stdout).first.operation]).toEqual([1, 'direction']);
    const without = await bisect(...args);
    expect([without.code, without.stderr]).toEqual([
      2,
      expect.stringContaining('was not given; name its file'),
    ]);
    const other = await bisect(...args, '--optimizer', 'own.ts', '--engine-b', '.');
    expect(other.code).toBe(2);
  });

  it('compares vectors of another library', async () => {
    const file = join(GOLDENS, 'optimizers/sgd.json');
    const all = await bisect(file);
    expect(all.stdout.trim().split('\n').at(-1)).toMatch(
      /^62 cases: \d+ identical, 62 within the tolerance, 0 skipped$/,
    );
    const one = await bisect(file, '--case', 'sgd/plain/dense-A/float64', '--json');
    const [{ first, firstBeyond }] = JSON.parse(one.stdout).cases;
    expect([one.code, first.step, first.tensor, firstBeyond]).toEqual([1, 1, 'K', null]);
    expect(first.difference).toMatchObject({ elements: 54, differing: 7, largestUlps: 24 });
    const run = await bisect('a.json', file, '--case', 'sgd/plain/dense-A/float64');
    expect([run.code, run.stdout.includes('first beyond the tolerance of the case\n  step    2')]).toEqual([
      1,
      true,
    ]);
  });

  it.each([
    [['a.json'], 'nothing to compare with: name a second run'],
    [['nowhere.json', 'a.json'], 'unknown run: there is no file nowhere.json'],
    [['r123', 'a.json'], 'unknown store: there is no file results/store.sqlite'],
    [['rabcdef0123', 'a.json', '--store', 's.sqlite'], 'unknown run: s.sqlite has none whose id begins with'],
    [['plan.jsonl', 'a.json'], 'ambiguous run: plan.jsonl stands for 2 of 2 runs, expected one'],
    [['plan.jsonl#r00', 'a.json'], 'unknown run: plan.jsonl has no run whose id begins with r00'],
    [['broken.json', 'a.json'], 'invalid file: broken.json is not JSON'],
    [['wrong.json', 'a.json'], 'invalid spec in wrong.json: spec: unknown option: epoch'],
    [['half.json', 'a.json'], 'invalid record in half.json: expected a whole one as'],
    [['own.ts', 'a.json'], 'invalid file: own.ts is not JSON'],
    [['a.json', 'b.json', '--case', 'x'], 'invalid --case: it chooses a case of a vector file'],
    [['plan.jsonl#rzzz', 'a.json'], 'unknown run: plan.jsonl has no run whose id begins with rzzz; name one'],
    [['66ff', 'a.json'], 'ids begin with an r, did you mean r66ff?'],
    [['empty.jsonl', 'a.json'], 'no records: empty.jsonl is empty'],
    [['line.jsonl', 'a.json'], 'invalid file: line 3 of line.jsonl is not JSON'],
    [
      ['package.json', 'a.json'],
      'invalid run in package.json: got an object with name, version, ev\\u{1b}il, a, …',
    ],
    [['newer.json', 'a.json'], 'got schema 4, expected 2 or 3; read it with the version'],
    [['a.json', '--set', 'engine=reference'], 'invalid pair: A computes on the engine wasm'],
    [['a.json', '--set', 'changes=[{"at":9,"set":{}}]'], 'did you mean after?'],
    [['a.json', 'b.json', '--set', 'seed=2'], 'invalid --set: it changes a copy of A'],
    [['a.json', '--set', 'seed'], 'invalid --set: got seed, expected key=value'],
    [['a.json', '--set', 'seed=-1'], 'invalid spec.seed'],
    [
      ['a.json', '--set', 'engine=reference', '--set', 'convolution=direct'],
      'invalid pair: A computes on the engine wasm',
    ],
    [['a.json', '--set', 'batchSize=31'], 'invalid batchSize: got 31'],
    [['a.json', '--engine-b', 'nowhere'], 'invalid engine folder: got nowhere'],
    [[join(GOLDENS, 'optimizers/adam.json'), '--case', 'x'], 'unknown case'],
    [[join(GOLDENS, 'optimizers/adam.json'), '--set', 'seed=1'], 'invalid option: --set and --engine-'],
    [
      [join(GOLDENS, 'optimizers/adam.json'), join(GOLDENS, 'optimizers/sgd.json')],
      'invalid pair: got two vector files',
    ],
    [[join(GOLDENS, 'layers/README.md'), 'a.json'], 'is not JSON'],
  ] as [string[], string][])('refuses %s', async (args, says) => {
    // in this process: a start of the command line takes longer than all of them
    const at = process.cwd();
    process.chdir(folder);
    try {
      const program = new Command().exitOverride();
      addCertifyCommands(program);
      await expect(program.parseAsync(['bisect', ...args], { from: 'user' })).rejects.toThrow(says);
    } finally {
      process.chdir(at);
    }
  });

  it('prints a mistake without a stack trace', async () => {
    const { code, stdout, stderr } = await bisect('wrong.json', 'a.json');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^thalweg: invalid spec in wrong.json: spec: unknown option: epoch, known: .*\n$/);
  });
});

describe('thalweg trace', () => {
  it('refuses vectors, and asks for a file to write', async () => {
    const vectors = await runCli(folder, ['trace', join(GOLDENS, 'optimizers/adam.json'), '--out', 'x']);
    expect([vectors.code, vectors.stderr]).toEqual([
      2,
      expect.stringContaining('holds vectors, expected the spec'),
    ]);
    const nowhere = await runCli(folder, ['trace', 'a.json']);
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining("option '--out <file>'")]);
  });
});
