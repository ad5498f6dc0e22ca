import { describe, expect, it } from 'vitest';
import { createLayout } from '../../src/core/layout.ts';
import type { Vec } from '../../src/core/memory.ts';
import { stream } from '../../src/core/rng.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';
import { adagrad } from '../../src/optim/adagrad.ts';
import { adam } from '../../src/optim/adam.ts';
import { assembleOptimizer, type OptimizerParts } from '../../src/optim/assemble.ts';
import { clipByBlockRms, clipByGlobalNorm } from '../../src/optim/clip.ts';
import { fusedOptimizer } from '../../src/optim/fused.ts';
import { rmsprop } from '../../src/optim/rmsprop.ts';
import { sam } from '../../src/optim/sam.ts';
import { momentum, nesterov, sgd } from '../../src/optim/sgd.ts';
import type { StepContext, Transform } from '../../src/optim/transform.ts';
import { coupledDecay, decoupledDecay } from '../../src/optim/weightDecay.ts';
import { createUpdating } from '../../src/train/updating.ts';

/** Lengths with every remainder of a vector, padding behind each, and slots that decay beside some that do not. */
const layout = createLayout([
  { name: 'a.weight', shape: [67, 9], role: 'weight' },
  { name: 'a.bias', shape: [1], role: 'bias' },
  { name: 'b.weight', shape: [130], role: 'weight' },
  { name: 'b.gamma', shape: [17], role: 'gamma' },
  { name: 'c.weight', shape: [64], role: 'weight' },
]);
const STEPS = 12;

const directions: Record<string, () => Transform> = {
  sgd: () => sgd() as Transform,
  momentum: () => momentum() as Transform,
  'momentum with dampening': () => momentum({ momentum: 0.8, dampening: 0.3 }) as Transform,
  nesterov: () => nesterov() as Transform,
  adam: () => adam(),
  'adam with eps 0': () => adam({ eps: 0 }),
  'adam without bias correction': () => adam({ biasCorrection: false, beta1: 0 }),
  'adam with epsHat': () => adam({ epsHat: true, eps: 1e-3 }),
  rmsprop: () => rmsprop(),
  'rmsprop with eps 0': () => rmsprop({ eps: 0 }),
  'rmsprop with eps inside the root': () =>
    rmsprop({ epsInsideRoot: true, eps: 1e-7, initialMeanSquare: 1, alpha: 0.9 }),
  adagrad: () => adagrad() as Transform,
  'adagrad with a decay': () => adagrad({ lrDecay: 0.37, eps: 0 }) as Transform,
  'adagrad with eps inside the root': () =>
    adagrad({ epsInsideRoot: true, initialAccumulator: 0.1, eps: 1e-7 }) as Transform,
};

const surroundings: Record<string, Omit<OptimizerParts, 'direction'>> = {
  'nothing else': {},
  'coupled decay': { coupledDecay: coupledDecay({ rate: (step) => 0.01 * (step % 3) }) },
  'decoupled decay': { decoupledDecay: decoupledDecay({ rate: 0.05, largestLearningRate: 0.1 }) },
  'a clip and both decays': {
    clip: clipByGlobalNorm({ maxNorm: 1 }) as Transform,
    coupledDecay: coupledDecay({ rate: 0.02, filter: () => true }),
    decoupledDecay: decoupledDecay({ rate: 0.05 }),
  },
};

/** Ordinary numbers of many sizes, and among them all that arithmetic knows. */
const SPECIAL = [0, -0, 1e-45, -1e-40, 1e-30, -3e-23, 1e19, -3e38, Infinity, -Infinity, Number.NaN];
function fillGradient(v: Vec, step: number, special: boolean): void {
  for (const { name, offset, length } of layout.slots) {
    const rng = stream(3, name).at(step);
    for (let i = offset; i < offset + length; i++) {
      const value = rng.normal() * 2 ** -Math.floor(40 * rng.uniform());
      // each kind at elements of its own, so that NaN does not swallow the others
      const kind = i % 31;
      v[i] = special && kind < SPECIAL.length && rng.uniform() < 0.7 ? SPECIAL[kind] : value;
    }
  }
}

function open() {
  const { allocator, kernels } = wasmEngine.open(64 * layout.length * 4);
  const [params, grads, updates] = [0, 1, 2].map(() => allocator.floats(layout.length));
  for (const { name, offset, length } of layout.slots) {
    const rng = stream(5, name).at(0);
    for (let i = offset; i < offset + length; i++) params[i] = i % 13 === 0 ? -0 : rng.normal();
  }
  return { allocator, kernels, params, grads, updates };
}

/** The bits of the slots; of a NaN only that it is one: which one it is no engine promises. */
function bitsOf(v: Vec): number[] {
  const bits = new Uint32Array(Float32Array.from(v).buffer);
  return layout.slots.flatMap(({ offset, length }) =>
    [...bits.subarray(offset, offset + length)].map((b, i) => (Number.isNaN(v[offset + i]) ? 0x7fc00000 : b)),
  );
}

function paddingOf(v: Vec): number[] {
  return layout.slots.flatMap(({ offset, length }, k) => [
    ...v.subarray(offset + length, layout.slots[k + 1]?.offset ?? layout.length),
  ]);
}

function vectorsOf(state: unknown): Vec[] {
  if (state instanceof Float32Array) return [state];
  if (state === null || typeof state !== 'object') return [];
  return Object.values(state).flatMap(vectorsOf);
}

type Mode = 'chain' | 'updates' | 'parameters';

/** Parameters, updates and state after every step. */
function run(parts: OptimizerParts, mode: Mode, special: boolean) {
  const { allocator, kernels, params, grads, updates } = open();
  const optimizer = assembleOptimizer(parts);
  const state = optimizer.init(layout, allocator) as unknown[];
  const fused = fusedOptimizer(optimizer);
  const steps = kernels.optimizerSteps;
  if (fused === undefined || steps === undefined) throw new Error('no fused form');
  return Array.from({ length: STEPS }, (_, i) => {
    const context: StepContext = { step: i + 1, layout, params, learningRate: 0.1 / (i + 1), horizon: STEPS };
    fillGradient(grads, i, special);
    if (mode === 'chain') {
      updates.set(grads);
      optimizer.apply(updates, state, context);
    } else {
      fused(steps, { params, grads, updates }, mode === 'parameters', state, context);
    }
    const moved = mode === 'parameters' ? [] : bitsOf(updates);
    if (mode !== 'parameters') kernels.add(layout.length, params, params, updates);
    return {
      updates: moved,
      params: bitsOf(params),
      state: vectorsOf(state).map(bitsOf),
      padding: paddingOf(params),
    };
  });
}

describe.each(Object.entries(directions))('the fused step of %s', (_direction, make) => {
  describe.each(Object.entries(surroundings))('with %s', (_surroundings, parts) => {
    it.each([false, true])('has the bits of the chain (special numbers: %s)', (special) => {
      const [chain, updates, parameters] = (['chain', 'updates', 'parameters'] as const).map((mode) =>
        run({ ...parts, direction: make() }, mode, special),
      );
      expect(updates).toEqual(chain);
      expect(parameters).toEqual(chain.map((step) => ({ ...step, updates: [] })));
      expect(chain.at(-1)?.padding.every((x) => Object.is(x, 0))).toBe(true);
    });
  });
});

it('sees numbers that are finite, in many sizes, where the gradients are', () => {
  const last = run({ direction: adam() }, 'parameters', false).at(-1);
  const values = new Float32Array(Uint32Array.from(last?.params ?? []).buffer);
  expect(values.every(Number.isFinite)).toBe(true);
  expect(new Set(values).size).toBeGreaterThan(700);
});

describe('what has no fused form', () => {
  it.each<[string, OptimizerParts]>([
    ['a copy of a transform with another apply', { direction: { ...adam(), apply() {} } }],
    ['a transform that got another apply', { direction: Object.assign(adam(), { apply() {} }) }],
    ['AMSGrad', { direction: adam({ amsgrad: true }) }],
    ['centered RMSprop', { direction: rmsprop({ centered: true }) }],
    ['RMSprop with momentum', { direction: rmsprop({ momentum: 0.9 }) }],
    ['a clip of the update', { direction: adam(), updateClip: clipByBlockRms() as Transform }],
    ['a gradient from another place', { direction: adam(), gradient: sam({ rho: 0.1 }) as Transform }],
  ])('%s', (_name, parts) => {
    expect(fusedOptimizer(assembleOptimizer(parts))).toBeUndefined();
  });

  it('runs the apply that a transform got in place of its own', () => {
    const { allocator, kernels, params, grads, updates } = open();
    const threes = (v: Vec) => void v.fill(3); // not 1, which Adam's first step is
    const optimizer = assembleOptimizer({ direction: Object.assign(adam(), { apply: threes }) });
    const optimizerState = optimizer.init(layout, allocator);
    grads.fill(7);
    const expected = params.map((p) => p - 3 * 0.25);
    const updating = createUpdating({ kernels, optimizer, optimizerState, params, grads, updates });
    updating.move({ step: 1, layout, params, learningRate: 0.25, horizon: 1 });
    expect(bitsOf(params)).toEqual(bitsOf(expected));
  });

  it('a whole optimizer that got another apply', () => {
    const optimizer = assembleOptimizer({ direction: adam() });
    expect(fusedOptimizer(optimizer)).toBeDefined();
    expect(fusedOptimizer(Object.assign(optimizer, { apply() {} }))).toBeUndefined();
  });
});
