import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type Json, parseCanonicalJson } from '../../src/core/json.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { openStore } from '../../src/store/store.ts';
import { experimentFile, type Finished, runCli, startCli, workFolder } from './runCli.ts';

let folder: string;
/** `run grid.ts` with 1 worker, and the records that it stored. */
let first: Finished;
let undisturbed: string[];
const RUNS = 12;

beforeAll(async () => {
  folder = workFolder({
    'grid.ts': experimentFile(`
  for (const { learningRate, seed } of cross({ learningRate: [0.01, 0.1, 1e9], seed: [0, 1, 2, 3] }))
    yield { ...task, optimizer: { kind: 'sgd', learningRate }, epochs: 20, seed };`),
    'stages.ts': `import { experiment } from 'thalweg';
const task = { data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 }, model: { kind: 'mlp', hidden: [8] }, epochs: 20 };
const of = (learningRate, seed) => ({ ...task, optimizer: { kind: 'sgd', learningRate }, seed });
const rates = [0.01, 0.03, 0.1, 1e9];
export default experiment({ title: 'A title', question: 'A question?', *protocol() {
  const results = yield { name: 'all', runs: () => rates.map((rate) => of(rate, 0)) };
  const loss = (rate) => {
    const { outcome, series } = results(of(rate, 0));
    return outcome.kind === 'completed' ? series.evaluations.validation.loss.at(-1) : Infinity;
  };
  const [best] = rates.toSorted((a, b) => loss(a) - loss(b));
  yield { name: 'the best', runs: () => [1, 2].map((seed) => of(best, seed)) };
  return { best };
} });
`,
    ...Object.fromEntries([0.5, 0.4].map((target) => [`tuned${target}.ts`, tunedFile(target)])),
    'halving.ts': `import { experiment, grid, logUniform, successiveHalving } from 'thalweg';
const task = { data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 }, model: { kind: 'mlp', hidden: [8] }, epochs: 160 };
export default experiment({ title: 'A title', question: 'A question?', protocol: successiveHalving({
  space: { learningRate: logUniform(0.01, 0.1) },
  sampler: grid({ points: 6 }),
  rungs: [60, 120],
  eta: 2,
  metric: { split: 'validation', measure: 'loss', at: 'final' },
  spec: ({ learningRate }, seed) => ({ ...task, optimizer: { kind: 'sgd', learningRate }, seed }),
}) });
`,
    'long.ts': experimentFile('yield { ...task, optimizer: sgd, epochs: 50000, seed: 0 };'),
    'warning.ts': `process.emitWarning('a warning of the user');\n${experimentFile('yield { ...task, optimizer: sgd, epochs: 0, seed: 0 };')}`,
    'throwing.ts': experimentFile(
      `yield { ...task, optimizer: sgd, epochs: 1, seed: 0 };
  yield { ...task, optimizer: userOptimizer(new URL('./mine.ts', import.meta.url), { learningRate: 1 }), epochs: 1, seed: 0 };
  yield { ...task, optimizer: sgd, epochs: 1, seed: 1 };`,
    ),
    'rude.ts': experimentFile(
      `console.log('from runs');
  setInterval(() => {}, 1000);
  const own = (name, file) => userOptimizer(new URL(file, import.meta.url), { learningRate: 1, name });
  yield { ...task, optimizer: own('chatty', './prints.ts'), epochs: 1, seed: 0 };
  yield { ...task, optimizer: own('quitter', './exits.ts'), epochs: 1, seed: 0 };`,
    ),
    'prints.ts': `export default () => {
  console.log('from the optimizer');
  return { init: () => null, apply() {} };
};`,
    'exits.ts': 'export default () => ({ init: () => null, apply() { process.exit(3); } });',
    'mine.ts': `export default () => ({
  init: () => null,
  apply() {
    throw new RangeError('beta is missing');
  },
});`,
  });
  first = await runCli(folder, ['run', 'grid.ts', '--workers', '1']);
  undisturbed = recordsIn('results/store.sqlite');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A comparison of one method, which concludes on the test split. */
function tunedFile(target: number): string {
  return `import { experiment, logUniform, tunedComparison } from 'thalweg';
const metric = { split: 'validation', measure: 'loss', at: 'final' };
const spec = ({ learningRate }, seed) => ({ data: { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 },
  model: { kind: 'mlp', hidden: [8] }, optimizer: { kind: 'sgd', learningRate }, epochs: 1, seed });
const sgd = { space: { learningRate: logUniform(0.01, 1) }, default: { learningRate: 0.1 }, spec };
export default experiment({ title: 'A title', question: 'A question?', conclusion: { metric: { ...metric, split: 'test' } },
  protocol: tunedComparison({ methods: { sgd }, track: 'tuned-1', metric, target: ${target}, seeds: 1, evaluationSeeds: 1 }) });
`;
}

/** The records of a store without what may vary, sorted by id. */
function recordsIn(store: string): string[] {
  const opened = openStore(join(folder, store), { write: false });
  const records = [...opened.rows()].map(({ id, engine }) => opened.get(id, engine) as RunRecord);
  opened.close();
  const sorted = records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sorted.map(({ environment, ...rest }) => {
    expect(environment).not.toBeNull();
    return canonicalJson({ ...rest, environment: null });
  });
}

/** The events that `--json` has printed: nothing else stands on standard output. */
function eventsIn({ stdout }: Finished): Record<string, Json>[] {
  const lines = stdout.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    expect(line).toMatch(/^\{"event":"/);
    return parseCanonicalJson(line) as Record<string, Json>;
  });
}

/** How many records a store holds, asked while a sweep writes it. */
function countStored(store: string): number {
  if (!existsSync(join(folder, store))) return 0;
  const database = new DatabaseSync(join(folder, store), { readOnly: true, timeout: 1000 });
  const { n } = database.prepare('SELECT count(*) AS n FROM records').get() as { n: number };
  database.close();
  return n;
}

describe('thalweg run', () => {
  it('runs an experiment, prints the table and the paths, and runs nothing the second time', async () => {
    expect(first.code).toBe(0); // the learning rate of 1e9 diverges: a result, not a failure
    expect(first.stdout).toMatch(/^method +learning rate/);
    expect(first.stdout).toContain(`12 runs: 12 ran now (4 diverged), 0 were stored before`);
    expect(first.stdout).toMatch(/\nstore: {2}results\/store\.sqlite\n/);
    expect(first.stdout).toMatch(/\nreport: results\/grid\/report\.html\n$/);
    expect(first.stderr).toMatch(/^0\/12 0 %, .*\n(.*\n)*12\/12 100 %, .*4 diverged, 0 failed\n$/);
    expect(readdirSync(join(folder, 'results', 'grid')).sort()).toEqual([
      'report.html',
      'runs.csv',
      'summary.csv',
    ]);
    expect(readFileSync(join(folder, 'results/grid/runs.csv'), 'utf8').trim().split('\n')).toHaveLength(
      RUNS + 1,
    );
    expect(readFileSync(join(folder, 'results/grid/report.html'), 'utf8')).toContain('A title');

    const second = await runCli(folder, ['run', 'grid.ts', '--json']);
    expect(second.code).toBe(0);
    const events = eventsIn(second);
    expect(events[0]).toEqual({ event: 'stage', stage: 'runs', total: RUNS, stored: RUNS });
    expect(events.slice(1)).toEqual([
      {
        event: 'end',
        interrupted: false,
        experiment: 'grid',
        total: RUNS,
        stored: RUNS,
        ran: 0,
        completed: RUNS - 4,
        diverged: 4,
        failed: 0,
        lost: 0,
        store: 'results/store.sqlite',
        report: 'results/grid/report.html',
        table: 'results/grid/runs.csv',
      },
    ]);
    expect(second.stderr).toContain('12 stored before, 4 diverged');
    expect(undisturbed).toHaveLength(RUNS);
  });

  it('gives byte-identical records with 2 workers and in the main thread', async () => {
    for (const workers of ['2', '0']) {
      const store = `workers${workers}.sqlite`;
      const { code } = await runCli(folder, [
        'run',
        'grid.ts',
        '--workers',
        workers,
        '--store',
        store,
        '--out',
        'other',
      ]);
      expect(code).toBe(0);
      expect(recordsIn(store)).toEqual(undisturbed);
    }
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('goes on after %s with byte-identical records', async (signal) => {
    const store = `${signal}.sqlite`;
    const args = ['run', 'grid.ts', '--workers', '1', '--store', store, '--out', 'other'];
    const { child, end } = startCli(folder, args);
    while (countStored(store) === 0 && child.exitCode === null) await setTimeout(1);
    child.kill(signal);
    const { code, stderr } = await end;
    const stored = countStored(store);
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(RUNS);
    if (signal === 'SIGINT') {
      expect(code).toBe(130);
      expect(stderr).toContain('stopping: the runs under way finish and are kept');
      expect(stderr).toMatch(
        new RegExp(`interrupted: ${stored} of 12 runs are kept in ${store}; the same command goes on\n$`),
      );
    }
    const { stdout } = await runCli(folder, args);
    expect(stdout).toContain(`12 runs: ${RUNS - stored} ran now`);
    expect(stdout).toContain(`${stored} were stored before`);
    expect(recordsIn(store)).toEqual(undisturbed);
  });

  it('ends at once at the second Ctrl-C, at a SIGTERM and when the terminal is closed', async () => {
    const args = ['run', 'long.ts', '--workers', '1', '--store', 'long.sqlite'];
    for (const signals of [['SIGINT', 'SIGINT'], ['SIGTERM'], ['SIGHUP']] as const) {
      const { child, end, stderr } = startCli(folder, args);
      const wait = async (text: string) => {
        while (!stderr().includes(text) && child.exitCode === null) await setTimeout(5);
      };
      await wait('0/1 0 %');
      for (const signal of signals) {
        child.kill(signal);
        await wait('stop');
      }
      expect((await end).code).toBe(130);
    }
  });

  it('leaves signals to the system where a run keeps the main thread busy', async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const { child, end, stderr } = startCli(folder, [
        'run',
        'long.ts',
        '--workers',
        '0',
        '--store',
        'busy.sqlite',
      ]);
      while (!stderr().includes('0/1 0 %') && child.exitCode === null) await setTimeout(5);
      child.kill(signal);
      await end;
      expect(child.signalCode).toBe(signal);
    }
    expect(countStored('busy.sqlite')).toBe(0);
  });

  it('goes on when nobody reads its progress any more', async () => {
    const args = ['run', 'grid.ts', '--workers', '1', '--store', 'deaf.sqlite', '--out', 'other', '--json'];
    const { child, end } = startCli(folder, args);
    child.stderr?.destroy();
    const finished = await end;
    expect(finished.code).toBe(0);
    const events = eventsIn(finished);
    expect(events.at(-1)).toMatchObject({ event: 'end', total: RUNS, ran: RUNS });
    for (const name of ['started', 'ended']) {
      const ids = events.filter(({ event }) => event === name).map(({ id }) => id);
      expect(new Set(ids).size).toBe(RUNS);
    }
  });

  it('stops as at a Ctrl-C when nobody reads its events any more', async () => {
    const args = ['run', 'grid.ts', '--workers', '1', '--store', 'head.sqlite', '--out', 'other'];
    const { child, end, stdout } = startCli(folder, [...args, '--json']);
    while (!stdout().includes('"ended"') && child.exitCode === null) await setTimeout(1);
    child.stdout?.destroy();
    const { code, stderr } = await end;
    expect(code).toBe(130);
    const stored = countStored('head.sqlite');
    expect(stored).toBeLessThan(RUNS);
    expect(stderr).toMatch(/^standard output cannot be written \(write EPIPE\): the runs under way finish/m);
    expect(stderr).toMatch(new RegExp(`: ${stored} of 12 runs are kept in head.sqlite; the same command`));
    expect(stderr).not.toMatch(/^ +at /m);
    expect((await runCli(folder, args)).stdout).toContain(`${RUNS - stored} ran now`);
    expect(recordsIn('head.sqlite')).toEqual(undisturbed);
  });

  it('keeps the states that a halving goes on from until it has come to its end', async () => {
    const args = ['run', 'halving.ts', '--workers', '1', '--store', 'halving.sqlite', '--out', 'other'];
    const { child, end } = startCli(folder, args);
    while (countStored('halving.sqlite') < 4 && child.exitCode === null) await setTimeout(1);
    child.kill('SIGKILL');
    await end;
    const trajectories = () => {
      const store = openStore(join(folder, 'halving.sqlite'), { write: false });
      const kept = store.checkpoints().map(({ trajectory }) => trajectory);
      store.close();
      return new Set(kept).size;
    };
    const stored = countStored('halving.sqlite');
    expect(trajectories()).toBe(Math.min(stored, 6)); // one of every trial that has come to its rung
    const events = eventsIn(await runCli(folder, [...args, '--json']));
    const started = events.filter(({ event }) => event === 'started');
    expect(started).toHaveLength(9 - stored);
    expect(started.slice(-3).map(({ fromCheckpoint }) => fromCheckpoint)).toEqual([true, true, true]);
    expect(trajectories()).toBe(0);
  });

  it.each(['0', '1'])(
    'is not disturbed by what user code prints, leaves running or ends (%s workers)',
    async (workers) => {
      const store = `rude${workers}.sqlite`;
      const args = ['run', 'rude.ts', '--workers', workers, '--store', store, '--out', 'other', '--json'];
      const finished = await runCli(folder, args);
      const { code, stderr } = finished;
      expect(code).toBe(1);
      const events = eventsIn(finished);
      const end = events.at(-1);
      expect(end).toMatchObject({ total: 2, completed: 1, failed: 1, lost: 0 });
      expect(events.find(({ outcome }) => outcome === 'failed')?.reason).toMatch(
        /^Error: it called process\.exit\(3\), .*, at exits\.ts:1:/,
      );
      expect(existsSync(join(folder, String(end?.report)))).toBe(true);
      expect(stderr).toMatch(/^from runs$/m);
      expect(stderr).toMatch(/^from the optimizer$/m);
      const plan = await runCli(folder, ['plan', 'rude.ts', '--json', '--only', 'optimizer=chatty']);
      expect(JSON.parse(plan.stdout).optimizer.name).toBe('chatty');
    },
  );

  it('warns of more workers than cores', async () => {
    const args = ['run', 'grid.ts', '--workers', '9999', '--store', 'many.sqlite', '--only', 'seed=0'];
    const { stderr } = await runCli(folder, args);
    if (availableParallelism() < 3)
      expect(stderr).toMatch(/^3 workers on \d+ cores: more memory, no more speed$/m);
    else expect(stderr).not.toContain('workers on');
  });

  it('runs a selection; the report covers all that is stored', async () => {
    const args = ['--store', 'only.sqlite', '--out', 'only', '--workers', '1'];
    const some = await runCli(folder, [
      'run',
      'grid.ts',
      '--only',
      'learningRate=0.01,seed=0,seed=1',
      ...args,
    ]);
    expect(some.stdout).toContain('2 runs: 2 ran now');
    // given twice, both hold
    const twice = ['--only', 'learningRate=0.1', '--only', 'seed=0'];
    const more = await runCli(folder, ['run', 'grid.ts', ...twice, ...args]);
    expect(more.stdout).toContain('1 run: 1 ran now');
    expect(readFileSync(join(folder, 'only/runs.csv'), 'utf8').trim().split('\n')).toHaveLength(3 + 1);
  });

  it('keeps a failing run, goes on, exits with 1, and tries it again where it is told to', async () => {
    const args = ['run', 'throwing.ts', '--workers', '1', '--store', 'throwing.sqlite', '--json'];
    for (const [retry, stored] of [
      [[], 0],
      [[], 3],
      [['--retry', 'failed,lost'], 2],
    ] as const) {
      const finished = await runCli(folder, [...args, ...retry]);
      expect(finished.code).toBe(1);
      const end = { total: 3, stored, ran: 3 - stored, completed: 2, failed: 1 };
      expect(eventsIn(finished).at(-1)).toMatchObject(end);
      const failure =
        /^failed: RangeError: beta is missing, at mine\.ts:4:11 \(run (r[0-9a-f]{11})\)\n {2}again: npx thalweg (run throwing\.ts --only id=\1 --workers 0 --retry failed --store throwing\.sqlite)$/m;
      if (stored === 3)
        expect(finished.stderr).toMatch(/^1 failed before: --retry failed tries them again$/m);
      else expect(finished.stderr).toMatch(failure);
      expect(finished.stderr).not.toMatch(/^ +at /m);
      if (stored === 0) {
        const command = failure.exec(finished.stderr)?.[2].split(' ') ?? [];
        const again = await runCli(folder, [...command, '--json']);
        expect(again.code).toBe(1);
        expect(eventsIn(again).at(-1)).toMatchObject({ total: 1, ran: 1, failed: 1 });
      }
    }
    const fast = await runCli(folder, [
      'run',
      'throwing.ts',
      '--workers',
      '1',
      '--store',
      'fast.sqlite',
      '--fail-fast',
    ]);
    expect(fast.code).toBe(1);
    expect(fast.stdout).toContain(
      '3 runs: 2 ran now, 0 were stored before, 1 failed: --retry failed tries them again, 1 did not run',
    );
    const wrong = await runCli(folder, ['run', 'throwing.ts', '--retry', 'faild']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      /^thalweg: unknown runs to retry: faild, known: failed, lost; did you mean failed\?$/m,
    );
  });

  it('starts nothing more after --max-time, says how far it is and goes on', async () => {
    const args = ['run', 'grid.ts', '--workers', '1', '--store', 'short.sqlite', '--out', 'other'];
    const { code, stderr } = await runCli(folder, [...args, '--max-time', '0.001s']);
    expect(code).toBe(130);
    const [, kept] =
      /^the time is up: (\d+) of 12 runs are kept in short\.sqlite; the same command goes on$/m.exec(
        stderr,
      ) ?? [];
    expect(Number(kept)).toBeLessThan(RUNS);
    const { stdout } = await runCli(folder, args);
    expect(stdout).toContain(`${RUNS - Number(kept)} ran now`);
    expect(recordsIn('short.sqlite')).toEqual(undisturbed);
    const wrong = await runCli(folder, [...args, '--max-time', '10']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toBe(
      'thalweg: invalid --max-time: got 10, expected a duration such as 45s, 10m or 2h, above 0 and at most 596h\n',
    );
  });

  it('takes the records of another engine only where it is told to', async () => {
    const store = 'engines.sqlite';
    const args = [
      'run',
      'grid.ts',
      '--workers',
      '1',
      '--only',
      'seed=0',
      '--store',
      store,
      '--out',
      'other',
      '--json',
    ];
    await runCli(folder, args);
    const database = new DatabaseSync(join(folder, store));
    const other = 'abc0'.padEnd(64, '0');
    database.exec(`UPDATE records SET engine = '${other}'`);
    database.close();
    const refused = await runCli(folder, [...args, '--accept-engine', 'abd']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toBe(
      'thalweg: unknown engine: abd, the store has records of abc000000000 (3 records)\n',
    );
    const accepted = await runCli(folder, [...args, '--accept-engine', 'abc']);
    expect(accepted.code).toBe(0);
    expect(eventsIn(accepted).at(-1)).toMatchObject({ stored: 3, ran: 0, diverged: 1 });
    expect(eventsIn(await runCli(folder, args)).at(-1)).toMatchObject({ stored: 0, ran: 3 });
  });

  it('runs a protocol to the same second stage, whatever the workers and the interruptions', async () => {
    const records: string[][] = [];
    for (const workers of ['0', '1', '2']) {
      const store = `stages${workers}.sqlite`;
      const args = ['run', 'stages.ts', '--workers', workers, '--store', store, '--out', 'other'];
      if (workers === '2') {
        for (const stored of [1, 5]) {
          const { child, end } = startCli(folder, args);
          while (countStored(store) < stored && child.exitCode === null) await setTimeout(1);
          child.kill('SIGKILL');
          await end;
        }
      }
      const finished = await runCli(folder, [...args, '--json']);
      expect(finished.code).toBe(0);
      const stages = eventsIn(finished).filter(({ event }) => event === 'stage');
      expect(stages.map(({ stage, total }) => [stage, total])).toEqual([
        ['all', 4],
        ['the best', 2],
      ]);
      expect(finished.stderr).toMatch(/^the best: 2\/2 100 %, .*4 in earlier stages/m);
      records.push(recordsIn(store));
    }
    expect(records[0]).toHaveLength(6);
    expect(records[1]).toEqual(records[0]);
    expect(records[2]).toEqual(records[0]);
    // one run of the second stage, which is not known before the first is done
    const args = ['run', 'stages.ts', '--workers', '1', '--only', 'seed=1', '--out', 'other', '--json'];
    const early = await runCli(folder, [...args, '--store', 'early.sqlite']);
    expect(early.stderr).toMatch(/^thalweg: invalid selection: no run has seed=1/);
    expect(early.code).toBe(2);
    const part = ['run', 'stages.ts', '--workers', '1', '--only', 'learningRate=0.1', '--out', 'other'];
    const first = await runCli(folder, [...part, '--store', 'early.sqlite']);
    expect(first.stderr).toMatch(
      /^later stages wait for all runs of this one: the command without --only goes on$/m,
    );
    expect(early.stderr).not.toContain('without --only');
    const late = eventsIn(await runCli(folder, [...args, '--store', 'stages1.sqlite']));
    expect(late.at(-1)).toMatchObject({ total: 1, stored: 1 });
  });

  it('keeps what a protocol declares, and the report tells of a change', async () => {
    const store = ['--store', 'declared.sqlite', '--out', 'declared'];
    for (const target of [0.5, 0.4]) {
      cpSync(join(folder, `tuned${target}.ts`), join(folder, 'declared.ts'));
      expect((await runCli(folder, ['run', 'declared.ts', '--workers', '0', ...store])).code).toBe(0);
    }
    const opened = openStore(join(folder, 'declared.sqlite'), { write: false });
    const declared = opened.declarations('declared').map(({ text }) => JSON.parse(text).protocol);
    opened.close();
    expect(declared[0]).toEqual({
      protocol: 'tunedComparison',
      track: 'tuned-1',
      budget: 1,
      metric: { split: 'validation', measure: 'loss', at: 'final' },
      target: 0.5,
      seeds: [0],
      evaluationSeeds: [1000],
      samplerSeed: 1,
      methods: {
        sgd: {
          space: { learningRate: { kind: 'logUniform', low: 0.01, high: 1 } },
          default: { learningRate: 0.1 },
        },
      },
    });
    expect(declared[1]).toEqual({ ...declared[0], target: 0.4 });
    expect(readFileSync(join(folder, 'declared/report.html'), 'utf8')).toContain(
      'The declaration was changed after 2 runs in the store.',
    );
  });

  it("shows the user's warnings, not those about node:sqlite", async () => {
    const { stderr } = await runCli(folder, [
      'run',
      'warning.ts',
      '--workers',
      '1',
      '--store',
      'warning.sqlite',
    ]);
    expect(stderr).toContain('a warning of the user');
    expect(stderr).not.toContain('SQLite');
    expect(stderr).not.toContain('ExperimentalWarning');
  });
});

describe('a full disk', () => {
  it('stops with one message, keeps what is stored and goes on when there is room', async (context) => {
    if (process.platform === 'win32') context.skip('the limit on the size of files needs bash and ulimit');
    cpSync(join(folder, 'grid.ts'), join(folder, 'full.ts'));
    const args = ['run', 'full.ts', '--workers', '1', '--store', 'full.sqlite', '--out', 'full'];
    const { code, stderr } = await runCli(folder, args, 'ulimit -f 64');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /thalweg: cannot write the store: .*full\.sqlite.*free some space.*\n.* in full\.sqlite\.rescued\.sqlite; .*: npx thalweg store merge .*\n(\d+) of 12 runs are kept/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    const kept = Number(/(\d+) of 12 runs are kept/.exec(stderr)?.[1]);
    expect(kept).toBeGreaterThan(0);
    const again = await runCli(folder, args);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`${kept} were stored before`);
  });
});

describe('plan, report and export', () => {
  it('plan counts, estimates and prints the complete specs, which run takes', async () => {
    const { stdout } = await runCli(folder, ['plan', 'grid.ts', '--workers', '2']);
    expect(stdout).toMatch(
      /^grid: 12 runs\n {2}12 stored \(4 diverged\), 0 to run\n {2}store: results\/store\.sqlite\n {2}data: .*320 \+ 100 \+ 100 images/,
    );
    const specs = await runCli(folder, ['plan', 'grid.ts', '--json', '--only', 'learningRate=1e9']);
    expect(specs.stdout.trim().split('\n')).toHaveLength(4);
    const plan = workFolder({
      'plan.json': specs.stdout,
    });
    const store = join(folder, 'results', 'store.sqlite');
    const again = await runCli(plan, ['plan', 'plan.json', '--store', store]);
    expect(again.stdout).toContain('4 stored (4 diverged), 0 to run');
    rmSync(plan, { recursive: true });
  });

  it('report writes what is stored without running', async () => {
    const { code, stdout } = await runCli(folder, ['report', 'grid.ts', '--out', 'again', '--format', 'csv']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^method .*\ntable: {2}again\/runs\.csv\n$/s);
    expect(readdirSync(join(folder, 'again'))).toEqual(['runs.csv']);
    const missing = await runCli(folder, ['report', 'long.ts']);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(
      /^thalweg: nothing stored: .* has no run of long .*first: npx thalweg run long\.ts\n$/,
    );
  });

  it('export writes records sorted by id, with and without their environment', async () => {
    const withEnvironment = await runCli(folder, [
      'export',
      'grid.ts',
      '--format',
      'jsonl',
      '--out',
      'all.jsonl',
    ]);
    expect(withEnvironment.stdout).toBe('12 records: all.jsonl\n');
    const records = readFileSync(join(folder, 'all.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ids: string[] = records.map((record) => record.id);
    expect(ids).toEqual(ids.toSorted());
    expect(records[0].environment.node).toBe(process.versions.node);
    const bare = await runCli(folder, ['export', 'grid.ts', '--format', 'jsonl', '--no-environment']);
    expect(bare.stdout).toBe(undisturbed.map((line) => `${line}\n`).join(''));
    const csv = await runCli(folder, ['export', 'grid.ts', '--format', 'csv']);
    expect(csv.stdout.trim().split('\n')).toHaveLength(RUNS + 1);
  });
});
