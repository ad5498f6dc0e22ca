import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { experimentFile, type Finished, runCli, workFolder } from './runCli.ts';

const one = (change: string) =>
  experimentFile(`yield { ...task, optimizer: sgd, epochs: 1, seed: 0, ${change} };`);
const user = (file: string) =>
  one(`optimizer: userOptimizer(new URL('./${file}', import.meta.url), { learningRate: 0.1 })`);

/** Changes to a spec that make it wrong, and the message for each; all of them are told at once. */
const SPEC_MISTAKES: readonly [change: string, message: RegExp][] = [
  ["optimizer: { kind: 'adm' }", /^\.optimizer.*: unknown optimizer: adm, known: .*; did you mean adam\?$/],
  [
    "optimizer: { kind: 'sgd', learningrate: 0.1, learningRate: 0.1 }",
    /^\.optimizer: unknown option: learningrate, known: .*; did you mean learningRate\?$/,
  ],
  ["optimizer: { kind: 'sgd' }", /^\.optimizer\.learningRate: expected .*, got (nothing|undefined)$/],
  [
    "optimizer: { kind: 'sgd', learningRate: -0.1 }",
    /^\.optimizer\.learningRate: expected a number of at least 0, got -0\.1$/,
  ],
  ["model: { kind: 'mlpp' }", /^\.model.*: unknown model: mlpp, .*did you mean mlp\?$/],
  ["data: { kind: 'mnst' }", /^\.data.*: unknown data set: mnst, .*did you mean mnist\?$/],
  ["batchSize: '32'", /^\.batchSize: expected .*, got ("32"|32)$/],
  ['seed: 5n', /^\.seed: expected a finite number, got 5n, a bigint$/],
  ['epochs: 1e12', /^\.epochs: expected a whole number from 0 to 1000000, got 1000000000000$/],
  ['epochs: undefined', /^\.epochs: expected .*, got (nothing|undefined)$/],
];

/** Experiment files with a mistake, and the message for it. `FILE` stands for the file's name. */
const MISTAKES: readonly [what: string, text: string, message: RegExp][] = [
  [
    'an empty grid',
    experimentFile(
      'for (const { seed } of cross({ seed: [] })) yield { ...task, optimizer: sgd, epochs: 1, seed };',
    ),
    /^invalid experiment FILE: invalid grid: the axis seed has no values, .*at least one, at FILE:\d+:\d+$/,
  ],
  [
    'no runs',
    experimentFile(''),
    /^invalid experiment FILE: runs\(\) gave no specs, so that there is nothing to run$/,
  ],
  [
    'a batch larger than the data',
    one('batchSize: 321'),
    /^invalid experiment FILE: 1 of 1 runs cannot be run\n {2}runs\[0\]\.batchSize: got 321, expected at most the 320 training images of synthGlyphs; .*$/,
  ],
  [
    'a name in rates that the model does not have',
    one('rates: { dens1: 2 }'),
    /^invalid experiment FILE: 1 of 1 runs cannot be run\n {2}runs\[0\]\.rates: unknown role, layer or tensor: dens1, known: dense1, .*; did you mean dense1\?$/,
  ],
  [
    'a file that throws',
    'const lr: number[] = [];\nconst first = lr[0].toFixed(2);\nexport default first;',
    /^invalid experiment FILE: TypeError: Cannot read properties of undefined \(reading 'toFixed'\), at FILE:2:21$/,
  ],
  [
    'a file that throws in runs()',
    experimentFile("throw new Error('no grid today');"),
    /^invalid experiment FILE: Error: no grid today, at FILE:6:7$/,
  ],
  [
    'a file that throws no error',
    "throw 'a string';",
    /^invalid experiment FILE: it threw "a string", expected an Error$/,
  ],
  [
    'a syntax error',
    'export default 1;\nconst x = = 2;',
    /^invalid experiment FILE: SyntaxError: .*, at FILE:2\n {2}const x = = 2;\n {2} +\^$/,
  ],
  [
    'an import of nothing',
    "import './gone.ts';",
    /^invalid experiment FILE: Error: Cannot find module .*gone\.ts' imported from .*FILE$/,
  ],
  [
    'no default export',
    'export const runs = 1;',
    /^invalid experiment FILE: got no default export, expected export default experiment\(\{ title, question, \*runs\(\) \{ yield spec \} \}\)$/,
  ],
  [
    'a wrong default export',
    "export default { title: 'A', runs: [] };",
    /^invalid experiment FILE: 2 mistakes in its default export\n {2}question: expected a string, got nothing\n {2}runs: expected a function that gives the specs, got an array of 0$/,
  ],
  [
    'an unknown key of the default export',
    "export default { title: 'A', question: 'B', tittle: 'C', runs: () => [] };",
    /^invalid experiment FILE: 1 mistake in its default export\n {2}unknown option: tittle, known: .*; did you mean title\?$/,
  ],
  [
    'a conclusion with a wrong metric that names a method that is not there',
    one('').replace(
      'title:',
      "conclusion: { metric: { split: 'validation', measure: 'los', at: 'best' }, reference: 'sdg', comparisons: 3 }, title:",
    ),
    /^invalid experiment FILE: 3 mistakes in its default export\n {2}conclusion\.metric\.measure: .*\n {2}conclusion\.comparisons: .*\n {2}conclusion\.reference: unknown method: sdg, known: sgd; did you mean sgd\?$/,
  ],
  [
    'an asynchronous generator',
    "export default { title: 'A', question: 'B', async *runs() { yield {}; } };",
    /^invalid experiment FILE: runs\(\) gave something that is not a list; expected an array or a \(synchronous\) generator of specs$/,
  ],
  [
    'an optimizer file that is not there',
    user('gone.ts'),
    /^invalid experiment FILE: unknown optimizer file: there is no file .*gone\.ts, at FILE:\d+:\d+$/,
  ],
  [
    'an optimizer file without a function',
    user('nothing.ts'),
    /^invalid optimizer file .*nothing\.ts: got no default export, expected a function \(options\) => Transform$/,
  ],
  [
    'an optimizer file that throws',
    user('broken.ts'),
    /^invalid optimizer file .*broken\.ts: Error: beta is missing, at broken\.ts:1:7$/,
  ],
];

let folder: string;
const fileOf = (index: number) => `mistake${index}.ts`;

beforeAll(() => {
  folder = workFolder({
    ...Object.fromEntries(MISTAKES.map(([, text], i) => [fileOf(i), text])),
    'specs.ts': experimentFile(
      SPEC_MISTAKES.map(
        ([change]) => `yield { ...task, optimizer: sgd, epochs: 1, seed: 0, ${change} };`,
      ).join('\n'),
    ),
    'good.ts': one(''),
    'exits.ts': 'process.exit(0);',
    'batches.ts': experimentFile(
      'for (const [seed, batchSize] of [32, 321, 321, 999].entries()) yield { ...task, optimizer: sgd, epochs: 1, seed, batchSize };',
    ),
    'nothing.ts': 'export const x = 1;',
    'broken.ts': "throw new Error('beta is missing');",
    'broken.json': '[{',
    'lines.jsonl': '{"epochs": 1}\n{"epochs": 1,}',
    'images.json': JSON.stringify(
      [0, 1].map((seed) => ({
        data: { kind: 'mnist' },
        model: { kind: 'mlp' },
        optimizer: { kind: 'sgd', learningRate: 1 },
        epochs: 1,
        seed,
      })),
    ),
    'empty.json': '[]',
    'module.json': JSON.stringify([
      {
        data: { kind: 'synthGlyphs' },
        model: { kind: 'mlp' },
        optimizer: { kind: 'module', name: 'mine', sha256: '0'.repeat(64), learningRate: 1 },
        epochs: 1,
        seed: 0,
      },
    ]),
    'text.sqlite': 'this is not a database\n'.repeat(10),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One message, exit code 2, nothing on standard output, no stack trace. Returns the message. */
function expectRefused({ code, stdout, stderr }: Finished): string {
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^thalweg: /);
  return stderr.replace(/^thalweg: /, '').trimEnd();
}

describe('an experiment with a mistake: one message, exit code 2, no stack trace', () => {
  it('tells the mistakes of all specs at once, each with its run and its path', async () => {
    const text = expectRefused(await runCli(folder, ['run', 'specs.ts', '--workers', '1']));
    const [heading, ...lines] = text.split('\n  ');
    const count = SPEC_MISTAKES.length;
    expect(heading).toBe(`invalid experiment specs.ts: ${count} of ${count} runs cannot be run`);
    expect(lines).toHaveLength(count);
    lines.forEach((line, i) => {
      expect(line.slice(0, 7)).toBe(`runs[${i}]`);
      expect(line.slice(7)).toMatch(SPEC_MISTAKES[i][1]);
    });
  });

  it.each(MISTAKES.map(([what, , message], i) => ({ what, message, file: fileOf(i) })))(
    '$what',
    async ({ file, message }) => {
      const text = expectRefused(await runCli(folder, ['run', file, '--workers', '1']));
      expect(text.replaceAll(file, 'FILE')).toMatch(message);
    },
  );
});

describe('a command with a mistake: one message, exit code 2', () => {
  it.each<[args: string[], message: RegExp]>([
    [['run', 'goood.ts'], /^unknown experiment: there is no file goood\.ts; the nearest is good\.ts$/],
    [['run', '.'], /^invalid experiment: \. is a folder, name a file in it; there are .*\.ts, /],
    [
      ['run', 'text.sqlite'],
      /^invalid experiment text\.sqlite: expected a TypeScript or JavaScript file, or a plan in JSON \(/,
    ],
    [
      ['plan', 'batches.ts'],
      /^invalid experiment batches\.ts: 3 of 4 runs cannot be run\n {2}runs\[1\]\.batchSize: got 321, .* \(and in 1 more run\)\n {2}runs\[3\]\.batchSize: got 999, .*$/,
    ],
    [
      ['run', 'exits.ts'],
      /^invalid experiment exits\.ts: Error: it called process\.exit\(0\), .*, at exits\.ts:1:9$/,
    ],
    [['run', 'lines.jsonl'], /^invalid plan lines\.jsonl: not JSON in line 2 \((?!.*line).*position 13.*\)$/],
    [
      ['run', 'images.json', '--data-dir', 'gone'],
      /^invalid experiment images\.json: 2 of 2 runs cannot be run\n {2}runs\[0\]\.data: invalid data folder: got gone, which is no folder, .* \(and in 1 more run\)$/,
    ],
    [['run', 'broken.json'], /^invalid plan broken\.json: not JSON \(.*\)$/],
    [
      ['run', 'empty.json'],
      /^invalid plan empty\.json: expected at least one spec, in an array or one a line$/,
    ],
    [
      ['plan', 'module.json'],
      /^unknown user optimizer: mine \(000000000000…\), its file was not given; a plan in JSON cannot carry it, run the experiment itself$/,
    ],
    [
      ['run', 'good.ts', '--store', 'text.sqlite'],
      /^invalid store: text\.sqlite is not a store of thalweg \(not an SQLite file\); name another file with --store$/,
    ],
    [
      ['run', 'good.ts', '--store', 'good.ts/store.sqlite'],
      /^cannot make the folder of the store: good\.ts \(.*\); name another file with --store$/,
    ],
    [
      ['run', 'good.ts', '--store', '/dev/null/x/store.sqlite'],
      /^cannot make the folder of the store: \/dev\/null\/x \(.*\); name another file with --store$/,
    ],
    // the system says that /proc, which is there, is not
    [
      ['run', 'good.ts', '--store', '/proc/thalweg/store.sqlite'],
      /^cannot make the folder of the store: \/proc\/thalweg \(.*\); name another file with --store$/,
    ],
    [
      ['run', 'good.ts', '--out', '/proc/thalweg/out'],
      /^cannot write results to \/proc\/thalweg\/out: .*; name another folder with --out$/,
    ],
    [
      ['report', 'good.ts', '--store', 'gone.sqlite'],
      /^unknown store: there is no file gone\.sqlite; run an experiment first, or name its store with --store$/,
    ],
    [
      ['report', 'good.ts', '--format', 'html,docx'],
      /^unknown report format: docx, known: html, csv, svg, png, pdf, md, tex$/,
    ],
    [['export', 'good.ts'], /^no export format: name one of csv, parquet, jsonl with --format$/],
    [
      ['export', 'good.ts', '--format', 'cvs'],
      /^unknown export format: cvs, known: csv, parquet, jsonl; did you mean csv\?$/,
    ],
    [
      ['run', 'good.ts', '--time-limit', '0s'],
      /^invalid --time-limit: got 0s, expected a duration such as 45s, 10m or 2h, above 0 and at most 596h$/,
    ],
    [
      ['run', 'good.ts', '--time-limit', '5s', '--workers', '0'],
      /^invalid --time-limit: got 5s with --workers 0, where nothing can end a run .*; leave it out, or take --workers 1$/,
    ],
    [['run', 'good.ts', '--only', 'sed=0'], /^unknown key in the selection: sed, the nearest are seed/],
    [
      ['run', 'good.ts', '--only', 'seed=7'],
      /^invalid selection: no run has seed=7; the experiment has seed: 0$/,
    ],
    [
      ['list', 'optimisers'],
      /^unknown family: optimisers, known: optimizers, .*; did you mean optimizers\?$/,
    ],
    [['data', 'get', 'minst'], /^unknown data set: minst, known: .*; did you mean mnist\?$/],
  ])('%j', async (args, message) => {
    expect(expectRefused(await runCli(folder, args))).toMatch(message);
    expect(readFileSync(join(folder, 'text.sqlite'), 'utf8')).toBe('this is not a database\n'.repeat(10));
  });

  it.each<[args: string[], message: string]>([
    [
      ['rn', 'good.ts'],
      "error: unknown command 'rn'\n(Did you mean run?)\n(thalweg --help lists the commands)",
    ],
    [
      ['run', 'good.ts', '--worker', '2'],
      "error: unknown option '--worker'\n(Did you mean --workers?)\n(thalweg run --help describes it)",
    ],
    [
      ['run', 'good.ts', '--workers', 'two'],
      "error: option '--workers <n>' argument 'two' is invalid. Expected a whole number of at least 0.\n(thalweg run --help describes it)",
    ],
    [['run'], "error: missing required argument 'experiment'\n(thalweg run --help describes it)"],
    [['data', 'get'], "error: missing required argument 'name'\n(thalweg data get --help describes it)"],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(folder, args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(`${message}\n`);
  });

  it('says who writes the store', async () => {
    const store = openStore(join(folder, 'busy.sqlite'), { write: true });
    const refused = await runCli(folder, ['run', 'good.ts', '--store', 'busy.sqlite']);
    store.close();
    expect(expectRefused(refused)).toBe(
      `the store is in use: process ${process.pid} is writing busy.sqlite; wait until it has finished, ` +
        `stop it with kill ${process.pid} (what it has finished is kept), or name another file with --store`,
    );
  });

  it('names a place where nothing can be written', async (context) => {
    if (process.platform !== 'linux') context.skip('needs /proc, where not even root can write');
    const { code, stderr } = await runCli(folder, ['run', 'good.ts', '--store', '/proc/thalweg.sqlite']);
    expect(stderr).toMatch(/^thalweg: cannot open the store: \/proc\/thalweg\.sqlite\.lock cannot be .*\n$/);
    expect(code).toBe(2);
  });

  it('looks at the folder of the results before the first run', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const args = ['run', 'good.ts', '--store', 'never.sqlite', '--out', 'taken'];
    expect(expectRefused(await runCli(folder, args))).toMatch(
      /^cannot write results to taken: .*; name another folder with --out$/,
    );
    expect(existsSync(join(folder, 'never.sqlite'))).toBe(false);
  });

  it('keeps the runs when the results cannot be written, and exits with 1', async () => {
    mkdirSync(join(folder, 'fine'));
    mkdirSync(join(folder, 'bad', 'runs.csv'), { recursive: true });
    const args = ['run', 'good.ts', '--workers', '1', '--store', 'fine/store.sqlite', '--out'];
    const refused = await runCli(folder, [...args, 'bad']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /thalweg: cannot write the results: .*; the runs are kept in the store: npx thalweg report good\.ts --store fine\/store\.sqlite --out FOLDER writes them\n$/,
    );
    expect((await runCli(folder, [...args, 'fine'])).stdout).toContain(
      '1 run: 0 ran now, 1 were stored before',
    );
  });
});

describe('help', () => {
  it('lists the commands and the exit codes', async () => {
    const { code, stdout } = await runCli(folder, ['--help']);
    expect(code).toBe(0);
    for (const name of ['run', 'plan', 'report', 'export', 'list', 'data'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).toContain('130 interrupted');
  });

  it('loads nothing but the parser', () => {
    const loaded = new Set<string>();
    const load = (file: URL): void => {
      const statements = readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]* from '(.*)';$/gm);
      for (const [, from] of statements) {
        const name = from.startsWith('.') ? new URL(from, file).pathname.split('/src/')[1] : from;
        if (name.startsWith('node:') || loaded.has(name)) continue;
        loaded.add(name);
        if (from.startsWith('.')) load(new URL(from, file));
      }
    };
    load(new URL('../../src/cli/main.ts', import.meta.url));
    const outside = [...loaded].filter((name) => !/^cli\/(\w+Commands|options|commandLine)\.ts$/.test(name));
    expect(outside.sort()).toEqual(['commander', 'core/check.ts']);
  });

  it('list prints a family, as JSON too', async () => {
    const { stdout } = await runCli(folder, ['list', 'optimizers']);
    expect(stdout).toMatch(
      /^adam +bias-corrected .*\n +options: .*beta1 0\.9.*\n +source: Kingma and Ba 2015/m,
    );
    const json = JSON.parse((await runCli(folder, ['data', 'list', '--json'])).stdout);
    expect(json.synthGlyphs.defaults.size).toBe(16);
  });
});
