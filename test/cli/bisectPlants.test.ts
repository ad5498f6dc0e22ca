import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { runCli, workFolder } from './runCli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Plant = readonly [path: string, line: string, planted: string];

/** A copy of the checkout with changes of single lines, its kernels compiled anew unless the changes are in none. */
function plantedCheckout(plants: readonly Plant[], compiles = true): string {
  const folder = mkdtempSync(join(tmpdir(), 'thalweg-planted-'));
  for (const part of ['src', 'scripts', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, line, planted] of plants) {
    const text = readFileSync(join(folder, path), 'utf8');
    const at = text.lastIndexOf(line);
    expect(at, `${path} has no ${line}`).toBeGreaterThan(0);
    writeFileSync(join(folder, path), text.slice(0, at) + planted + text.slice(at + line.length));
  }
  if (!compiles) return folder;
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/build-kernels.ts')]);
  expect([status, String(stderr)]).toEqual([0, '']);
  return folder;
}

const NUMBER_ABOVE = (value: string) =>
  `new Float64Array(BigInt64Array.of(new BigInt64Array(Float64Array.of(${value}).buffer)[0] + 1n).buffer)[0]`;
const NORM = 'globalNorm(updates, context.layout, normType, state.slotNorms)';
const FINISH = 'Step.finish(out, flags, low, high, rate, decoupled, p);';
const DECAY = 'for (let i = slot.offset; i < end; i++) updates[i] += factor * params[i];';

/** Each changes numbers by one unit in the last place, in one operation that the other tests' runs do not have. */
const plants = [
  // a plain loop: one element of nu, from step 7 on
  [
    'src/optim/radam.ts',
    'nu[i] = v;',
    'nu[i] = v; if (step >= 7 && i === 5) new Int32Array(nu.buffer, nu.byteOffset)[i] += 1;',
  ],
  // the fused kernel: a parameter of each vector of four, where 1 / (1 - beta1^t) is below 3, which is from step 4 on
  [
    'src/kernels/assembly/optimizers.ts',
    FINISH,
    `${FINISH} if (scaleOfM < 3) store<i32>(out, load<i32>(out) + 1);`,
  ],
  // the norm of a clip, in float64
  ['src/optim/clip.ts', `const norm = ${NORM};`, `const norm = ${NUMBER_ABOVE(NORM)};`],
  // the weight decay in plain loops, in step 3
  [
    'src/optim/weightDecay.ts',
    DECAY,
    `${DECAY} if (context.step === 3) new Int32Array(updates.buffer, updates.byteOffset)[slot.offset + 2] += 1;`,
  ],
  // the gradient of gamma, in the batch norm of 64 channels
  [
    'src/kernels/assembly/batchNorm.ts',
    'store<f32>(dgamma + at, <f32>sumDyXhat);',
    'store<i32>(dgamma + at, reinterpret<i32>(<f32>sumDyXhat) + (C === 64 ? 1 : 0));',
  ],
] as const;

const task = {
  data: { kind: 'synthGlyphs', level: 'easy', train: 30, validation: 10, test: 10 },
  model: { kind: 'plainNet', depth: 2, filters: 3 },
  batchSize: 4,
  epochs: 2,
  seed: 3,
} satisfies Partial<RunSpecInput>;
const rate = { learningRate: 0.01 };
const specs = {
  sgd: { ...task, optimizer: { kind: 'sgd', ...rate } },
  radam: { ...task, optimizer: { kind: 'radam', ...rate } },
  adam: { ...task, optimizer: { kind: 'adam', ...rate }, probes: [] },
  probed: { ...task, optimizer: { kind: 'adam', ...rate }, probes: [{ kind: 'update' }] },
  clipped: {
    ...task,
    optimizer: { kind: 'momentum', ...rate },
    clip: { kind: 'globalNorm', maxNorm: 0.5 },
  },
  decayed: { ...task, optimizer: { kind: 'lion', ...rate, weightDecay: 0.1 } },
  batchNorm: {
    ...task,
    model: { kind: 'missionCnn', norm: { kind: 'batch' } },
    optimizer: { kind: 'momentum', ...rate },
  },
} satisfies Record<string, RunSpecInput>;

describe('thalweg bisect of two versions of the engine', () => {
  const files = Object.entries(specs).map(([name, spec]) => [`${name}.json`, JSON.stringify(spec)] as const);
  const folder = workFolder(Object.fromEntries(files));
  let planted = '';
  beforeAll(() => {
    planted = plantedCheckout(plants);
  });
  afterAll(() => {
    for (const each of [folder, planted]) rmSync(each, { recursive: true, force: true });
  });

  const bisected = async (name: keyof typeof specs) => {
    const { code, stdout, stderr } = await runCli(folder, [
      ...['bisect', `${name}.json`, '--engine-b', planted, '--json'],
    ]);
    expect(stderr).toBe('');
    return { code, ...JSON.parse(stdout) };
  };
  const oneUlp = { nan: 0, sign: 0, largestUlps: 1 };

  it('finds nothing where nothing that was changed takes part', async () => {
    expect(await bisected('sgd')).toMatchObject({
      ...{ code: 0, kind: 'identical', equalSteps: 16, step: null, first: null, notes: [] },
    });
  });

  it('finds one ulp of one element in a plain loop, at its step and output', async () => {
    const { code, first, ...found } = await bisected('radam');
    expect([code, found.kind, found.equalSteps, found.step]).toEqual([1, 'different', 6, 7]);
    expect(first).toMatchObject({
      ...{ part: 'optimizer', layer: '', operation: 'direction', value: 'nu', tensor: 'conv1.weight' },
      ...{ type: 'float32', shape: [3, 1, 3, 3], isArgument: false, alsoDiffer: [] },
    });
    expect(first.difference).toMatchObject({
      ...{ elements: 27, differing: 1, ...oneUlp, histogram: [{ from: 1, to: 1, count: 1 }] },
      first: [{ index: 5, ulps: 1 }],
    });
  });

  it('finds one ulp in the fused kernel of Adam', async () => {
    const { code, first, step } = await bisected('adam');
    expect([code, step]).toEqual([1, 4]);
    expect(first).toMatchObject({
      ...{ part: 'optimizer', layer: 'conv1.weight', operation: 'adamStep', value: 'params' },
      ...{ alsoDiffer: [], shape: [3, 1, 3, 3] },
    });
    // the first of each four of 27 elements
    expect(first.difference).toMatchObject({
      ...{ elements: 27, differing: 7, ...oneUlp, histogram: [{ from: 1, to: 1, count: 7 }] },
    });
    expect(first.difference.first.map(({ index }: { index: number }) => index)).toEqual([0, 4, 8, 12, 16]);
  });

  it('finds it where the kernel leaves the updates to a probe', async () => {
    const { code, first, step } = await bisected('probed');
    expect([code, step]).toEqual([1, 4]);
    expect(first).toMatchObject({ layer: 'conv1.weight', operation: 'adamStep', value: 'updates' });
    expect(first.difference).toMatchObject({ elements: 27, differing: 7, ...oneUlp });
  });

  it('finds one ulp in the norm of a clip, in float64', async () => {
    const { code, first, step } = await bisected('clipped');
    expect([code, step]).toEqual([1, 1]);
    expect(first).toMatchObject({ part: 'clip', operation: 'clip', value: 'normBefore', type: 'float64' });
    expect(first.difference).toMatchObject({ elements: 1, differing: 1, ...oneUlp });
  });

  it('finds one ulp in the weight decay of another method', async () => {
    const { code, first, step } = await bisected('decayed');
    expect([code, step]).toEqual([1, 3]);
    expect(first).toMatchObject({ part: 'optimizer', operation: 'decoupledDecay', value: 'updates' });
    expect(first.difference).toMatchObject({ differing: 1, ...oneUlp, first: [{ index: 2, ulps: 1 }] });
  });

  it('finds one ulp in the backward pass of one layer', async () => {
    const { code, first, step } = await bisected('batchNorm');
    expect([code, step]).toEqual([1, 1]);
    expect(first).toMatchObject({
      ...{ part: 'backward', layer: 'batchNorm2', operation: 'batchNormBackward', value: 'dgamma' },
      ...{ pass: 1, alsoDiffer: [], shape: [64] },
    });
    expect(first.difference).toMatchObject({ elements: 64, differing: 64, ...oneUlp });
  });

  it('prints it for people', async () => {
    const { code, stdout } = await runCli(folder, ['bisect', 'radam.json', '--engine-b', planted]);
    expect(code).toBe(1);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      ...[
        expect.stringMatching(/^A: run r[0-9a-f]{11} of radam.json$/),
        `B: the same on the engine in ${planted}`,
        'identical up to step 6',
      ],
    ]);
    expect(lines.slice(4, 10)).toEqual([
      ...['first different: step 7', '  part       optimizer', '  operation  direction'],
      ...['  output     nu (float32, 3x1x3x3)', '  tensor     conv1.weight'],
      '  1 of 27 elements differ, 1 ulp at most',
    ]);
    expect(lines[11]).toMatch(/^ {4}\[0,0,1,2\] {2}[\d.e-]+ +[\d.e-]+ +0x[\da-f]{8} {2}0x[\da-f]{8} {2}1$/);
    expect(lines.slice(12, 14)).toEqual(['    ulps  elements', '    1     1']);
  });

  it('refuses a folder with another program, or with one that cannot trace', async () => {
    const none = await runCli(folder, ['bisect', 'sgd.json', '--engine-b', folder]);
    expect([none.code, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain(`invalid engine folder: got ${folder}, expected a checkout`);
    const old = mkdtempSync(join(tmpdir(), 'thalweg-old-'));
    cpSync(join(ROOT, 'scripts'), join(old, 'scripts'), { recursive: true });
    const says = (words: string) =>
      writeFileSync(
        join(old, 'scripts/thalweg.js'),
        `console.error(${JSON.stringify(words)}); process.exitCode = 2;`,
      );
    says("error: unknown command 'trace'");
    const older = await runCli(folder, ['bisect', 'sgd.json', '--engine-b', old]);
    expect([older.code, older.stderr.includes('has no command trace')]).toEqual([2, true]);
    says('thalweg: the WASM kernels are not built');
    const broken = await runCli(folder, ['bisect', 'sgd.json', '--engine-b', old]);
    expect([broken.code, broken.stderr]).toEqual([
      2,
      `thalweg: invalid engine folder: the thalweg of ${old} could not trace the run: the WASM kernels are not built\n`,
    ]);
    says(
      'thalweg: this is a mistake in thalweg, please report it\nfile:///x/src/optim/radam.ts:7\nconst x = = 3;\n          ^\n\nSyntaxError [CODE]: Expression expected\n    at x.js:1',
    );
    const mistyped = await runCli(folder, ['bisect', 'sgd.json', '--engine-b', old]);
    expect([mistyped.code, mistyped.stderr]).toEqual([
      2,
      `thalweg: invalid engine folder: the thalweg of ${old} could not trace the run: SyntaxError [CODE]: Expression expected (/x/src/optim/radam.ts:7)\n`,
    ]);
    writeFileSync(
      join(old, 'scripts/thalweg.js'),
      "require('fs').writeFileSync(process.argv[process.argv.indexOf('--out') + 1], '{\"protocol\":99}\\n');",
    );
    const newer = await runCli(folder, ['bisect', 'sgd.json', '--engine-b', old]);
    expect([newer.code, newer.stderr.includes('it speaks protocol 99, this version speaks 1')]).toEqual([
      2,
      true,
    ]);
    rmSync(old, { recursive: true });
  });
});

describe('docs/bisect.md', () => {
  const guide = readFileSync(join(ROOT, 'docs/bisect.md'), 'utf8');
  const printed = (command: string) =>
    guide.split(`\n$ npx thalweg ${command}\n`)[1]?.split('\n```')[0] ?? `no example ${command}`;
  const runSpec = /```json\n([\s\S]*?)\n```/.exec(guide)?.[1] ?? '';
  const folder = workFolder({ 'run.json': runSpec });
  let next = '';
  afterAll(() => {
    for (const each of [folder, next]) rmSync(each, { recursive: true, force: true });
  });

  it('shows what the commands print', async () => {
    next = plantedCheckout([['src/optim/radam.ts', 'Math.sqrt(v) + eps', 'Math.sqrt(nu[i]) + eps']], false);
    symlinkSync(next, join(folder, 'next'));
    const { code, stdout } = await runCli(folder, ['bisect', 'run.json', '--engine-b', 'next']);
    expect([code, stdout.trimEnd().replace('in next', 'in ../thalweg-next')]).toEqual([
      ...[1, printed('bisect run.json --engine-b ../thalweg-next')],
    ]);
    const file = 'test/goldens/optimizers/adam.json';
    const args = ['bisect', file, '--case', 'adam/default/dense-A/float32'];
    expect((await runCli(ROOT, args)).stdout.trimEnd()).toBe(printed(args.join(' ')));
  });
});
