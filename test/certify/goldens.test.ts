import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ulpsBetween } from '../../src/certify/goldenCompare.ts';
import { declares, readGoldens } from '../../src/certify/goldenFile.ts';
import { groupsOf } from '../../src/certify/goldenGroups.ts';
import { describeGoldens, goldenReport, isAsRecorded } from '../../src/certify/goldenReport.ts';
import { type GoldenRun, goldenOf, sampledSteps } from '../../src/certify/goldenRun.ts';
import { catalogueRuns, LEFT_OUT } from '../../src/certify/goldenSet.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { catalog } from '../../src/run/catalog.ts';
import { dataKey, loadData } from '../../src/run/execute.ts';
import { NUMERICS } from '../../src/run/numerics.ts';
import { parseSpec, specShape } from '../../src/run/spec.ts';
import { runCli } from '../cli/runCli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILE = join(ROOT, 'test/goldens/trajectories/catalogue.jsonl');
const set = catalogueRuns();

describe('the golden set', () => {
  it('has every row and every dialect of the catalogue on both engines', () => {
    const names = new Set(set.map(({ name }) => name));
    expect(names.size).toBe(set.length);
    for (const [family, rows] of Object.entries(catalog)) {
      for (const [kind, { dialects }] of Object.entries(rows)) {
        if (LEFT_OUT.includes(`${family} ${kind}`)) continue;
        for (const each of [kind, ...Object.keys(dialects).map((dialect) => `${kind}@${dialect}`)])
          for (const engine of ['wasm', 'reference']) expect(names).toContain(`${family} ${each}, ${engine}`);
      }
    }
    for (const kind of Object.keys(catalog.models)) expect(names).toContain(`models ${kind}, direct`);
  });

  it('uses every key of a spec', () => {
    const used = new Set(set.flatMap(({ spec }) => Object.keys(spec)));
    // a new key needs a line in src/certify/goldenKeys.ts
    expect(Object.keys(specShape).filter((key) => !used.has(key))).toEqual([]);
  });
});

it('moves no bit of the whole catalogue', async () => {
  const datasets: Record<string, Dataset> = {};
  const tried: GoldenRun[] = [];
  for (const run of set) {
    const { data } = parseSpec(run.spec);
    datasets[dataKey(data)] ??= await loadData(data, {});
    tried.push(await goldenOf(run, { datasets, modules: {} }));
  }
  const report = goldenReport(readGoldens(FILE), set, tried, NUMERICS);
  expect(isAsRecorded(report), describeGoldens(report, FILE, false).join('\n')).toBe(true);
}, 600_000);

describe('what has moved', () => {
  const movedBy = (test: RegExp) =>
    groupsOf(set, new Set(set.map(({ name }) => name).filter((name) => test.test(name)))).map(
      ({ words }) => words,
    );

  it('is said in the words of what it shares', () => {
    expect(movedBy(/^clips layerNorm/)).toEqual(['all 8 runs with clip layerNorm']);
    expect(movedBy(/./)).toEqual([`all ${set.length} runs`]);
    expect(movedBy(/^optimizers lion.*wasm/)).toEqual([
      expect.stringMatching(/^all \d+ runs with optimizer lion and engine wasm$/),
    ]);
    expect(movedBy(/^(clips value|norms rms|inits dirac), wasm$/)).toEqual([
      'clips value, wasm; norms rms, wasm; inits dirac, wasm',
    ]);
    expect(movedBy(/^nothing/)).toEqual([]);
  });

  it('is measured in units in the last place', () => {
    expect(ulpsBetween('3f800000', '3f800001')).toBe(1);
    expect(ulpsBetween('3f800000', '3f7fffff')).toBe(1);
    expect(ulpsBetween('80000000', '00000000')).toBe(0);
    expect(ulpsBetween('80000001', '00000002')).toBe(3);
    expect(ulpsBetween('3ff0000000000000', '3ff0000000000010')).toBe(16);
    expect(ulpsBetween('3f800000', '')).toBe(Number.POSITIVE_INFINITY);
    expect([1, 12, 16, 17].map(sampledSteps)).toEqual([[1], [1, 4, 12], [1, 4, 16], [1, 4, 16, 17]]);
  });

  it('is declared by a line under Numerics', () => {
    const text =
      '# 0.2\n\n- numerics 3 elsewhere\n\n### Numerics\n\n- Numerics 2: adam moved.\n\n### Other\n\nnumerics 4\n';
    expect([1, 2, 3, 4].map((version) => declares(text, version))).toEqual([false, true, false, false]);
  });
});

/** A copy of the sources in which a line can be changed, and goldens of a few runs that were recorded before. */
describe('a planted change', () => {
  let folder: string;
  const CHOSEN = [
    /^optimizers (lion|adam|sgd), /,
    /^clips (layerNorm|globalNorm), /,
    /^probes gradientNorm, /,
  ];
  const check = () => runCopy('check');
  const runCopy = (command: string) =>
    runCli(
      folder,
      ['golden', command, 'kept', '--experiment', 'few.jsonl'],
      '',
      join(folder, 'scripts/thalweg.js'),
    );
  const change = (file: string, from: string, to: string) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    expect(source.split(from)).toHaveLength(2);
    writeFileSync(join(folder, file), source.replace(from, to));
    return () => writeFileSync(join(folder, file), source);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thalweg-plant-'));
    for (const part of ['src', 'scripts', 'package.json', 'CHANGELOG.md'])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const specs = set
      .filter(({ name }) => CHOSEN.some((chosen) => chosen.test(name)))
      .map(({ spec }) => spec);
    writeFileSync(join(folder, 'few.jsonl'), specs.map((spec) => JSON.stringify(spec)).join('\n'));
    const { stdout, code } = await runCopy('record');
    expect([stdout, code]).toEqual([`kept/few.jsonl: 12 runs recorded, numerics ${NUMERICS}\n`, 0]);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('of nothing moves nothing', async () => {
    const { stdout, code } = await check();
    expect(stdout).toBe(`kept/few.jsonl: 12 runs, numerics ${NUMERICS}: every bit as recorded\n`);
    expect(code).toBe(0);
  }, 300_000);

  it.each([
    [
      'of an optimizer by an ulp',
      [
        'src/optim/lion.ts',
        'Math.sign(beta1 * m + (1 - beta1) * g)',
        '(1 + 2 ** -23) * Math.sign(beta1 * m + (1 - beta1) * g)',
      ],
      /^MOVED: 2 of 12 runs\n {2}all 2 runs with optimizer lion\n {4}the states differ from step 1 on\n {4}kept parameters in float32 by \d+ ulp after step 1, by \d+ ulp at the end\n/,
    ],
    [
      'of what a clip divides by',
      [
        'src/optim/clip.ts',
        '(norm) => clipCoefficient(limit, norm, eps)',
        '(norm) => clipCoefficient(limit, norm, 2 * eps)',
      ],
      /^MOVED: 2 of 12 runs\n {2}all 2 runs with clip layerNorm\n {4}the states differ from step 1 on\n/,
    ],
    [
      'of an optimizer from its third step on, on one engine',
      [
        'src/optim/adam.ts',
        'updates[i] = (m * ofM) / (Math.sqrt(v * ofV) + eps);',
        'updates[i] = (m * ofM) / (Math.sqrt(v * ofV) + eps) + (step > 2 ? 1e-9 : 0);',
      ],
      /^MOVED: 1 of 12 runs\n {2}3 adam, seed 1\n {4}the states differ from step 3 on\n {4}kept parameters in float64/,
    ],
    [
      'of what a probe measures',
      [
        'src/train/probes/gradientNorm.ts',
        'record(channel, Math.sqrt(squares))',
        'record(channel, 2 * Math.sqrt(squares))',
      ],
      /^MOVED: 2 of 12 runs\n {2}all 2 runs with activation relu, probe gradientNorm\n {4}the states are the same; measured otherwise: gradNorm\/\S+,/,
    ],
  ])(
    '%s is found',
    async (_what, [file, from, to], message) => {
      const mend = change(file, from, to);
      const { stdout, code } = await check();
      const recorded = await runCopy('record');
      mend();
      expect(stdout).toMatch(message);
      expect(stdout).toMatch(/\nbug, or undeclared: numerics 1 gave other bits when these were recorded\. /);
      expect(code).toBe(1);
      expect(recorded.stderr).toMatch(
        /\nnothing recorded: bits have moved that no new version of the numerics declares\n$/,
      );
      expect([recorded.code, recorded.stdout]).toEqual([1, '']);
    },
    300_000,
  );

  it('that is declared is said to be', async () => {
    const mends = [
      change('src/optim/lion.ts', 'Math.sign(beta1 * m', '2 * Math.sign(beta1 * m'),
      change('src/run/numerics.ts', `NUMERICS = ${NUMERICS};`, `NUMERICS = ${NUMERICS + 1};`),
    ];
    const { stdout, code } = await check();
    expect(stdout).toContain(
      `a declared change: numerics ${NUMERICS} when these were recorded, ${NUMERICS + 1} now, and CHANGELOG.md does not: say under "Numerics"`,
    );
    change('CHANGELOG.md', '### Numerics\n', `### Numerics\n\n- Numerics ${NUMERICS + 1}: lion.\n`);
    expect((await check()).stdout).toContain(
      `${NUMERICS + 1} now, and CHANGELOG.md names it; then: thalweg golden record`,
    );
    expect((await runCopy('record')).code).toBe(0);
    expect((await check()).code).toBe(0);
    for (const mend of mends) mend();
    expect(code).toBe(1);
  }, 300_000);
});
