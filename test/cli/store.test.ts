import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeListCommand } from '../../src/cli/storeListCommand.ts';
import { engineDigest } from '../../src/run/engineDigest.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { encodeRecord } from '../../src/store/encodeRecord.ts';
import { openStore } from '../../src/store/store.ts';
import { fakeRecord } from '../sweep/fakeRuns.ts';
import { experimentFile, type Finished, runCli, workFolder } from './runCli.ts';

let folder: string;
const OTHER = 'abcdef0123456789'.repeat(4);
const failed = (seed: number): RunRecord => ({
  ...fakeRecord(seed),
  outcome: { kind: 'failed', message: 'RangeError: beta is missing' },
});

beforeAll(async () => {
  folder = workFolder({
    'two.ts': experimentFile(
      `for (const seed of [0, 1]) yield { ...task, optimizer: sgd, epochs: 1, seed };`,
    ),
  });
  fill('fake.sqlite', ...[0, 1, 2, 4].map((seed) => fakeRecord(seed)), failed(3), fakeRecord(0, OTHER));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fill(name: string, ...records: RunRecord[]): void {
  const store = openStore(join(folder, name), { write: true });
  for (const record of records) store.put(encodeRecord(record));
  store.close();
}

function seedsIn(name: string): (number | null)[] {
  const store = openStore(join(folder, name), { write: false });
  const seeds = [...store.rows()].map(({ seed }) => seed);
  store.close();
  return seeds.toSorted();
}

const store = (...args: string[]) => runCli(folder, ['store', ...args]);
const jsonLines = ({ stdout }: Finished) =>
  stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));

/** One line of message, no stack trace, nothing on standard output. */
function expectRefused({ code, stdout, stderr }: Finished, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
  expect(code).toBe(2);
}

describe('thalweg store list', () => {
  it('shows the latest runs and how many there are of each engine', async () => {
    const { code, stdout } = await store('list', '--store', 'fake.sqlite', '--limit', '2');
    expect(code).toBe(0);
    const id = fakeRecord(3).id.slice(0, 12);
    const here = engineDigest();
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^run +engine +outcome +optimizer +rate +model +data +seed +steps +error +seconds +started/,
      ),
      expect.stringMatching(
        new RegExp(
          `^${fakeRecord(0).id.slice(0, 12)} +abcdef0… +completed +sgd +0\\.1 +mlp +synthGlyphs +0 +3 +10\\.0% +1\\.50 +2026-01-01 00:00$`,
        ),
      ),
      expect.stringMatching(new RegExp(`^${id} +${here.slice(0, 7)}… +failed `)),
      '  RangeError: beta is missing',
      '',
      '6 records in fake.sqlite; the latest 2 are shown, --limit N shows more',
      expect.stringMatching(
        /^ {2}engine abcdef012345: 1 completed, \d\.\d kB, last started 2026-01-01 00:00$/,
      ),
      expect.stringMatching(
        new RegExp(`^ {2}engine ${here.slice(0, 12)} \\(this one\\): 1 failed, 1 diverged, 3 completed, `),
      ),
      '',
    ]);
  });

  it.each([
    [
      ['--outcome', 'failed,diverged'],
      [3, 4],
    ],
    [
      ['--only', 'seed=1,seed=2'],
      [1, 2],
    ],
    [['--only', 'optimizer=sgd,outcome=diverged'], [4]],
    [['--only', 'optimizer=sgd', '--only', 'outcome=diverged'], [4]],
    [
      ['--outcome', 'failed', '--outcome', 'diverged'],
      [3, 4],
    ],
    [['--engine', 'other'], [0]],
    [['--engine', 'abcdef'], [0]],
    [['--only', `id=${fakeRecord(2).id.slice(0, 9)},learningRate=1e-1`], [2]],
    [
      ['--limit', '3'],
      [0, 3, 4],
    ],
  ])('selects %j, as JSON', async (selection, seeds) => {
    const rows = jsonLines(await store('list', '--json', '--store', 'fake.sqlite', ...selection));
    expect(rows.map(({ seed }) => seed).toSorted()).toEqual(seeds);
    expect(rows[0]).toMatchObject({
      optimizer: 'sgd',
      model: 'mlp',
      data: 'synthGlyphs',
      steps: 3,
      seconds: 1.5,
    });
  });

  it('lists many runs in the memory of a few', () => {
    const RUNS = 5000;
    const many = openStore(join(folder, 'many.sqlite'), { write: true });
    const encoded = encodeRecord(fakeRecord(0));
    const idOf = (seed: number) => `r${seed.toString(16).padStart(64, '0')}`;
    many.putAll(Array.from({ length: RUNS }, (_, seed) => ({ ...encoded, id: idOf(seed), seed })));
    many.close();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const used = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const lines: string[] = [];
    let [before, at] = [0, 0];
    const { log } = console; // a spy would keep every line
    console.log = (line: string) => {
      at++;
      if (at === RUNS) lines.push(line, String(used() - before));
    };
    before = used();
    try {
      storeListCommand({ store: join(folder, 'many.sqlite'), limit: RUNS });
    } finally {
      console.log = log;
    }
    expect(at).toBe(1 + RUNS + 3);
    expect(lines[0]).toContain(`${idOf(1).slice(0, 12)}  `);
    expect(Number(lines[1])).toBeLessThan(500_000);
  });
});

describe('thalweg store show', () => {
  it('shows a run by the beginning of its id, with the command that gives the same bits', async () => {
    const args = ['run', 'two.ts', '--workers', '0', '--store', 'real.sqlite', '--out', 'out'];
    expect((await runCli(folder, args)).code).toBe(0);
    const [row] = jsonLines(await store('list', '--json', '--only', 'seed=1', '--store', 'real.sqlite'));
    const { stdout } = await store('show', row.id.slice(0, 9), '--store', 'real.sqlite');
    expect(stdout).toContain(`run ${row.id}\n  outcome: completed\n  engine: ${engineDigest()} (this one)\n`);
    expect(stdout).toContain('  optimizer: {"kind":"sgd","learningRate":0.1}');
    expect(stdout).toMatch(
      /\n {2}evaluations\.validation\.error: 2 values, from 0\.\d+ to 0\.\d+, smallest /,
    );
    const command = stdout.trimEnd().split('\n').at(-1)?.trim() ?? '';
    expect(command).toMatch(
      /^npx thalweg store show r[0-9a-f]{64} --spec --store real\.sqlite > (r[0-9a-f]{11})\.jsonl && /,
    );
    const [show, run] = command.split(' && ');
    const [, , ...shown] = show.split(' > ')[0].split(' ');
    const file = show.split(' > ')[1];
    writeFileSync(join(folder, file), (await runCli(folder, shown)).stdout);
    expect((await runCli(folder, run.split(' ').slice(2))).code).toBe(0);
    const [again] = jsonLines(await store('list', '--json', '--store', `${row.id.slice(0, 12)}.sqlite`));
    expect([again.id, again.content]).toEqual([row.id, row.content]);
  });

  it('prefers the record of this engine, and tells of others', async () => {
    const { id } = fakeRecord(0);
    const { stdout } = await store('show', id, '--store', 'fake.sqlite');
    expect(stdout).toContain(`engine: ${engineDigest()} (this one)\n  also of: ${OTHER} (completed)\n`);
    const [json] = jsonLines(await store('show', id, '--json', '--store', 'fake.sqlite'));
    expect(json).toMatchObject({ id, digest: 'd0', reproduce: expect.stringContaining('thalweg run') });
    expect(json.series['evaluations.test.loss']).toEqual({
      count: 7,
      first: { $number: 'NaN' },
      last: 0.1,
      smallest: { $number: '-Infinity' },
      largest: { $number: 'Infinity' },
    });
  });

  it('refuses an id that is not there or not enough of one', async () => {
    expectRefused(
      await store('show', 'rx', '--store', 'fake.sqlite'),
      /^thalweg: unknown run: .* begins with rx; /,
    );
    expectRefused(
      await store('show', 'r', '--store', 'fake.sqlite'),
      /^thalweg: ambiguous run: 5 runs in fake\.sqlite/,
    );
  });
});

/** Its second stage is one run as well. */
const STAGES = `const spec = (seed) => ({ data: { kind: 'synthGlyphs' }, model: { kind: 'mlp' }, optimizer: { kind: 'sgd', learningRate: 0.1 }, epochs: 1, seed });
export default { title: 'T', question: 'Q', *protocol() {
  const results = yield { name: 'first', runs: () => [spec(0)] };
  yield { name: 'later', runs: () => [spec(results(spec(0)).steps - 2)] };
  return null;
} };`;

describe('thalweg store prune', () => {
  const prune = (...args: string[]) => store('prune', '--store', 'pruned.sqlite', ...args);
  const all = [0, 0, 1, 2, 3, 4];

  it.each([
    ['other engines', ['--engine', 'other'], [0, 1, 2, 3, 4]],
    ['failed and diverged runs', ['--outcome', 'failed,diverged'], [0, 0, 1, 2]],
    ['what both name', ['--outcome', 'completed', '--engine', OTHER.slice(0, 6)], [0, 1, 2, 3, 4]],
    ['nothing unless it is told what', [], all],
    ['what no experiment plans', ['--not-in', 'two.ts', 'plan.jsonl'], [1, 2]],
  ])('removes %s, once it is told to', async (_, criteria, left) => {
    writeFileSync(
      join(folder, 'plan.jsonl'),
      [1, 2].map((seed) => JSON.stringify(fakeRecord(seed).spec)).join('\n'),
    );
    copyFileSync(join(folder, 'fake.sqlite'), join(folder, 'pruned.sqlite'));
    const counted = await prune(...criteria);
    expect(counted.code).toBe(0);
    const removed = all.length - left.length;
    expect(counted.stdout).toContain(
      `would remove ${removed} record${removed === 1 ? '' : 's'} and 0 checkpoints`,
    );
    expect(seedsIn('pruned.sqlite')).toEqual(all);
    const { stdout } = await prune(...criteria, '--yes');
    expect(stdout).toMatch(
      /^(engine .*\n)*removed \d records? and .*; pruned\.sqlite had \d+\.\d kB, now \d+\.\d kB\n$/,
    );
    expect(seedsIn('pruned.sqlite')).toEqual(left);
    expect((await store('check', '--store', 'pruned.sqlite')).code).toBe(0);
  });

  it('refuses an experiment of which later stages are not known, and keeps them once they are', async () => {
    writeFileSync(join(folder, 'stages.ts'), STAGES);
    for (const name of ['open.sqlite', 'old.sqlite', 'ended.sqlite'])
      rmSync(join(folder, name), { force: true });
    fill('open.sqlite', fakeRecord(1));
    expectRefused(
      await store('prune', '--store', 'open.sqlite', '--not-in', 'two.ts', 'stages.ts', '--yes'),
      /^thalweg: cannot tell what stages\.ts plans: its stages after first are not known yet; run it to its end first, or .*--accept-engine/,
    );
    expect(seedsIn('open.sqlite')).toEqual([1]);
    fill('ended.sqlite', fakeRecord(0), fakeRecord(1), fakeRecord(2));
    await store('prune', '--store', 'ended.sqlite', '--not-in', 'stages.ts', '--yes');
    expect(seedsIn('ended.sqlite')).toEqual([0, 1]);
    fill('old.sqlite', fakeRecord(0, OTHER), fakeRecord(1, OTHER), fakeRecord(2, OTHER));
    const args = ['prune', '--store', 'old.sqlite', '--not-in', 'stages.ts', '--yes'];
    expect((await store(...args)).code).toBe(2);
    expect((await store(...args, '--accept-engine', 'abcdef')).code).toBe(0);
    expect(seedsIn('old.sqlite')).toEqual([0, 1]);
  });

  it('removes checkpoints of other engines, those of this one only if it is told to, and gives their room back', async () => {
    copyFileSync(join(folder, 'fake.sqlite'), join(folder, 'pruned.sqlite'));
    const opened = openStore(join(folder, 'pruned.sqlite'), { write: true });
    for (const engine of [OTHER, engineDigest()])
      opened.putCheckpoint({ trajectory: 't', engine, step: 1, bytes: new Uint8Array(500_000) });
    opened.close();
    const first = await prune('--yes');
    expect(first.stdout).toMatch(
      /^removed 0 records and 1 checkpoint \(500\.0 kB\); pruned\.sqlite had 1\.0 MB, now 5\d\d\.\d kB\n$/,
    );
    const second = await prune('--yes', '--checkpoints');
    expect(second.stdout).toMatch(
      /^removed 0 records and 1 checkpoint \(500\.0 kB\); .*, now [2-9]\d\.\d kB\n$/,
    );
    expect(seedsIn('pruned.sqlite')).toEqual(all);
  });
});

describe('thalweg store merge', () => {
  it('makes one store of several, again and again', async () => {
    fill('desk.sqlite', fakeRecord(0), failed(1));
    fill('laptop.sqlite', fakeRecord(1), fakeRecord(2));
    for (const counts of [
      ['2 new, 0 already there', '1 new, 0 already there, 1 in the place of failed or lost ones'],
      ['0 new, 2 already there', '0 new, 2 already there'],
    ]) {
      const { code, stdout } = await store('merge', 'desk.sqlite', 'laptop.sqlite', '--store', 'all.sqlite');
      expect(code).toBe(0);
      expect(stdout).toBe(`desk.sqlite: ${counts[0]}\nlaptop.sqlite: ${counts[1]}\n`);
      expect(seedsIn('all.sqlite')).toEqual([0, 1, 2]);
    }
  });

  it('exits with 1 where two stores do not agree, and names both results', async () => {
    fill('here.sqlite', fakeRecord(0));
    const other = { ...fakeRecord(0), digest: 'another' };
    fill('there.sqlite', other, fakeRecord(1));
    const { code, stdout, stderr } = await store('merge', 'there.sqlite', '--store', 'here.sqlite');
    expect(code).toBe(1);
    expect(stdout).toBe('there.sqlite: 1 new, 0 already there, 1 conflict\n');
    for (const { content } of [encodeRecord(fakeRecord(0)), encodeRecord(other)])
      expect(stderr).toContain(content);
    expect(stderr).toMatch(
      new RegExp(`^conflict: run ${other.id} of the engine ${other.engine} has two results: `),
    );
    expect(seedsIn('here.sqlite')).toEqual([0, 1]);
  });

  it('refuses a store that is not there before it makes one, and a store with itself', async () => {
    const missing = await store('merge', 'fake.sqlite', 'nowhere.sqlite', '--store', 'made.sqlite');
    expectRefused(missing, /^thalweg: unknown store: there is no file nowhere\.sqlite/);
    expect(existsSync(join(folder, 'made.sqlite'))).toBe(false);
    expectRefused(
      await store('merge', 'fake.sqlite', '--store', 'fake.sqlite'),
      /cannot merge fake\.sqlite into itself/,
    );
  });
});

describe('thalweg store check', () => {
  const check = () => store('check', '--store', 'checked.sqlite');

  it('finds nothing wrong with a sound store', async () => {
    copyFileSync(join(folder, 'fake.sqlite'), join(folder, 'checked.sqlite'));
    expect(await check()).toEqual({
      code: 0,
      stdout: 'checked.sqlite: 6 records, nothing wrong\n',
      stderr: '',
    });
  });

  it('names damaged records, and what is whole can be saved', async () => {
    copyFileSync(join(folder, 'fake.sqlite'), join(folder, 'checked.sqlite'));
    const database = new DatabaseSync(join(folder, 'checked.sqlite'));
    database.exec("UPDATE records SET content = 'abc' WHERE seed = 1");
    database.close();
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `^run ${fakeRecord(1).id} .*: its checksum is .*, expected abc\nchecked\\.sqlite: 6 records, 1 problem; restore a copy, or save what is whole: thalweg store merge checked\\.sqlite --store NEW`,
      ),
    );
    const saved = await store('merge', 'checked.sqlite', '--store', 'saved.sqlite');
    expect(saved.code).toBe(1);
    expect(saved.stdout).toBe('checked.sqlite: 5 new, 0 already there, 1 damaged and left out\n');
    expect(seedsIn('saved.sqlite')).toEqual([0, 0, 2, 3, 4]);
    expect((await store('check', '--store', 'saved.sqlite', '--json')).stdout).toBe(
      '{"store":"saved.sqlite","records":5,"problems":[]}\n',
    );
  });

  it('says that a store was cut, and what is whole can be saved', async () => {
    const path = join(folder, 'checked.sqlite');
    rmSync(path, { force: true });
    fill('checked.sqlite', ...Array.from({ length: 60 }, (_, seed) => fakeRecord(seed)));
    const { size } = statSync(path);
    truncateSync(path, size - 3 * 4096);
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain(
      `checked.sqlite was cut to ${size - 3 * 4096} bytes, it had ${size}: what stood behind`,
    );
    expect(stdout).toContain('or save what is whole: thalweg store merge checked.sqlite --store NEW');
    const saved = await store('merge', 'checked.sqlite', '--store', 'saved2.sqlite');
    expect(saved.code).toBe(1);
    expect(saved.stderr).toContain('damaged: checked.sqlite was cut to ');
    const found = seedsIn('saved2.sqlite').length;
    expect(saved.stdout).toMatch(new RegExp(`^checked\\.sqlite: ${found} new, `));
    expect(found).toBeGreaterThan(40);
    expect(found).toBeLessThan(60);
  });

  it('names as many problems as fit on a screen, as JSON all', async () => {
    rmSync(join(folder, 'checked.sqlite'), { force: true });
    fill('checked.sqlite', ...Array.from({ length: 25 }, (_, seed) => fakeRecord(100 + seed)));
    const database = new DatabaseSync(join(folder, 'checked.sqlite'));
    database.exec("UPDATE records SET content = 'abc' WHERE seed >= 100");
    database.close();
    const lines = (await check()).stdout.split('\n');
    expect(lines.filter((line) => line.includes('expected abc'))).toHaveLength(20);
    expect(lines.at(20)).toBe('and 5 more; --json lists all');
    const json = await store('check', '--store', 'checked.sqlite', '--json');
    expect([json.code, JSON.parse(json.stdout).problems.length]).toEqual([1, 25]);
  });

  it('names damaged pages', async () => {
    const bytes = readFileSync(join(folder, 'fake.sqlite'));
    bytes.fill(0xa5, bytes.length - 4096);
    writeFileSync(join(folder, 'checked.sqlite'), bytes);
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toMatch(/(Tree|page|malformed|cannot be read)/);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('thalweg store migrate', () => {
  it('brings an older store up to date, which other commands ask for', async () => {
    const path = join(folder, 'older.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA application_id = ${0x74687767}; PRAGMA user_version = 1;
      CREATE TABLE records (id TEXT NOT NULL, engine TEXT NOT NULL, outcome TEXT NOT NULL, record BLOB NOT NULL, UNIQUE (id, engine))`);
    database.close();
    const migrate = ['migrate', '--store', 'older.sqlite'];
    expectRefused(
      await store('list', '--store', 'older.sqlite'),
      /: thalweg store migrate --store older\.sqlite\n$/,
    );
    expect((await store(...migrate)).stdout).toBe('older.sqlite: up to date\n');
    expect((await store('list', '--store', 'older.sqlite')).stdout).toBe('0 records in older.sqlite\n');
  });
});

describe('bad input', () => {
  it.each([
    [['list'], /^thalweg: unknown store: there is no file results\/store\.sqlite; /],
    [['migrate'], /^thalweg: unknown store: there is no file results\/store\.sqlite; /],
    [['prune', '--yes'], /^thalweg: unknown store: there is no file results\/store\.sqlite; /],
    [['check', '--store', 'two.ts'], /^thalweg: invalid store: two\.ts is not a store of thalweg/],
    [
      ['list', '--store', 'fake.sqlite', '--only', 'optimiser=sgd'],
      /^thalweg: unknown key of a stored run: optimiser, .*did you mean optimizer\?\n$/,
    ],
    [
      ['list', '--store', 'fake.sqlite', '--only', 'seed'],
      /^thalweg: invalid selection: got seed, expected key=value/,
    ],
    [
      ['list', '--store', 'fake.sqlite', '--outcome', 'fail'],
      /^thalweg: unknown outcome: fail, known: completed, diverged, failed, lost/,
    ],
    [
      ['prune', '--store', 'fake.sqlite', '--engine', 'mine'],
      /^thalweg: invalid engine: got mine, expected other, or /,
    ],
    [['prune', '--store', 'fake.sqlite', '--not-in', 'no.ts'], /^thalweg: .*no\.ts/],
  ])('%j', async (args, message) => {
    expectRefused(await store(...args), message);
    expect(existsSync(join(folder, 'results'))).toBe(false);
  });
});
