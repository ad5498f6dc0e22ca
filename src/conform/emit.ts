import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { MissingObjective } from '../optim/transform.ts';
import type { UserOptimizer } from '../run/catalog/method.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { createOptimizer, type OptimizerParts } from '../run/optimizer.ts';
import { parseOptimizer } from '../run/spec.ts';
import {
  driveOptimizer,
  type OptimizerCase,
  type OptimizerVectors,
  runOptimizerCase,
  type Trajectory,
} from './optimizerCases.ts';
import type { Problem } from './problems.ts';
import { type CaseResult, Skip, type VectorFile } from './vectors.ts';

/** After which steps emitted vectors record the parameters: those of the shipped files. */
const STEPS = [1, 2, 3, 5, 10, 20, 40, 60];

/** What vectors are to be written of: an optimizer as a spec names it, and the user's own optimizers that it may name. */
export interface EmitRequest {
  readonly optimizer: Readonly<Record<string, Json>>;
  readonly userOptimizers?: Readonly<Record<string, UserOptimizer>>;
  readonly problems: readonly Problem[];
}

/**
 * Vectors of an optimizer of this engine, one case a problem and type, in the format that {@link conform} reads: the family
 * name is `thalweg:<kind>`, the hyper-parameters are a spec's. The tolerance of float64 is 1e-12, that of float32 eight times the
 * distance of the float32 run from the float64 run, at least 1e-6.
 * @throws InvalidInput if the optimizer's options are wrong.
 */
export function emitVectors({ optimizer, userOptimizers = {}, problems }: EmitRequest): VectorFile {
  const spec = parseOptimizer(optimizer);
  const row = rowOf(userOptimizers);
  const { kind, ...hyper } = spec;
  const taken = problems.filter((problem) => takes(problem, { ...hyper, kind }, row));
  const cases = taken.flatMap((problem) => {
    const run = (dtype: OptimizerCase['dtype']) =>
      recordCase({ dtype, hyper: { kind, ...hyper }, problem, row });
    const [double, single] = [run('float64'), run('float32')];
    return [
      { ...double, id: `${kind}/${problem.id}/float64`, tol: 1e-12 },
      { ...single, id: `${kind}/${problem.id}/float32`, tol: Math.max(1e-6, 8 * distance(double, single)) },
    ];
  });
  return {
    family: 'optimizer',
    name: `thalweg:${kind}`,
    source: { library: 'thalweg', engine: engineDigest() },
    problems: taken,
    cases,
  };
}

/** Whether an optimizer can be driven by a problem: recorded gradients are no objective for a method that asks for one. */
function takes(problem: Problem, hyper: Readonly<Record<string, unknown>>, row: OptimizerVectors): boolean {
  try {
    recordCase({ dtype: 'float64', hyper, problem, row });
    return true;
  } catch (error) {
    if (error instanceof MissingObjective) return false;
    throw error;
  }
}

/** Runs a case that {@link emitVectors} wrote. @throws Skip if it is of a user's optimizer that was not given. */
export function runEmittedCase(
  testCase: OptimizerCase,
  problem: Problem,
  userOptimizers: Readonly<Record<string, UserOptimizer>> = {},
): CaseResult {
  const { kind, sha256, name } = testCase.hyper as { kind?: string; sha256?: string; name?: string };
  if (kind === 'module' && !Object.hasOwn(userOptimizers, sha256 ?? '')) {
    throw new Skip(
      `the user's optimizer ${name} was not given, or its file has changed; give it with --optimizer FILE`,
    );
  }
  return runOptimizerCase(testCase, problem, rowOf(userOptimizers));
}

/** The row of every emitted case: its hyper-parameters are the optimizer of a spec. */
export function rowOf(userOptimizers: Readonly<Record<string, UserOptimizer>>): OptimizerVectors {
  return {
    options: 'all',
    learningRate: (hyper) => hyper.learningRate as number,
    build(hyper) {
      const parts: OptimizerParts = {
        optimizer: parseOptimizer(hyper),
        modifiers: [],
        averaging: { kind: 'none' },
        rates: {},
        clip: { kind: 'none' },
        weightDecay: { kind: 'none' },
      };
      return createOptimizer(parts, userOptimizers);
    },
  };
}

interface Recording {
  readonly dtype: OptimizerCase['dtype'];
  readonly hyper: Readonly<Record<string, unknown>>;
  readonly problem: Problem;
  readonly row: OptimizerVectors;
}

function recordCase({ dtype, hyper, problem, row }: Recording): OptimizerCase {
  const names = Object.keys(problem.params);
  const blank = {
    id: '',
    kind: problem.grads === undefined ? 'closed-loop' : 'open-loop',
    dtype,
    hyper,
    inputs: { problem: problem.id },
    expected: { steps: STEPS, params: {} },
    scale: {},
    tol: 0,
  };
  const { params } = driveOptimizer(blank, problem, row, names, hyper);
  const largest = (rows: readonly (readonly number[])[]) =>
    Math.max(...rows.flat().map(Math.abs).filter(Number.isFinite));
  const scale = Object.fromEntries(names.map((name) => [name, largest(params[name])]));
  if (Object.values(scale).some((s) => !Number.isFinite(s))) {
    throw new InvalidInput(
      `the optimizer leaves no finite number on the problem ${problem.id}; choose other options`,
    );
  }
  return { ...blank, expected: { steps: STEPS, params }, scale };
}

/** The largest difference of two recordings as a share of the scale of its tensor. */
function distance(a: OptimizerCase, b: OptimizerCase): number {
  const differences = Object.entries(a.expected.params as Trajectory).flatMap(([name, rows]) =>
    rows.flatMap((row, i) =>
      row.map((x, k) => Math.abs(x - (b.expected.params as Trajectory)[name][i][k]) / a.scale[name]),
    ),
  );
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0);
}
