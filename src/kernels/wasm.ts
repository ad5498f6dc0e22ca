import { InvalidInput } from '../core/check.ts';
import { pathOf, readFile } from '../core/host.ts';
import { type Allocator, alignBytes, allocateOrExplain } from '../core/memory.ts';
import type { EngineFactory, Kernels } from './kernels.ts';
import { bind, type Exports } from './wasmKernels.ts';
import { bindWinograd, type WinogradExports } from './wasmWinograd.ts';

/**
 * The fast engine: float32, WebAssembly SIMD of 128 bits, no relaxed operation, so the bits are the same on every
 * machine. The kernels are written in AssemblyScript (assembly/*.ts) and compiled by scripts/build-kernels.ts. Each open
 * engine has a memory of its own, of the planned size in whole pages, which never grows. That of a closed one is used again, zeroed, if
 * the next one has its size.
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

/** The file of the compiled kernels. @throws InvalidInput if they are not built. */
export function kernelBytes(): Uint8Array {
  try {
    return readFile(pathOf(new URL('./build/kernels.wasm', import.meta.url)));
  } catch (cause) {
    throw new InvalidInput('the WASM kernels are not built; run: npm run build:kernels', { cause });
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
