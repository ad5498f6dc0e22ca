import { absorb } from '../core/fingerprint.ts';
import type { Kernels, WindowGeometry } from './kernels.ts';
import { at, atOrNull, type Kernel } from './wasmCalls.ts';
import { bindSteps, type StepExports } from './wasmOptimizers.ts';

export type Exports = Record<Exclude<keyof Kernels, 'dtype' | 'optimizerSteps'>, Kernel> & StepExports;

/** Calls a kernel that slides a window: the sizes, in the order that all of them take, then the rest. */
function slide(
  kernel: Kernel,
  geometry: WindowGeometry,
  N: number,
  a: number,
  b: number,
  c: number,
  d = 0,
  e = 0,
  f = 0,
  g = 0,
) {
  const { H, W, C, R, S, P, Q, strideH, strideW, padTop, padLeft } = geometry;
  kernel(N, H, W, C, R, S, P, Q, strideH, strideW, padTop, padLeft, a, b, c, d, e, f, g);
}

/**
 * Floats that the windows of one image reach, which is less than the scratch. The kernels count in 32 bits: where a border is so
 * wide that this overflows, this number has the run refused.
 */
export function reachOf({ C, R, S, P, Q, strideH, strideW }: WindowGeometry): number {
  return ((P - 1) * strideH + R) * ((Q - 1) * strideW + S) * C;
}

/** The interface over the exports of one instance. Nothing here allocates. */
export function bind(wasm: Exports): Kernels {
  return {
    dtype: 'float32',

    conv2dScratch: (g) =>
      Math.max(wasm.conv2dScratch(g.C, g.K, g.R, g.S, g.P, g.Q, g.strideH, g.strideW), reachOf(g)),
    conv2dForward(g, N, out, inp, weight, bias, scratch, argmax) {
      slide(
        wasm.conv2dForward,
        g,
        N,
        g.K,
        at(out),
        at(inp),
        at(weight),
        atOrNull(bias),
        at(scratch),
        atOrNull(argmax),
      );
    },
    conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax) {
      slide(
        wasm.conv2dBackwardInput,
        g,
        N,
        g.K,
        at(dinp),
        at(dout),
        at(weight),
        at(scratch),
        atOrNull(argmax),
      );
    },
    conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax) {
      slide(
        wasm.conv2dBackwardWeight,
        g,
        N,
        g.K,
        at(dweight),
        atOrNull(dbias),
        at(dout),
        at(inp),
        at(scratch),
        atOrNull(argmax),
      );
    },

    denseScratch: (N, _I, O) => wasm.denseScratch(N, O),
    denseForward(N, I, O, out, inp, weight, bias) {
      wasm.denseForward(N, I, O, at(out), at(inp), at(weight), atOrNull(bias));
    },
    denseBackwardInput(N, I, O, dinp, dout, weight, scratch) {
      wasm.denseBackwardInput(N, I, O, at(dinp), at(dout), at(weight), at(scratch));
    },
    denseBackwardWeight(N, I, O, dweight, dbias, dout, inp, scratch) {
      wasm.denseBackwardWeight(N, I, O, at(dweight), atOrNull(dbias), at(dout), at(inp), at(scratch));
    },

    maxPoolForward(g, N, out, argmax, inp, rectify = false) {
      slide(wasm.maxPoolForward, g, N, at(out), at(argmax), at(inp), Number(rectify));
    },
    maxPoolBackward(g, N, dinp, dout, argmax) {
      slide(wasm.maxPoolBackward, g, N, at(dinp), at(dout), at(argmax));
    },
    avgPoolForward(g, N, countPadding, out, inp) {
      slide(wasm.avgPoolForward, g, N, Number(countPadding), at(out), at(inp));
    },
    avgPoolBackward(g, N, countPadding, dinp, dout) {
      slide(wasm.avgPoolBackward, g, N, Number(countPadding), at(dinp), at(dout));
    },

    reluForward(length, out, inp) {
      wasm.reluForward(length, at(out), at(inp));
    },
    reluBackward(length, dinp, dout, inp) {
      wasm.reluBackward(length, at(dinp), at(dout), at(inp));
    },
    leakyReluForward(length, negativeSlope, out, inp) {
      wasm.leakyReluForward(length, negativeSlope, at(out), at(inp));
    },
    leakyReluBackward(length, negativeSlope, dinp, dout, inp) {
      wasm.leakyReluBackward(length, negativeSlope, at(dinp), at(dout), at(inp));
    },
    tanhForward(length, out, inp) {
      wasm.tanhForward(length, at(out), at(inp));
    },
    tanhBackward(length, dinp, dout, out) {
      wasm.tanhBackward(length, at(dinp), at(dout), at(out));
    },
    sigmoidForward(length, out, inp) {
      wasm.sigmoidForward(length, at(out), at(inp));
    },
    sigmoidBackward(length, dinp, dout, out) {
      wasm.sigmoidBackward(length, at(dinp), at(dout), at(out));
    },
    preluForward(rows, C, shared, out, inp, slope) {
      wasm.preluForward(rows, C, Number(shared), at(out), at(inp), at(slope));
    },
    preluBackward(rows, C, shared, dinp, dslope, dout, inp, slope) {
      wasm.preluBackward(rows, C, Number(shared), at(dinp), at(dslope), at(dout), at(inp), at(slope));
    },

    batchNormForward(rows, C, eps, momentum, out, inp, gamma, beta, mean, invStd, runningMean, runningVar) {
      wasm.batchNormForward(
        rows,
        C,
        eps,
        momentum,
        at(out),
        at(inp),
        atOrNull(gamma),
        atOrNull(beta),
        at(mean),
        at(invStd),
        at(runningMean),
        at(runningVar),
      );
    },
    batchNormEvaluate(rows, C, eps, out, inp, gamma, beta, mean, invStd, runningMean, runningVar) {
      wasm.batchNormEvaluate(
        rows,
        C,
        eps,
        at(out),
        at(inp),
        atOrNull(gamma),
        atOrNull(beta),
        at(mean),
        at(invStd),
        at(runningMean),
        at(runningVar),
      );
    },
    batchNormBackward(rows, C, training, dinp, dgamma, dbeta, dout, inp, gamma, mean, invStd) {
      wasm.batchNormBackward(
        rows,
        C,
        Number(training),
        atOrNull(dinp),
        atOrNull(dgamma),
        atOrNull(dbeta),
        at(dout),
        at(inp),
        atOrNull(gamma),
        at(mean),
        at(invStd),
      );
    },

    softmaxCrossEntropy: (N, K, smoothing, losses, dlogits, logits, labels) =>
      wasm.softmaxCrossEntropy(N, K, smoothing, at(losses), atOrNull(dlogits), at(logits), at(labels)),

    add(length, out, a, b) {
      wasm.add(length, at(out), at(a), at(b));
    },
    multiply(length, out, a, b) {
      wasm.multiply(length, at(out), at(a), at(b));
    },
    sumOfSquares: (v, offset, length) => wasm.sumOfSquares(at(v, offset), length),

    fingerprint(lanes, v, offset, length) {
      // an optimizer may keep vectors outside of this memory
      if (v.buffer === lanes.buffer && v instanceof Float32Array)
        wasm.fingerprint(at(lanes), at(v, offset), length);
      else absorb(lanes, v, offset, length);
    },

    optimizerSteps: bindSteps(wasm),
  };
}
