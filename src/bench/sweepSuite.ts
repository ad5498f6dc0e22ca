import { dataKey, loadData, type Resources } from '../run/execute.ts';
import { runId } from '../run/record.ts';
import { parseSpec, type RunSpec, type RunSpecInput } from '../run/spec.ts';
import { median, type Spread, spread } from '../stats/summary.ts';
import { type ChainCost, measureChains } from './chainCost.ts';
import { type EvaluationResult, measureEvaluation } from './evaluationCost.ts';
import { type MeasureOptions, type Ratio, ratioOf } from './measure.ts';
import { measureProbes, type ProbesResult } from './probeCost.ts';

export interface PlannedRun {
  readonly id: string;
  readonly spec: RunSpec;
}

/** Executes runs in worker threads, as a sweep does, and tells of the end of each. Rejects if one fails. */
export type RunInWorkers = (
  runs: readonly PlannedRun[],
  resources: Resources,
  workers: number,
  onEnd: () => void,
) => Promise<void>;

export interface SweepResults {
  readonly overhead: OverheadResult;
  readonly probes: ProbesResult;
  readonly chains: readonly ChainCost[];
  readonly evaluation: EvaluationResult;
  readonly scaling: ScalingResult;
}

export interface OverheadResult {
  /** From the end of one run of zero epochs to that of the next, in one warm worker. */
  readonly millisecondsPerRun: Spread;
  /** From the start of the sweep to the end of its first run. */
  readonly firstRunMilliseconds: number;
}

export interface ScalingResult {
  readonly runs: number;
  /** Mean over two rounds of the whole sweep, the start of the threads included. */
  readonly seconds: Readonly<Record<1 | 2, number>>;
  /** Of the throughput with two workers over that with one. */
  readonly ratio: Ratio;
}

export interface SweepSuiteOptions extends MeasureOptions {
  readonly runInWorkers: RunInWorkers;
  /** More and longer runs for the scaling over workers. */
  readonly long: boolean;
  readonly onPart?: (part: string) => void;
}

/** What a run costs beside its steps, and what a second worker brings. */
export async function sweepSuite(options: SweepSuiteOptions): Promise<SweepResults> {
  const { seconds, runInWorkers, long, onPart = () => {} } = options;
  onPart('overhead of a run');
  const overhead = await measureOverhead(runInWorkers);
  onPart('probes');
  const probes = measureProbes({ seconds });
  onPart('hash chain');
  const chains = measureChains({ seconds });
  onPart('evaluation');
  const evaluation = measureEvaluation({ seconds });
  onPart('1 and 2 workers');
  const scaling = await measureScaling(runInWorkers, seconds, long);
  return { overhead, probes, chains, evaluation, scaling };
}

/** Runs of zero epochs: each plans, takes its memory, initialises, evaluates 30 images and is hashed. */
const ZERO_RUNS = 30;
const WARM_RUNS = 10;

async function measureOverhead(runInWorkers: RunInWorkers): Promise<OverheadResult> {
  const few = { kind: 'synthGlyphs', size: 28, train: 100, validation: 10, test: 10 } as const;
  const runs = planned(few, ['adam'], seedsTo(ZERO_RUNS), 0);
  const resources = await resourcesOf(runs);
  const start = performance.now();
  const ends: number[] = [];
  await runInWorkers(runs, resources, 1, () => void ends.push(performance.now()));
  const intervals = ends.slice(1).map((end, i) => end - ends[i]);
  return {
    millisecondsPerRun: spread(intervals.slice(WARM_RUNS)),
    firstRunMilliseconds: ends[0] - start,
  };
}

const QUICKSTART = ['sgd', 'momentum', 'rmsprop', 'adagrad', 'adadelta', 'adam', 'adamax'] as const;

/** A part of the quickstart: its network, optimizers and data (or images of the same size), an even number of runs. */
async function measureScaling(
  runInWorkers: RunInWorkers,
  seconds: number,
  long: boolean,
): Promise<ScalingResult> {
  const train = Math.max(100, Math.round(5000 * seconds));
  const runs = long
    ? planned({ kind: 'fashion5k' }, QUICKSTART, seedsTo(2), 1)
    : planned({ kind: 'synthGlyphs', size: 28, train, validation: 100, test: 100 }, ['adam'], seedsTo(6), 1);
  const resources = await resourcesOf(runs);
  const time = async (workers: number) => {
    const start = performance.now();
    await runInWorkers(runs, resources, workers, () => {});
    return (performance.now() - start) / 1000;
  };
  const one: number[] = [];
  const two: number[] = [];
  for (let round = 0; round < SCALING_ROUNDS; round++) {
    one.push(await time(1));
    two.push(await time(2));
  }
  return scalingResult(runs.length, one, two);
}

const SCALING_ROUNDS = 2;

export function scalingResult(runs: number, one: readonly number[], two: readonly number[]): ScalingResult {
  return { runs, seconds: { 1: median(one), 2: median(two) }, ratio: ratioOf(two, one) };
}

const seedsTo = (count: number) => Array.from({ length: count }, (_, seed) => seed);

function planned(
  data: RunSpecInput['data'],
  kinds: readonly (typeof QUICKSTART)[number][],
  seeds: readonly number[],
  epochs: number,
): PlannedRun[] {
  return kinds.flatMap((kind) =>
    seeds.map((seed) => {
      const optimizer = { kind, learningRate: 0.001 };
      const spec = parseSpec({ data, model: { kind: 'missionCnn' }, optimizer, epochs, seed });
      return { id: runId(spec), spec };
    }),
  );
}

/** All runs have the same data. */
async function resourcesOf([{ spec }]: readonly PlannedRun[]): Promise<Resources> {
  return { datasets: { [dataKey(spec.data)]: await loadData(spec.data, {}) }, modules: {} };
}
