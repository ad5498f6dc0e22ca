import { median, type Spread } from '../stats/summary.ts';
import { STEP_TIME } from './engineSuite.ts';
import { openPeakKernels, PEAK_FLOP } from './kernelFile.ts';
import { alternate, type MeasureOptions, ratesOf, ratioOf } from './measure.ts';
import { type ProfiledKernel, profileStep, type StepProfile } from './stepProfile.ts';
import { type BenchTask, benchTask } from './tasks.ts';

/** A kernel of a task at one size. */
export interface KernelResult {
  readonly task: BenchTask['name'];
  readonly batch: number;
  readonly kernel: string;
  readonly sizes: string;
  /** Calls in a step. */
  readonly calls: number;
  readonly microseconds: number;
  /** Operations of the direct form, for convolution and dense layers. */
  readonly gflops?: Spread;
  /** Of the measured peak; more than 1 is possible for an algorithm with fewer operations. */
  readonly ofPeak?: number;
  /** Bytes that must be read and written, for all other kernels. */
  readonly gigabytesPerSecond?: Spread;
  /** Of a training step's time, all calls together. */
  readonly share: number;
}

/** Where the time of a step goes, by kernel: all sizes together. */
export interface StepShares {
  readonly task: BenchTask['name'];
  readonly batch: number;
  /** Add up to 1, with the `optimizer`'s own code and the `rest`; the largest first. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface KernelsResult {
  /** GFLOP/s of the register-only loop, timed in the same rounds. */
  readonly peak: Spread;
  readonly kernels: readonly KernelResult[];
  readonly shares: readonly StepShares[];
}

export const kernelTasks = (): BenchTask[] => [
  benchTask('mission', 32),
  benchTask('vgg', 64),
  benchTask('resnet8', 64),
];

/** Turns of the peak loop in one call: about half a millisecond. */
const TURNS = 500_000;
/** Of a kernel's time. */
const PEAK_TIME = 0.05;

/** Every kernel of the tasks' layers against the peak, and the share of a step that it takes. */
export function kernelsSuite(
  { seconds }: MeasureOptions,
  tasks = kernelTasks(),
  onTask: (task: BenchTask) => void = () => {},
): KernelsResult {
  const peak = openPeakKernels();
  const runPeak = { name: 'peak', run: () => peak.peakArithmetic(TURNS, 1), seconds: PEAK_TIME * seconds };
  alternate([{ ...runPeak, seconds }], { seconds }); // until the optimizing compiler had its chance
  const peakTimes: number[] = [];
  const kernels: KernelResult[] = [];
  const shares: StepShares[] = [];
  for (const task of tasks) {
    onTask(task);
    const profile = profileStep(task, STEP_TIME * seconds);
    // the peak beside each kernel: what disturbs the machine disturbs both
    const timed = profile.kernels.flatMap(({ kernel, repeat }) => [runPeak, { name: kernel, run: repeat }]);
    const rounds = alternate(timed, { seconds, warmup: false });
    profile.kernels.forEach((kernel, i) => {
      peakTimes.push(...rounds[2 * i]);
      kernels.push(kernelResult(task, kernel, rounds[2 * i + 1], rounds[2 * i]));
    });
    shares.push(sharesOf(profile));
  }
  return { peak: ratesOf(peakTimes, (TURNS * PEAK_FLOP) / 1e9), kernels, shares };
}

function kernelResult(
  { name, batch }: BenchTask,
  { kernel, sizes, calls, share, flop, bytes }: ProfiledKernel,
  milliseconds: readonly number[],
  peakTimes: readonly number[],
): KernelResult {
  const common = {
    ...{ task: name, batch, kernel, sizes, calls, share },
    microseconds: 1000 * median(milliseconds),
  };
  if (flop === undefined) return { ...common, gigabytesPerSecond: ratesOf(milliseconds, (bytes ?? 0) / 1e9) };
  // times of the same number of operations
  const { ratio } = ratioOf(
    milliseconds,
    peakTimes.map((ms) => (ms * flop) / (TURNS * PEAK_FLOP)),
  );
  return { ...common, gflops: ratesOf(milliseconds, flop / 1e9), ofPeak: ratio };
}

export function sharesOf({ task, kernels, optimizer, rest }: StepProfile): StepShares {
  const shares = new Map<string, number>([
    ['optimizer', optimizer],
    ['rest', rest],
  ]);
  for (const { kernel, share } of kernels) shares.set(kernel, (shares.get(kernel) ?? 0) + share);
  const sorted = [...shares].sort(([, a], [, b]) => b - a);
  return { task: task.name, batch: task.batch, shares: Object.fromEntries(sorted) };
}
