import { describe, expect, it } from 'vitest';
import { stream } from '../../src/core/rng.ts';
import type { EngineFactory, WindowGeometry } from '../../src/kernels/kernels.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';
import { bits, perform } from './desk.ts';

const geometry = (C: number, K: number, H: number, W: number, pad: number, stride = 1): WindowGeometry => {
  const [P, Q] = [H, W].map((side) => Math.floor((side + 2 * pad - 3) / stride) + 1);
  return { H, W, C, K, R: 3, S: 3, P, Q, strideH: stride, strideW: stride, padTop: pad, padLeft: pad };
};
const inputs = (g: WindowGeometry, N: number) => N * g.H * g.W * g.C;
const outputs = (g: WindowGeometry, N: number) => N * g.P * g.Q * g.K;

/** The three kernels on random numbers, and what they started from. */
const convolve = (factory: EngineFactory, seed: number, g: WindowGeometry, N: number, withBias: boolean) =>
  perform(factory, seed, ({ kernels, random, blank }) => {
    const [inp, weight, dout] = [random(inputs(g, N)), random(g.K * g.C * 9), random(outputs(g, N))];
    const bias = withBias ? random(g.K) : null;
    const [out, dinp, dweight] = [blank(outputs(g, N)), blank(inputs(g, N)), blank(weight.length)];
    const [dbias, scratch] = [withBias ? blank(g.K) : null, blank(kernels.conv2dScratch(g, N))];
    kernels.conv2dForward(g, N, out, inp, weight, bias, scratch);
    kernels.conv2dBackwardInput(g, N, dinp, dout, weight, scratch);
    kernels.conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch);
    return { inp, weight, dout, bias: bias ?? [], out, dinp, dweight, dbias: dbias ?? [] };
  });

const RESULTS = ['out', 'dinp', 'dweight', 'dbias'] as const;

/** Root mean square of the differences, and the largest, both against the root mean square of what was expected. */
function errorOf(got: readonly number[], expected: readonly number[]): { rms: number; largest: number } {
  let squares = 0;
  let size = 0;
  let largest = 0;
  expected.forEach((value, i) => {
    squares += (got[i] - value) ** 2;
    size += value ** 2;
    largest = Math.max(largest, Math.abs(got[i] - value));
  });
  return { rms: Math.sqrt(squares / size), largest: largest / Math.sqrt(size / expected.length) };
}

/** Edges of every kind: whole tiles, tiles that hang over, borders wider than the window needs, one row, more than one block. */
const SIZES = [
  { N: 3, g: geometry(16, 16, 13, 13, 0) },
  { N: 2, g: geometry(32, 16, 8, 8, 1) },
  { N: 1, g: geometry(16, 48, 6, 11, 2) },
  { N: 2, g: geometry(64, 32, 5, 5, 0) },
  { N: 9, g: geometry(16, 16, 16, 15, 1) },
  { N: 1, g: geometry(32, 64, 3, 12, 1) },
  { N: 5, g: geometry(48, 80, 4, 4, 1) },
  ...Array.from({ length: 12 }, (_, i) => {
    const rng = stream(i, 'winograd').at(0);
    const pad = rng.below(3);
    const side = () => Math.max(5 - 2 * pad, 3 + rng.below(14));
    return {
      N: 1 + rng.below(4),
      g: geometry(16 * (1 + rng.below(4)), 16 * (1 + rng.below(4)), side(), side(), pad),
    };
  }),
  { N: 3, g: geometry(16, 32, 16, 16, 1, 2) },
  { N: 1, g: geometry(48, 16, 15, 17, 1, 2) },
  { N: 9, g: geometry(16, 16, 17, 15, 0, 2) },
  { N: 2, g: geometry(32, 64, 9, 7, 1, 2) },
  ...Array.from({ length: 8 }, (_, i) => {
    const rng = stream(i, 'winograd, stride 2').at(0);
    const pad = rng.below(3);
    // as many outputs as fill tiles well; a last row or column that no window reaches, or none
    const side = () => 2 * [4, 7, 8, 11, 12][rng.below(5)] + 1 - 2 * pad + rng.below(2);
    return {
      N: 1 + rng.below(4),
      g: geometry(16 * (1 + rng.below(4)), 16 * (1 + rng.below(4)), side(), side(), pad, 2),
    };
  }),
];

describe("convolution by Winograd's algorithm", () => {
  it.each(SIZES.map((size, seed) => ({ ...size, seed, name: `N${size.N} ${JSON.stringify(size.g)}` })))(
    'is as near to float64 as docs/performance.md says: $name',
    ({ N, g, seed }) => {
      const withBias = seed % 3 !== 0;
      const expected = convolve(referenceEngine, seed, g, N, withBias);
      const direct = convolve(wasmEngines.direct, seed, g, N, withBias);
      const winograd = convolve(wasmEngines.winograd, seed, g, N, withBias);
      for (const name of RESULTS) {
        if (expected[name].length === 0) continue;
        const { rms, largest } = errorOf(winograd[name], expected[name]);
        // largest of 60 such shapes and of the sizes of the benchmark's networks: 1.3e-6 and 1.2e-5; with stride 2 6e-7 and 9e-6
        expect(rms, name).toBeLessThan(2e-6);
        expect(largest, name).toBeLessThan(2e-5);
        expect(errorOf(direct[name], expected[name]).rms, `${name}, direct`).toBeLessThan(1e-6);
        if (name !== 'dbias')
          expect(bits(winograd[name]), `${name} is not computed directly`).not.toEqual(bits(direct[name]));
      }
    },
  );

  it('is chosen where it saves multiplications, for whole panels of channels and strides of 1 and 2', () => {
    const same = (g: WindowGeometry) => {
      const [direct, winograd] = Object.values(wasmEngines).map((factory) =>
        convolve(factory, 1, g, 1, true),
      );
      return bits(direct.out).every((value, i) => Object.is(value, bits(winograd.out)[i]));
    };
    expect(same(geometry(16, 16, 8, 8, 0))).toBe(false);
    expect(same(geometry(8, 16, 8, 8, 0))).toBe(true);
    expect(same(geometry(16, 24, 8, 8, 0))).toBe(true);
    expect(same(geometry(16, 16, 4, 4, 0))).toBe(true); // a tile for 2x2 outputs: 36 multiplications either way
    expect(same(geometry(16, 16, 5, 4, 0))).toBe(false);
    expect(same(geometry(16, 16, 9, 9, 0, 2))).toBe(false);
    expect(same(geometry(16, 16, 9, 7, 0, 2))).toBe(false); // 4x3 outputs: 81 multiplications in place of 108
    expect(same(geometry(16, 16, 7, 7, 0, 2))).toBe(true); // 3x3 outputs: 81 either way
    expect(same({ ...geometry(16, 16, 9, 9, 0), strideH: 2, P: 4 })).toBe(true);
    expect(same(geometry(16, 16, 12, 12, 0, 3))).toBe(true);
    expect(same({ ...geometry(16, 16, 8, 8, 0), S: 1, Q: 8 })).toBe(true);
  });

  it.each([geometry(16, 32, 9, 9, 1), geometry(16, 32, 15, 15, 1, 2)])(
    'computes an image in the same bits whatever stands beside it in the batch: $H, stride $strideH',
    (g) => {
      const [one, many] = [1, 5].map((N) => convolve(wasmEngines.winograd, 3, g, N, false));
      const alone = perform(wasmEngines.winograd, 0, ({ kernels, blank }) => {
        const fill = (values: readonly number[]) => {
          const v = blank(values.length);
          v.set(values);
          return v;
        };
        const [out, dinp, scratch] = [
          blank(outputs(g, 1)),
          blank(inputs(g, 1)),
          blank(kernels.conv2dScratch(g, 1)),
        ];
        const weight = fill(many.weight);
        kernels.conv2dForward(g, 1, out, fill(many.inp.slice(-inputs(g, 1))), weight, null, scratch);
        kernels.conv2dBackwardInput(g, 1, dinp, fill(many.dout.slice(-outputs(g, 1))), weight, scratch);
        return { out, dinp };
      });
      expect(one.out).toHaveLength(outputs(g, 1));
      expect(bits(alone.out)).toEqual(bits(many.out.slice(-outputs(g, 1))));
      expect(bits(alone.dinp)).toEqual(bits(many.dinp.slice(-inputs(g, 1))));
    },
  );

  it.each([
    { N: 3, g: geometry(16, 16, 13, 10, 0) },
    { N: 3, g: geometry(16, 32, 15, 16, 1, 2) },
  ])('pools in the same pass with the bits of one after the other: $N images, $g', ({ N, g }) => {
    const half = { ...g, H: g.P, W: g.Q, C: g.K, R: 2, S: 2, P: g.P >> 1, Q: g.Q >> 1 };
    const pool = { ...half, strideH: 2, strideW: 2, padTop: 0, padLeft: 0 };
    const run = (joint: boolean) =>
      perform(wasmEngines.winograd, 6, ({ kernels, random, blank, ints }) => {
        const [inp, weight, bias] = [random(inputs(g, N)), random(g.K * g.C * 9), random(g.K)];
        const dpooled = random(outputs(pool, N));
        const [pooled, argmax] = [blank(dpooled.length), ints(dpooled.length)];
        const [out, dout] = [blank(outputs(g, N)), blank(outputs(g, N))];
        const [dinp, dweight, dbias] = [blank(inp.length), blank(weight.length), blank(g.K)];
        const scratch = blank(kernels.conv2dScratch(g, N));
        const [gradient, winners] = joint ? [dpooled, argmax] : [dout, undefined];
        kernels.conv2dForward(g, N, joint ? pooled : out, inp, weight, bias, scratch, winners);
        if (!joint) {
          kernels.maxPoolForward(pool, N, pooled, argmax, out, true);
          kernels.maxPoolBackward(pool, N, dout, dpooled, argmax);
        }
        kernels.conv2dBackwardInput(g, N, dinp, gradient, weight, scratch, winners);
        kernels.conv2dBackwardWeight(g, N, dweight, dbias, gradient, inp, scratch, winners);
        return { pooled, argmax, dinp, dweight, dbias };
      });
    const [joint, apart] = [run(true), run(false)];
    for (const name of Object.keys(apart)) expect(bits(joint[name]), name).toEqual(bits(apart[name]));
  });
});

/** The same float32 operations one by one, from the formulas and the orders of assembly: winograd.ts and the lines of both strides. */
describe("Winograd's sums are formed in the written order, to the bit", () => {
  const { fround } = Math;
  const add = (a: number, b: number) => fround(a + b);
  const sub = (a: number, b: number) => fround(a - b);
  const mul = (a: number, b: number) => fround(a * b);
  const [p, q, p2, q2] = [0.75, 1.5, 0.5625, 2.25];
  const [sum, product] = [p2 + q2, p2 * q2];
  const [g0, gp, gq] = [1 / product, 1 / (2 * p2 * (p2 - q2)), 1 / (2 * q2 * (q2 - p2))].map(fround);
  type Line = (x: readonly number[]) => number[];

  /** Even and odd parts of both pairs of points, joined to the four values of a line. */
  const join = (evenP: number, oddP: number, evenQ: number, oddQ: number) => [
    add(evenP, oddP),
    sub(evenP, oddP),
    add(evenQ, oddQ),
    sub(evenQ, oddQ),
  ];
  const inputLine: Line = ([d0, d1, d2, d3, d4, d5]) => [
    add(sub(d4, mul(sum, d2)), mul(product, d0)),
    ...join(
      sub(d4, mul(q2, d2)),
      mul(p, sub(d3, mul(q2, d1))),
      sub(d4, mul(p2, d2)),
      mul(q, sub(d3, mul(p2, d1))),
    ),
    add(sub(d5, mul(sum, d3)), mul(product, d1)),
  ];
  const outputLine: Line = ([m0, m1, m2, m3, m4, m5]) => {
    const [evenP, oddP, evenQ, oddQ] = [add(m1, m2), mul(p, sub(m1, m2)), add(m3, m4), mul(q, sub(m3, m4))];
    return [
      add(add(m0, evenP), evenQ),
      add(oddP, oddQ),
      add(mul(p2, evenP), mul(q2, evenQ)),
      add(add(mul(p2, oddP), mul(q2, oddQ)), m5),
    ];
  };
  const outputGradientLine: Line = ([y0, y1, y2, y3]) => [
    y0,
    ...join(
      add(y0, mul(p2, y2)),
      mul(p, add(y1, mul(p2, y3))),
      add(y0, mul(q2, y2)),
      mul(q, add(y1, mul(q2, y3))),
    ),
    y3,
  ];
  const inputGradientLine: Line = ([v0, v1, v2, v3, v4, v5]) => {
    const [evenP, oddP, evenQ, oddQ] = [add(v1, v2), mul(p, sub(v1, v2)), add(v3, v4), mul(q, sub(v3, v4))];
    return [
      mul(product, v0),
      sub(sub(mul(product, v5), mul(q2, oddP)), mul(p2, oddQ)),
      -add(add(mul(sum, v0), mul(q2, evenP)), mul(p2, evenQ)),
      sub(add(oddP, oddQ), mul(sum, v5)),
      add(add(v0, evenP), evenQ),
      v5,
    ];
  };
  const weightLine: Line = ([w0, w1, w2]) => {
    const [evenP, oddP, evenQ, oddQ] = [add(w0, mul(p2, w2)), mul(p, w1), add(w0, mul(q2, w2)), mul(q, w1)];
    const joined = join(evenP, oddP, evenQ, oddQ);
    return [mul(g0, w0), ...joined.map((value, i) => mul(i < 2 ? gp : gq, value)), w2];
  };
  const weightGradientLine: Line = ([u0, u1, u2, u3, u4, u5]) => {
    const [evenP, oddP] = [mul(gp, add(u1, u2)), mul(gp, sub(u1, u2))];
    const [evenQ, oddQ] = [mul(gq, add(u3, u4)), mul(gq, sub(u3, u4))];
    return [
      add(add(mul(g0, u0), evenP), evenQ),
      add(mul(p, oddP), mul(q, oddQ)),
      add(add(mul(p2, evenP), mul(q2, evenQ)), u5),
    ];
  };
  const strideOne = {
    side: 6,
    inputLine,
    outputLine,
    outputGradientLine,
    inputGradientLine,
    weightLine,
    weightGradientLine,
  };

  /** With stride 2: first the five values of the points 1/2, -1/2, 1, -1 and infinity, then the odd places. */
  const [h0, h2, h] = [-4 / 3, -2 / 3, 2 / 3].map(fround);
  const parts = ([a, b, c, d]: readonly number[]) => [add(a, b), sub(a, b), add(c, d), sub(c, d)];
  const strideTwo: typeof strideOne = {
    side: 9,
    inputLine: ([e0, o0, e1, o1, e2, o2, e3, o3, e4]) => [
      ...join(sub(e3, e1), mul(0.5, sub(e2, e0)), sub(e3, mul(0.25, e1)), sub(e2, mul(0.25, e0))),
      add(sub(e4, mul(1.25, e2)), mul(0.25, e0)),
      ...[o0, o1, o2, o3],
    ],
    outputLine([m0, m1, m2, m3, m4, ...odd]) {
      const [evenP, differenceP, evenQ, oddQ] = parts([m0, m1, m2, m3]);
      const oddP = mul(0.5, differenceP);
      const ofEven = [
        add(evenP, evenQ),
        add(oddP, oddQ),
        add(mul(0.25, evenP), evenQ),
        add(add(mul(0.25, oddP), oddQ), m4),
      ];
      return ofEven.map((value, i) => add(value, odd[i]));
    },
    outputGradientLine: ([y0, y1, y2, y3]) => [
      ...join(add(y0, mul(0.25, y2)), mul(0.5, add(y1, mul(0.25, y3))), add(y0, y2), add(y1, y3)),
      ...[y3, y0, y1, y2, y3],
    ],
    inputGradientLine([v0, v1, v2, v3, v4, ...odd]) {
      const [evenP, differenceP, evenQ, oddQ] = parts([v0, v1, v2, v3]);
      const oddP = mul(0.5, differenceP);
      const even = [
        sub(mul(0.25, sub(v4, oddQ)), oddP),
        -add(evenP, mul(0.25, evenQ)),
        sub(add(oddP, oddQ), mul(1.25, v4)),
        add(evenP, evenQ),
        v4,
      ];
      return Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? even : odd)[i >> 1]);
    },
    weightLine: ([w0, w1, w2]) => [...join(mul(h2, w2), mul(h0, w0), mul(h, w2), mul(h, w0)), w2, w1],
    weightGradientLine([u0, u1, u2, u3, u4, u5]) {
      const [evenP, oddP, evenQ, oddQ] = parts([u0, u1, u2, u3]);
      return [add(mul(h0, oddP), mul(h, oddQ)), u5, add(add(mul(h2, evenP), mul(h, evenQ)), u4)];
    },
  };

  /** Columns, then rows: the tile in row-major order. */
  const tile = (line: Line, x: readonly number[]) => {
    const side = Math.sqrt(x.length);
    const columns = Array.from({ length: side }, (_, s) => line(x.filter((_, i) => i % side === s)));
    return columns[0].flatMap((_, r) => line(columns.map((column) => column[r])));
  };

  it.each([
    // 16 tiles an image: 7 images a block
    { N: 9, g: geometry(16, 16, 14, 15, 1) },
    { N: 2, g: geometry(32, 16, 7, 6, 0) },
    // 16 tiles an image: 3 images a block
    { N: 7, g: geometry(16, 16, 26, 32, 1, 2) },
    { N: 2, g: geometry(32, 16, 9, 8, 1, 2) },
  ])('$N images, $g', ({ N, g }) => {
    const { C, K, H, W, P, Q, strideH: stride } = g;
    const { side, ...lines } = stride === 1 ? strideOne : strideTwo;
    const places = side ** 2;
    const weightsOf = (xi: number) => 6 * Math.min(5, Math.floor(xi / side)) + Math.min(5, xi % side);
    const { inp, weight, bias, dout, ...actual } = convolve(wasmEngines.winograd, 8, g, N, true);
    const [tilesH, tilesW] = [Math.ceil(P / 4), Math.ceil(Q / 4)];
    const block = Math.min(N, Math.floor(131072 / (places * tilesH * tilesW * (C + K))));
    const zeros = (length: number) => new Array<number>(length).fill(0);
    const U = Array.from({ length: K * C }, (_, i) => tile(lines.weightLine, weight.slice(9 * i, 9 * i + 9)));
    const out = zeros(outputs(g, N));
    const dinp = zeros(inputs(g, N));
    const dU = Array.from({ length: K * C }, () => zeros(36));
    let dUofBlock = Array.from({ length: K * C }, () => zeros(places));
    const dbias = zeros(K);
    for (let n = 0; n < N; n++) {
      const ofImage = zeros(K);
      for (let at = 0; at < tilesH * tilesW; at++) {
        const [p0, q0] = [4 * Math.floor(at / tilesW), 4 * (at % tilesW)];
        const inpAt = (i: number, c: number) => {
          const [h, w] = [
            stride * p0 + Math.floor(i / side) - g.padTop,
            stride * q0 + (i % side) - g.padLeft,
          ];
          return h >= 0 && h < H && w >= 0 && w < W ? ((n * H + h) * W + w) * C + c : -1;
        };
        const outAt = (i: number, k: number) => {
          const [y, x] = [p0 + (i >> 2), q0 + (i & 3)];
          return y < P && x < Q ? ((n * P + y) * Q + x) * K + k : -1;
        };
        const gather = (length: number, from: readonly number[], place: (i: number) => number) =>
          Array.from({ length }, (_, i) => (place(i) < 0 ? 0 : from[place(i)]));
        const V = Array.from({ length: C }, (_, c) =>
          tile(
            lines.inputLine,
            gather(places, inp, (i) => inpAt(i, c)),
          ),
        );
        const Wt = Array.from({ length: K }, (_, k) =>
          tile(
            lines.outputGradientLine,
            gather(16, dout, (i) => outAt(i, k)),
          ),
        );
        const M = Array.from({ length: K }, () => zeros(places));
        const dV = Array.from({ length: C }, () => zeros(places));
        for (let k = 0; k < K; k++) {
          for (let c = 0; c < C; c++) {
            for (let xi = 0; xi < places; xi++) {
              const u = U[k * C + c][weightsOf(xi)];
              M[k][xi] = add(M[k][xi], mul(V[c][xi], u));
              dV[c][xi] = add(dV[c][xi], mul(Wt[k][xi], u));
              dUofBlock[k * C + c][xi] = add(dUofBlock[k * C + c][xi], mul(V[c][xi], Wt[k][xi]));
            }
          }
          tile(lines.outputLine, M[k]).forEach((value, i) => {
            if (outAt(i, k) >= 0) out[outAt(i, k)] = add(value, bias[k]);
          });
        }
        for (let c = 0; c < C; c++) {
          tile(lines.inputGradientLine, dV[c]).forEach((value, i) => {
            if (inpAt(i, c) >= 0) dinp[inpAt(i, c)] = add(dinp[inpAt(i, c)], value);
          });
        }
      }
      for (let i = 0; i < P * Q * K; i++) ofImage[i % K] = add(ofImage[i % K], dout[n * P * Q * K + i]);
      for (let k = 0; k < K; k++) dbias[k] = add(dbias[k], ofImage[k]);
      if ((n + 1) % block === 0 || n + 1 === N) {
        for (const [i, values] of dU.entries()) {
          for (let xi = 0; xi < places; xi++) {
            values[weightsOf(xi)] = add(values[weightsOf(xi)], dUofBlock[i][xi]);
          }
        }
        dUofBlock = dUofBlock.map(() => zeros(places));
      }
    }
    const dweight = dU.flatMap((values) => tile(lines.weightGradientLine, values));
    for (const [name, values] of Object.entries({ out, dinp, dweight, dbias })) {
      expect(bits(actual[name]), name).toEqual(bits(values));
    }
  });
});
