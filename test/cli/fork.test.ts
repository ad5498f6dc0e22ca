import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofOf, stateAfter } from '../../src/cli/forkProof.ts';
import { optionsSet, specWith } from '../../src/cli/forkSpec.ts';
import { dataKey, loadData } from '../../src/run/execute.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { runCli, workFolder } from './runCli.ts';

const spec = parseSpec({
  data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 },
  model: { kind: 'mlp', hidden: [8] },
  optimizer: { kind: 'momentum', learningRate: 0.05 },
  epochs: 2,
  seed: 0,
});

let folder: string;
beforeAll(() => {
  folder = workFolder({ 'plan.jsonl': JSON.stringify(spec) });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('thalweg fork', () => {
  it('runs base and fork of a file, proves that they are one up to the step, and writes a report of both', async () => {
    const args = ['fork', 'plan.jsonl', '--at', '12', '--set', 'learningRate=0.001'];
    const dry = await runCli(folder, [...args, '--dry-run', '--store', 'none.sqlite']);
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toContain('to run\nafter step 12: optimizer.learningRate 0.001\nfrom: the start\n');
    expect(existsSync(join(folder, 'none.sqlite'))).toBe(false);
    const { code, stdout, stderr } = await runCli(folder, args);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const fork = parseSpec({ ...spec, changes: [{ after: 12, set: { 'optimizer.learningRate': 0.001 } }] });
    expect(stdout).toContain(
      `base: ${runId(spec)}\nfork: ${runId(fork)}\nafter step 12: optimizer.learningRate 0.001\n`,
    );
    expect(stdout).toMatch(
      /Identical up to and including step 12 \(fingerprint [0-9a-f]{16}…\): the states of both, executed again, are the same, and so are the \d+ links? up to there of both records/,
    );
    expect(stdout).toMatch(/\nsteps +20 +20\n/);
    expect(stdout).toMatch(/\ntest error .*% .* -?[\d.e-]+ points\n/);
    const report = /report: (.*)/.exec(stdout)?.[1] ?? '';
    expect(readFileSync(join(folder, report), 'utf8')).toContain('Identical up to and including step 12');

    const again = await runCli(folder, [
      'fork',
      runId(spec).slice(0, 8),
      '--at',
      '12',
      '--set',
      'clip=value',
      '--set',
      'clip.clipValue=0.01',
      '--json',
    ]);
    expect(JSON.parse(again.stdout)).toMatchObject({ base: runId(spec), after: 12, holds: true });
    const planned = await runCli(folder, [...args.with(1, runId(spec)), '--dry-run']);
    expect(planned.stdout).toContain(`fork: ${runId(fork)}, stored`);
  });

  it.each([
    [['--at', '12', '--set', 'learningRat=1'], 'unknown key of --set: learningRat, known: '],
    [['--at', '12', '--set', 'learningRat=1'], 'did you mean learningRate?'],
    [['--at', '12', '--set', 'learningRate'], 'expected key=value'],
    [['--at', '12', '--set', 'seed=1'], 'seed cannot change during a run'],
    [['--at', '12', '--set', 'learningRate=0.05'], 'nothing to fork'],
    [
      ['--at', '20', '--set', 'learningRate=1'],
      'expected a step before the last of the 20 that the run makes',
    ],
    [['--at', '12', '--set', 'lr=1'], 'unknown key of --set: lr, known: learningRate, '],
    [['--at', '0', '--set', 'learningRate=1'], 'Expected a step of the run'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runCli(folder, ['fork', 'plan.jsonl', ...args, '--store', 'other.sqlite']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
    expect([existsSync(join(folder, 'other.sqlite')), stderr.length < 600]).toEqual([false, true]);
  });

  it('refuses a file with two runs, and takes one of them by its id', async () => {
    const other = parseSpec({ ...spec, seed: 1 });
    writeFileSync(join(folder, 'two.jsonl'), `${JSON.stringify(spec)}\n${JSON.stringify(other)}\n`);
    const args = ['--at', '3', '--set', 'clip=none', '--set', 'optimizer=sgd', '--dry-run', '--json'];
    const both = await runCli(folder, ['fork', 'two.jsonl', ...args]);
    expect([both.code, both.stderr]).toEqual([
      2,
      expect.stringContaining('ambiguous run: two.jsonl stands for 2'),
    ]);
    const one = await runCli(folder, ['fork', `two.jsonl#${runId(other).slice(0, 8)}`, ...args]);
    expect(JSON.parse(one.stdout)).toMatchObject({
      seed: 1,
      changes: [{ after: 3, set: { optimizer: { kind: 'sgd', learningRate: 0.05 } } }],
    });
  });

  it('refuses a file that is no JSON and an id that is not there', async () => {
    writeFileSync(join(folder, 'bad.json'), '{');
    for (const run of ['bad.json', 'r000000'])
      expect((await runCli(folder, ['fork', run, '--at', '1', '--set', 'clip=none'])).code).toBe(2);
    expect(existsSync(join(folder, 'bad.json'))).toBe(true);
  });
});

it('takes a word as the kind of a part, and JSON as it is', () => {
  const set = optionsSet(spec, [
    'optimizer=sgd',
    'optimizer.learningRate=1e-2',
    'nonFinite=skip',
    'rates={"bias":2}',
    'perEpoch=3',
  ]);
  expect(set).toEqual({
    optimizer: { kind: 'sgd', learningRate: 0.05 },
    'optimizer.learningRate': 0.01,
    nonFinite: 'skip',
    rates: { bias: 2 },
    'evaluations.perEpoch': 3,
  });
});

it('sets any key of a spec; another kind keeps the learning rate alone, another engine has its own convolution', () => {
  const clipped = parseSpec({ ...spec, clip: { kind: 'globalNorm', maxNorm: 1 } });
  const { optimizer, seed, clip } = specWith(clipped, ['momentum=0.5', 'seed=9', 'clip.kind=none']);
  expect([optimizer, seed, clip]).toEqual([{ ...spec.optimizer, momentum: 0.5 }, 9, { kind: 'none' }]);
  expect(specWith(clipped, ['optimizer.kind=sgd']).optimizer).toEqual({ kind: 'sgd', learningRate: 0.05 });
  expect(specWith(clipped, ['clip.kind=globalNorm'])).toEqual(clipped);
  expect(specWith(clipped, ['engine=reference']).convolution).toBe('direct');
  expect(specWith(clipped, ['schedule={"kind":"cosine"}']).schedule.kind).toBe('cosine');
  expect(() => specWith(spec, ['eps'])).toThrow('invalid --set: got eps, expected key=value');
  expect(() => specWith(spec, ['optimizer.foo=1'])).toThrow('invalid spec.optimizer: unknown option: foo');
});

it('two runs are one up to a step only if their states there and all links up to there are', async () => {
  const chain = (digests: string, every = 2) => ({ chain: { every, digests, last: '' }, steps: 4 });
  const [a, b] = [chain('aaaaaaaabbbbbbbbcccccccc'), chain('aaaaaaaabbbbbbbbdddddddd')];
  const state = (fingerprint: string, step = 3) => ({ step, fingerprint });
  const same = { base: state('f'), fork: state('f') };
  expect(proofOf(a, b, 3, same)).toMatchObject({ holds: true, identicalTo: 3, links: 2 });
  expect(proofOf(a, b, 4, same)).toMatchObject({ holds: false, identicalTo: 2 });
  // between links, where no link shows it
  expect(proofOf(a, b, 3, { ...same, fork: state('e') })).toMatchObject({ holds: false });
  expect(proofOf(a, { ...b, chain: null }, 3, same)).toMatchObject({ holds: true, links: 0 });

  const resources = { datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) }, modules: {} };
  const late = parseSpec({ ...spec, changes: [{ after: 3, set: { 'optimizer.learningRate': 1 } }] });
  const early = parseSpec({ ...spec, changes: [{ after: 2, set: { 'optimizer.learningRate': 1 } }] });
  const [base, fork, other] = await Promise.all(
    [spec, late, early].map((run) => stateAfter(run, 3, resources)),
  );
  expect([base.step, base.fingerprint.length, fork]).toEqual([3, 256, base]);
  expect(other.fingerprint).not.toBe(base.fingerprint);
});
