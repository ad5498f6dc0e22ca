import type { EngineFactory, Kernels } from '../kernels/kernels.ts';

/** Makes one call of a kernel: `perform` runs it with `args`. Returns what it returned. */
export type Observe = (kernel: string, args: readonly unknown[], perform: () => unknown) => unknown;

/** The engine with `observe` around every call of a kernel; the numbers stay what they are. */
export function observedEngine(factory: EngineFactory, observe: Observe): EngineFactory {
  return {
    ...factory,
    open(bytes) {
      const { kernels, allocator } = factory.open(bytes);
      return { kernels: observedKernels(kernels, observe), allocator };
    },
  };
}

function observedKernels(kernels: Kernels, observe: Observe): Kernels {
  const entries = Object.entries(kernels).map(([name, kernel]) => [
    name,
    typeof kernel === 'function'
      ? (...args: unknown[]) => observe(name, args, () => (kernel as (...a: unknown[]) => unknown)(...args))
      : kernel,
  ]);
  return Object.fromEntries(entries) as Kernels;
}
