import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparedChains } from '../../src/cli/forkCommand.ts';
import { optionsSet } from '../../src/cli/forkSpec.ts';
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
    expect(stdout).toMatch(/Identical up to step \d+: the two chains have the same \d+ digests/);
    expect(stdout).toMatch(/\nsteps +20 +20\n/);
    const report = /report: (.*)/.exec(stdout)?.[1] ?? '';
    expect(readFileSync(join(folder, report), 'utf8')).toContain('Identical up to step');

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
    [['--at', '20', '--set', 'learningRate=1'], 'expected a step before the last of the 20 of the run'],
    [['--at', '0', '--set', 'learningRate=1'], 'Expected a step of the run'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runCli(folder, ['fork', 'plan.jsonl', ...args, '--store', 'other.sqlite']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
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
    optimizer: { kind: 'sgd' },
    'optimizer.learningRate': 0.01,
    nonFinite: 'skip',
    rates: { bias: 2 },
    'evaluations.perEpoch': 3,
  });
});

it('two chains are one up to a step only if all links up to there are', () => {
  const chain = (digests: string, every = 2) => ({ chain: { every, digests, last: '' } });
  const [a, b] = [chain('aaaaaaaabbbbbbbbcccccccc'), chain('aaaaaaaabbbbbbbbdddddddd')];
  expect(comparedChains(a, b, 3)).toMatchObject({ holds: true, identicalTo: 2 });
  expect(comparedChains(a, b, 4)).toMatchObject({ holds: false });
  expect(comparedChains(a, { chain: null }, 1).holds).toBe(false);
});
