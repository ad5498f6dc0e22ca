import { createLayout, type Layout } from '../core/layout.ts';
import { type Allocator, measureMemory, type Vec } from '../core/memory.ts';
import { stream } from '../core/rng.ts';
import { referenceEngine } from '../kernels/reference.ts';
import { wasmEngine } from '../kernels/wasm.ts';
import type { Objective, StepContext, Transform } from '../optim/transform.ts';
import { type ClosedLoop, closedLoopOf, elementsOf, type Problem, scatter } from './problems.ts';
import { type CaseResult, Comparison, Skip, type VectorCase } from './vectors.ts';

/** The hyper-parameters of a case under the names of its source. */
export type Hyper = Readonly<Record<string, unknown>>;

export interface OptimizerInputs {
  readonly problem: string;
  /** [[1, a], [21, b]]: the rate is a from step 1 and b from step 21 on. */
  readonly lr_by_step?: readonly (readonly [number, number])[];
  readonly param_groups?: readonly { readonly params: readonly string[]; readonly hyper: Hyper }[];
  readonly [input: string]: unknown;
}

/** Parameters by tensor after each of the recorded steps. */
export type Trajectory = Readonly<Record<string, readonly (readonly number[])[]>>;

export interface OptimizerCase extends VectorCase {
  readonly inputs: OptimizerInputs;
  readonly expected: {
    readonly steps: readonly number[];
    readonly params: Trajectory;
    readonly [observed: string]: unknown;
  };
  readonly scale: Readonly<Record<string, number>>;
  readonly tol: number;
}

/**
 * How the options of one name of vector files become an optimizer of ours: one row a name. The vectors' names are the
 * libraries' (`lr`, `betas`); `build` translates.
 */
export interface OptimizerVectors {
  /** The options that `build` takes. A case with another one is skipped, never passed by ignoring it. */
  readonly options: readonly string[] | 'all';
  /** The whole chain, the learning rate included (see assembleOptimizer). */
  readonly build: (
    hyper: Hyper,
    given: { readonly inputs: OptimizerInputs; readonly problem: Problem },
  ) => Transform;
  /** The learning rate of the case; `hyper.lr` unless given. */
  readonly learningRate?: (hyper: Hyper) => number;
  /** Whether the gradient is turned around; `hyper.maximize` unless given. */
  readonly maximize?: (hyper: Hyper) => boolean;
  /** Which expected trajectories are those of the evaluation parameters (`eval_params`, `averaged_params`). */
  readonly evaluation?: string;
  /** Expected scalars a step by the telemetry channel that they are compared with: `{ d: 'd' }`. */
  readonly telemetry?: Readonly<Record<string, string>>;
}

const engines = { float32: wasmEngine, float64: referenceEngine };

/**
 * Runs a case: float64 on the reference engine's memory, float32 on the WASM engine's. Every parameter group is an
 * optimizer of its own over the tensors of the group.
 * @throws Skip if the case has an option or an input that the row does not take.
 */
export function runOptimizerCase(
  testCase: OptimizerCase,
  problem: Problem,
  row: OptimizerVectors,
): CaseResult {
  requireKnownOptions(testCase, row);
  const comparison = new Comparison();
  for (const group of groupsOf(testCase)) {
    const hyper = { ...testCase.hyper, ...group.hyper };
    const run = driveOptimizer(testCase, problem, row, group.params, hyper);
    compareTrajectory(comparison, testCase, '', testCase.expected.params, run.params, group.params);
    if (row.evaluation !== undefined && testCase.expected[row.evaluation] !== undefined) {
      const expected = testCase.expected[row.evaluation] as Trajectory;
      compareTrajectory(comparison, testCase, `${row.evaluation} `, expected, run.evaluation, group.params);
    }
    for (const [field, channel] of Object.entries(row.telemetry ?? {})) {
      compareScalars(
        comparison,
        testCase,
        field,
        run.telemetry.map((values) => values[channel]),
      );
    }
  }
  return comparison.result(testCase.id);
}

/** @throws Skip if the case has an option that the row does not take. */
export function requireKnownOptions({ hyper }: OptimizerCase, { options }: OptimizerVectors): void {
  const unknown = options === 'all' ? [] : Object.keys(hyper).filter((option) => !options.includes(option));
  if (unknown.length > 0) throw new Skip(`unknown option: ${unknown.join(', ')}, known: ${String(options)}`);
}

/** The parameter groups. A source that cannot take a tensor of the problem leaves it out of its results. */
export function groupsOf({ inputs, expected }: OptimizerCase) {
  return inputs.param_groups ?? [{ params: Object.keys(expected.params), hyper: {} }];
}

export interface Driven {
  readonly params: Readonly<Record<string, number[][]>>;
  readonly evaluation: Readonly<Record<string, number[][]>>;
  readonly telemetry: readonly Readonly<Record<string, number>>[];
}

/** Drives an optimizer through the steps of a case and keeps what the case records. */
export function driveOptimizer(
  testCase: OptimizerCase,
  problem: Problem,
  row: OptimizerVectors,
  names: readonly string[],
  hyper: Hyper,
): Driven {
  const { inputs, expected } = testCase;
  const layout = createLayout(
    names.map((name) => ({ name, shape: problem.params[name].shape, role: roleOf(problem, name) })),
  );
  const optimizer = row.build(hyper, { inputs, problem });
  const reserve = (allocator: Allocator) => ({
    params: allocator.floats(layout.length),
    updates: allocator.floats(layout.length),
    evaluation: allocator.floats(layout.length),
    state: optimizer.init(layout, allocator),
  });
  const factory = engines[testCase.dtype];
  const { params, updates, evaluation, state } = reserve(
    factory.open(measureMemory(factory.bytesPerFloat, reserve)).allocator,
  );
  for (const { name, offset } of layout.slots) params.set(problem.params[name].init, offset);

  const closed = problem.grads === undefined ? closedLoopOf(problem) : undefined;
  const base = row.learningRate?.(hyper) ?? (hyper.lr as number);
  const sign = (row.maximize?.(hyper) ?? hyper.maximize === true) ? -1 : 1;
  const noise = stream(1, 'optimizer');
  const driven = {
    params: empty(names),
    evaluation: empty(names),
    telemetry: [] as Record<string, number>[],
  };
  for (let step = 1; step <= (expected.steps.at(-1) ?? 0); step++) {
    const learningRate = inputs.lr_by_step?.findLast(([from]) => step >= from)?.[1] ?? base;
    const context: StepContext = {
      step,
      layout,
      params,
      learningRate,
      random: () => noise.at(step),
      ...(closed === undefined
        ? {}
        : { loss: closed.loss(elementsOf(params, layout)), objective: objectiveAt(closed, layout, params) }),
    };
    fillGradient(updates, problem, closed, layout, params, step);
    if (sign < 0) for (let i = 0; i < updates.length; i++) updates[i] = -updates[i];
    optimizer.apply(updates, state, context);
    for (let i = 0; i < params.length; i++) params[i] += updates[i];
    if (!expected.steps.includes(step)) continue;
    keep(driven.params, params, layout);
    if (row.evaluation !== undefined) {
      optimizer.evaluationParams?.(evaluation, state, params, layout);
      keep(driven.evaluation, evaluation, layout);
    }
    driven.telemetry.push({ ...optimizer.telemetry?.(state) });
  }
  return driven;
}

/** A vector is taken for a bias and everything else for a weight; the sources know no roles. */
function roleOf(problem: Problem, name: string): 'weight' | 'bias' {
  return problem.params[name].shape.length > 1 ? 'weight' : 'bias';
}

function fillGradient(
  updates: Vec,
  problem: Problem,
  closed: ClosedLoop | undefined,
  layout: Layout,
  params: Vec,
  step: number,
): void {
  if (closed !== undefined) {
    scatter(updates, layout, closed.gradient(elementsOf(params, layout)));
    return;
  }
  for (const { name, offset } of layout.slots) updates.set(problem.grads?.[name][step - 1] ?? [], offset);
}

function objectiveAt(closed: ClosedLoop, layout: Layout, params: Vec): Objective {
  return {
    gradient(at, out) {
      const x = elementsOf(at, layout);
      scatter(out, layout, closed.gradient(x));
      return closed.loss(x);
    },
    hessianVector(v, out) {
      scatter(out, layout, closed.hessianVector(elementsOf(params, layout), elementsOf(v, layout)));
    },
  };
}

function empty(names: readonly string[]): Record<string, number[][]> {
  return Object.fromEntries(names.map((name) => [name, []]));
}

function keep(trajectory: Readonly<Record<string, number[][]>>, v: Vec, layout: Layout): void {
  for (const { name, offset, length } of layout.slots)
    trajectory[name].push([...v.subarray(offset, offset + length)]);
}

function compareTrajectory(
  comparison: Comparison,
  { expected, scale, tol }: OptimizerCase,
  what: string,
  wanted: Trajectory,
  got: Trajectory,
  names: readonly string[],
): void {
  expected.steps.forEach((step, i) => {
    for (const name of names) {
      wanted[name][i].forEach((value, k) => {
        comparison.compare(
          () => `${what}${name}[${k}] after step ${step}`,
          got[name][i]?.[k],
          value,
          tol * scale[name],
          scale[name],
        );
      });
    }
  });
}

function compareScalars(
  comparison: Comparison,
  testCase: OptimizerCase,
  field: string,
  got: readonly (number | undefined)[],
): void {
  const expected = testCase.expected[field] as readonly number[] | undefined;
  if (expected === undefined) return;
  const tol = (testCase[`tol_${field}_relative`] as number | undefined) ?? testCase.tol;
  expected.forEach((value, i) => {
    comparison.compare(
      () => `${field} after step ${testCase.expected.steps[i]}`,
      got[i],
      value,
      tol * Math.abs(value),
      Math.abs(value),
    );
  });
}
