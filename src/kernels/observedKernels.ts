import type { EngineFactory, Kernels } from './kernels.ts';

/** Makes one call of a kernel: `perform` runs it with `args`, or with others like them. Returns what it returned. */
export type Observe = (
  kernel: string,
  args: readonly unknown[],
  perform: (args?: readonly unknown[]) => unknown,
) => unknown;

/** The engine with `observe` around every call of a kernel; the numbers stay what they are. */
export function observedEngine(factory: EngineFactory, observe: Observe): EngineFactory {
  return {
    ...factory,
    open(bytes) {
      const engine = factory.open(bytes);
      return { ...engine, kernels: observedKernels(engine.kernels, observe) };
    },
  };
}

function observedKernels(kernels: Kernels, observe: Observe): Kernels {
  const { optimizerSteps } = kernels;
  return {
    ...observed(kernels, (name) => name, observe),
    ...(optimizerSteps && { optimizerSteps: observed(optimizerSteps, (name) => `${name}Step`, observe) }),
  };
}

function observed<T extends object>(functions: T, nameOf: (key: string) => string, observe: Observe): T {
  const entries = Object.entries(functions).map(([key, value]) => [
    key,
    typeof value === 'function'
      ? (...args: unknown[]) => observe(nameOf(key), args, (others = args) => value(...others))
      : value,
  ]);
  return Object.fromEntries(entries) as T;
}
