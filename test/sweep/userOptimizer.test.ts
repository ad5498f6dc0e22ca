import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, type Resources } from '../../src/run/execute.ts';
import { runId } from '../../src/run/record.ts';
import { parseSpec } from '../../src/run/spec.ts';
import { decodeRecord } from '../../src/store/encodeRecord.ts';
import { inOneStage } from '../../src/sweep/loadExperiment.ts';
import type { Lost } from '../../src/sweep/lost.ts';
import type { PlannedRun } from '../../src/sweep/plan.ts';
import { preloadModules } from '../../src/sweep/preloadModules.ts';
import { loadResources } from '../../src/sweep/resources.ts';
import { inlineRunner, type RunListener, type Runner } from '../../src/sweep/runner.ts';
import { threadRunner } from '../../src/sweep/threadRunner.ts';
import { shownPath } from '../../src/sweep/userCode.ts';
import {
  isUnchanged,
  moduleDigest,
  userOptimizer,
  userOptimizerPath,
} from '../../src/sweep/userOptimizer.ts';
import { plannedStage } from './fakeRuns.ts';

const resourcesOf = (runs: readonly PlannedRun[]) =>
  loadResources(
    plannedStage(runs),
    {
      name: 'mine',
      file: '/mine.ts',
      title: '',
      question: '',
      conclusion: undefined,
      ...inOneStage(() => []),
    },
    {},
  );

const lostOf = async (runner: Runner, runs: readonly PlannedRun[], resources: Resources) => {
  const lost: Lost[] = [];
  const listener: RunListener = {
    onEnd(_job, { record }) {
      throw new Error(`${record.outcome}: ${record.reason}`);
    },
    onLost: (_job, loss) => void lost.push(loss),
    onCheckpoint() {},
  };
  await runner.run(runs, resources, listener, { stop: new AbortController().signal });
  return lost;
};

let folder: string;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thalweg-module-'));
  mkdirSync(join(folder, 'parts'));
  write('mine.ts', "import { beta } from './parts/beta.ts';\nexport default () => beta;");
  write('parts/beta.ts', "export * from '../gamma.ts';\nexport const beta = 1;");
  write('gamma.ts', 'export const gamma = 1;');
  write('other.ts', 'export const unused = 1;');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('userOptimizer', () => {
  it('gives the optimizer of a spec, named by content, and remembers where the file lies', () => {
    const input = userOptimizer(pathToFileURL(join(folder, 'mine.ts')), { learningRate: 0.1, beta: 0.9 });
    expect(input).toMatchObject({ kind: 'module', name: 'mine', learningRate: 0.1, options: { beta: 0.9 } });
    expect(input.sha256).toBe(moduleDigest(join(folder, 'mine.ts')));
    expect(userOptimizerPath(input.sha256)).toBe(join(folder, 'mine.ts'));
    const spec = parseSpec({
      data: { kind: 'synthGlyphs' },
      model: { kind: 'mlp' },
      optimizer: input,
      epochs: 1,
      seed: 0,
    });
    expect(spec.optimizer).toEqual(input);
    expect(JSON.stringify(spec)).not.toContain(folder);
  });

  it('takes the first reading of a file for as long as the process lives', () => {
    const file = pathToFileURL(join(folder, 'mine.ts'));
    const first = userOptimizer(file, { learningRate: 0.1 });
    write('mine.ts', '// edited');
    expect(userOptimizer(file, { learningRate: 0.1 })).toEqual(first);
    expect(isUnchanged(join(folder, 'mine.ts'), first.sha256)).toBe(false);
  });

  it('takes a name', () => {
    const input = userOptimizer(pathToFileURL(join(folder, 'mine.ts')), {
      learningRate: 0.1,
      name: 'mine, tuned',
    });
    expect(input.name).toBe('mine, tuned');
    expect(input.options).toEqual({});
  });

  it('names a file that is not there and a path that is no URL', () => {
    const missing = pathToFileURL(join(folder, 'missing.ts'));
    expect(() => userOptimizer(missing, { learningRate: 1 })).toThrow(
      /unknown optimizer file: there is no file .*missing.ts/,
    );
    expect(() => userOptimizer('./mine.ts' as never, { learningRate: 1 })).toThrow(
      "invalid optimizer file: got ./mine.ts, expected a file URL such as new URL('./mine.ts', import.meta.url)",
    );
  });
});

describe('moduleDigest', () => {
  const digest = () => moduleDigest(join(folder, 'mine.ts'));

  it('changes with the file and with every local file that it imports, near or far', () => {
    const digests = [digest()];
    for (const name of ['mine.ts', 'parts/beta.ts', 'gamma.ts']) {
      write(
        name,
        `// changed\n${name === 'mine.ts' ? "import './parts/beta.ts';" : "import '../gamma.ts';"}`,
      );
      digests.push(digest());
    }
    expect(new Set(digests).size).toBe(4);
  });

  it('does not change with other files, with the name of the file or with its folder', () => {
    const before = digest();
    write('other.ts', '// changed');
    renameSync(join(folder, 'mine.ts'), join(folder, 'renamed.ts'));
    expect(moduleDigest(join(folder, 'renamed.ts'))).toBe(before);
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    expect(moduleDigest(join(copy, 'renamed.ts'))).toBe(before);
    rmSync(copy, { recursive: true });
  });

  it('changes with a file that the module names by new URL, whatever bytes it has', () => {
    write('mine.ts', "export default readFileSync(new URL('./table.bin', import.meta.url));");
    const digests = [[0xff, 0xfe], [0xff, 0xfd], []].map((bytes) => {
      writeFileSync(join(folder, 'table.bin'), Uint8Array.from(bytes));
      return digest();
    });
    expect(new Set(digests).size).toBe(3);
  });

  it('survives modules that import each other', () => {
    write('gamma.ts', "import './mine.ts';");
    expect(digest()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('preloadModules', () => {
  it('finds a file that changed since it was named, and one that does not run', async () => {
    const good = join(folder, 'mine.ts');
    const changed = join(folder, 'other.ts');
    write('broken.ts', "throw new Error('no');");
    const broken = join(folder, 'broken.ts');
    const modules = {
      [moduleDigest(good)]: good,
      [moduleDigest(changed)]: changed,
      [moduleDigest(broken)]: broken,
    };
    write('other.ts', 'export const unused = 2;');
    const problems = [...(await preloadModules(modules)).values()].map((error) => error.message);
    expect(problems).toEqual([
      `the optimizer file ${shownPath(changed)} changed while the sweep ran; run the same command again`,
      'no',
    ]);
  });
});

describe('a module with variables of its own', () => {
  const data = { kind: 'synthGlyphs', level: 'easy', train: 64, validation: 16, test: 16 } as const;
  const runOf = (seed: number, file = 'stateful.ts'): PlannedRun => {
    const optimizer = userOptimizer(pathToFileURL(join(folder, file)), { learningRate: 0.1 });
    const spec = parseSpec({ data, model: { kind: 'mlp', hidden: [4] }, optimizer, epochs: 1, seed });
    return { id: runId(spec), spec };
  };

  it('starts every run with new ones: the number of workers and the runs before make no difference', async () => {
    write(
      'stateful.ts',
      `let calls = 0;
       export default () => ({
         init: () => null,
         apply(updates) {
           calls++;
           for (let i = 0; i < updates.length; i++) updates[i] /= calls;
         },
       });`,
    );
    const runs = [0, 1, 2, 3].map((seed) => runOf(seed));
    const resources = await resourcesOf(runs);
    const digests = async (runner: Runner) => {
      const found: Record<string, string> = {};
      const listener: RunListener = {
        onEnd(_job, { record }) {
          const { id, digest, outcome } = decodeRecord(record);
          expect(outcome).toEqual({ kind: 'completed' });
          found[id] = digest;
        },
        onLost(_job, { message }) {
          throw new Error(message);
        },
        onCheckpoint() {},
      };
      await runner.run(runs, resources, listener, { stop: new AbortController().signal });
      return runs.map(({ id }) => found[id]);
    };
    const one = await digests(threadRunner({ workers: 1 }));
    expect(new Set(one).size).toBe(4);
    expect(await digests(threadRunner({ workers: 2 }))).toEqual(one);
    expect(await digests(inlineRunner(execute))).toEqual(one);
  });

  it.each([
    ['undefined', 'export default () => undefined;'],
    [
      'an object whose init is undefined and whose apply is function',
      'export default () => ({ apply() {} });',
    ],
  ])('is refused up front if its factory returns %s', async (got, text) => {
    write('stateful.ts', text);
    await expect(resourcesOf([runOf(0)])).rejects.toThrow(
      `stateful.ts: its default export, called with {}, returned ${got}, expected an object with the functions init and apply`,
    );
  });

  it('is refused up front if its factory or its init throws', async () => {
    write('stateful.ts', "export default () => { throw new Error('no beta'); };");
    await expect(resourcesOf([runOf(0)])).rejects.toThrow(/stateful.ts: Error: no beta/);
    write('noRoom.ts', "export default () => ({ init() { throw new Error('no room'); }, apply() {} });");
    await expect(resourcesOf([runOf(0, 'noRoom.ts')])).rejects.toThrow(/noRoom.ts: Error: no room/);
  });

  it('is lost, not failed, if its file was being saved when it threw', async () => {
    write('stateful.ts', 'export default () => ({ init: () => null, apply() {} });');
    const runs = [runOf(0)];
    const resources = await resourcesOf(runs);
    const broken = inlineRunner(() => {
      write('stateful.ts', '');
      throw new TypeError('no default export');
    });
    expect(await lostOf(broken, runs, resources)).toMatchObject([{ next: 'stop' }]);
  });

  it('does not run once its file has changed', async () => {
    write('stateful.ts', 'export default () => ({ init: () => null, apply() {} });');
    const runs = [runOf(0)];
    const resources = await resourcesOf(runs);
    write('stateful.ts', 'export default () => ({ init: () => null, apply(u) { u.fill(0); } });');
    const message = `the optimizer file ${shownPath(join(folder, 'stateful.ts'))} changed while the sweep ran; run the same command again`;
    const runners = [inlineRunner(execute), threadRunner({ workers: 1 })];
    for (const runner of runners)
      expect(await lostOf(runner, runs, resources)).toEqual([{ kind: 'lost', message, next: 'stop' }]);
    rmSync(join(folder, 'stateful.ts')); // as an editor may for a moment
    for (const runner of runners)
      expect(await lostOf(runner, runs, resources)).toEqual([{ kind: 'lost', message, next: 'stop' }]);
  });
});
