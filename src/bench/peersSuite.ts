import { median, type Spread } from '../stats/summary.ts';
import { STEP_TIME } from './engineSuite.ts';
import type { PeerName } from './findPeers.ts';
import { type MeasureOptions, type Ratio, ratesOf, ratioOf } from './measure.ts';
import type { PeerProcess } from './peerProcess.ts';
import { type BenchTask, benchTask, engineTasks } from './tasks.ts';
import { openTask } from './trainingStep.ts';

/** One training step here and there, in alternation. */
export interface PeerResult {
  readonly task: BenchTask['name'];
  readonly batch: number;
  readonly optimizer: string;
  readonly convolution: string;
  readonly peer: string;
  readonly version: string;
  readonly imagesPerSecond: Spread;
  readonly peerImagesPerSecond: Readonly<Record<string, Spread>>;
  /** thalweg's throughput over that of the peer, for each of its variants. */
  readonly ratios: Readonly<Record<string, Ratio>>;
  /** The fastest variant of the peer, by its median. */
  readonly better: string;
}

/** What a peer is asked for. */
export interface Comparison {
  readonly tasks: readonly BenchTask[];
  readonly rounds: number;
  /** Steps of the peer before the first round, with each of its variants. */
  readonly warmSteps: number;
  /** The most steps of the peer in a round. */
  readonly mostSteps: number;
}

/** A step of TensorFlow.js takes seconds: few of them, and of the small tasks only. */
export const comparisons = (): Readonly<Record<PeerName, Comparison>> => ({
  torch: { tasks: engineTasks(), rounds: 7, warmSteps: 3, mostSteps: 1000 },
  tfjs: {
    ...{ tasks: [1, 8, 32].map((batch) => benchTask('mission', batch)) },
    ...{ rounds: 2, warmSteps: 1, mostSteps: 1 },
  },
});

const WARM_STEPS = 5;

/** Compares task by task: what was measured is told before the next one starts, or the peer dies. @throws PeerError */
export async function comparePeer(
  peer: PeerProcess,
  { tasks, ...comparison }: Comparison,
  options: MeasureOptions,
  onResult: (result: PeerResult) => void,
): Promise<void> {
  for (const task of tasks) onResult(await compareTask(peer, task, comparison, options));
}

async function compareTask(
  peer: PeerProcess,
  task: BenchTask,
  { rounds, warmSteps, mostSteps }: Omit<Comparison, 'tasks'>,
  { seconds, onRound }: MeasureOptions,
): Promise<PeerResult> {
  const { step } = openTask(task);
  const { variants } = peer.greeting;
  const warm = median(timesOf(step, WARM_STEPS));
  const steps = Math.max(1, Math.ceil((1000 * STEP_TIME * seconds) / rounds / warm));
  const ask = (variant: string, count: number) =>
    peer.steps({ task: task.name, batch: task.batch, variant, steps: Math.min(count, mostSteps) });
  if (warmSteps > 0) for (const variant of variants) await ask(variant, warmSteps);
  const here: number[] = [];
  const there: Record<string, number[]> = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 1; round <= rounds; round++) {
    onRound?.(round);
    here.push(median(timesOf(step, steps)));
    for (const variant of variants) there[variant].push(median(await ask(variant, steps)));
  }
  return peerResult(peer, task, here, there);
}

function timesOf(run: () => void, count: number): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
}

/** From the milliseconds of a step in each round, here and with each of the peer's variants. */
export function peerResult(
  { greeting }: Pick<PeerProcess, 'greeting'>,
  { name, batch, spec }: BenchTask,
  here: readonly number[],
  there: Readonly<Record<string, readonly number[]>>,
): PeerResult {
  const each = <T>(value: (milliseconds: readonly number[]) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(there).map(([variant, ms]) => [variant, value(ms)]));
  const [better] = Object.keys(there).sort((a, b) => median(there[a]) - median(there[b]));
  return {
    ...{ task: name, batch, optimizer: spec.optimizer.kind, convolution: spec.convolution },
    ...{ peer: greeting.peer, version: greeting.version },
    imagesPerSecond: ratesOf(here, batch),
    peerImagesPerSecond: each((ms) => ratesOf(ms, batch)),
    ratios: each((ms) => ratioOf(here, ms)),
    better,
  };
}
