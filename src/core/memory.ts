import { InvalidInput } from './check.ts';

/** A vector of the engine's floating-point type. Float32Array in the WASM engine, Float64Array in the reference. */
export type Vec = Float32Array | Float64Array;

/**
 * Hands out zeroed memory while a run is being set up. An engine's allocator takes it from its own memory,
 * which is sealed before training starts; see `Engine` in kernels/kernels.ts.
 */
export interface Allocator {
  /** `length` zeroed elements of the engine's type, aligned to a cache line. */
  floats(length: number): Vec;
  /** `length` zeroed 32-bit integers, aligned to a cache line. */
  ints(length: number): Int32Array;
}

/** Bytes of a cache line: every allocation starts at a multiple of it. */
export const CACHE_LINE = 64;

export function alignBytes(bytes: number): number {
  return Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
}

/**
 * The most memory of one run, 2 GiB. The WASM engine addresses 4 GiB and counts elements in 32 bits with a sign; below this no
 * index of an element overflows.
 */
export const MOST_MEMORY = 2 ** 31;

/** Vectors below this many bytes are real while memory is measured. */
const SMALL = 2 ** 14;

/** What the large vectors share; up to this many bytes are kept for the next measurement: the collector is slow to take them. */
let shared = new ArrayBuffer(0);
const KEPT = 2 ** 24;

/**
 * Counts the bytes that `build` asks for. It is given vectors of the right length, but the large ones share one piece of memory:
 * they are not zeroed, and what `build` returns is of no use. `build` must be repeatable: it is run once more with the real
 * allocator.
 * @throws InvalidInput as soon as it has asked for more than {@link MOST_MEMORY}; nothing of that size is allocated.
 */
export function measureMemory(bytesPerFloat: 4 | 8, build: (allocator: Allocator) => void): number {
  let bytes = 0;
  const take = (size: number): ArrayBuffer => {
    bytes += alignBytes(size);
    if (bytes > MOST_MEMORY) throw tooMuchMemory(bytes);
    if (size < SMALL) return new ArrayBuffer(size);
    if (shared.byteLength < size) shared = new ArrayBuffer(size);
    return shared;
  };
  build({
    floats(length) {
      const buffer = take(length * bytesPerFloat);
      return bytesPerFloat === 4 ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length);
    },
    ints: (length) => new Int32Array(take(length * 4), 0, length),
  });
  if (shared.byteLength > KEPT) shared = new ArrayBuffer(0);
  return bytes;
}

function tooMuchMemory(bytes: number): InvalidInput {
  return new InvalidInput(
    `too much memory: the network, its batch and the state of its optimizer ask for at least ${bytes} bytes, ` +
      `expected at most ${MOST_MEMORY} (2 GiB); make the batchSize or the model smaller`,
  );
}

/**
 * Makes what needs `bytes` bytes in one piece.
 * @throws InvalidInput with their number if the machine does not have them.
 */
export function allocateOrExplain<T>(bytes: number, what: string, allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidInput(
      `out of memory: ${what} needs ${bytes} bytes and this machine did not give them (${error.message}); ` +
        'make it smaller, or use fewer --workers',
      { cause: error },
    );
  }
}

/** What V8 says where the machine had no memory; other range errors do not depend on the machine. */
const REFUSED = /^(Array buffer allocation failed|WebAssembly\.Memory\(\): could not allocate memory)/;

/** Whether memory could not be had, which may go well at another time. */
export function isOutOfMemory(error: unknown): boolean {
  const reason = error instanceof InvalidInput ? error.cause : error;
  return reason instanceof RangeError && REFUSED.test(reason.message);
}

/** An allocator over ordinary JavaScript arrays, for the reference engine and for tests. */
export function arrayAllocator(bytesPerFloat: 4 | 8): Allocator {
  return {
    floats: (length) => (bytesPerFloat === 4 ? new Float32Array(length) : new Float64Array(length)),
    ints: (length) => new Int32Array(length),
  };
}
