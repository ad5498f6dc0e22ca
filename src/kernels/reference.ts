import { absorb } from '../core/fingerprint.ts';
import { exp, log, sigmoid, tanh } from '../core/math.ts';
import { arrayAllocator, type Vec } from '../core/memory.ts';
import type { EngineFactory, Kernels, WindowGeometry } from './kernels.ts';

/**
 * The reference engine: float64, one plain loop an index, in the order of the formulas of kernels.ts. It exists to be
 * read and to be right; it is never tuned and shares no code with the fast engine.
 */
export const referenceEngine: EngineFactory = {
  name: 'reference',
  bytesPerFloat: 8,
  planner: { conv2dScratch: outputs, denseScratch: () => 0 },
  open: () => ({ kernels, allocator: arrayAllocator(8), close() {} }),
};

/**
 * Calls `visit` for every pair of an output and an input inside its window: o = n*P*Q + p*Q + q and
 * i = n*H*W + h*W + w count pixels, r and s are the place in the window. Row-major in n, p, q, r, s.
 */
function forEachTap(
  g: WindowGeometry,
  N: number,
  visit: (o: number, i: number, r: number, s: number) => void,
): void {
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < g.P; p++) {
      for (let q = 0; q < g.Q; q++) {
        for (let r = 0; r < g.R; r++) {
          for (let s = 0; s < g.S; s++) {
            const h = p * g.strideH + r - g.padTop;
            const w = q * g.strideW + s - g.padLeft;
            const inside = h >= 0 && h < g.H && w >= 0 && w < g.W;
            if (inside) visit((n * g.P + p) * g.Q + q, (n * g.H + h) * g.W + w, r, s);
          }
        }
      }
    }
  }
}

/** The number of outputs' pixels of a batch, and of inputs' pixels. */
const outPixels = (g: WindowGeometry, N: number) => N * g.P * g.Q;
const inpPixels = (g: WindowGeometry, N: number) => N * g.H * g.W;

function outputs(g: WindowGeometry, N: number): number {
  return outPixels(g, N) * g.K;
}

/** 2x2 windows side by side on the output of a convolution. */
function pairsOn({ P, Q, K }: WindowGeometry): WindowGeometry {
  const sizes = { H: P, W: Q, C: K, K, P: P >> 1, Q: Q >> 1 };
  return { ...sizes, R: 2, S: 2, strideH: 2, strideW: 2, padTop: 0, padLeft: 0 };
}

const kernels: Kernels = {
  dtype: 'float64',
  /** The output in front of a pool, or its gradient. */
  conv2dScratch: outputs,
  denseScratch: () => 0,

  conv2dForward(g, N, out, inp, weight, bias, scratch, argmax) {
    if (argmax !== undefined) {
      kernels.conv2dForward(g, N, scratch, inp, weight, bias, scratch);
      kernels.maxPoolForward(pairsOn(g), N, out, argmax, scratch, true);
      return;
    }
    const { C, K, R, S } = g;
    for (let o = 0; o < outPixels(g, N); o++) {
      for (let k = 0; k < K; k++) out[o * K + k] = bias === null ? 0 : bias[k];
    }
    forEachTap(g, N, (o, i, r, s) => {
      for (let k = 0; k < K; k++) {
        for (let c = 0; c < C; c++) {
          out[o * K + k] += inp[i * C + c] * weight[((k * C + c) * R + r) * S + s];
        }
      }
    });
  },

  conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax) {
    if (argmax !== undefined) {
      kernels.maxPoolBackward(pairsOn(g), N, scratch, dout, argmax);
      kernels.conv2dBackwardInput(g, N, dinp, scratch, weight, scratch);
      return;
    }
    const { C, K, R, S } = g;
    dinp.fill(0, 0, inpPixels(g, N) * C);
    forEachTap(g, N, (o, i, r, s) => {
      for (let k = 0; k < K; k++) {
        for (let c = 0; c < C; c++) {
          dinp[i * C + c] += dout[o * K + k] * weight[((k * C + c) * R + r) * S + s];
        }
      }
    });
  },

  conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax) {
    if (argmax !== undefined) {
      kernels.maxPoolBackward(pairsOn(g), N, scratch, dout, argmax);
      kernels.conv2dBackwardWeight(g, N, dweight, dbias, scratch, inp, scratch);
      return;
    }
    const { C, K, R, S } = g;
    dweight.fill(0, 0, K * C * R * S);
    forEachTap(g, N, (o, i, r, s) => {
      for (let k = 0; k < K; k++) {
        for (let c = 0; c < C; c++) {
          dweight[((k * C + c) * R + r) * S + s] += dout[o * K + k] * inp[i * C + c];
        }
      }
    });
    if (dbias === null) return;
    dbias.fill(0, 0, K);
    for (let o = 0; o < outPixels(g, N); o++) {
      for (let k = 0; k < K; k++) dbias[k] += dout[o * K + k];
    }
  },

  denseForward(N, I, O, out, inp, weight, bias) {
    for (let n = 0; n < N; n++) {
      for (let o = 0; o < O; o++) {
        let sum = bias === null ? 0 : bias[o];
        for (let i = 0; i < I; i++) sum += inp[n * I + i] * weight[o * I + i];
        out[n * O + o] = sum;
      }
    }
  },

  denseBackwardInput(N, I, O, dinp, dout, weight) {
    for (let n = 0; n < N; n++) {
      for (let i = 0; i < I; i++) {
        let sum = 0;
        for (let o = 0; o < O; o++) sum += dout[n * O + o] * weight[o * I + i];
        dinp[n * I + i] = sum;
      }
    }
  },

  denseBackwardWeight(N, I, O, dweight, dbias, dout, inp) {
    for (let o = 0; o < O; o++) {
      for (let i = 0; i < I; i++) {
        let sum = 0;
        for (let n = 0; n < N; n++) sum += dout[n * O + o] * inp[n * I + i];
        dweight[o * I + i] = sum;
      }
      if (dbias === null) continue;
      let sum = 0;
      for (let n = 0; n < N; n++) sum += dout[n * O + o];
      dbias[o] = sum;
    }
  },

  maxPoolForward(g, N, out, argmax, inp, rectify = false) {
    const { C, H, W } = g;
    // -1: no input of the window seen yet. A later value must be larger; any NaN replaces what was there.
    argmax.fill(-1, 0, outPixels(g, N) * C);
    forEachTap(g, N, (o, i) => {
      for (let c = 0; c < C; c++) {
        const x = inp[i * C + c];
        if (argmax[o * C + c] < 0 || x > out[o * C + c] || Number.isNaN(x)) {
          out[o * C + c] = x;
          argmax[o * C + c] = i % (H * W);
        }
      }
    });
    if (!rectify) return;
    for (let i = 0; i < outPixels(g, N) * C; i++) {
      if (out[i] > 0) continue;
      argmax[i] = -1;
      if (out[i] <= 0) out[i] = 0;
    }
  },

  maxPoolBackward(g, N, dinp, dout, argmax) {
    const { C, H, W, P, Q } = g;
    dinp.fill(0, 0, inpPixels(g, N) * C);
    for (let o = 0; o < outPixels(g, N); o++) {
      const n = Math.floor(o / (P * Q));
      for (let c = 0; c < C; c++) {
        const winner = argmax[o * C + c];
        if (winner >= 0) dinp[(n * H * W + winner) * C + c] += dout[o * C + c];
      }
    }
  },

  avgPoolForward(g, N, countPadding, out, inp) {
    const { C } = g;
    const share = shares(g, countPadding);
    out.fill(0, 0, outPixels(g, N) * C);
    forEachTap(g, N, (o, i) => {
      for (let c = 0; c < C; c++) out[o * C + c] += inp[i * C + c];
    });
    for (let o = 0; o < outPixels(g, N); o++) {
      for (let c = 0; c < C; c++) out[o * C + c] /= share[o % share.length];
    }
  },

  avgPoolBackward(g, N, countPadding, dinp, dout) {
    const { C } = g;
    const share = shares(g, countPadding);
    dinp.fill(0, 0, inpPixels(g, N) * C);
    forEachTap(g, N, (o, i) => {
      for (let c = 0; c < C; c++) dinp[i * C + c] += dout[o * C + c] / share[o % share.length];
    });
  },

  reluForward(length, out, inp) {
    for (let i = 0; i < length; i++) out[i] = inp[i] <= 0 ? 0 : inp[i];
  },

  reluBackward(length, dinp, dout, inp) {
    for (let i = 0; i < length; i++) dinp[i] = inp[i] > 0 ? dout[i] : 0;
  },

  leakyReluForward(length, negativeSlope, out, inp) {
    for (let i = 0; i < length; i++) out[i] = inp[i] > 0 ? inp[i] : negativeSlope * inp[i];
  },

  leakyReluBackward(length, negativeSlope, dinp, dout, inp) {
    for (let i = 0; i < length; i++) dinp[i] = inp[i] > 0 ? dout[i] : negativeSlope * dout[i];
  },

  tanhForward(length, out, inp) {
    for (let i = 0; i < length; i++) out[i] = tanh(inp[i]);
  },

  tanhBackward(length, dinp, dout, out) {
    for (let i = 0; i < length; i++) dinp[i] = dout[i] * (1 - out[i] * out[i]);
  },

  sigmoidForward(length, out, inp) {
    for (let i = 0; i < length; i++) out[i] = sigmoid(inp[i]);
  },

  sigmoidBackward(length, dinp, dout, out) {
    for (let i = 0; i < length; i++) dinp[i] = dout[i] * out[i] * (1 - out[i]);
  },

  preluForward(rows, C, shared, out, inp, slope) {
    for (let i = 0; i < rows * C; i++) out[i] = inp[i] > 0 ? inp[i] : slope[shared ? 0 : i % C] * inp[i];
  },

  preluBackward(rows, C, shared, dinp, dslope, dout, inp, slope) {
    dslope.fill(0, 0, shared ? 1 : C);
    for (let i = 0; i < rows * C; i++) {
      const c = shared ? 0 : i % C;
      if (inp[i] > 0) {
        dinp[i] = dout[i];
      } else {
        dslope[c] += dout[i] * inp[i];
        dinp[i] = slope[c] * dout[i];
      }
    }
  },

  batchNormForward(rows, C, eps, momentum, out, inp, gamma, beta, mean, invStd, runningMean, runningVar) {
    for (let c = 0; c < C; c++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += inp[i * C + c];
      const mu = sum / rows;
      let squares = 0;
      for (let i = 0; i < rows; i++) squares += (inp[i * C + c] - mu) * (inp[i * C + c] - mu);
      mean[c] = mu;
      invStd[c] = 1 / Math.sqrt(squares / rows + eps);
      runningMean[c] = (1 - momentum) * runningMean[c] + momentum * mu;
      // one value has no unbiased variance; it counts as 0 (PyTorch refuses such a batch)
      runningVar[c] = (1 - momentum) * runningVar[c] + (momentum * squares) / Math.max(rows - 1, 1);
    }
    normalize(rows, C, out, inp, gamma, beta, mean, invStd);
  },

  batchNormEvaluate(rows, C, eps, out, inp, gamma, beta, mean, invStd, runningMean, runningVar) {
    for (let c = 0; c < C; c++) {
      mean[c] = runningMean[c];
      invStd[c] = 1 / Math.sqrt(runningVar[c] + eps);
    }
    normalize(rows, C, out, inp, gamma, beta, mean, invStd);
  },

  batchNormBackward(rows, C, training, dinp, dgamma, dbeta, dout, inp, gamma, mean, invStd) {
    for (let c = 0; c < C; c++) {
      const xhat = (i: number) => (inp[i * C + c] - mean[c]) * invStd[c];
      let sumDy = 0;
      let sumDyXhat = 0;
      for (let i = 0; i < rows; i++) {
        sumDy += dout[i * C + c];
        sumDyXhat += dout[i * C + c] * xhat(i);
      }
      if (dgamma !== null) dgamma[c] = sumDyXhat;
      if (dbeta !== null) dbeta[c] = sumDy;
      if (dinp === null) continue;
      const scale = (gamma === null ? 1 : gamma[c]) * invStd[c];
      for (let i = 0; i < rows; i++) {
        // through the batch's mean and variance, which depend on every input of the channel
        const throughStatistics = training ? sumDy / rows + (xhat(i) * sumDyXhat) / rows : 0;
        dinp[i * C + c] = scale * (dout[i * C + c] - throughStatistics);
      }
    }
  },

  softmaxCrossEntropy(N, K, smoothing, losses, dlogits, logits, labels) {
    let total = 0;
    for (let n = 0; n < N; n++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < K; k++) largest = Math.max(largest, logits[n * K + k]);
      let sum = 0;
      for (let k = 0; k < K; k++) sum += exp(logits[n * K + k] - largest);
      let loss = 0;
      for (let k = 0; k < K; k++) {
        const z = logits[n * K + k] - largest;
        const target = (k === labels[n] ? 1 - smoothing : 0) + smoothing / K;
        if (target !== 0) loss += target * (log(sum) - z);
        if (dlogits !== null) dlogits[n * K + k] = (exp(z) / sum - target) / N;
      }
      losses[n] = loss;
      total += loss;
    }
    return total / N;
  },

  add(length, out, a, b) {
    for (let i = 0; i < length; i++) out[i] = a[i] + b[i];
  },

  multiply(length, out, a, b) {
    for (let i = 0; i < length; i++) out[i] = a[i] * b[i];
  },

  sumOfSquares(v, offset, length) {
    let sum = 0;
    for (let i = offset; i < offset + length; i++) sum += v[i] * v[i];
    return sum;
  },

  fingerprint: absorb,
};

/** What the sum of each window of one image is divided by: its size, or the number of its inputs inside the image. */
function shares(g: WindowGeometry, countPadding: boolean): number[] {
  const share: number[] = new Array(g.P * g.Q).fill(countPadding ? g.R * g.S : 0);
  if (!countPadding) {
    forEachTap(g, 1, (o) => {
      share[o] += 1;
    });
  }
  return share;
}

/** out = gamma * (inp - mean) * invStd + beta. */
function normalize(
  rows: number,
  C: number,
  out: Vec,
  inp: Vec,
  gamma: Vec | null,
  beta: Vec | null,
  mean: Vec,
  invStd: Vec,
): void {
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < C; c++) {
      const xhat = (inp[i * C + c] - mean[c]) * invStd[c];
      out[i * C + c] = (gamma === null ? 1 : gamma[c]) * xhat + (beta === null ? 0 : beta[c]);
    }
  }
}
