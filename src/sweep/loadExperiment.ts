import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InvalidInput, nearest } from '../core/check.ts';
import { parseCanonicalJson } from '../core/json.ts';
import type { Experiment } from './experiment.ts';
import { importUserFile, inUserCode, shownPath } from './userCode.ts';

/** An experiment as its file gives it; the specs are not checked yet. */
export interface LoadedExperiment {
  /** The file's name without its ending: also the name of the results folder. */
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly question: string;
  readonly specs: readonly unknown[];
}

const CODE_ENDINGS: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const PLAN_ENDINGS: readonly string[] = ['.json', '.jsonl'];
const ENDINGS = [...CODE_ENDINGS, ...PLAN_ENDINGS];

/** A generator that never ends would otherwise fill the memory without a word. */
const MOST_RUNS = 1_000_000;

/**
 * Reads an experiment: a TypeScript or JavaScript file with a default export, or a JSON file with an array of specs
 * or one spec a line, as `thalweg plan --json` prints them.
 * @throws InvalidInput on a file that is not there, throws, or holds something else.
 */
export async function loadExperiment(path: string): Promise<LoadedExperiment> {
  const file = resolve(path);
  const ending = extname(file);
  const name = basename(file, ending);
  checkFile(path, file);
  if (PLAN_ENDINGS.includes(ending)) {
    return { name, file, title: name, question: '', specs: specsOfPlan(file) };
  }
  const definition = definitionOf((await importUserFile(file, 'experiment')).default, file);
  const specs = await inUserCode(file, 'experiment', () => takeAll(definition.runs?.()));
  if (specs.length === 0) {
    throw new InvalidInput(
      `invalid experiment ${shownPath(file)}: runs() gave no specs, so that there is nothing to run`,
    );
  }
  return { name, file, title: definition.title, question: definition.question, specs };
}

function definitionOf(value: unknown, file: string): Experiment {
  const { title, question, runs } = (value ?? {}) as Partial<Experiment>;
  const wrong = [
    typeof title === 'string' ? [] : 'title (a string)',
    typeof question === 'string' ? [] : 'question (a string)',
    typeof runs === 'function' ? [] : 'runs (a function that gives the specs)',
  ].flat();
  if (wrong.length === 0) return value as Experiment;
  const got = value === undefined ? 'no default export' : `a default export without ${wrong.join(', ')}`;
  throw new InvalidInput(
    `invalid experiment ${shownPath(file)}: got ${got}, expected export default experiment({ title, question, *runs() { yield spec } })`,
  );
}

function takeAll(specs: unknown): unknown[] {
  if (
    typeof (specs as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function' ||
    typeof specs === 'string'
  ) {
    throw new InvalidInput(
      'runs() gave something that is not a list; expected an array or a (synchronous) generator of specs',
    );
  }
  const all: unknown[] = [];
  for (const spec of specs as Iterable<unknown>) {
    if (all.length === MOST_RUNS)
      throw new InvalidInput(`runs() gave more than ${MOST_RUNS} specs; does its loop end?`);
    all.push(spec);
  }
  return all;
}

function specsOfPlan(file: string): readonly unknown[] {
  const text = readFileSync(file, 'utf8');
  const specs = parsePlan(text, file);
  if (specs.length === 0) {
    throw new InvalidInput(
      `invalid plan ${shownPath(file)}: expected at least one spec, in an array or one a line`,
    );
  }
  return specs;
}

/** An array, or one spec a line: whatever the file's ending says. */
function parsePlan(text: string, file: string): readonly unknown[] {
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const parse = (json: string, where: string) => {
    try {
      return parseCanonicalJson(json);
    } catch (cause) {
      throw new InvalidInput(
        `invalid plan ${shownPath(file)}: not JSON${where} (${(cause as Error).message})`,
        { cause },
      );
    }
  };
  if (/^\s*\{.*\}\s*$/.test(lines[0]?.line ?? '')) {
    return lines.map(({ line, number }) => parse(line, ` in line ${number}`));
  }
  const value = lines.length === 0 ? [] : parse(text, '');
  return Array.isArray(value) ? value : [value];
}

/** @throws InvalidInput if `path` names no file that can hold an experiment, with the nearest one that can. */
function checkFile(path: string, file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  const expected = `expected a TypeScript or JavaScript file, or a plan in JSON (${ENDINGS.join(', ')})`;
  if (stats?.isDirectory()) {
    const there = experimentsIn(file).map((each) => shownPath(each));
    const list = there.length > 0 ? `; there are ${there.slice(0, 10).join(', ')}` : '';
    throw new InvalidInput(`invalid experiment: ${path} is a folder, name a file in it${list}`);
  }
  if (stats === undefined) {
    const known = ['.', 'experiments', dirname(path)].flatMap((folder) => experimentsIn(resolve(folder)));
    const [name] = nearest(
      basename(path),
      known.map((each) => basename(each)),
    );
    const guess = known.find((each) => basename(each) === name);
    const hint = guess === undefined ? '' : `; the nearest is ${shownPath(guess)}`;
    throw new InvalidInput(`unknown experiment: there is no file ${path}${hint}`);
  }
  if (!ENDINGS.includes(extname(file))) throw new InvalidInput(`invalid experiment ${path}: ${expected}`);
}

function experimentsIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => ENDINGS.includes(extname(name)))
    .map((name) => join(folder, name));
}
