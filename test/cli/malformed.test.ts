import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { loadExperiment } from '../../src/sweep/loadExperiment.ts';
import { nothingBefore, stagesOf } from '../../src/sweep/walk.ts';
import { type Malformed, spoiltSpecs } from './malformedSpecs.ts';
import { experimentFile, type Finished, runCli, workFolder } from './runCli.ts';

const head = `title: 'A', question: 'B'`;
const spec = `{ data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 }, model: { kind: 'mlp' }, optimizer: { kind: 'sgd', learningRate: 0.1 }, epochs: 1, seed: 0 }`;
const json = JSON.stringify(new Function(`return ${spec}`)());
const metric = `metric: { split: 'validation', measure: 'loss', at: 'final' }`;
const exported = (rest: string) => `const spec = ${spec};\nexport default { ${head}, ${rest} };`;
const concluding = (conclusion: string) => exported(`conclusion: ${conclusion}, runs: () => [spec]`);
const axes = (points: string) =>
  `import { cross, exclude, seeds, union, when, zip } from 'thalweg';\n${exported(`*runs() { for (const point of ${points}) yield { ...spec, ...point }; }`)}`;
const tuning = (conclusion: string) => `import { logUniform, tunedComparison } from 'thalweg';
${exported(`conclusion: ${conclusion}, protocol: tunedComparison({ track: 'tuned-1', ${metric}, target: 0.5, methods: { sgd: {
  space: { learningRate: logUniform(0.01, 1) }, default: { learningRate: 0.1 },
  spec: ({ learningRate }, seed) => ({ ...spec, optimizer: { kind: 'sgd', learningRate }, seed }),
} } })`)}`;
const protocol = (body: string) => exported(`*protocol() { ${body} }`);

/** Files that are wrong as a whole. */
const FILES: readonly [what: string, text: string, paths: readonly string[], ending?: string][] = [
  ['an empty axis', axes('cross({ seed: [] })'), ['the axis seed has no values', 'file0.ts:3:']],
  [
    'a margin of zero',
    concluding(`{ ${metric}, margin: 0 }`),
    ['conclusion.margin: got 0, expected a number above 0, the largest difference that does not matter'],
  ],
  ['an axis that is a number', axes('cross({ seed: 3 })'), ['the axis seed: got 3, expected an array']],
  [
    'an axis that is a list of points',
    axes('cross({ seed: seeds(2) })'),
    ['the axis seed: got a list of points'],
  ],
  ['an axis twice', axes('cross({ seed: [0, 1] }, seeds(2))'), ['the axis seed is given twice']],
  [
    'a zip of unequal lengths',
    axes('zip({ seed: [0, 1], epochs: [1] })'),
    ['invalid zip', 'seed has 2, epochs has 1'],
  ],
  ['no axes', axes('cross(undefined)'), ['invalid grid: got nothing, expected axes']],
  ['a generator as a list', axes('cross([{ seed: 0 }].values())'), ['list 1: got a generator']],
  ['a point that is a number', axes('union([{ seed: 0 }], [1])'), ['invalid union: list 2[0]: got 1']],
  [
    'a condition that is no function',
    axes('when(seeds(2), true, { epochs: [2] })'),
    ['invalid condition of when: got true'],
  ],
  [
    'an asynchronous condition',
    axes('exclude(seeds(2), async () => true)'),
    ['invalid condition of exclude: it gave a Promise'],
  ],
  ['seeds without a count', axes('seeds()'), ['invalid seeds: count: got nothing']],
  ['all points excluded', axes('exclude(seeds(2), () => true)'), ['runs() gave no specs']],
  [
    'an unknown axis',
    axes('cross({ sede: [0] })'),
    ['runs[0]: unknown option: sede, known: ', 'did you mean seed?'],
  ],
  [
    'runs that is a list',
    exported('runs: [spec]'),
    ['runs: expected a function that gives the specs, got an array of 1'],
  ],
  ['runs that gives a number', exported('runs: () => 3'), ['runs() gave something that is not a list']],
  ['runs that gives a text', exported("runs: () => 'spec'"), ['runs() gave something that is not a list']],
  ['runs that gives a spec', exported('runs: () => spec'), ['runs() gave something that is not a list']],
  [
    'asynchronous runs',
    exported('async *runs() { yield spec; }'),
    ['runs() gave something that is not a list', '(synchronous)'],
  ],
  [
    'runs that throws',
    exported("*runs() { yield spec; throw new RangeError('no seed'); }"),
    ['RangeError: no seed, at '],
  ],
  ['runs that gives nothing', exported('runs: () => []'), ['runs() gave no specs']],
  [
    'runs that yields a list of specs',
    exported('*runs() { yield [spec]; }'),
    ['runs[0]: expected ', 'got an array of 1'],
  ],
  [
    'runs that yields nothing',
    exported('*runs() { yield undefined; }'),
    ['runs[0]: expected ', 'got nothing'],
  ],
  [
    'runs that differs between calls',
    `let seed = 0;\n${exported('*runs() { yield { ...spec, seed: seed++ }; }')}`,
    ['gave other specs when it was called again', 'runs[0]'],
  ],
  [
    'a function in a spec',
    exported('*runs() { yield { ...spec, seed: () => 0 }; }'),
    ['runs[0].seed: expected a finite number'],
  ],
  ['no default export', 'export const runs = 1;', ['got no default export']],
  ['a number as default export', 'export default 7;', ['got 7 as default export']],
  ['a class as default export', 'export default class {}', ['as default export']],
  [
    'a misspelt title',
    `export default { titel: 'A', question: 'B', runs: () => [${spec}] };`,
    ['title: expected a string, got nothing', 'unknown option: titel', 'did you mean title?'],
  ],
  [
    'no question',
    `export default { title: 'A', runs: () => [${spec}] };`,
    ['question: expected a string, got nothing'],
  ],
  [
    'neither runs nor protocol',
    exported(''),
    ['runs: expected a function that gives the specs, got nothing'],
  ],
  [
    'runs and a protocol',
    exported('runs: () => [spec], *protocol() {}'),
    ['protocol: got a protocol beside runs'],
  ],
  [
    'a syntax error',
    `${exported('runs: () => [spec]')}\nconst x = = 1;`,
    ['SyntaxError: ', 'const x = = 1;'],
  ],
  [
    'an unknown import',
    `import { grossed } from 'thalweg';\n${exported('runs: () => [spec]')}`,
    ['SyntaxError: ', 'grossed'],
  ],
  [
    'a wrong split',
    concluding(`{ metric: { split: 'valid', measure: 'loss', at: 'final' } }`),
    ['conclusion.metric.split: expected one of "train", "validation", "test", got "valid"'],
  ],
  [
    'a metric without a measure',
    concluding(`{ metric: { split: 'test', at: 'final' } }`),
    ['conclusion.metric.measure: expected one of "loss", "error", got nothing'],
  ],
  [
    'a misspelt key of a metric',
    concluding(`{ metric: { split: 'test', measure: 'loss', at: 'best', ta: 1 } }`),
    ['conclusion.metric: unknown option: ta', 'did you mean at?'],
  ],
  [
    'a conclusion without a metric',
    concluding('{ target: 0.5 }'),
    ['conclusion.metric: expected object, got nothing'],
  ],
  [
    'a target that is no number',
    concluding(`{ ${metric}, target: NaN }`),
    ['conclusion.target: expected a finite number, got NaN'],
  ],
  [
    'a reference that is no name',
    concluding(`{ ${metric}, reference: 3 }`),
    ['conclusion.reference: expected a string, got 3'],
  ],
  [
    'an unknown reference',
    concluding(`{ ${metric}, reference: 'sgdd' }`),
    ['conclusion.reference: unknown method: sgdd, known: sgd; did you mean sgd?'],
  ],
  [
    'comparisons of one method',
    concluding(`{ ${metric}, comparisons: [['sgd']] }`),
    ['conclusion.comparisons[0]'],
  ],
  [
    'comparisons of an unknown method',
    concluding(`{ ${metric}, comparisons: [['sgd', 'adam']] }`),
    ['conclusion.comparisons[0][1]: unknown method: adam, known: sgd'],
  ],
  [
    'a conclusion that contradicts its protocol',
    tuning(`{ metric: { split: 'train', measure: 'error', at: 'final' }, target: 0.4 }`),
    [
      'conclusion.metric.split: got "train", expected "validation", the metric of the protocol',
      'conclusion.metric.measure: got "error", expected "loss"',
      'conclusion.target: got 0.4, expected 0.5, the target of the protocol',
    ],
  ],
  [
    'a declaration that cannot be kept',
    exported('protocol: Object.assign(function* () {}, { declares: { spec: () => spec } })'),
    ['protocol.declares: invalid value at $.spec: got a function, expected plain JSON data'],
  ],
  [
    'a conclusion and a run',
    exported(`conclusion: { metric: 'loss' }, runs: () => [spec, { ...spec, epochs: -1 }]`),
    ['conclusion.metric: expected object, got "loss"', 'runs[1].epochs: expected '],
  ],
  [
    'a protocol that yields a number',
    protocol('yield 3;'),
    ['protocol: stages[0]: got 3, expected a stage { name, runs }'],
  ],
  [
    'a stage without a name',
    protocol('yield { runs: () => [spec] };'),
    ['protocol: stages[0].name: got nothing'],
  ],
  [
    'a stage without runs',
    protocol(`yield { name: 'first', runs: [spec] };`),
    ['protocol: stages[0].runs: got an array of 1'],
  ],
  [
    'a stage with a wrong run',
    protocol(`yield { name: 'first', runs: () => [spec, { ...spec, seed: 'x' }] };`),
    ['runs[1].seed: expected a finite number, got "x"'],
  ],
  [
    'a stage without specs',
    protocol(`yield { name: 'first', runs: () => [] };`),
    ['its stage first has no specs'],
  ],
  ['a protocol without stages', protocol('return 1;'), ['protocol: it yields no stage']],
  ['a protocol that asks too early', exported(`*protocol() { this.x.y; }`), ['TypeError: ', 'at ']],
  [
    'a protocol that is no generator',
    exported('protocol: () => [1]'),
    ['protocol: it gave an array of 1, expected a generator'],
  ],
  ['an asynchronous protocol', exported('async *protocol() { yield 1; }'), ['protocol: it is asynchronous']],
  [
    'a protocol that is a list',
    exported('protocol: [spec]'),
    ['protocol: expected a function that yields stages, got an array of 1'],
  ],
  [
    'a protocol that decides a function',
    protocol('return { best: () => 1 };'),
    ['protocol: what it returned cannot be kept: invalid value at $.best'],
  ],
  ['a truncated plan', `[${json}, ${json.slice(0, 50)}`, ['invalid plan', 'not JSON'], 'json'],
  ['a truncated line of a plan', `${json}\n${json.slice(0, 50)}\n`, ['not JSON in line 2'], 'jsonl'],
  [
    'a plan of numbers',
    '[1, 2]',
    ['runs[0]: expected object, got 1', 'runs[1]: expected object, got 2'],
    'json',
  ],
  ['an empty plan', '', ['expected at least one spec'], 'jsonl'],
  [
    'a plan in an object',
    `{ "runs": [${json}] }`,
    ['runs[0]: unknown option: runs', 'runs[0].data: expected '],
    'json',
  ],
  ['a plan with a text as a spec', JSON.stringify([json]), ['runs[0]: expected object, got "'], 'json'],
];

const CASES: readonly Malformed[] = [
  ...FILES.map(([what, text, paths, ending = 'ts'], i) => ({
    what,
    file: `file${i}.${ending}`,
    text,
    paths,
  })),
  ...spoiltSpecs(24),
];

let folder: string;
const finished = new Map<Malformed, Finished>();

beforeAll(async () => {
  const files = Object.fromEntries(
    [...CASES, ...spoiltSpecs(400)].map(({ file, text }) => [file, text] as const),
  );
  folder = workFolder({
    ...files,
    'valid.ts': experimentFile('yield { ...task, optimizer: sgd, epochs: 1, seed: 0 };'),
  });
  const waiting = CASES.entries();
  const lane = async () => {
    for (const [i, each] of waiting) {
      const command = i % 2 === 0 ? ['plan', each.file] : ['run', each.file, '--workers', '1'];
      finished.set(each, await runCli(folder, [...command, '--store', `${each.file}.sqlite`]));
    }
  };
  await Promise.all([lane(), lane()]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function storedIn(path: string): number {
  if (!existsSync(path)) return 0;
  const store = openStore(path, { write: false });
  const count = [...store.rows()].length;
  store.close();
  return count;
}

describe('a malformed file', () => {
  it.each(CASES.map((each) => ({ ...each, each })))('$what', ({ each, file, paths }) => {
    const { code, stdout, stderr } = finished.get(each)!;
    expect(stderr).toMatch(/^thalweg: /);
    for (const path of paths) expect(stderr).toContain(path);
    expect(stderr).not.toMatch(/^ +at |node:internal|this is a mistake in thalweg/m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(storedIn(join(folder, `${file}.sqlite`))).toBe(0);
  });

  it('is nothing that all files are', async () => {
    const { code, stdout } = await runCli(folder, ['plan', 'valid.ts', '--no-calibrate']);
    expect(stdout).toMatch(/^valid: 1 run\n/);
    expect(code).toBe(0);
  });
});

it('400 spoilt specs: the message names the place that was spoilt', async () => {
  for (const { what, file, paths } of spoiltSpecs(400)) {
    let message = 'accepted';
    try {
      stagesOf(await loadExperiment(join(folder, file))).next(nothingBefore);
    } catch (error) {
      expect((error as Error).name, what).toBe('InvalidInput');
      message = (error as Error).message;
    }
    for (const path of paths) expect(message, what).toContain(path);
  }
});
