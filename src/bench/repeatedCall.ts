import type { Vec } from '../core/memory.ts';
import type { StepRange } from '../kernels/kernels.ts';

/** How long one call took, in milliseconds, and how long it with what stands around it: tinybench counts the first. */
export interface TimedCall {
  readonly overriddenDuration: number;
  readonly overriddenIterationCost: number;
}

/**
 * A call of a kernel that can be made again and again; to be asked for before the call itself. What the kernel reads and
 * writes gets the numbers that it has now before every repeat, outside of the time: a gradient over which batch norm writes
 * that of its input is infinite after some hundred repeats, and an optimizer's step walks off with the weights of the other
 * kernels. All other vectors are only read or only written.
 */
export function repeatedCall(
  kernel: string,
  args: readonly unknown[],
  perform: (args: readonly unknown[]) => unknown,
): () => unknown {
  // a range of an optimizer's step is one object that the next slot changes
  const kept = args.map((arg) => (isRange(arg) ? { ...arg } : arg));
  const changed = readAndWritten(kernel, kept).map((vector) => ({ vector, numbers: vector.slice() }));
  if (changed.length === 0) return () => perform(kept);
  return (): TimedCall => {
    const before = performance.now();
    for (const { vector, numbers } of changed) vector.set(numbers);
    const start = performance.now();
    perform(kept);
    const end = performance.now();
    return { overriddenDuration: end - start, overriddenIterationCost: end - before };
  };
}

/** The vectors that are input and output: given as both, the parameters and moments of a step, running statistics. */
function readAndWritten(kernel: string, args: readonly unknown[]): Vec[] {
  const vectors = args.filter((arg): arg is Vec => ArrayBuffer.isView(arg));
  const [range] = args;
  if (isRange(range)) {
    const { params, offset, length } = range;
    return [params, ...vectors].map((vector) => vector.subarray(offset, offset + length));
  }
  if (kernel === 'batchNormForward') return vectors.slice(-2);
  return vectors.filter((vector, i) => vectors.slice(0, i).some((other) => isSamePlace(vector, other)));
}

const isSamePlace = (a: Vec, b: Vec) => a.buffer === b.buffer && a.byteOffset === b.byteOffset;

function isRange(value: unknown): value is StepRange {
  return typeof value === 'object' && value !== null && 'learningRate' in value;
}
