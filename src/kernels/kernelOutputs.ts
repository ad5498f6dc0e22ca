import type { Vec } from '../core/memory.ts';
import type { Kernels, OptimizerSteps, StepRange, WindowGeometry } from './kernels.ts';

/** What a call of a kernel was given as a number, or what it has computed. */
export interface KernelValue {
  readonly name: string;
  /** A part of the vector that the kernel wrote; a copy of a number. */
  readonly values: Vec | Int32Array;
  readonly isArgument?: boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

/** The names of a kernel's arguments, and how many elements of each output it writes, in the order in which they are looked at. */
interface Signature {
  readonly names: readonly string[];
  readonly outputs: (given: Arguments) => Readonly<Record<string, number>>;
  /** The name of the number that it returns. */
  readonly returns?: string;
}

const signature = (
  names: string,
  outputs: (given: Given) => Record<string, number>,
  returns?: string,
): Signature => ({
  names: names.split(' '),
  outputs: outputs as Signature['outputs'],
  ...(returns === undefined ? {} : { returns }),
});

/** The arguments that lengths follow from. */
interface Given {
  readonly g: WindowGeometry;
  readonly argmax: Int32Array | undefined;
  readonly slope: Vec;
  readonly [size: string]: unknown;
  readonly N: number;
  readonly I: number;
  readonly O: number;
  readonly K: number;
  readonly C: number;
  readonly rows: number;
  readonly length: number;
}

const imagesIn = ({ g, N }: Given) => N * g.H * g.W * g.C;
const imagesOut = ({ g, N }: Given) => N * g.P * g.Q * g.K;
const pooledOut = ({ g, N }: Given) => N * (g.P >> 1) * (g.Q >> 1) * g.K;
const weights = ({ g }: Given) => g.K * g.C * g.R * g.S;
const elements = ({ rows, C }: Given) => rows * C;
const outOf = ({ length }: Given) => ({ out: length });
const dinpOf = ({ length }: Given) => ({ dinp: length });

/** All kernels but those that compute nothing of a run. */
type Computing =
  | Exclude<keyof Kernels, 'dtype' | 'conv2dScratch' | 'denseScratch' | 'fingerprint' | 'optimizerSteps'>
  | `${keyof OptimizerSteps}Step`;

/** As kernels.ts declares them. */
const signatures: Readonly<Record<Computing, Signature>> = {
  conv2dForward: signature('g N out inp weight bias scratch argmax', (given) =>
    given.argmax === undefined
      ? { out: imagesOut(given) }
      : { out: pooledOut(given), argmax: pooledOut(given) },
  ),
  conv2dBackwardInput: signature('g N dinp dout weight scratch argmax', (given) => ({
    dinp: imagesIn(given),
  })),
  conv2dBackwardWeight: signature('g N dweight dbias dout inp scratch argmax', (given) => ({
    dweight: weights(given),
    dbias: given.g.K,
  })),
  denseForward: signature('N I O out inp weight bias scratch', ({ N, O }) => ({ out: N * O })),
  denseBackwardInput: signature('N I O dinp dout weight scratch', ({ N, I }) => ({ dinp: N * I })),
  denseBackwardWeight: signature('N I O dweight dbias dout inp scratch', ({ I, O }) => ({
    dweight: I * O,
    dbias: O,
  })),
  maxPoolForward: signature('g N out argmax inp rectify', (given) => ({
    out: imagesOut(given),
    argmax: imagesOut(given),
  })),
  maxPoolBackward: signature('g N dinp dout argmax', (given) => ({ dinp: imagesIn(given) })),
  avgPoolForward: signature('g N countPadding out inp', (given) => ({ out: imagesOut(given) })),
  avgPoolBackward: signature('g N countPadding dinp dout', (given) => ({ dinp: imagesIn(given) })),
  reluForward: signature('length out inp', outOf),
  reluBackward: signature('length dinp dout inp', dinpOf),
  leakyReluForward: signature('length negativeSlope out inp', outOf),
  leakyReluBackward: signature('length negativeSlope dinp dout inp', dinpOf),
  tanhForward: signature('length out inp', outOf),
  tanhBackward: signature('length dinp dout out', dinpOf),
  sigmoidForward: signature('length out inp', outOf),
  sigmoidBackward: signature('length dinp dout out', dinpOf),
  preluForward: signature('rows C shared out inp slope', (given) => ({ out: elements(given) })),
  preluBackward: signature('rows C shared dinp dslope dout inp slope', (given) => ({
    dslope: given.slope.length,
    dinp: elements(given),
  })),
  batchNormForward: signature(
    'rows C eps momentum out inp gamma beta mean invStd runningMean runningVar',
    (given) => ({
      mean: given.C,
      invStd: given.C,
      out: elements(given),
      runningMean: given.C,
      runningVar: given.C,
    }),
  ),
  batchNormEvaluate: signature(
    'rows C eps out inp gamma beta mean invStd runningMean runningVar',
    (given) => ({ mean: given.C, invStd: given.C, out: elements(given) }),
  ),
  batchNormBackward: signature('rows C training dinp dgamma dbeta dout inp gamma mean invStd', (given) => ({
    dgamma: given.C,
    dbeta: given.C,
    dinp: elements(given),
  })),
  softmaxCrossEntropy: signature(
    'N K smoothing losses dlogits logits labels',
    ({ N, K }) => ({ losses: N, dlogits: N * K }),
    'mean',
  ),
  add: signature('length out a b', outOf),
  multiply: signature('length out a b', outOf),
  sumOfSquares: signature('v offset length', () => ({}), 'sum'),
  sgdStep: signature('range', () => ({})),
  momentumStep: signature('range b momentum gradientWeight nesterov', ({ length }) => ({ b: length })),
  meanSquareStep: signature('range s squaresWeight gradientWeight epsInside eps scale', ({ length }) => ({
    s: length,
  })),
  adamStep: signature('range m v beta1 beta2 scaleOfM scaleOfV eps', ({ length }) => ({
    m: length,
    v: length,
  })),
};

/**
 * The numbers that a call of a kernel (see kernels.ts; a step of an optimizer under `adamStep`) was given, then what it has written, then
 * what it has returned. Of a step these are the moments, then the parameters or the updates. Nothing for a kernel that computes nothing:
 * the sizes of scratch memory, fingerprints.
 */
export function kernelValues(kernel: string, args: readonly unknown[], result: unknown): KernelValue[] {
  if (!Object.hasOwn(signatures, kernel)) return [];
  const found = signatures[kernel as Computing];
  const given = Object.fromEntries(found.names.map((name, i) => [name, args[i]]));
  const range = given.range as StepRange | undefined;
  const all: Arguments = range === undefined ? given : { ...range, ...given };
  const values: KernelValue[] = [];
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === 'number' && name !== 'offset')
      values.push({ name, values: Float64Array.of(value), isArgument: true });
  }
  const start = range?.offset ?? 0;
  const written = found.outputs(all);
  const moved = range === undefined ? {} : { [range.updates === null ? 'params' : 'updates']: range.length };
  for (const [name, length] of Object.entries({ ...written, ...moved })) {
    const vector = all[name] as Vec | Int32Array | null | undefined;
    if (vector !== null && vector !== undefined)
      values.push({ name, values: vector.subarray(start, start + length) });
  }
  if (found.returns !== undefined)
    values.push({ name: found.returns, values: Float64Array.of(Number(result)) });
  return values;
}
