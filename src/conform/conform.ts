import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInput } from '../core/check.ts';
import { MissingObjective } from '../optim/transform.ts';
import type { UserOptimizer } from '../run/catalog/method.ts';
import { type ClipCase, runClipCase } from './clipCases.ts';
import { runEmittedCase } from './emit.ts';
import { runLayerCase } from './layerCases.ts';
import { runModelCase } from './modelCases.ts';
import { type OptimizerCase, type OptimizerVectors, runOptimizerCase } from './optimizerCases.ts';
import { optimizerVectors } from './optimizerVectors.ts';
import type { Problem } from './problems.ts';
import { runScheduleCase, type ScheduleCase } from './scheduleCases.ts';
import { scheduleVectors } from './scheduleVectors.ts';
import { runStatisticsCase, type StatisticsCase } from './statisticsCases.ts';
import { type CaseResult, readVectorJson, Skip, type VectorCase, type VectorFile } from './vectors.ts';

/** What a family of vector files is run by. */
type Runner = (testCase: VectorCase, file: VectorFile, given: Given) => CaseResult;

interface Given extends ConformOptions {
  readonly path: string;
}

export interface ConformOptions {
  /** Users' optimizers by the digest of their file, for vectors that were emitted of one. */
  readonly userOptimizers?: Readonly<Record<string, UserOptimizer>>;
}

const families: Readonly<Record<string, Runner>> = {
  optimizer: runOptimizer,
  schedule: runSchedule,
  clipping: (testCase) => runClipCase(testCase as ClipCase),
  layer: (testCase, file) => worstOf(testCase.id, runLayerCase(testCase, file)),
  'model-trace': (testCase, file) => runModelCase(testCase, file),
  statistics: (testCase, file) => runStatisticsCase(testCase as StatisticsCase, file),
};

/**
 * Runs every case of a vector file on this engine. A case of a family, name or option that is not known is skipped with the
 * reason; a case that cannot be read is a failure, so that no mistake of a file passes for a success.
 * @throws InvalidInput if the file is no vector file.
 */
export function* conform(path: string, options: ConformOptions = {}): Generator<CaseResult> {
  const file = readVectorFile(path);
  for (const testCase of file.cases) yield runCase(testCase, file, { ...options, path });
}

function runCase(testCase: VectorCase, file: VectorFile, given: Given): CaseResult {
  const id = String(testCase?.id ?? '(a case without id)');
  try {
    const run = families[file.family];
    if (run === undefined)
      throw new Skip(`unknown family: ${file.family}, known: ${Object.keys(families).join(', ')}`);
    return run(testCase, file, given);
  } catch (error) {
    if (error instanceof Skip || error instanceof MissingObjective)
      return { id, status: 'skip', message: error.message };
    const nothing = { ofTolerance: Number.POSITIVE_INFINITY, relative: Number.POSITIVE_INFINITY };
    return {
      id,
      status: 'fail',
      message: `the case cannot be run: ${(error as Error).message}`,
      deviation: nothing,
    };
  }
}

function runOptimizer(testCase: VectorCase, file: VectorFile, { path, userOptimizers }: Given): CaseResult {
  const optimizerCase = testCase as OptimizerCase;
  const problem = findProblem(optimizerCase.inputs.problem, file, path);
  if (file.name.startsWith('thalweg:')) return runEmittedCase(optimizerCase, problem, userOptimizers);
  return runOptimizerCase(optimizerCase, problem, rowOfName(file.name));
}

/** @throws Skip if this engine has no optimizer of that name. */
export function rowOfName(name: string): OptimizerVectors {
  if (Object.hasOwn(optimizerVectors, name)) return optimizerVectors[name];
  throw new Skip(`unknown optimizer: ${name}, known: ${Object.keys(optimizerVectors).join(', ')}`);
}

function runSchedule(testCase: VectorCase, file: VectorFile): CaseResult {
  if (Object.hasOwn(scheduleVectors, file.name))
    return runScheduleCase(testCase as ScheduleCase, scheduleVectors[file.name]);
  throw new Skip(`unknown schedule: ${file.name}, known: ${Object.keys(scheduleVectors).join(', ')}`);
}

/** One result for a case that was run on both engines: the first failure, else the one that came nearest to failing. */
function worstOf(id: string, results: readonly CaseResult[]): CaseResult {
  const share = (result: CaseResult) => (result.status === 'skip' ? 0 : result.deviation.ofTolerance);
  const failed = results.find((result) => result.status === 'fail');
  return { ...(failed ?? results.toSorted((a, b) => share(b) - share(a))[0]), id };
}

/** The problems that ship with thalweg, for files that have none beside them. */
export const SHIPPED_PROBLEMS = fileURLToPath(
  new URL('../../test/goldens/optimizers/_problems.json', import.meta.url),
);

/** In the file itself, in `_problems.json` beside it, or among those that ship with thalweg. */
export function findProblem(id: string, file: VectorFile, path: string): Problem {
  const beside = join(dirname(path), '_problems.json');
  for (const problems of [
    () => file.problems,
    () => problemsIn(beside),
    () => problemsIn(SHIPPED_PROBLEMS),
  ]) {
    const found = (problems() as readonly Problem[] | undefined)?.find((problem) => problem.id === id);
    if (found !== undefined) return found;
  }
  throw new Skip(`unknown problem: ${id}, it is neither in the file nor in _problems.json beside it`);
}

const read = new Map<string, readonly Problem[]>();

export function problemsIn(path: string): readonly Problem[] {
  let problems = read.get(path);
  if (problems === undefined) {
    const exists = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    problems = exists ? (readVectorJson(path) as { problems: readonly Problem[] }).problems : [];
    read.set(path, problems);
  }
  return problems;
}

export function readVectorFile(path: string): VectorFile {
  const file = readVectorJson(path);
  if (isVectorFile(file)) return file;
  throw new InvalidInput(
    `invalid vector file: ${path} has no family and cases; docs/conformance.md describes the format`,
  );
}

function isVectorFile(json: unknown): json is VectorFile {
  const { cases, family } = (json ?? {}) as Partial<VectorFile>;
  return Array.isArray(cases) && typeof family === 'string';
}

/**
 * The vector files among paths: a folder stands for the .json files in it and below that hold cases. Inputs that several
 * files share (`_problems.json`), indexes and other reference values are left out.
 * @throws InvalidInput if a path does not exist or a folder has no vector file.
 */
export function vectorFilesIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new InvalidInput(`unknown vector file: there is no ${path}`);
    if (!stat.isDirectory()) return [path];
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json') && !name.split('/').at(-1)?.startsWith('_'))
      .sort()
      .map((name) => join(path, name))
      .filter((name) => isVectorFile(readVectorJson(name)));
    if (files.length === 0)
      throw new InvalidInput(`invalid folder: ${path} has no vector files (.json with cases)`);
    return files;
  });
}
