import { probes } from '../run/catalog/probes.ts';
import { median, spread } from '../stats/summary.ts';
import { isDue, type Probe } from '../train/probe.ts';
import { SeriesRecorder } from '../train/series.ts';
import { type MeasureOptions, ROUNDS } from './measure.ts';
import { benchTask } from './tasks.ts';
import { type OpenTask, openTask } from './trainingStep.ts';

/** What probes add to the time of a step: 0.05 is 5 %. */
export interface ProbesResult {
  readonly task: string;
  readonly batch: number;
  readonly default: ProbeCost;
  readonly everyStep: ProbeCost;
}

export interface ProbeCost {
  readonly ofStep: number;
  /** Smallest and largest of one round. */
  readonly min: number;
  readonly max: number;
}

/** The longest default cadence: in a block of this many steps each default probe is due as often as on average. */
export const BLOCK = 20;

/**
 * Steps without probes, with those of a run at their default cadence, and with all at every step, in turns step by step:
 * blocks of steps 1 to 20 of a run, several times. A block costs the sum of the medians of its steps over the rounds.
 */
export function measureProbes({ seconds, onRound }: MeasureOptions): ProbesResult {
  const open = openTask(benchTask('mission', 32));
  const { spec } = open.task;
  const chosen = (every?: number): Probe[] =>
    spec.probes.map((probe) => probes[probe.kind].create({ every: every ?? probe.every })(open.network));
  const variants = [[], chosen(), chosen(1)].map((active) => probedStep(open, active));
  for (const step of variants) for (let i = 0; i < WARM_STEPS; i++) step(1);
  const blocks: Block[][] = variants.map(() => []);
  const start = performance.now();
  do {
    onRound?.(blocks[0].length + 1);
    for (const variant of blocks) variant.push([]);
    for (let step = 1; step <= BLOCK; step++)
      variants.forEach((make, i) => {
        const before = performance.now();
        make(step);
        blocks[i][blocks[i].length - 1].push(performance.now() - before);
      });
  } while (blocks[0].length < ROUNDS && performance.now() - start < MOST_TIME * seconds);
  const [without, atDefault, atEvery] = blocks;
  return {
    ...{ task: 'mission', batch: 32 },
    default: costBeside(atDefault, without),
    everyStep: costBeside(atEvery, without),
  };
}

/** The milliseconds of the steps of a block. */
type Block = number[];

const WARM_STEPS = 10;
/** Milliseconds for each second of a measurement. */
const MOST_TIME = 40_000;

/** What is more in blocks with probes than in those without, as a part of those without. Rounds in the outer arrays. */
export function costBeside(withProbes: readonly Block[], without: readonly Block[]): ProbeCost {
  const typical = (blocks: readonly Block[]) =>
    sum(blocks[0].map((_, step) => median(blocks.map((block) => block[step]))));
  const ofStep = typical(withProbes) / typical(without) - 1;
  // medians step by step may lie outside of what whole rounds cost
  const { min, max } = spread([
    ofStep,
    ...withProbes.map((block, round) => sum(block) / sum(without[round]) - 1),
  ]);
  return { ofStep, min, max };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** A step of a run, with the probes measured and their values recorded as the training loop does it (train/train.ts). */
export function probedStep(
  { task, network, updated, gradient, update }: OpenTask,
  active: readonly Probe[],
): (step: number) => void {
  const channels = active.flatMap((probe) => probe.channels);
  const recorder = new SeriesRecorder(channels, BLOCK);
  const { kernels, updates } = updated;
  return (step) => {
    const due = active.filter((probe) => isDue(probe, step));
    const moment = { step, N: task.batch, network, kernels, updates };
    const measure = () => {
      for (const probe of due) probe.measure(moment, recorder.record);
    };
    gradient();
    if (due.some((probe) => probe.readsUpdates)) update(measure);
    else {
      measure();
      update();
    }
    recorder.endStep(step);
  };
}
