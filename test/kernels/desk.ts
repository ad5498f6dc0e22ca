import { expect } from 'vitest';
import { measureMemory, type Vec } from '../../src/core/memory.ts';
import { type Rng, stream } from '../../src/core/rng.ts';
import type { Engine, EngineFactory, Kernels } from '../../src/kernels/kernels.ts';

const GUARD = 16;

/**
 * What one call of a kernel works on. Every vector lies between guards of NaN, starts as NaN, and (in float32) at an
 * address that is a multiple of 4 only: reading outside turns a result into NaN, writing outside is seen afterwards,
 * and a kernel that trusts old contents of an output or of the scratch fails.
 */
export interface Desk {
  readonly kernels: Kernels;
  /** `length` NaNs. */
  blank(length: number): Vec;
  /** Values drawn from `draw`, rounded to float32 so that both engines start from the same numbers. */
  random(length: number, draw?: (rng: Rng) => number): Vec;
  ints(length: number): Int32Array;
}

export type Call = (desk: Desk) => Record<string, ArrayLike<number>>;

/** Makes a call on an engine of its own and returns copies of what the call returned. */
export function perform(factory: EngineFactory, seed: number, call: Call): Record<string, number[]> {
  const engine = openFor(factory, seed, call);
  const floats: { guarded: Vec; length: number }[] = [];
  const results = call(desk(engine, seed, floats));
  for (const { guarded, length } of floats) {
    for (let i = 0; i < guarded.length; i++) {
      const inside = i > GUARD && i <= GUARD + length;
      if (!inside) expect(guarded[i], `guard ${i} of a vector of ${length}`).toBeNaN();
    }
  }
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, Array.from(values)]));
}

/** An engine with exactly the memory that the call asks for. */
function openFor(factory: EngineFactory, seed: number, call: Call): Engine {
  const { kernels } = factory.open(0);
  const planOnly = new Proxy(kernels, {
    get: (target, name) =>
      name === 'conv2dScratch' || name === 'denseScratch' ? target[name].bind(target) : () => 0,
  });
  const bytes = measureMemory(factory.bytesPerFloat, (allocator) => {
    call(desk({ kernels: planOnly, allocator, close() {} }, seed, []));
  });
  return factory.open(bytes);
}

function desk(engine: Engine, seed: number, floats: { guarded: Vec; length: number }[]): Desk {
  const rng = stream(seed, 'wasm.test').at(0);
  const blank = (length: number) => {
    const guarded = engine.allocator.floats(length + 2 * GUARD + 1).fill(Number.NaN);
    floats.push({ guarded, length });
    return guarded.subarray(GUARD + 1, GUARD + 1 + length);
  };
  return {
    kernels: engine.kernels,
    blank,
    random(length, draw = (source) => source.normal()) {
      const v = blank(length);
      for (let i = 0; i < length; i++) v[i] = Math.fround(draw(rng));
      return v;
    },
    ints: (length) => engine.allocator.ints(length),
  };
}

/** The bits of float32 values. */
export const bits = (values: ArrayLike<number>) =>
  Array.from(new Uint32Array(Float32Array.from(values).buffer));
