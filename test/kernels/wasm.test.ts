import { describe, expect, it } from 'vitest';
import type { Vec } from '../../src/core/memory.ts';
import { type Rng, stream } from '../../src/core/rng.ts';
import type { WindowGeometry } from '../../src/kernels/kernels.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';
import { expectClose } from '../helpers/compare.ts';
import { bits, type Call, perform } from './desk.ts';

/**
 * Both engines on the same numbers. Rounding of a sum of `terms` terms grows like the square root of their number; the
 * factor 4 covers the largest of some thousand elements.
 */
function expectSame(seed: number, terms: number, call: Call): void {
  const expected = perform(referenceEngine, seed, call);
  const actual = perform(wasmEngine, seed, call);
  for (const [name, values] of Object.entries(expected)) {
    expectClose(name, actual[name], values, { tol: 4 * 2 ** -24 * Math.sqrt(terms + 4), mode: 'tensor' });
  }
}

/** Random sizes, small and odd, with every stride, padding and remainder modulo the vector width among them. */
function randomGeometry(rng: Rng): WindowGeometry {
  const R = 1 + rng.below(5);
  const S = 1 + rng.below(5);
  const strideH = 1 + rng.below(3);
  const strideW = 1 + rng.below(3);
  const padTop = rng.below(Math.floor(R / 2) + 1);
  const padLeft = rng.below(Math.floor(S / 2) + 1);
  const H = Math.max(R - 2 * padTop, 1 + rng.below(12));
  const W = Math.max(S - 2 * padLeft, 1 + rng.below(12));
  // padding below and to the right of none, the same, or one more
  const outputs = (size: number, window: number, stride: number, pad: number) =>
    Math.max(
      Math.floor((size + pad + Math.min(rng.below(pad + 2), Math.floor(window / 2)) - window) / stride) + 1,
      1,
    );
  return {
    ...{ H, W, R, S, strideH, strideW, padTop, padLeft },
    C: 1 + rng.below(rng.below(4) === 0 ? 40 : 9),
    K: 1 + rng.below(rng.below(4) === 0 ? 40 : 9),
    P: outputs(H, R, strideH, padTop),
    Q: outputs(W, S, strideW, padLeft),
  };
}

const GEOMETRIES: readonly { N: number; g: WindowGeometry }[] = Array.from({ length: 60 }, (_, i) => {
  const rng = stream(i, 'geometry').at(0);
  return { N: 1 + rng.below(3), g: randomGeometry(rng) };
});

/** 3x3 over one channel has kernels of its own: rows even and odd, with and without borders, more channels than pixels. */
const ONE_CHANNEL: readonly { N: number; g: WindowGeometry }[] = [
  { K: 4, H: 7, pad: 0 },
  { K: 20, H: 8, pad: 1 },
  { K: 32, H: 4, pad: 0 },
  { K: 40, H: 3, pad: 1 },
].map(({ K, H, pad }) => {
  const P = H + 2 * pad - 2;
  const sizes = { H, W: H, C: 1, K, R: 3, S: 3, P, Q: P };
  return { N: 2, g: { ...sizes, strideH: 1, strideW: 1, padTop: pad, padLeft: pad } };
});

/** One pixel under a 5x5 window: most taps meet no pixel at all. */
const ONE_PIXEL = {
  N: 1,
  g: { H: 1, W: 1, C: 3, K: 5, R: 5, S: 5, P: 1, Q: 1, strideH: 1, strideW: 1, padTop: 2, padLeft: 2 },
};

/** Padding wider than all that the windows reach: no column of the image is under the one window of a row. */
const OUTSIDE = {
  N: 2,
  g: { H: 7, W: 1, C: 2, K: 4, R: 1, S: 2, P: 13, Q: 1, strideH: 1, strideW: 6, padTop: 3, padLeft: 3 },
};

const inputs = (g: WindowGeometry, N: number) => N * g.H * g.W * g.C;
const outputs = (g: WindowGeometry, N: number) => N * g.P * g.Q * g.K;
const name = ({ N, g }: { N: number; g: WindowGeometry }) => `N${N} ${JSON.stringify(g).replaceAll('"', '')}`;

describe('convolution equals the reference', () => {
  it.each(
    [...GEOMETRIES, ...ONE_CHANNEL, ONE_PIXEL, OUTSIDE].map((size, seed) => ({
      ...size,
      seed,
      name: name(size),
    })),
  )('$name', ({ N, g, seed }) => {
    const { C, K, R, S } = g;
    expectSame(seed, R * S * C + 1, ({ kernels, random, blank }) => {
      const out = blank(outputs(g, N));
      const bias = seed % 3 === 0 ? null : random(K);
      const scratch = blank(kernels.conv2dScratch(g, N));
      kernels.conv2dForward(g, N, out, random(inputs(g, N)), random(K * C * R * S), bias, scratch);
      return { out };
    });
    expectSame(seed, R * S * K, ({ kernels, random, blank }) => {
      const dinp = blank(inputs(g, N));
      const scratch = blank(kernels.conv2dScratch(g, N));
      kernels.conv2dBackwardInput(g, N, dinp, random(outputs(g, N)), random(K * C * R * S), scratch);
      return { dinp };
    });
    expectSame(seed, N * g.P * g.Q, ({ kernels, random, blank }) => {
      const dweight = blank(K * C * R * S);
      const dbias = seed % 3 === 0 ? null : blank(K);
      const scratch = blank(kernels.conv2dScratch(g, N));
      const dout = random(outputs(g, N));
      kernels.conv2dBackwardWeight(g, N, dweight, dbias, dout, random(inputs(g, N)), scratch);
      return { dweight, dbias: dbias ?? [] };
    });
  });
});

describe('dense equals the reference', () => {
  const sizes = Array.from({ length: 40 }, (_, seed) => {
    const rng = stream(seed, 'dense').at(0);
    return { seed, N: 1 + rng.below(9), I: 1 + rng.below(70), O: 1 + rng.below(40) };
  });
  it.each(sizes)('$N x $I -> $O', ({ seed, N, I, O }) => {
    expectSame(seed, I + 1, ({ kernels, random, blank }) => {
      const out = blank(N * O);
      const bias = seed % 3 === 0 ? null : random(O);
      kernels.denseForward(
        N,
        I,
        O,
        out,
        random(N * I),
        random(O * I),
        bias,
        blank(kernels.denseScratch(N, I, O)),
      );
      return { out };
    });
    expectSame(seed, O, ({ kernels, random, blank }) => {
      const dinp = blank(N * I);
      const scratch = blank(kernels.denseScratch(N, I, O));
      kernels.denseBackwardInput(N, I, O, dinp, random(N * O), random(O * I), scratch);
      return { dinp };
    });
    expectSame(seed, N, ({ kernels, random, blank }) => {
      const dweight = blank(O * I);
      const dbias = seed % 3 === 0 ? null : blank(O);
      const scratch = blank(kernels.denseScratch(N, I, O));
      kernels.denseBackwardWeight(N, I, O, dweight, dbias, random(N * O), random(N * I), scratch);
      return { dweight, dbias: dbias ?? [] };
    });
  });
});

describe('pooling equals the reference', () => {
  /** A few values only, so that ties are common; some of them are not finite. */
  const ties = (rng: Rng) => [0, 0, 1, -1, 2, Number.NaN, Number.NEGATIVE_INFINITY][rng.below(7)];
  /** 2x2 windows side by side have kernels of their own. */
  const twos = [
    { C: 4, H: 6 },
    { C: 7, H: 5 },
  ].map(({ C, H }) => {
    const P = Math.floor(H / 2);
    const window = { R: 2, S: 2, strideH: 2, strideW: 2, padTop: 0, padLeft: 0 };
    return { N: 2, g: { H, W: H, C, K: C, P, Q: P, ...window } };
  });
  const geometries = [...GEOMETRIES.map(({ N, g }) => ({ N, g: { ...g, K: g.C } })), ...twos]
    // every window meets the image, as the layers demand
    .filter(({ g }) => (g.P - 1) * g.strideH < g.H + g.padTop && (g.Q - 1) * g.strideW < g.W + g.padLeft)
    .map((size, seed) => ({ ...size, seed }));
  it.each(geometries.map((size) => ({ ...size, name: name(size) })))('$name', ({ N, g, seed }) => {
    for (const draw of [(rng: Rng) => rng.normal(), ties]) {
      expectSame(seed, 0, ({ kernels, random, blank, ints }) => {
        const out = blank(outputs(g, N));
        const argmax = ints(outputs(g, N));
        const dinp = blank(inputs(g, N));
        kernels.maxPoolForward(g, N, out, argmax, random(inputs(g, N), draw));
        kernels.maxPoolBackward(g, N, dinp, random(outputs(g, N)), argmax);
        return { out, argmax, dinp };
      });
      for (const engine of [wasmEngine, referenceEngine]) {
        const { joint, jointDinp, apart, apartDinp } = perform(
          engine,
          seed,
          ({ kernels, random, blank, ints }) => {
            const [inp, dout] = [random(inputs(g, N), draw), random(outputs(g, N))];
            const [joint, apart] = [blank(outputs(g, N)), blank(outputs(g, N))];
            const [jointDinp, apartDinp, between, dbetween] = [1, 2, 3, 4].map(() => blank(inputs(g, N)));
            const argmax = ints(outputs(g, N));
            kernels.maxPoolForward(g, N, joint, argmax, inp, true);
            kernels.maxPoolBackward(g, N, jointDinp, dout, argmax);
            kernels.reluForward(inputs(g, N), between, inp);
            kernels.maxPoolForward(g, N, apart, argmax, between);
            kernels.maxPoolBackward(g, N, dbetween, dout, argmax);
            kernels.reluBackward(inputs(g, N), apartDinp, dbetween, inp);
            return { joint, jointDinp, apart, apartDinp };
          },
        );
        expect(bits(joint), `${engine.name}: rectified`).toEqual(bits(apart));
        expect(bits(jointDinp), `${engine.name}: its gradient`).toEqual(bits(apartDinp));
      }
    }
    for (const countPadding of [true, false]) {
      expectSame(seed, g.R * g.S, ({ kernels, random, blank }) => {
        const out = blank(outputs(g, N));
        const dinp = blank(inputs(g, N));
        kernels.avgPoolForward(g, N, countPadding, out, random(inputs(g, N)));
        kernels.avgPoolBackward(g, N, countPadding, dinp, random(outputs(g, N)));
        return { out, dinp };
      });
    }
  });
});

describe('activations equal the reference', () => {
  const values = (rng: Rng) => [rng.normal(), 0, -0, Number.NaN, Number.POSITIVE_INFINITY, -3][rng.below(6)];
  it.each([1, 2, 3, 4, 5, 7, 8, 63, 100])('%i elements', (length) => {
    expectSame(length, 0, ({ kernels, random, blank }) => {
      const inp = random(length, values);
      const dout = random(length);
      const [relu, drelu, leaky, dleaky] = [blank(length), blank(length), blank(length), blank(length)];
      kernels.reluForward(length, relu, inp);
      kernels.reluBackward(length, drelu, dout, inp);
      kernels.leakyReluForward(length, 0.01, leaky, inp);
      kernels.leakyReluBackward(length, 0.01, dleaky, dout, inp);
      return { relu, drelu, leaky, dleaky };
    });
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 63, 100])('tanh and sigmoid of %i elements', (length) => {
    expectSame(length, 0, ({ kernels, random, blank }) => {
      const inp = random(length, values);
      const dout = random(length);
      const [y, dy, z, dz] = [blank(length), blank(length), blank(length), blank(length)];
      // the derivative of a saturated output is all rounding, so backward gets outputs of its own
      const out = random(length, (rng) => rng.uniform() / 2);
      kernels.tanhForward(length, y, inp);
      kernels.tanhBackward(length, dy, dout, out);
      kernels.sigmoidForward(length, z, inp);
      kernels.sigmoidBackward(length, dz, dout, out);
      return { y, dy, z, dz };
    });
  });

  it('tanh and sigmoid are the float32 nearest to the float64 function, from 1e-12 to 300', () => {
    const call: Call = ({ kernels, random, blank }) => {
      const inp = random(20_000, (rng) => (rng.uniform() < 0.5 ? -1 : 1) * 2 ** (48 * rng.uniform() - 40));
      const [y, z] = [blank(20_000), blank(20_000)];
      kernels.tanhForward(20_000, y, inp);
      kernels.sigmoidForward(20_000, z, inp);
      return { y, z };
    };
    const expected = perform(referenceEngine, 7, call);
    const got = perform(wasmEngine, 7, call);
    // the error of the float64 in between, 7e-12, moves a rounding once in some thousand elements at most
    for (const name of ['y', 'z']) {
      const other = got[name].filter((value, i) => !Object.is(value, Math.fround(expected[name][i])));
      expect(other.length).toBeLessThan(5);
    }
  });

  it.each([
    ...[1, 2, 3, 4, 5, 9, 130].flatMap((C) => [1, 3, 65, 150].map((rows) => ({ rows, C, shared: false }))),
    ...[1, 6, 130].map((C) => ({ rows: 70, C, shared: true })),
  ])('PReLU, $rows rows of $C channels, shared: $shared', ({ rows, C, shared }) => {
    expectSame(rows + C, 0, ({ kernels, random, blank }) => {
      const inp = random(rows * C);
      const slope = random(shared ? 1 : C);
      const [out, dinp, dslope] = [blank(rows * C), blank(rows * C), blank(shared ? 1 : C)];
      kernels.preluForward(rows, C, shared, out, inp, slope);
      kernels.preluBackward(rows, C, shared, dinp, dslope, random(rows * C), inp, slope);
      return { out, dinp, dslope };
    });
  });
});

describe('batch norm equals the reference', () => {
  const sizes = [1, 3, 4, 6, 130].flatMap((C) => [5, 64, 200].map((rows) => ({ rows, C })));
  it.each(sizes)('$rows rows of $C channels', ({ rows, C }) => {
    for (const affine of [true, false]) {
      // terms: sums are in float64, a few roundings of float32 are left
      expectSame(rows + C, 16, ({ kernels, random, blank }) => {
        const inp = random(rows * C, (rng) => 3 + 2 * rng.normal());
        const gamma = affine ? random(C) : null;
        const beta = affine ? random(C) : null;
        const [runningMean, runningVar] = [random(C), random(C, (rng) => 0.5 + rng.uniform())];
        const [mean, invStd, out, evaluated] = [blank(C), blank(C), blank(rows * C), blank(rows * C)];
        const [dinp, dgamma, dbeta, fixed] = [blank(rows * C), blank(C), blank(C), blank(rows * C)];
        const dout = random(rows * C);
        kernels.batchNormForward(
          ...([rows, C, 1e-5, 0.1, out, inp, gamma, beta, mean, invStd, runningMean, runningVar] as const),
        );
        kernels.batchNormBackward(rows, C, true, dinp, dgamma, dbeta, dout, inp, gamma, mean, invStd);
        const first = { mean: mean.slice(), invStd: invStd.slice() };
        kernels.batchNormEvaluate(
          ...([rows, C, 1e-5, evaluated, inp, gamma, beta, mean, invStd, runningMean, runningVar] as const),
        );
        kernels.batchNormBackward(rows, C, false, fixed, null, null, dout, inp, gamma, mean, invStd);
        return { ...first, out, runningMean, runningVar, dinp, dgamma, dbeta, evaluated, fixed };
      });
    }
  });

  it('keeps its accuracy when the inputs lie at 4096', () => {
    expectSame(1, 16, ({ kernels, random, blank }) => {
      const [rows, C] = [100, 5];
      const inp = random(rows * C, (rng) => 4096 + rng.normal());
      const [mean, invStd, out, ones] = [blank(C), blank(C), blank(rows * C), random(C, () => 1)];
      const [dinp, dgamma] = [blank(rows * C), blank(C)];
      kernels.batchNormForward(
        ...([rows, C, 1e-5, 0.1, out, inp, null, null, mean, invStd, random(C), ones] as const),
      );
      kernels.batchNormBackward(
        ...([rows, C, true, dinp, dgamma, null, random(rows * C), inp, null, mean, invStd] as const),
      );
      return { invStd, out, dinp, dgamma };
    });
  });
});

describe('a gradient may take the place of the one it comes from', () => {
  it.each([wasmEngine, referenceEngine])('$name engine', (engine) => {
    const [rows, C] = [37, 7];
    const gradients = (inPlace: boolean): Call => {
      return ({ kernels, random, blank }) => {
        const [inp, slope, mean] = [random(rows * C), random(C), random(C)];
        const invStd = random(C, () => 0.7);
        const [dslope, dgamma] = [blank(C), blank(C)];
        const backward = (run: (dinp: Vec, dout: Vec) => void) => {
          const dout = random(rows * C);
          const dinp = inPlace ? dout : blank(rows * C);
          run(dinp, dout);
          return dinp;
        };
        return {
          relu: backward((dinp, dout) => kernels.reluBackward(rows * C, dinp, dout, inp)),
          leaky: backward((dinp, dout) => kernels.leakyReluBackward(rows * C, 0.1, dinp, dout, inp)),
          prelu: backward((dinp, dout) =>
            kernels.preluBackward(rows, C, false, dinp, dslope, dout, inp, slope),
          ),
          norm: backward((dinp, dout) =>
            kernels.batchNormBackward(rows, C, true, dinp, dgamma, null, dout, inp, slope, mean, invStd),
          ),
          dslope,
          dgamma,
        };
      };
    };
    expect(perform(engine, 3, gradients(true))).toEqual(perform(engine, 3, gradients(false)));
  });
});

describe('the loss equals the reference', () => {
  it.each([0, 0.1, 1])('smoothing %d', (smoothing) => {
    for (const size of [1, 1e4]) {
      expectSame(3, 0, ({ kernels, random, blank, ints }) => {
        const [N, K] = [7, 10];
        const labels = ints(N);
        for (let n = 0; n < N; n++) labels[n] = (3 * n) % K;
        const [losses, dlogits] = [blank(N), blank(N * K)];
        const logits = random(N * K, (rng) => size * rng.normal());
        const mean = kernels.softmaxCrossEntropy(N, K, smoothing, losses, dlogits, logits, labels);
        return { losses, dlogits, mean: [mean] };
      });
    }
  });

  it('has the exponential and the logarithm of core/math.ts, to the last bit of float64', () => {
    // the mean over one row is returned unrounded; at these the last correction of the exponential shows in it
    const shows = [-0.9803169965744019, -0.9805256724357605, -1.4490317106246948, -1.5154812335968018];
    const others = Array.from({ length: 100 }, (_, i) => Math.fround(-i / 7));
    for (const z of [...shows, ...others]) {
      const mean: Call = ({ kernels, random, blank, ints }) => {
        const logits = random(2, () => z);
        logits[0] = 0;
        const labels = ints(1);
        labels[0] = 1;
        return { mean: [kernels.softmaxCrossEntropy(1, 2, 0, blank(1), null, logits, labels)] };
      };
      expect(perform(wasmEngine, 1, mean)).toEqual(perform(referenceEngine, 1, mean));
    }
  });

  it('gives NaN for a row with a NaN, and leaves the other rows alone', () => {
    const { losses } = perform(wasmEngine, 1, ({ kernels, random, blank, ints }) => {
      const logits = random(6);
      logits[1] = Number.NaN;
      const v = blank(2);
      kernels.softmaxCrossEntropy(2, 3, 0, v, null, logits, ints(2));
      return { losses: v };
    });
    expect(losses[0]).toBeNaN();
    expect(losses[1]).toBeGreaterThan(0);
  });
});

describe('flat vectors', () => {
  it.each([1, 3, 4, 7, 8, 9, 100])('%i elements equal the reference', (length) => {
    expectSame(length, 0, ({ kernels, random, blank }) => {
      const [a, b, sum, product] = [random(length), random(length), blank(length), blank(length)];
      kernels.add(length, sum, a, b);
      kernels.multiply(length, product, a, b);
      kernels.add(length, b, b, a);
      return { sum, product, inPlace: b };
    });
  });

  it('sums squares in float64 from an offset', () => {
    const { result } = perform(wasmEngine, 1, ({ kernels, random }) => {
      const v = random(40, () => 1);
      v[3] = 2 ** 26; // its square is 2^52: float32 would lose the ones
      return { result: [kernels.sumOfSquares(v, 3, 20)] };
    });
    expect(result).toEqual([2 ** 52 + 19]);
  });
});

describe('the engine', () => {
  it('uses the memory of a closed one again, zeroed, if it has the right size', () => {
    const open = (length: number) => {
      const engine = wasmEngine.open(4 * length);
      return { engine, v: engine.allocator.floats(length) };
    };
    const first = open(100_000);
    first.v.fill(7);
    // a comparison of the buffers themselves would print 400,000 bytes when it fails
    const isFirst = ({ v }: { readonly v: Vec }) => v.buffer === first.v.buffer;
    expect(isFirst(open(100_000)), 'while it is open').toBe(false);
    first.engine.close();
    first.engine.close();
    const second = open(100_000);
    expect(isFirst(second)).toBe(true);
    expect(second.v.every((value) => value === 0)).toBe(true);
    expect(isFirst(open(100_000)), 'twice').toBe(false);
    second.engine.close();
    expect(isFirst(open(200_000)), 'of another size').toBe(false);
    expect(isFirst(open(100_000)), 'after one of another size, for which it was let go').toBe(false);
  });

  it('hands out zeroed, aligned memory and says when the plan was too small', () => {
    const { allocator } = wasmEngine.open(192);
    const vectors = [allocator.floats(3), allocator.ints(1), allocator.floats(16)];
    for (const v of vectors) {
      expect(v.byteOffset % 64).toBe(0);
      expect(Array.from(v)).toEqual(new Array(v.length).fill(0));
    }
    expect(() => allocator.floats(1)).toThrow('4 bytes wanted, 0 of 192 left');
  });

  it('has a memory of the planned size in whole pages of 64 KiB, and 8 KiB for itself', () => {
    const pages = (bytes: number) => wasmEngine.open(bytes).allocator.floats(0).buffer.byteLength / 65536;
    expect([0, 65536 - 8192, 65536 - 8191, 10 * 65536].map(pages)).toEqual([1, 1, 2, 11]);
  });

  it('plans without memory', () => {
    const { g, N } = GEOMETRIES[1];
    expect(wasmEngine.planner.conv2dScratch(g, N)).toBe(wasmEngine.open(0).kernels.conv2dScratch(g, N));
  });
});
