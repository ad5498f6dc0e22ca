import { createBatcher } from '../data/batches.ts';
import { synthGlyphs } from '../data/synthGlyphs.ts';
import { observedEngine } from '../kernels/observedKernels.ts';
import { engineOf } from '../run/execute.ts';
import type { Spread } from '../stats/summary.ts';
import { scoreOf } from '../train/evaluate.ts';
import { alternate, type MeasureOptions, type Ratio, ratesOf, ratioOf } from './measure.ts';
import { benchTask } from './tasks.ts';
import { openTask } from './trainingStep.ts';

/** Evaluation against the forward pass of training, in images a second. */
export interface EvaluationResult {
  readonly task: string;
  readonly batch: number;
  /** Scoring a split, the copying of the images into the network included. */
  readonly imagesPerSecond: Spread;
  /** From the start of a training step to its loss. */
  readonly forwardImagesPerSecond: Spread;
  /** The first rate over the second. */
  readonly ofForward: Ratio;
}

const BATCHES = 4;

/** Scores a small split, and in turns makes training steps that are watched until their loss. */
export function measureEvaluation({ seconds }: MeasureOptions): EvaluationResult {
  const task = benchTask('mission', 32);
  let lossStart = 0;
  const watched = observedEngine(engineOf(task.spec), (kernel, _args, perform) => {
    if (kernel === 'softmaxCrossEntropy') lossStart = performance.now();
    return perform();
  });
  const { network, gradient } = openTask(task, watched);
  const dataset = synthGlyphs({
    level: 'default',
    size: 28,
    train: 10,
    validation: BATCHES * task.batch,
    test: 10,
    seed: 1,
  });
  const batcher = createBatcher(dataset.validation, dataset);
  const evaluation = () => {
    const start = performance.now();
    scoreOf(network, batcher);
    const time = performance.now() - start;
    return { overriddenDuration: time / BATCHES, overriddenIterationCost: time };
  };
  const forward = () => {
    const start = performance.now();
    gradient();
    return { overriddenDuration: lossStart - start, overriddenIterationCost: performance.now() - start };
  };
  const timed = [
    { name: 'evaluation', run: evaluation },
    { name: 'forward', run: forward },
  ];
  const [evaluated, trained] = alternate(timed, { seconds: 2 * seconds });
  return {
    ...{ task: task.name, batch: task.batch },
    imagesPerSecond: ratesOf(evaluated, task.batch),
    forwardImagesPerSecond: ratesOf(trained, task.batch),
    ofForward: ratioOf(evaluated, trained),
  };
}
