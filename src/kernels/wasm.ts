import { readFileSync } from 'node:fs';
import { type Allocator, alignBytes, allocateOrExplain, type Vec } from '../core/memory.ts';
import type { EngineFactory, Kernels, OptimizerSteps, StepRange, WindowGeometry } from './kernels.ts';

/**
 * The fast engine: float32, WebAssembly SIMD of 128 bits, no relaxed operation, so the bits are the same on every
 * machine. The kernels are written in AssemblyScript (assembly/*.ts) and compiled by scripts/build-kernels.ts. Each run
 * has a memory of its own, of exactly the size that was planned, which never grows.
 */
export const wasmEngine: EngineFactory = createEngine('direct');

/** How convolutions are computed: every product of the definition, or fewer by Winograd's algorithm where that is faster. */
export type Convolution = 'direct' | 'winograd';

/** The roundings of the two differ, and so do the bits of a run. */
export const wasmEngines: Readonly<Record<Convolution, EngineFactory>> = {
  direct: wasmEngine,
  winograd: createEngine('winograd'),
};

function createEngine(convolution: Convolution): EngineFactory {
  let known: Kernels | undefined;
  /** Sizes are computed by the kernels themselves, which need no memory for that. */
  const withoutMemory = () => {
    known ??= instantiate(new WebAssembly.Memory({ initial: 0, maximum: 0 }), convolution);
    return known;
  };
  // The memory of the last closed engine: to the runs of a sweep, which are of one size, the system need not give (and the
  // collector need not find) one each.
  let spare: Place | undefined;
  const placeOf = (pages: number): Place => {
    const place = spare;
    spare = undefined;
    if (place?.buffer.byteLength !== pages * PAGE) return createPlace(pages, convolution);
    new Uint8Array(place.buffer).fill(0);
    return place;
  };
  return {
    name: 'wasm',
    bytesPerFloat: 4,
    planner: {
      conv2dScratch: (g, N) => withoutMemory().conv2dScratch(g, N),
      denseScratch: (N, I, O) => withoutMemory().denseScratch(N, I, O),
    },
    open(bytes) {
      let place: Place | undefined = placeOf(Math.ceil((RESERVED + bytes) / PAGE));
      const { buffer, kernels } = place;
      return {
        kernels,
        allocator: arena(buffer, RESERVED, RESERVED + bytes),
        close() {
          spare = place ?? spare;
          place = undefined;
        },
      };
    },
  };
}

/** The first bytes of a memory belong to the kernels (assembly/simd.ts). */
const RESERVED = 8192;
const PAGE = 65536;

/** An exported function: vectors are passed as byte addresses (0 for null), truth values as 0 or 1. */
type Kernel = (...args: number[]) => number;
type Exports = Record<
  Exclude<keyof Kernels, 'dtype' | 'optimizerSteps'> | `${keyof OptimizerSteps}Step`,
  Kernel
>;
type WinogradExports = Record<
  'winogradScratch' | 'winogradForward' | 'winogradBackwardInput' | 'winogradBackwardWeight',
  Kernel
>;

/** The part of the WebAssembly API that is used here: the type libraries of ES2024 and Node leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: unknown };
};
interface CompiledModule {
  readonly compiled: unique symbol;
}

let compiled: CompiledModule | undefined;

/** The compiled kernels, read and compiled once a thread. */
function kernelModule(): CompiledModule {
  compiled ??= new WebAssembly.Module(kernelBytes());
  return compiled;
}

/** The file of the compiled kernels. @throws Error if they are not built. */
export function kernelBytes(): Buffer {
  try {
    return readFileSync(new URL('./build/kernels.wasm', import.meta.url));
  } catch (cause) {
    throw new Error('the WASM kernels are not built; run: npm run build:kernels', { cause });
  }
}

function instantiate(memory: { readonly buffer: ArrayBuffer }, convolution: Convolution): Kernels {
  const instance = new WebAssembly.Instance(kernelModule(), { env: { memory } });
  const wasm = instance.exports as Exports & WinogradExports;
  const direct = bind(wasm);
  return convolution === 'direct' ? direct : { ...direct, ...bindWinograd(wasm, direct) };
}

/** A memory with the kernels that work in it. */
interface Place {
  readonly buffer: ArrayBuffer;
  readonly kernels: Kernels;
}

function createPlace(pages: number, convolution: Convolution): Place {
  const memory = allocateOrExplain(
    pages * PAGE,
    'the run (network, batch and optimizer)',
    () => new WebAssembly.Memory({ initial: pages, maximum: pages }),
  );
  return { buffer: memory.buffer, kernels: instantiate(memory, convolution) };
}

/** Hands out `start` to `end` of a zeroed buffer from front to back. */
function arena(buffer: ArrayBuffer, start: number, end: number): Allocator {
  let next = start;
  const take = (bytes: number) => {
    const address = next;
    if (address + bytes > end) {
      throw new Error(
        `out of engine memory: ${bytes} bytes wanted, ${end - address} of ${end - start} left; the plan must ask for all memory`,
      );
    }
    next += alignBytes(bytes);
    return address;
  };
  return {
    floats: (length) => new Float32Array(buffer, take(length * 4), length),
    ints: (length) => new Int32Array(buffer, take(length * 4), length),
  };
}

/** Byte address of a vector in the memory of its engine. */
function at(v: Vec | Int32Array): number {
  return v.byteOffset;
}

function atOrNull(v: Vec | Int32Array | null | undefined): number {
  return v?.byteOffset ?? 0;
}

/** Calls a kernel that slides a window: the sizes, in the order that all of them take, then the rest. */
function slide(
  kernel: Kernel,
  g: WindowGeometry,
  N: number,
  a: number,
  b: number,
  c: number,
  d = 0,
  e = 0,
  f = 0,
  argmax = 0,
) {
  const { H, W, C, R, S, P, Q, strideH, strideW, padTop, padLeft } = g;
  kernel(N, H, W, C, R, S, P, Q, strideH, strideW, padTop, padLeft, a, b, c, d, e, f, argmax);
}

/**
 * Floats that the windows of one image reach, which is less than the scratch. The kernels count in 32 bits: where a border is so
 * wide that this overflows, this number has the run refused.
 */
function reachOf({ C, R, S, P, Q, strideH, strideW }: WindowGeometry): number {
  return ((P - 1) * strideH + R) * ((Q - 1) * strideW + S) * C;
}

/** The interface over the exports of one instance. Nothing here allocates. */
function bind(wasm: Exports): Kernels {
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
    sumOfSquares: (v, offset, length) => wasm.sumOfSquares(at(v) + offset * v.BYTES_PER_ELEMENT, length),

    optimizerSteps: bindSteps(wasm),
  };
}

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
    from(updates ?? params, offset),
    from(params, offset),
    from(grads, offset),
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

/** Byte address of an element. */
function from(v: Vec, offset: number): number {
  return v.byteOffset + offset * v.BYTES_PER_ELEMENT;
}

function bindSteps(wasm: Exports): OptimizerSteps {
  return {
    sgd(range) {
      callStep(wasm.sgdStep, range);
    },
    momentum(range, b, momentum, gradientWeight, nesterov) {
      const { offset } = range;
      callStep(wasm.momentumStep, range, from(b, offset), momentum, gradientWeight, Number(nesterov));
    },
    meanSquare(range, s, squaresWeight, gradientWeight, epsInside, eps, scale) {
      const { offset } = range;
      callStep(
        wasm.meanSquareStep,
        range,
        from(s, offset),
        squaresWeight,
        gradientWeight,
        epsInside,
        eps,
        scale,
      );
    },
    adam(range, m, v, beta1, beta2, scaleOfM, scaleOfV, eps) {
      const { offset } = range;
      callStep(wasm.adamStep, range, from(m, offset), from(v, offset), beta1, beta2, scaleOfM, scaleOfV, eps);
    },
  };
}

/** Whether 3x3 tiles of 4x4 outputs save multiplications: 36 a tile (81 with a stride of 2), against 9 an output. */
function fitsWinograd({ C, K, R, S, P, Q, strideH, strideW }: WindowGeometry): boolean {
  const tiles = Math.ceil(P / 4) * Math.ceil(Q / 4);
  return (
    R === 3 &&
    S === 3 &&
    strideH === strideW &&
    strideH <= 2 &&
    C % 16 === 0 &&
    K % 16 === 0 &&
    (3 * strideH + 3) ** 2 * tiles < 9 * P * Q
  );
}

/** The convolutions that winograd.ts does, the others directly. */
function bindWinograd(
  wasm: WinogradExports,
  direct: Kernels,
): Pick<Kernels, 'conv2dScratch' | 'conv2dForward' | 'conv2dBackwardInput' | 'conv2dBackwardWeight'> {
  const slide3x3 = (
    kernel: Kernel,
    { H, W, C, P, Q, strideH, padTop, padLeft, K }: WindowGeometry,
    N: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e = 0,
    f = 0,
  ) => kernel(N, H, W, C, P, Q, strideH, padTop, padLeft, K, a, b, c, d, e, f);
  return {
    conv2dScratch: (g, N) =>
      fitsWinograd(g)
        ? Math.max(wasm.winogradScratch(N, g.C, g.K, g.P, g.Q, g.strideH), reachOf(g))
        : direct.conv2dScratch(g, N),
    conv2dForward(g, N, out, inp, weight, bias, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dForward(g, N, out, inp, weight, bias, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradForward,
          g,
          N,
          at(out),
          at(inp),
          at(weight),
          atOrNull(bias),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
    conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dBackwardInput(g, N, dinp, dout, weight, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradBackwardInput,
          g,
          N,
          at(dinp),
          at(dout),
          at(weight),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
    conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax) {
      if (!fitsWinograd(g)) direct.conv2dBackwardWeight(g, N, dweight, dbias, dout, inp, scratch, argmax);
      else {
        slide3x3(
          wasm.winogradBackwardWeight,
          g,
          N,
          at(dweight),
          atOrNull(dbias),
          at(dout),
          at(inp),
          at(scratch),
          atOrNull(argmax),
        );
      }
    },
  };
}
