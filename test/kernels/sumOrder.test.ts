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
});
