import { median, spread } from '../stats/summary.ts';
import { Chain, linksEvery, stateBytes } from '../train/chain.ts';
import { alternate, type MeasureOptions } from './measure.ts';
import type { ProbeCost } from './probeCost.ts';
import { type BenchTask, benchTask } from './tasks.ts';
import { openTask } from './trainingStep.ts';

/** What the links of the hash chain add to the time of a step at their cadence: 0.01 is 1 %. */
export interface ChainCost extends ProbeCost {
  readonly task: string;
  readonly batch: number;
  readonly every: number;
}

const HORIZON = 1000;

/** A step and a link in turns. */
export function measureChains(options: MeasureOptions): ChainCost[] {
  const tasks = [benchTask('mission', 32), benchTask('mission', 8), benchTask('vgg', 64)];
  return tasks.map((task) => measureChain(task, options));
}

function measureChain(task: BenchTask, { seconds, onRound }: MeasureOptions): ChainCost {
  const { plan, network, updated, step } = openTask(task);
  const { kernels, optimizerState, lanes } = updated;
  const bytes = stateBytes([network.params, network.buffers, optimizerState]);
  const every = linksEvery(bytes, plan.trainingFlops(task.batch), HORIZON);
  const rate = { schedule: () => 0 };
  const chain = new Chain({ network, kernels, optimizerState, rate, lanes }, every);
  const timed = [
    { name: 'step', run: step },
    { name: 'link', run: () => chain.endStep(0) },
  ];
  const [steps, links] = alternate(timed, { seconds, ...(onRound && { onRound }) });
  const { min, max } = spread(links.map((link, i) => link / every / steps[i]));
  const ofStep = median(links) / every / median(steps);
  return {
    task: task.name,
    batch: task.batch,
    every,
    ofStep,
    min: Math.min(min, ofStep),
    max: Math.max(max, ofStep),
  };
}
