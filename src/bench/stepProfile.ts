import { observedEngine } from '../kernels/observedKernels.ts';
import { engineOf } from '../run/execute.ts';
import { costOf, type KernelCost } from './kernelCost.ts';
import { repeatedCall } from './repeatedCall.ts';
import type { BenchTask } from './tasks.ts';
import { openTask } from './trainingStep.ts';

/** A kernel at one size, as the steps of a real network call it. */
export interface ProfiledKernel extends KernelCost {
  readonly kernel: string;
  /** Calls in a step. */
  readonly calls: number;
  /** Of the time of a step, all its calls together. */
  readonly share: number;
  /** Makes the first of these calls once more, unobserved (repeatedCall.ts). */
  readonly repeat: () => unknown;
}

/** Where the time of a training step goes. The shares of the kernels, `optimizer` and `rest` add up to 1. */
export interface StepProfile {
  readonly task: BenchTask;
  readonly steps: number;
  readonly kernels: readonly ProfiledKernel[];
  /** The optimizer's own code, the kernels that it calls left out. */
  readonly optimizer: number;
  /** What stands between the kernels: layers, calls, and the clock that measures them. */
  readonly rest: number;
}

interface Tally extends KernelCost {
  readonly kernel: string;
  readonly repeat: () => unknown;
  calls: number;
  milliseconds: number;
}

const WARM_STEPS = 3;

/** Trains for `seconds` with a clock around every kernel. */
export function profileStep(task: BenchTask, seconds: number, now = () => performance.now()): StepProfile {
  const tallies = new Map<string, Tally>();
  let inKernels = 0;
  const open = openTask(
    task,
    observedEngine(engineOf(task.spec), (kernel, args, perform) => {
      const tally = tallyOf(tallies, kernel, args, perform);
      const start = now();
      const result = perform();
      const milliseconds = now() - start;
      tally.calls++;
      tally.milliseconds += milliseconds;
      inKernels += milliseconds;
      return result;
    }),
  );
  for (let i = 0; i < WARM_STEPS; i++) open.step();
  for (const tally of tallies.values()) Object.assign(tally, { calls: 0, milliseconds: 0 });
  let steps = 0;
  let optimizer = 0;
  inKernels = 0;
  const start = now();
  do {
    open.gradient();
    const before = now() - inKernels;
    open.update();
    optimizer += now() - inKernels - before;
    steps++;
  } while (now() - start < 1000 * seconds);
  const total = now() - start;
  return {
    ...{ task, steps },
    kernels: [...tallies.values()]
      .filter(({ calls }) => calls > 0)
      .map(({ milliseconds, calls, ...kernel }) => ({
        ...kernel,
        calls: calls / steps,
        share: milliseconds / total,
      })),
    optimizer: optimizer / total,
    rest: (total - inKernels - optimizer) / total,
  };
}

function tallyOf(
  tallies: Map<string, Tally>,
  kernel: string,
  args: readonly unknown[],
  perform: (args?: readonly unknown[]) => unknown,
): Tally {
  const cost = costOf(kernel, args);
  const key = `${kernel} ${cost.sizes}`;
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const tally = { kernel, ...cost, repeat: repeatedCall(kernel, args, perform), calls: 0, milliseconds: 0 };
  tallies.set(key, tally);
  return tally;
}
