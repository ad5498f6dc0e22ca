import { median, type Spread } from '../stats/summary.ts';
import { alternate, type MeasureOptions, ratesOf } from './measure.ts';
import { type BenchTask, engineTasks } from './tasks.ts';
import { openTask } from './trainingStep.ts';

/** The throughput of a training step. */
export interface StepResult {
  readonly task: BenchTask['name'];
  readonly batch: number;
  readonly optimizer: string;
  /** The algorithm of the convolutions, part of a run's identity. */
  readonly convolution: string;
  /** Median of the rounds. */
  readonly imagesPerSecond: number;
  readonly spread: Spread;
  readonly millisecondsPerStep: number;
}

/** A step is what is compared with others: it gets more time than one kernel. */
export const STEP_TIME = 4;

/** Training throughput of every task. */
export function engineSuite({ seconds, onRound }: MeasureOptions, tasks = engineTasks()): StepResult[] {
  const open = tasks.map((task) => openTask(task));
  const timed = open.map(({ task, step }) => ({ name: task.name, run: step }));
  const rounds = alternate(timed, { seconds: STEP_TIME * seconds, ...(onRound && { onRound }) });
  return tasks.map((task, i) => stepResult(task, rounds[i]));
}

export function stepResult({ name, batch, spec }: BenchTask, milliseconds: readonly number[]): StepResult {
  const images = ratesOf(milliseconds, batch);
  return {
    task: name,
    batch,
    optimizer: spec.optimizer.kind,
    convolution: spec.convolution,
    imagesPerSecond: images.median,
    spread: images,
    millisecondsPerStep: median(milliseconds),
  };
}
