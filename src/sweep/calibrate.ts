import { execute, type Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';
import { median } from '../stats/summary.ts';
import type { Checkpoint, RunControl } from '../train/checkpoint.ts';
import { guarded } from './guardProcess.ts';

/** Seconds of the parts of a run. */
export interface RunCost {
  /** Everything but steps and evaluations. */
  readonly start: number;
  readonly evaluation: number;
  readonly step: number;
  /** A step of the slowest tenth. */
  readonly slowStep: number;
}

/** As long are the steps of a setting looked at. */
const SECONDS = 0.6;
/** A start that takes longer than this is not repeated to tell its parts apart. */
const LONG_START = 1;

/**
 * What a run costs on this machine, from the first steps of the real run: they are executed and thrown away. A second start from a
 * checkpoint, which evaluates nothing, and a run of no epochs tell the start from an evaluation.
 * @throws whatever the run throws.
 */
export async function calibrate(spec: RunSpec, resources: Resources): Promise<RunCost> {
  const began = performance.now();
  const times: number[] = [];
  let reached: Checkpoint | undefined;
  await abandoned(spec, resources, {
    isCheckpointDue: () => {
      times.push(performance.now());
      return times.length > 1 && secondsSince(times[0]) > SECONDS;
    },
    onCheckpoint: (checkpoint) => {
      reached = checkpoint;
      throw new Abandoned();
    },
  });
  const whole = secondsSince(began);
  const steps = times.slice(1).map((time, i) => (time - times[i]) / 1000);
  const step = steps.length === 0 ? 0 : median(steps);
  const slowStep = steps.toSorted((a, b) => a - b)[Math.floor(steps.length * 0.9)] ?? step;
  if (reached === undefined)
    return { start: Math.max(0, whole - step * times.length), evaluation: 0, step, slowStep };
  const first = (times[0] - began) / 1000;
  if (first > LONG_START) return { start: 0, evaluation: first - step, step, slowStep };
  const start = await startFrom(reached, spec, resources, step);
  const untrained = performance.now();
  await abandoned(withoutSteps(spec), resources, {});
  return { start, evaluation: Math.max(0, secondsSince(untrained) - start), step, slowStep };
}

async function startFrom(
  from: Checkpoint,
  spec: RunSpec,
  resources: Resources,
  step: number,
): Promise<number> {
  const began = performance.now();
  const isCheckpointDue = () => {
    throw new Abandoned();
  };
  await abandoned(spec, resources, { from, isCheckpointDue });
  return Math.max(0, secondsSince(began) - step);
}

function withoutSteps({ until: _until, ...spec }: RunSpec): RunSpec {
  return { ...spec, epochs: 0 };
}

class Abandoned extends Error {}

async function abandoned(spec: RunSpec, resources: Resources, control: RunControl): Promise<void> {
  try {
    await guarded(() => execute(spec, resources, control));
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
  }
}

function secondsSince(time: number): number {
  return (performance.now() - time) / 1000;
}
