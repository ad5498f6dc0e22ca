import type { OptimizerSteps, StepRange } from './kernels.ts';
import { at, type Kernel } from './wasmCalls.ts';

export type StepExports = Record<`${keyof OptimizerSteps}Step`, Kernel>;

/** The bits of `flags` in assembly/optimizers.ts. */
const COUPLED = 1;
const DECOUPLED = 2;
const MOVES = 4;

/** Calls a step's kernel with what all of them take, then the addresses of the moments and the scalars of the method. */
function callStep(kernel: Kernel, range: StepRange, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0) {
  const { offset, length, params, grads, updates, learningRate, coupledDecay, decoupledDecay } = range;
  kernel(
    length,
    (coupledDecay === null ? 0 : COUPLED) |
      (decoupledDecay === null ? 0 : DECOUPLED) |
      (updates === null ? MOVES : 0),
    at(updates ?? params, offset),
    at(params, offset),
    at(grads, offset),
    learningRate,
    coupledDecay ?? 0,
    decoupledDecay ?? 0,
    a,
    b,
    c,
    d,
    e,
    f,
    g,
  );
}

/** The interface over the exports of assembly/optimizers.ts: whole steps in one pass. */
export function bindSteps(wasm: StepExports): OptimizerSteps {
  return {
    sgd(range) {
      callStep(wasm.sgdStep, range);
    },
    momentum(range, b, momentum, gradientWeight, nesterov) {
      const { offset } = range;
      callStep(wasm.momentumStep, range, at(b, offset), momentum, gradientWeight, Number(nesterov));
    },
    meanSquare(range, s, squaresWeight, gradientWeight, epsInside, eps, scale) {
      const { offset } = range;
      callStep(
        wasm.meanSquareStep,
        range,
        at(s, offset),
        squaresWeight,
        gradientWeight,
        epsInside,
        eps,
        scale,
      );
    },
    adam(range, m, v, beta1, beta2, scaleOfM, scaleOfV, eps) {
      const { offset } = range;
      callStep(wasm.adamStep, range, at(m, offset), at(v, offset), beta1, beta2, scaleOfM, scaleOfV, eps);
    },
  };
}
