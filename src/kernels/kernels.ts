import type { Allocator, Vec } from '../core/memory.ts';

/**
 * The interface of the two engines, documented once. `reference.ts` is float64 in plain loops and is never
 * tuned; `wasm.ts` is float32 in WebAssembly SIMD. One conformance suite holds both to it.
 *
 * Conventions
 * - Activations are N,H,W,C (channels last); one image is H*W*C consecutive elements.
 * - Convolution weights are K,C,R,S (out, in, rows, columns), dense weights O,I: PyTorch's order.
 * - Sizes: N images, C and K channels in and out, H and W rows and columns in, P and Q out, R and S of the window.
 * - Outputs are overwritten, never added to. An output never overlaps an input, unless the docstring allows it.
 * - Sizes are checked where a network is planned; a kernel checks nothing.
 * - The order of every sum is fixed by the sizes alone, so a call gives the same bits every time.
 */
export interface Kernels {
  readonly dtype: 'float32' | 'float64';

  /** Elements of working memory that the three convolution kernels need for `N` images. */
  conv2dScratch(g: WindowGeometry, N: number): number;
  /**
   * out[n,p,q,k] = bias[k] + sum_{r,s,c} inp[n, p*strideH + r - padTop, q*strideW + s - padLeft, c] * weight[k,c,r,s]; outside the image is 0.
   *
   * With `argmax`, here and in both gradients, a ReLU and a max-pool of 2x2 windows side by side follow, image by image: `out` and `dout`
   * are those of the pool, N * (P >> 1) * (Q >> 1) * K, and `argmax` is written by forward and read by backward (see maxPoolForward,
   * rectified). K, P and Q are the convolution's. The bits are those of the kernels one after the other.
   */
  conv2dForward(
    g: WindowGeometry,
    N: number,
    out: Vec,
    inp: Vec,
    weight: Vec,
    bias: Vec | null,
    scratch: Vec,
    argmax?: Int32Array,
  ): void;
  /** dinp = the gradient of the input, from the gradient `dout` of the output. */
  conv2dBackwardInput(
    g: WindowGeometry,
    N: number,
    dinp: Vec,
    dout: Vec,
    weight: Vec,
    scratch: Vec,
    argmax?: Int32Array,
  ): void;
  /** dweight and dbias (if the layer has one): the gradients of the parameters, summed over the batch. */
  conv2dBackwardWeight(
    g: WindowGeometry,
    N: number,
    dweight: Vec,
    dbias: Vec | null,
    dout: Vec,
    inp: Vec,
    scratch: Vec,
    argmax?: Int32Array,
  ): void;

  /** Elements of working memory that the three dense kernels need for `N` images. */
  denseScratch(N: number, I: number, O: number): number;
  /** out[n,o] = bias[o] + sum_i inp[n,i] * weight[o,i]. */
  denseForward(
    N: number,
    I: number,
    O: number,
    out: Vec,
    inp: Vec,
    weight: Vec,
    bias: Vec | null,
    scratch: Vec,
  ): void;
  /** dinp[n,i] = sum_o dout[n,o] * weight[o,i]. */
  denseBackwardInput(N: number, I: number, O: number, dinp: Vec, dout: Vec, weight: Vec, scratch: Vec): void;
  /** dweight[o,i] = sum_n dout[n,o] * inp[n,i]; dbias[o] = sum_n dout[n,o]. */
  denseBackwardWeight(
    N: number,
    I: number,
    O: number,
    dweight: Vec,
    dbias: Vec | null,
    dout: Vec,
    inp: Vec,
    scratch: Vec,
  ): void;

  /**
   * The largest value of each window; padding never wins. `argmax` receives, for every output, the index h*W + w
   * of the winner. Ties go to the first in row-major order; a NaN wins over every number (both as PyTorch does).
   * With `rectify` (default false) max(inp, 0) takes the place of inp: the same as reluForward before it. A window without a positive
   * input has no winner, -1.
   */
  maxPoolForward(
    g: WindowGeometry,
    N: number,
    out: Vec,
    argmax: Int32Array,
    inp: Vec,
    rectify?: boolean,
  ): void;
  /**
   * The whole gradient of an output goes to its winner, if there is one; an input that wins several windows gets the sum. After a
   * rectified forward this is the gradient of the input of the ReLU.
   */
  maxPoolBackward(g: WindowGeometry, N: number, dinp: Vec, dout: Vec, argmax: Int32Array): void;
  /** The mean of each window. Padding counts as zeros when `countPadding`, else the divisor is the number of true inputs. */
  avgPoolForward(g: WindowGeometry, N: number, countPadding: boolean, out: Vec, inp: Vec): void;
  avgPoolBackward(g: WindowGeometry, N: number, countPadding: boolean, dinp: Vec, dout: Vec): void;

  /** out = max(inp, 0), element by element; NaN stays NaN. `length` elements. `out` may be `inp`. */
  reluForward(length: number, out: Vec, inp: Vec): void;
  /** dinp = dout where inp > 0, else 0 (the derivative at 0 is 0, as in PyTorch). `dinp` may be `dout`. */
  reluBackward(length: number, dinp: Vec, dout: Vec, inp: Vec): void;
  /** out = inp where inp > 0, else negativeSlope * inp. */
  leakyReluForward(length: number, negativeSlope: number, out: Vec, inp: Vec): void;
  /** `dinp` may be `dout`. */
  leakyReluBackward(length: number, negativeSlope: number, dinp: Vec, dout: Vec, inp: Vec): void;
  /** out = tanh(inp). NaN stays NaN, the sign of zero is kept. */
  tanhForward(length: number, out: Vec, inp: Vec): void;
  /** dinp = dout * (1 - out^2), from the output of forward. */
  tanhBackward(length: number, dinp: Vec, dout: Vec, out: Vec): void;
  /** out = 1 / (1 + e^-inp). NaN stays NaN. */
  sigmoidForward(length: number, out: Vec, inp: Vec): void;
  /** dinp = dout * out * (1 - out), from the output of forward. */
  sigmoidBackward(length: number, dinp: Vec, dout: Vec, out: Vec): void;
  /** LeakyReLU whose slope is learned: one for all channels (slope.length 1) or one a channel (C). `rows` is N*H*W. */
  preluForward(rows: number, C: number, shared: boolean, out: Vec, inp: Vec, slope: Vec): void;
  /** dslope = sum of dout * inp where inp <= 0, over all elements or over those of a channel. `dinp` may be `dout`. */
  preluBackward(
    rows: number,
    C: number,
    shared: boolean,
    dinp: Vec,
    dslope: Vec,
    dout: Vec,
    inp: Vec,
    slope: Vec,
  ): void;

  /**
   * Batch norm over `rows` = N*H*W values a channel, training mode (Ioffe and Szegedy 2015, Algorithm 1).
   * Writes the batch mean and 1 / sqrt(var + eps) (biased variance) to `mean` and `invStd`, and moves the running
   * statistics: running = (1 - momentum) * running + momentum * batch, the variance unbiased (PyTorch's convention).
   * `gamma` and `beta` are null when the layer has no affine part.
   */
  batchNormForward(
    rows: number,
    C: number,
    eps: number,
    momentum: number,
    out: Vec,
    inp: Vec,
    gamma: Vec | null,
    beta: Vec | null,
    mean: Vec,
    invStd: Vec,
    runningMean: Vec,
    runningVar: Vec,
  ): void;
  /** Evaluation mode: normalises with the running statistics, which stay as they are. Fills `mean` and `invStd` with what it used. */
  batchNormEvaluate(
    rows: number,
    C: number,
    eps: number,
    out: Vec,
    inp: Vec,
    gamma: Vec | null,
    beta: Vec | null,
    mean: Vec,
    invStd: Vec,
    runningMean: Vec,
    runningVar: Vec,
  ): void;
  /** The gradients. `training`: the statistics depended on the input; otherwise they were constants. `dinp` may be null, or `dout`. */
  batchNormBackward(
    rows: number,
    C: number,
    training: boolean,
    dinp: Vec | null,
    dgamma: Vec | null,
    dbeta: Vec | null,
    dout: Vec,
    inp: Vec,
    gamma: Vec | null,
    mean: Vec,
    invStd: Vec,
  ): void;

  /**
   * Mean softmax cross-entropy over N rows of K logits, with label smoothing s: the target is (1-s)*onehot + s/K.
   * Writes each row's loss to `losses`, the gradient of the mean to `dlogits` when it is not null, and returns the mean.
   * The largest logit of a row is subtracted first, so logits of 1e4 are safe.
   */
  softmaxCrossEntropy(
    N: number,
    K: number,
    smoothing: number,
    losses: Vec,
    dlogits: Vec | null,
    logits: Vec,
    labels: Int32Array,
  ): number;

  /** out = a + b. `out` may be `a` or `b`. */
  add(length: number, out: Vec, a: Vec, b: Vec): void;
  /** out = a * b, element by element. `out` may be `a` or `b`. */
  multiply(length: number, out: Vec, a: Vec, b: Vec): void;
  /** Sum of squares of `length` elements from `offset`, accumulated in float64. */
  sumOfSquares(v: Vec, offset: number, length: number): number;
  /**
   * Takes `length` elements from `offset` on into a fingerprint (see core/fingerprint.ts). `lanes` are LANES integers of this engine's
   * allocator; `v` may be any vector.
   */
  fingerprint(lanes: Int32Array, v: Vec | Int32Array, offset: number, length: number): void;

  /**
   * Whole optimizer steps in one pass over memory. Missing in the reference engine: src/optim is these equations in plain loops
   * already, and a second copy of them would prove nothing.
   */
  readonly optimizerSteps?: OptimizerSteps;
}

/** One slot in one step of an optimizer, and what surrounds its direction. */
export interface StepRange {
  /** First element, a multiple of four, and number of elements. */
  offset: number;
  length: number;
  params: Vec;
  grads: Vec;
  /** What gets the update instead of the parameters, which then stay as they are; may be `grads`. */
  updates: Vec | null;
  learningRate: number;
  /** Factors of the parameters in the gradient and in the update; null where nothing is added, not even 0. */
  coupledDecay: number | null;
  decoupledDecay: number | null;
}

/**
 * A step of an optimizer over one slot, with p, g, b, s, m, v its parameters, gradient and moments:
 *
 *     g <- g + coupledDecay * p,   d = the direction below,   u = -learningRate * d,   u <- u + decoupledDecay * p,
 *     p <- p + u,   or u to `updates`
 *
 * Arithmetic is float64; g, d, u (twice), p and the moments are rounded to float32. Vectors have room up to the next multiple of
 * four elements behind a slot: there moments become anything and parameters and updates 0.
 */
export interface OptimizerSteps {
  /** d = g. */
  sgd(range: StepRange): void;
  /** b <- momentum * b + gradientWeight * g;   d = b, or with nesterov g + momentum * b. */
  momentum(range: StepRange, b: Vec, momentum: number, gradientWeight: number, nesterov: boolean): void;
  /** s <- squaresWeight * s + gradientWeight * g^2;   d = g / ((sqrt(s + epsInside) + eps) * scale). */
  meanSquare(
    range: StepRange,
    s: Vec,
    squaresWeight: number,
    gradientWeight: number,
    epsInside: number,
    eps: number,
    scale: number,
  ): void;
  /**
   * m <- beta1 * m + (1 - beta1) * g,   v <- beta2 * v + (1 - beta2) * g^2;
   * d = scaleOfM * m / (sqrt(scaleOfV * v) + eps), from m and v before they are rounded.
   */
  adam(
    range: StepRange,
    m: Vec,
    v: Vec,
    beta1: number,
    beta2: number,
    scaleOfM: number,
    scaleOfV: number,
    eps: number,
  ): void;
}

/** The sizes of a convolution or of a pooling window; for pooling K = C. */
export interface WindowGeometry {
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly K: number;
  readonly R: number;
  readonly S: number;
  readonly P: number;
  readonly Q: number;
  readonly strideH: number;
  readonly strideW: number;
  /** Rows of zeros above and columns of zeros to the left; what is needed below and to the right follows from P and Q. */
  readonly padTop: number;
  readonly padLeft: number;
}

/**
 * An engine opened for one run: its kernels and its memory. All memory is handed out before training starts;
 * the kernels take only vectors that came from this engine's allocator.
 */
export interface Engine {
  readonly kernels: Kernels;
  readonly allocator: Allocator;
  /** Gives the memory back, to be zeroed and used again; nothing of the engine may be used any more. */
  close(): void;
}

/** Opens an engine with room for `bytes` of vectors (see `measureMemory`). */
export interface EngineFactory {
  readonly name: 'reference' | 'wasm';
  readonly bytesPerFloat: 4 | 8;
  /** What decides an engine's plan before it has memory: the scratch sizes. */
  readonly planner: Pick<Kernels, 'conv2dScratch' | 'denseScratch'>;
  open(bytes: number): Engine;
}
