import { describe, expect, it } from 'vitest';
import type { WindowGeometry } from '../../src/kernels/kernels.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';
import { bits, perform } from './desk.ts';

const inputs = (g: WindowGeometry, N: number) => N * g.H * g.W * g.C;
const outputs = (g: WindowGeometry, N: number) => N * g.P * g.Q * g.K;

/**
 * docs/performance.md says in which order every sum is formed. Here the same float32 operations are done one by one, and
 * the bits must agree: on every machine, whatever the batch, whatever tile an element falls into.
 */
describe('sums are formed in the written order, to the bit', () => {
  const { fround } = Math;
  const plus = (sum: number, a: number, b: number) => fround(sum + fround(a * b));
  const window = (C: number, K: number, H: number, pad: number, W = H): WindowGeometry => {
    const [P, Q] = [H + 2 * pad - 2, W + 2 * pad - 2];
    return { H, W, C, K, R: 3, S: 3, P, Q, strideH: 1, strideW: 1, padTop: pad, padLeft: pad };
  };
  /** Rows of one to five outputs: the kernels for one channel take two at a time. */
  const narrow = [1, 2, 3, 4, 5].flatMap((Q) => [window(1, 4, 5, 0, Q + 2), window(3, 12, 4, 1, Q)]);

  /** The places of an image that a window's taps meet, as [output pixel, input pixel, tap], in the order p, q, r, s. */
  function* taps(g: WindowGeometry): Generator<readonly [number, number, number]> {
    for (let p = 0; p < g.P; p++) {
      for (let q = 0; q < g.Q; q++) {
        for (let tap = 0; tap < 9; tap++) {
          const [h, w] = [p + Math.floor(tap / 3) - g.padTop, q + (tap % 3) - g.padLeft];
          if (h >= 0 && h < g.H && w >= 0 && w < g.W) yield [p * g.Q + q, h * g.W + w, tap];
        }
      }
    }
  }

  it.each([window(5, 20, 7, 0), window(1, 8, 6, 0), window(3, 9, 5, 0), ...narrow])('convolution %o', (g) => {
    const N = 2;
    const { C, K } = g;
    const { inp, weight, bias, dout, ...actual } = perform(wasmEngine, 5, ({ kernels, random, blank }) => {
      const [inp, weight, bias] = [random(inputs(g, N)), random(K * C * 9), random(K)];
      const [out, dout, dinp] = [blank(outputs(g, N)), random(outputs(g, N)), blank(inputs(g, N))];
      const [dweight, dbias, scratch] = [blank(K * C * 9), blank(K), blank(kernels.conv2dScratch(g, N))];
      kernels.conv2dForward(g, N, out, inp, weight, bias, scratch);
      kernels.conv2dBackwardInput(g, N, dinp, dout, weight, scratch);
      kernels.conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch);
      return { inp, weight, bias, dout, out, dinp, dweight, dbias };
    });
    const out = Array.from(actual.out, (_, i) => bias[i % K]);
    const dinp = new Array(inp.length).fill(0);
    const dweight = new Array(weight.length).fill(0);
    const dbias = new Array(K).fill(0);
    for (let n = 0; n < N; n++) {
      const [x0, y0] = [n * inputs(g, 1), n * outputs(g, 1)];
      const ofImage = new Array(weight.length).fill(0);
      const biasOfImage = new Array(K).fill(0);
      for (const [o, i, tap] of taps(g)) {
        for (let k = 0; k < K; k++) {
          for (let c = 0; c < C; c++) {
            const [x, y, w] = [x0 + i * C + c, y0 + o * K + k, (k * C + c) * 9 + tap];
            out[y] = plus(out[y], inp[x], weight[w]);
            ofImage[w] = plus(ofImage[w], inp[x], dout[y]);
          }
        }
      }
      for (let tap = 0; tap < 9; tap++) {
        for (const [o, i] of Array.from(taps(g)).filter((each) => each[2] === tap)) {
          for (let c = 0; c < C; c++) {
            for (let k = 0; k < K; k++) {
              const [x, y, w] = [x0 + i * C + c, y0 + o * K + k, (k * C + c) * 9 + tap];
              dinp[x] = plus(dinp[x], dout[y], weight[w]);
            }
          }
        }
      }
      for (let y = 0; y < outputs(g, 1); y++) biasOfImage[y % K] = plus(biasOfImage[y % K], dout[y0 + y], 1);
      for (let w = 0; w < weight.length; w++) dweight[w] = plus(dweight[w], ofImage[w], 1);
      for (let k = 0; k < K; k++) dbias[k] = plus(dbias[k], biasOfImage[k], 1);
    }
    for (const [name, values] of Object.entries({ out, dinp, dweight, dbias })) {
      expect(bits(actual[name]), name).toEqual(bits(values));
    }
  });

  it.each([
    [5, 23, 7],
    [4, 8, 10],
  ])('dense, %i x %i -> %i', (N, I, O) => {
    const { inp, weight, bias, dout, ...actual } = perform(wasmEngine, 6, ({ kernels, random, blank }) => {
      const [inp, weight, bias, dout] = [random(N * I), random(O * I), random(O), random(N * O)];
      const [out, dinp, dweight, dbias] = [blank(N * O), blank(N * I), blank(O * I), blank(O)];
      const scratch = blank(kernels.denseScratch(N, I, O));
      kernels.denseForward(N, I, O, out, inp, weight, bias, scratch);
      kernels.denseBackwardInput(N, I, O, dinp, dout, weight, scratch);
      kernels.denseBackwardWeight(N, I, O, dweight, dbias, dout, inp, scratch);
      return { inp, weight, bias, dout, out, dinp, dweight, dbias };
    });
    const [out, dinp, dweight, dbias] = [N * O, N * I, O * I, O].map((length) => new Array(length).fill(0));
    for (let n = 0; n < N; n++) {
      for (let o = 0; o < O; o++) {
        const partial = [0, 0, 0, 0];
        const whole = I - (I % 4);
        for (let i = 0; i < whole; i++)
          partial[i % 4] = plus(partial[i % 4], inp[n * I + i], weight[o * I + i]);
        let sum = plus(fround(partial[0] + partial[1]), fround(partial[2] + partial[3]), 1);
        for (let i = whole; i < I; i++) sum = plus(sum, inp[n * I + i], weight[o * I + i]);
        out[n * O + o] = fround(sum + bias[o]);
        for (let i = 0; i < I; i++) {
          dinp[n * I + i] = plus(dinp[n * I + i], dout[n * O + o], weight[o * I + i]);
          dweight[o * I + i] = plus(dweight[o * I + i], dout[n * O + o], inp[n * I + i]);
        }
        dbias[o] = fround(dbias[o] + dout[n * O + o]);
      }
    }
    for (const [name, values] of Object.entries({ out, dinp, dweight, dbias })) {
      expect(bits(actual[name]), name).toEqual(bits(values));
    }
  });

  const channels = [...Array.from({ length: 20 }, (_, i) => i + 1), 130];
  /** Blocks of eight rows, whole and not. */
  const rowsOf = (C: number) => 2 + ((5 * C) % 23);
  const columnOf = (v: ArrayLike<number>, C: number, c: number) =>
    Array.from({ length: v.length / C }, (_, row) => v[row * C + c]);

  it.each(channels)('batch norm, %i channels', (C) => {
    const rows = rowsOf(C);
    const { inp, dout, gamma, beta, ...actual } = perform(wasmEngine, C, ({ kernels, random, blank }) => {
      const [inp, dout] = [random(rows * C, (rng) => 3 + rng.normal()), random(rows * C)];
      const [gamma, beta, runningMean, runningVar] = [random(C), random(C), random(C), random(C)];
      const [out, dinp, mean, invStd] = [blank(rows * C), blank(rows * C), blank(C), blank(C)];
      const [dgamma, dbeta] = [blank(C), blank(C)];
      kernels.batchNormForward(
        ...([rows, C, 1e-5, 0.1, out, inp, gamma, beta, mean, invStd, runningMean, runningVar] as const),
      );
      kernels.batchNormBackward(rows, C, true, dinp, dgamma, dbeta, dout, inp, gamma, mean, invStd);
      return { inp, dout, gamma, beta, out, dinp, mean, invStd, dgamma, dbeta };
    });
    for (let c = 0; c < C; c++) {
      const [x, dy] = [columnOf(inp, C, c), columnOf(dout, C, c)];
      let [sum, squares] = [0, 0];
      for (const value of x) {
        sum += value - x[0];
        squares += (value - x[0]) * (value - x[0]);
      }
      const average = sum / rows;
      const mu = x[0] + average;
      const scale = 1 / Math.sqrt((squares - average * average * rows) / rows + 1e-5);
      const [high, factor] = [fround(mu), fround(gamma[c] * scale)];
      const low = fround(mu - high);
      const out = x.map((value) => fround(fround(fround(fround(value - high) - low) * factor) + beta[c]));
      let [sumDy, products, rest] = [0, 0, 0];
      for (let row = 0; row < rows; row++) {
        sumDy += dy[row];
        products += dy[row] * (x[row] - high);
        rest += x[row] - high;
      }
      rest /= rows;
      const std = fround(scale);
      const sumDyXhat = (products - rest * sumDy) * std;
      const slope = (gamma[c] * std * std * sumDyXhat) / rows;
      const offset = (gamma[c] * std * sumDy) / rows - slope * rest;
      const dinp = x.map((value, row) => {
        const direct = fround(fround(gamma[c] * std) * dy[row]);
        return fround(fround(direct - fround(fround(slope) * fround(value - high))) - fround(offset));
      });
      const expected = { out, dinp, mean: [mu], invStd: [scale], dgamma: [sumDyXhat], dbeta: [sumDy] };
      for (const [name, values] of Object.entries(expected)) {
        expect(bits(columnOf(actual[name], C, c)), `${name} of channel ${c}`).toEqual(bits(values));
      }
    }
  });

  it.each(channels)('PReLU, %i channels', (C) => {
    const rows = rowsOf(C);
    const { inp, dout, slope, ...actual } = perform(wasmEngine, C, ({ kernels, random, blank }) => {
      const [inp, dout, slope] = [random(rows * C), random(rows * C), random(C)];
      const [out, dinp, dslope] = [blank(rows * C), blank(rows * C), blank(C)];
      const [shared, dshared] = [blank(rows * C), blank(1)];
      kernels.preluForward(rows, C, false, out, inp, slope);
      kernels.preluBackward(rows, C, false, dinp, dslope, dout, inp, slope);
      kernels.preluBackward(rows, C, true, shared, dshared, dout, inp, slope);
      return { inp, dout, slope, out, dinp, dslope, shared, dshared };
    });
    const leak = (value: number, i: number, factor: number) => (inp[i] > 0 ? value : fround(factor * value));
    const dslope = new Array<number>(C).fill(0);
    inp.forEach((x, i) => {
      dslope[i % C] += x > 0 ? 0 : dout[i] * x;
    });
    const expected = {
      out: inp.map((x, i) => leak(x, i, slope[i % C])),
      dinp: dout.map((dy, i) => leak(dy, i, slope[i % C])),
      shared: dout.map((dy, i) => leak(dy, i, slope[0])),
      dslope,
      dshared: [dslope.reduce((sum, value) => sum + value, 0)],
    };
    for (const [name, values] of Object.entries(expected)) {
      expect(bits(actual[name]), name).toEqual(bits(values));
    }
  });

  it.each(channels)('max-pooling 2x2, %i channels: the winner of each window has its gradient', (C) => {
    const g = { ...window(C, C, 7, 0), R: 2, S: 2, P: 3, Q: 3, strideH: 2, strideW: 2 };
    const values = (rng: { below(n: number): number }) =>
      [0, -0, 1, Number.NaN, Number.NEGATIVE_INFINITY][rng.below(5)];
    const { inp, dout, ...actual } = perform(wasmEngine, C, ({ kernels, random, blank, ints }) => {
      const [inp, dout] = [random(inputs(g, 1), values), random(outputs(g, 1))];
      const [out, dinp, argmax] = [blank(outputs(g, 1)), blank(inputs(g, 1)), ints(outputs(g, 1))];
      kernels.maxPoolForward(g, 1, out, argmax, inp);
      kernels.maxPoolBackward(g, 1, dinp, dout, argmax);
      return { inp, dout, out, argmax, dinp };
    });
    const [out, argmax]: number[][] = [[], []];
    const dinp = new Array<number>(inp.length).fill(0);
    for (let y = 0; y < dout.length; y++) {
      const [pixel, c] = [Math.floor(y / C), y % C];
      const first = 2 * Math.floor(pixel / g.Q) * g.W + 2 * (pixel % g.Q);
      let winner = first;
      for (const i of [first + 1, first + g.W, first + g.W + 1]) {
        const value = inp[i * C + c];
        if (value > inp[winner * C + c] || Number.isNaN(value)) winner = i;
      }
      out[y] = inp[winner * C + c];
      argmax[y] = winner;
      dinp[winner * C + c] = dout[y];
    }
    expect(actual.argmax).toEqual(argmax);
    expect(bits(actual.out)).toEqual(bits(out));
    expect(bits(actual.dinp)).toEqual(bits(dinp));
  });
});
