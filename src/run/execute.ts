import { InvalidInput } from '../core/check.ts';
import { LANES } from '../core/fingerprint.ts';
import { sha256OfNumbers } from '../core/hash.ts';
import { canonicalJson } from '../core/json.ts';
import type { Layout } from '../core/layout.ts';
import { type Allocator, measureMemory, type Vec } from '../core/memory.ts';
import { stream } from '../core/rng.ts';
import { createBatcher } from '../data/batches.ts';
import type { Dataset, Split } from '../data/dataset.ts';
import type { EngineFactory } from '../kernels/kernels.ts';
import { referenceEngine } from '../kernels/reference.ts';
import { wasmEngines } from '../kernels/wasm.ts';
import { type InitPreset, initPreset, zeros } from '../nn/init.ts';
import { type Network, type NetworkPlan, openNetwork, planNetwork } from '../nn/network.ts';
import { checkNames } from '../optim/groups.ts';
import type { Transform } from '../optim/transform.ts';
import type { Checkpoint, RunControl } from '../train/checkpoint.ts';
import { allocateEvaluation, type EvaluationStatistics } from '../train/evaluate.ts';
import { allocateObjective } from '../train/objective.ts';
import { type TrainingResult, train } from '../train/train.ts';
import { batchSizesOf, largestBatch, stepsOf } from './batchSizes.ts';
import { allData, type DataOptions } from './catalog/datasets.ts';
import { createInit } from './catalog/inits.ts';
import type { UserOptimizer } from './catalog/method.ts';
import { losses, models } from './catalog/models.ts';
import { probes } from './catalog/probes.ts';
import { problemOf } from './catalog/problems.ts';
import { createRateSource } from './catalog/schedules.ts';
import { changedCheckpoint, type MethodStretch, methodStretches } from './changedState.ts';
import { stretchesOf } from './changes.ts';
import { engineDigest } from './engineDigest.ts';
import { interventionsOf } from './interventions.ts';
import { createOptimizer, loadUserOptimizers } from './optimizer.ts';
import { checkPrecision } from './precision.ts';
import { problemLayer, problemLoss } from './problemNetwork.ts';
import { type RunResult, runId } from './record.ts';
import type { RunSpec } from './spec.ts';

export type { Checkpoint, RunControl } from '../train/checkpoint.ts';

/** What a run needs beside its spec; both are named in the spec by content or by a pure description. */
export interface Resources {
  /** Data sets by {@link dataKey}. */
  readonly datasets: Readonly<Record<string, Dataset>>;
  /** Absolute paths of users' modules by the SHA-256 that specs name them by. */
  readonly modules: Readonly<Record<string, string>>;
}

/** The engine that a spec asks for. */
export function engineOf({ engine, convolution }: Pick<RunSpec, 'engine' | 'convolution'>): EngineFactory {
  return engine === 'reference' ? referenceEngine : wasmEngines[convolution];
}

/** Under which name a data set is shared between the runs that use it. */
export function dataKey(data: RunSpec['data']): string {
  return canonicalJson(data);
}

/** @throws InvalidInput if a file is missing, truncated or not the one that was expected. */
export function loadData(data: RunSpec['data'], options: DataOptions): Promise<Dataset> {
  return allData[data.kind].create(data as never, options);
}

/**
 * Executes a spec. The result is a pure function of the spec (the data and the user's modules are named in it by
 * their content): same spec, same bits, on any machine, whether or not `control` has it go on from a checkpoint. A run that diverges is a
 * result.
 * @throws InvalidInput if the spec does not fit the data or the checkpoint does not fit the spec, and whatever a user's optimizer or
 *   `control` throws.
 */
export async function execute(
  spec: RunSpec,
  resources: Resources,
  control: RunControl = {},
): Promise<RunResult> {
  const dataset = datasetOf(spec, resources);
  checkBatchSize(spec, dataset);
  const plan = planModel(spec, dataset);
  const userOptimizers = await loadUserOptimizers(spec, resources.modules);
  const stretches = methodStretches(spec, plan.layout, userOptimizers);
  const run = { spec, dataset, plan, userOptimizers };
  const { ending, digest, ...result } = executeStretches(run, stretches, control);
  return {
    schema: 3,
    id: runId(spec),
    spec,
    engine: engineDigest(),
    data: dataset.digest,
    outcome: ending,
    ...result,
    parameters: plan.parameterCount,
    digest,
  };
}

/** What all stretches of a run have in common. */
interface Executed {
  readonly spec: RunSpec;
  readonly dataset: Dataset;
  readonly plan: NetworkPlan;
  readonly userOptimizers: Readonly<Record<string, UserOptimizer>>;
}

interface StretchResult extends TrainingResult {
  /** SHA-256 of what is left of it. */
  readonly digest: string;
}

/** One stretch after the other, each from the state of the one before. */
function executeStretches(
  run: Executed,
  stretches: readonly MethodStretch[],
  { from, endAt = Number.POSITIVE_INFINITY, onStep, ...control }: RunControl,
): StretchResult {
  const end = Math.min(endAt, stepsOf(run.spec, run.dataset.train.count));
  const first = stretches.findIndex(({ end }) => !((from?.step ?? 0) > end));
  let start: Start = from;
  for (let i = first; ; i++) {
    const stretch = stretches[i];
    let last: Checkpoint | undefined;
    let isDue = false;
    const result = executeStretch(run, stretch, start, {
      ...control,
      ...(Math.min(endAt, stretch.end) === Number.POSITIVE_INFINITY
        ? {}
        : { endAt: Math.min(endAt, stretch.end) }),
      ...(onStep && { onStep: i === first ? onStep : butFirst(onStep) }),
      isCheckpointDue(step) {
        isDue = control.isCheckpointDue?.(step) ?? false;
        return isDue;
      },
      onCheckpoint(checkpoint) {
        last = checkpoint;
        if (isDue || end <= stretch.end) control.onCheckpoint?.(checkpoint);
        isDue = false;
      },
    });
    if (result.ending.kind === 'diverged' || end <= stretch.end || last === undefined) return result;
    start = { checkpoint: last, stretch };
  }
}

/** From the beginning, from within the stretch, or from the end of the one before. */
type Start = Checkpoint | { readonly checkpoint: Checkpoint; readonly stretch: MethodStretch } | undefined;

/** The first state of a stretch that is not the first is the last state of another, which was seen. */
function butFirst<Seen>(see: (seen: Seen) => void): (seen: Seen) => void {
  let isFirst = true;
  return (seen) => {
    if (!isFirst) see(seen);
    isFirst = false;
  };
}

function executeStretch(
  run: Executed,
  stretch: MethodStretch,
  start: Start,
  control: RunControl,
): StretchResult {
  const { dataset, plan, userOptimizers } = run;
  const { spec, methodStartsAfter } = stretch;
  const optimizer = createOptimizer(spec, userOptimizers, methodStartsAfter);
  const engine = control.trace?.engine(engineOf(spec)) ?? engineOf(spec);
  const opened = openNetwork(plan, engine, (_layout, allocator) =>
    allocateTraining(plan, optimizer, allocator),
  );
  try {
    const { network, kernels, extra } = opened;
    // what a checkpoint holds needs no start
    if (start === undefined) initialize(spec, network, dataset);
    const training = {
      ...trainingOf(spec, dataset, network, optimizer),
      network,
      kernels,
      optimizer,
      changedAfter: stretch.after,
      ...extra,
    };
    const from =
      start !== undefined && 'stretch' in start
        ? changedCheckpoint(start.checkpoint, start.stretch, stretch, training)
        : start;
    const result = train(training, { ...control, ...(from && { from }) });
    return {
      ...result,
      digest: sha256OfNumbers(
        ...withoutPadding(network.params, plan.layout),
        ...withoutPadding(network.buffers, plan.buffers),
        ...vectorsOf(extra.optimizerState).flatMap((v) => withoutPadding(v, plan.layout)),
      ),
    };
  } finally {
    opened.close();
  }
}

function initialize(spec: RunSpec, network: Network, dataset: Dataset): void {
  const preset = initOf(spec);
  network.initialize(preset, stream(spec.seed, 'init'));
  if (preset.calibrate === undefined) return;
  // an initialiser that looks at data sees the first batch in the order of the file, the same for every seed
  const { batchSize } = network;
  const first = Int32Array.from({ length: batchSize }, (_, i) => i);
  createBatcher(dataset.train, dataset).fill(network.input, network.labels, first, 0, batchSize);
  preset.calibrate(network, batchSize);
}

/** What training takes from the spec and the data. */
function trainingOf(spec: RunSpec, dataset: Dataset, network: Network, optimizer: Transform) {
  const { train, validation, test } = dataset;
  return {
    rate: createRateSource(spec.schedule, spec.optimizer.learningRate),
    train: createBatcher(train, dataset),
    evaluations: {
      perEpoch: spec.evaluations.perEpoch,
      train: createBatcher(firstImages(train, validation.count), dataset),
      validation: createBatcher(validation, dataset),
      test: createBatcher(test, dataset),
      statistics: statisticsOf(spec, optimizer),
    },
    probes: spec.probes.map((probe) => probes[probe.kind].create(probe)(network)),
    interventions: interventionsOf(spec, network.plan, horizonOf(spec, dataset)),
    batchSizes: batchSizesOf(spec.batchSize, spec.epochs),
    until: spec.until,
    lossAbove: spec.divergence.lossAbove,
    nonFinite: spec.nonFinite,
    order: stream(spec.seed, 'order'),
    dropout: stream(spec.seed, 'dropout'),
    noise: stream(spec.seed, 'optimizer'),
  };
}

/** What training needs beside the network. */
function allocateTraining(plan: NetworkPlan, optimizer: Transform, allocator: Allocator) {
  return {
    optimizerState: optimizer.init(plan.layout, allocator),
    updates: allocator.floats(plan.layout.length),
    evaluationMemory: allocateEvaluation(plan, allocator, optimizer.evaluationParams !== undefined),
    objectiveMemory: optimizer.usesObjective ? allocateObjective(plan, allocator) : null,
    lanes: allocator.ints(LANES),
  };
}

function initOf({ model }: RunSpec): InitPreset {
  return model.kind === 'point' ? initPreset(zeros()) : createInit(model.init);
}

/** Averaged parameters were never trained: the running statistics are not theirs. */
function statisticsOf({ evaluations }: RunSpec, optimizer: Transform): EvaluationStatistics {
  if (evaluations.batchNorm !== 'auto') return evaluations.batchNorm;
  return optimizer.evaluationParams === undefined ? 'running' : 'recalibrated';
}

function datasetOf(spec: RunSpec, resources: Resources): Dataset {
  const dataset = resources.datasets[dataKey(spec.data)];
  if (dataset === undefined) throw new Error(`the data set ${dataKey(spec.data)} was not loaded`);
  return dataset;
}

/**
 * Everything about a spec that its schema cannot know, for sweeps to ask before the first run starts. Returns how many bytes
 * a run of it takes for its own, the data set apart; without a user's optimizer that is not given.
 * @throws InvalidInput if a batch is larger than the training data, if the model does not fit the images, if `rates` or `faults` name what the
 * model does not have, if two parts of the optimizer contradict each other, or if the run needs too much memory (see core/memory.ts).
 */
export function checkSpec(
  spec: RunSpec,
  dataset: Dataset,
  userOptimizers: Readonly<Record<string, UserOptimizer>> = {},
): number {
  checkBatchSize(spec, dataset);
  checkChanges(spec, dataset);
  return Math.max(
    ...stretchesOf(spec).map((stretch) => {
      const plan = planModel(stretch.spec, dataset);
      const { optimizer: method } = stretch.spec;
      interventionsOf(stretch.spec, plan, horizonOf(spec, dataset));
      const known = method.kind !== 'module' || method.sha256 in userOptimizers;
      const optimizer = known ? createOptimizer(stretch.spec, userOptimizers) : null;
      const { bytesPerFloat, planner } = engineOf(spec);
      return measureMemory(bytesPerFloat, (allocator) => {
        plan.allocate(allocator, planner);
        if (optimizer !== null) allocateTraining(plan, optimizer, allocator);
      });
    }),
  );
}

/** A change behind the last step would change nothing. */
function checkChanges({ until: _, ...spec }: RunSpec, dataset: Dataset): void {
  const horizon = stepsOf(spec, dataset.train.count);
  for (const [i, { after }] of (spec.changes ?? []).entries()) {
    if (after < horizon) continue;
    throw new InvalidInput(
      `invalid changes[${i}].after: got ${after}, expected a step before the last of the ${horizon} of the run`,
    );
  }
}

function checkBatchSize(spec: RunSpec, dataset: Dataset): void {
  const largest = largestBatch(spec);
  if (largest > dataset.train.count) {
    throw new InvalidInput(
      `invalid batchSize: got ${largest}, expected at most the ${dataset.train.count} training images of ` +
        `${dataset.name}; make the batch smaller or the validation part smaller`,
    );
  }
}

function horizonOf(spec: RunSpec, { train }: Dataset): number {
  return stepsOf({ ...spec, until: undefined }, train.count);
}

function planModel(spec: RunSpec, dataset: Dataset): NetworkPlan {
  const sizes = { inShape: dataset.shape, classes: dataset.classes, batchSize: largestBatch(spec) };
  const problem = problemOf(spec.data);
  if ((spec.model.kind === 'point') !== (problem !== null)) {
    throw new InvalidInput(
      `invalid model: got ${spec.model.kind} with the data ${spec.data.kind}, expected the model point with a problem ` +
        '(thalweg list problems) and any other model with images (thalweg list datasets)',
    );
  }
  const task =
    problem !== null
      ? { layers: [problemLayer(problem)], loss: problemLoss }
      : {
          layers: models[spec.model.kind].create(spec.model as never, dataset.classes),
          loss: losses[spec.loss.kind].create(spec.loss as never),
        };
  const plan = planNetwork({ ...sizes, ...task });
  checkNames('rates', Object.keys(spec.rates), plan.layout);
  checkPrecision(spec, plan);
  return plan;
}

/** A fixed part of the training data, as large as the validation data, so that both are scored with the same noise. */
function firstImages(split: Split, count: number): Split {
  const images = split.images.subarray(0, count * (split.images.length / split.count));
  return { count: Math.min(count, split.count), images, labels: split.labels.subarray(0, count) };
}

/** The slots of a flat vector of this layout; a vector of another length (a scalar, a history, a factor of a matrix) whole. */
function withoutPadding(
  v: Vec,
  { length, slots }: Pick<Layout, 'length'> & { slots: readonly Place[] },
): Vec[] {
  if (v.length !== length) return [v];
  return slots.map((slot) => v.subarray(slot.offset, slot.offset + slot.length));
}

type Place = { readonly offset: number; readonly length: number };

/** All numbers in an optimizer's state, in the order in which they stand in it. */
function vectorsOf(state: unknown): Vec[] {
  if (typeof state === 'number') return [Float64Array.of(state)];
  if (state instanceof Float32Array || state instanceof Float64Array) return [state];
  if (state === null || typeof state !== 'object') return [];
  return Object.values(state).flatMap(vectorsOf);
}
