import { InvalidInput } from '../core/check.ts';
import { differenceOf, type NumbersDifference } from '../core/ulps.ts';
import { MissingObjective } from '../optim/transform.ts';
import { createOptimizer, type OptimizerParts } from '../run/optimizer.ts';
import { findProblem, readVectorFile, rowOfName } from './conform.ts';
import { rowOf } from './emit.ts';
import {
  driveOptimizer,
  groupsOf,
  type OptimizerCase,
  type OptimizerVectors,
  requireKnownOptions,
  type Trajectory,
} from './optimizerCases.ts';
import { Skip, type VectorFile } from './vectors.ts';

/** Numbers of a case that are not what our optimizer gives. */
export interface DifferingTensor {
  readonly step: number;
  /** `params` or what else the case has recorded: `eval_params`, `averaged_params`. */
  readonly what: string;
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly difference: NumbersDifference;
}

/** How one case of a vector file differs from our optimizer, which was driven by the gradients of the case. */
export interface VectorDifference {
  readonly id: string;
  readonly type: 'float32' | 'float64';
  /** The recorded steps. */
  readonly steps: readonly number[];
  /** The first step and tensor with other bits; null if all are equal. */
  readonly first: DifferingTensor | null;
  /** The first with an element outside of the tolerance of the case, `difference` of these elements alone. */
  readonly firstBeyond: DifferingTensor | null;
}

export interface VectorOptions {
  /** The id of one case; all of the file unless given. */
  readonly caseId?: string | undefined;
  /** The optimizer of a run in place of that with the options of the case. Its learning rate is its own, unless the case has a schedule. */
  readonly optimizer?: OptimizerParts | undefined;
}

/**
 * Drives our optimizers through the cases of a vector file of the family `optimizer` and finds where the numbers part: a is ours, b the
 * file's. The cases whose optimizer, options or problem are not known are left out; `skipped` says why.
 * @throws InvalidInput if the file is none, or has no such case.
 */
export function vectorDifferences(
  path: string,
  { caseId, optimizer }: VectorOptions,
): { readonly cases: VectorDifference[]; readonly skipped: string[] } {
  const file = readVectorFile(path);
  if (file.family !== 'optimizer') {
    throw new InvalidInput(
      `invalid vector file: ${path} is of the family ${file.family}, expected optimizer; thalweg conform checks all families`,
    );
  }
  const wanted = file.cases.filter(({ id }) => caseId === undefined || id === caseId) as OptimizerCase[];
  if (wanted.length === 0) {
    const ids = file.cases.slice(0, 5).map(({ id }) => id);
    throw new InvalidInput(`unknown case: ${path} has none with the id ${caseId}, but ${ids.join(', ')}, …`);
  }
  const skipped: string[] = [];
  const cases = wanted.flatMap((testCase) => {
    try {
      return [differencesOfCase(testCase, file, path, optimizer)];
    } catch (error) {
      if (!(error instanceof Skip || error instanceof MissingObjective)) throw error;
      skipped.push(`${testCase.id}: ${error.message}`);
      return [];
    }
  });
  return { cases, skipped };
}

function differencesOfCase(
  testCase: OptimizerCase,
  file: VectorFile,
  path: string,
  optimizer: OptimizerParts | undefined,
): VectorDifference {
  const { id, dtype, expected, scale, tol } = testCase;
  const problem = findProblem(testCase.inputs.problem, file, path);
  const row = optimizer === undefined ? rowOfFile(file) : rowOfRun(optimizer);
  requireKnownOptions(testCase, row);
  const runs = groupsOf(testCase).map(({ params, hyper }) =>
    driveOptimizer(testCase, problem, row, params, { ...testCase.hyper, ...hyper }),
  );
  const trajectories: [what: string, ours: Trajectory, theirs: Trajectory][] = [
    ['params', Object.assign({}, ...runs.map((run) => run.params)), expected.params],
  ];
  const { evaluation } = row;
  if (evaluation !== undefined && expected[evaluation] !== undefined)
    trajectories.push([
      evaluation,
      Object.assign({}, ...runs.map((run) => run.evaluation)),
      expected[evaluation] as Trajectory,
    ]);
  const type = dtype === 'float32' ? Float32Array : Float64Array;
  const find = (allowed: (tensor: string) => number): DifferingTensor | null => {
    for (const [i, step] of expected.steps.entries()) {
      for (const [what, ours, theirs] of trajectories) {
        for (const tensor of Object.keys(theirs)) {
          const b = theirs[tensor][i];
          const a = b.map((value, k) => within(ours[tensor][i][k], value, allowed(tensor)));
          const difference = differenceOf(type.from(a), type.from(b));
          if (difference !== undefined)
            return { step, what, tensor, shape: problem.params[tensor].shape, difference };
        }
      }
    }
    return null;
  };
  return {
    id,
    type: dtype,
    steps: expected.steps,
    first: find(() => 0),
    firstBeyond: find((tensor) => tol * scale[tensor]),
  };
}

/** Ours, or theirs where the two are not further apart than is allowed. */
function within(a: number, b: number, allowed: number): number {
  return allowed > 0 && Math.abs(a - b) <= allowed ? b : a;
}

function rowOfFile({ name }: VectorFile): OptimizerVectors {
  return name.startsWith('thalweg:') ? rowOf({}) : rowOfName(name);
}

function rowOfRun(parts: OptimizerParts): OptimizerVectors {
  return {
    options: 'all',
    learningRate: () => parts.optimizer.learningRate,
    build: () => createOptimizer(parts, {}),
  };
}
