import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InvalidInput, nearest } from '../core/check.ts';
import { parseCanonicalJson } from '../core/json.ts';
import { describeValue } from '../run/schema.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { definitionMistakes, hasRuns } from './definition.ts';
import type { Conclusion } from './experiment.ts';
import { listOf } from './mistakes.ts';
import { declaring, type Protocol } from './stage.ts';
import { importUserFile, shownPath } from './userCode.ts';

/** An experiment as its file gives it; the specs are not checked yet. */
export interface LoadedExperiment {
  /** The file's name without its ending: also the name of the results folder. */
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly question: string;
  readonly conclusion: Conclusion | undefined;
  /** What is wrong with it beside its runs: told together with what is wrong with them. */
  readonly mistakes?: readonly string[];
  /** Its `declares` is that of the file's protocol. */
  readonly protocol: Protocol;
  /** Whether later stages depend on the results of earlier ones. */
  readonly isAdaptive: boolean;
}

const CODE_ENDINGS: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const PLAN_ENDINGS: readonly string[] = ['.json', '.jsonl'];
const ENDINGS = [...CODE_ENDINGS, ...PLAN_ENDINGS];

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
    const specs = specsOfPlan(file) as readonly RunSpecInput[];
    return { name, file, title: name, question: '', conclusion: undefined, ...inOneStage(() => specs) };
  }
  const { definition, mistakes } = definitionOf((await importUserFile(file, 'experiment')).default, file);
  const { title, question, conclusion } = definition;
  const stages =
    'protocol' in definition
      ? { protocol: laterCalled(definition), isAdaptive: true }
      : inOneStage(() => definition.runs());
  return { name, file, title, question, conclusion, mistakes, ...stages };
}

/** A list of runs as a protocol. */
export function inOneStage(
  runs: () => Iterable<RunSpecInput>,
): Pick<LoadedExperiment, 'protocol' | 'isAdaptive'> {
  return {
    *protocol() {
      yield { name: 'runs', runs };
      return null;
    },
    isAdaptive: false,
  };
}

/** The protocol called as the definition's own method, with what it declares. */
function laterCalled(definition: { readonly protocol: Protocol }): Protocol {
  return declaring(definition.protocol.declares ?? null, () => definition.protocol());
}

function definitionOf(value: unknown, file: string) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject) {
    const mistakes = definitionMistakes(value);
    if (hasRuns(value)) return { definition: value, mistakes };
    throw listOf(file, mistakes);
  }
  const got = value === undefined ? 'no default export' : `${describeValue(value)} as default export`;
  throw new InvalidInput(
    `invalid experiment ${shownPath(file)}: got ${got}, expected export default experiment({ title, question, *runs() { yield spec } })`,
  );
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
      const { message } = cause as Error;
      // of a line, which counts as the first one
      const reason = where === '' ? message : message.replace(/ \(line \d+ column \d+\)/, '');
      throw new InvalidInput(`invalid plan ${shownPath(file)}: not JSON${where} (${reason})`, { cause });
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
