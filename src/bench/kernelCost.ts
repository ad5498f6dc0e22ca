import type { StepRange, WindowGeometry } from '../kernels/kernels.ts';

/** What one call of a kernel has to do at least, whatever its algorithm. */
export interface KernelCost {
  /** The sizes of the call, `13x13x32 > 11x11x64`; `, pooled` where a convolution has a ReLU and a max-pool behind it. */
  readonly sizes: string;
  /** Matrix-like kernels: floating-point operations of the direct form, a multiplication and an addition a term. */
  readonly flop?: number;
  /** All others: bytes of what they read and write, each element counted once however often it is read. */
  readonly bytes?: number;
}

/**
 * The cost of a call by its arguments (kernels/kernels.ts), of four bytes an element.
 *
 *     convolution: 2 * N*P*Q*K * C*R*S operations, in each of its three directions, taps on padding counted;
 *                  a ReLU and a max-pool that it includes are not counted
 *     dense:       2 * N*I*O operations, in each of its three directions
 *     pooling:     N * (H*W*C + P*Q*K) elements, and for max-pooling the N*P*Q*K places of the winners
 *     optimizers:  of every slot the parameters and the moments twice, the gradient once
 *     all others:  of every vector as many elements as the leading sizes say, `length` or rows * C; shorter ones whole
 */
export function costOf(kernel: string, args: readonly unknown[]): KernelCost {
  if (kernel.startsWith('conv2d')) {
    const [g, N] = args as [WindowGeometry, number];
    const pooled = args.at(-1) instanceof Int32Array ? ', pooled' : '';
    return { sizes: windowSizes(g, true) + pooled, flop: 2 * N * g.P * g.Q * g.K * g.C * g.R * g.S };
  }
  if (kernel.startsWith('dense')) {
    const [N, I, O] = args as [number, number, number];
    return { sizes: `${I} > ${O}`, flop: 2 * N * I * O };
  }
  if (/^(max|avg)Pool/.test(kernel)) {
    const [g, N] = args as [WindowGeometry, number];
    const outputs = g.P * g.Q * g.K * (kernel.startsWith('max') ? 2 : 1);
    return { sizes: windowSizes(g, false), bytes: 4 * N * (g.H * g.W * g.C + outputs) };
  }
  if (kernel.endsWith('Step')) return stepCost(args);
  const [first, second] = args as [number, number];
  const hasRows = /^(batchNorm|prelu|softmax)/.test(kernel);
  return hasRows
    ? { sizes: `${first} x ${second}`, bytes: bytesOf(args, first * second) }
    : { sizes: String(first), bytes: bytesOf(args, first) };
}

/** A step over one slot: its parameters, gradient and moments read, parameters (or updates) and moments written. */
function stepCost([range, ...others]: readonly unknown[]): KernelCost {
  const { length } = range as StepRange;
  const moments = others.filter((value) => ArrayBuffer.isView(value)).length;
  return { sizes: String(length), bytes: 4 * length * (3 + 2 * moments) };
}

/** Of every vector among the arguments at most `length` elements. A vector that is given twice is read and written. */
function bytesOf(args: readonly unknown[], length: number): number {
  return args.reduce<number>(
    (sum, arg) => sum + (ArrayBuffer.isView(arg) ? Math.min(arg.byteLength, 4 * length) : 0),
    0,
  );
}

/** Extents in and out; of a convolution also a window that is not 3x3. */
function windowSizes({ H, W, C, K, R, S, P, Q }: WindowGeometry, isConvolution: boolean): string {
  const window = isConvolution && (R !== 3 || S !== 3) ? `, ${R}x${S}` : '';
  return `${H}x${W}x${C} > ${P}x${Q}x${K}${window}`;
}
