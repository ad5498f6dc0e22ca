import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import type { Stream } from '../core/rng.ts';
import type { Batcher } from '../data/batches.ts';
import { epochOrder } from '../data/batches.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Network } from '../nn/network.ts';
import type { Controller, Schedule } from '../optim/schedule.ts';
import type { StepContext, Transform } from '../optim/transform.ts';
import { Chain, type ChainRecord, linksEvery, stateBytes } from './chain.ts';
import { applyCheckpoint, type RunControl, takeCheckpoint } from './checkpoint.ts';
import { CostMeter } from './cost.ts';
import { type EvaluationMemory, type Evaluations, Evaluator } from './evaluate.ts';
import { createGuard, type NonFinitePolicy } from './guard.ts';
import { changedRate, type Intervention, intervene } from './intervention.ts';
import { batchObjective, type ObjectiveMemory } from './objective.ts';
import { isDue, type Moment, type Probe } from './probe.ts';
import { type Cost, type EvaluationSeries, SeriesRecorder, type StepSeries } from './series.ts';
import { createUpdating } from './updating.ts';

/** What sets the learning rate of each step. */
export type RateSource =
  | { readonly schedule: Schedule }
  | { readonly controller: Controller; readonly metric: 'loss' | 'error' };

export interface Training {
  readonly network: Network;
  readonly kernels: Kernels;
  /** The whole chain, the learning rate included, and its state. */
  readonly optimizer: Transform;
  readonly optimizerState: unknown;
  /** As long as the parameters, for the updates. */
  readonly updates: Vec;
  readonly rate: RateSource;
  readonly train: Batcher;
  readonly evaluations: Evaluations;
  readonly evaluationMemory: EvaluationMemory;
  /** For optimizers that use the objective of a step; null for all others. */
  readonly objectiveMemory: ObjectiveMemory | null;
  readonly probes: readonly Probe[];
  /** What the spec does to the run, in this order. */
  readonly interventions: readonly Intervention[];
  /** LANES integers of the engine, for fingerprints. */
  readonly lanes: Int32Array;
  /** Images in a batch, an epoch an entry: the horizon of the run. */
  readonly batchSizes: readonly number[];
  /** Epochs after which the run stops. All unless given. */
  readonly until?: number | undefined;
  /** A training loss above this counts as divergence. */
  readonly lossAbove: number;
  readonly nonFinite: NonFinitePolicy;
  readonly order: Stream;
  readonly dropout: Stream;
  /** Random numbers of the optimizer's own. */
  readonly noise: Stream;
  /** The step behind which this part of a run begins; 0 unless the spec has changed on the way, see run/changes.ts. */
  readonly changedAfter?: number;
}

export type Ending =
  | { readonly kind: 'completed' }
  | { readonly kind: 'diverged'; readonly step: number; readonly reason: string };

export interface TrainingResult extends Cost {
  readonly ending: Ending;
  /** Steps whose update was made, or skipped where the policy says so. */
  readonly steps: number;
  readonly series: { readonly steps: StepSeries; readonly evaluations: EvaluationSeries };
  readonly chain: ChainRecord;
}

/**
 * Trains a network: for every batch the gradient, the optimizer's chain, `params += updates`; in one pass where the
 * optimizer has a fused form and no probe reads the updates. The order of the data
 * in an epoch depends on the order stream and the epoch alone. The last batch of an epoch may be smaller.
 *
 * A loss above the bound ends the run as diverged before the parameters are moved, and so does a loss or a gradient that is not
 * finite unless the policy is to go on; then the channel `nonFinite` counts the bad elements of each gradient, and a bad
 * loss as one. A training loss of an evaluation behind a step ends the run by the same rules (see guard.ts): it is what shows
 * that the last update blew up. Evaluations look at the optimizer's evaluation parameters where it has some, from the first step on.
 *
 * A run that stops before its horizon is the beginning of the whole run, bit for bit; its last state is given out. See
 * checkpoint.ts for how a run goes on from there, or from any step in between.
 * @throws InvalidInput if the learning rate of a step is not finite: that is a mistake in the schedule, not a divergence; and if it is
 * to go on from a checkpoint of another run.
 */
export function train(training: Training, control: RunControl = {}): TrainingResult {
  const { network, kernels, optimizer, updates, rate, batchSizes, probes } = training;
  const { params, grads, layout } = network;
  const { until = batchSizes.length } = training;
  const count = training.train.count;
  const stepsIn = batchSizes.map((size) => Math.ceil(count / size));
  const horizon = sumOf(stepsIn);
  const evaluator = new Evaluator(network, training.evaluations, training.evaluationMemory);
  const writeEvaluationParams = evaluationParamsOf(training);
  const objective =
    training.objectiveMemory === null
      ? null
      : batchObjective(network, kernels, training.dropout, training.objectiveMemory);
  const { nonFinite, lossAbove } = training;
  const { buffers } = training.evaluationMemory;
  const guard = createGuard({ network, kernels, policy: nonFinite, lossAbove, buffers });
  const telemetryChannels = Object.keys(optimizer.telemetry?.(training.optimizerState) ?? {});
  const channels = [
    'loss',
    'learningRate',
    ...(nonFinite === 'end' ? [] : ['nonFinite']),
    ...telemetryChannels,
    ...probes.flatMap((probe) => probe.channels),
  ];
  const recorder = new SeriesRecorder(channels, horizon);
  const { record } = recorder;
  const context: { -readonly [K in keyof StepContext]: StepContext[K] } = {
    step: 0,
    layout,
    params,
    learningRate: 0,
    horizon,
    loss: Number.NaN,
    random: () => training.noise.at(step),
    ...(objective === null ? {} : { objective }),
    ...(control.trace === undefined ? {} : { onLink: control.trace.link }),
  };
  const moment: { -readonly [K in keyof Moment]: Moment[K] } = { step: 0, N: 0, network, kernels, updates };
  const updating = createUpdating({ ...training, params, grads });
  const recordTelemetry = () => {
    if (telemetryChannels.length === 0) return;
    const telemetry = optimizer.telemetry?.(training.optimizerState);
    for (const channel of telemetryChannels) record(channel, telemetry?.[channel] ?? Number.NaN);
  };
  const due: Probe[] = [];
  const indices = new Int32Array(count);
  let ending: Ending = { kind: 'completed' };
  const meter = new CostMeter(network.plan);
  const { optimizerState, interventions } = training;
  const bytes = stateBytes([params, network.buffers, optimizerState]);
  const every = linksEvery(bytes, network.plan.trainingFlops(batchSizes[0] ?? 1), horizon);
  const chain = new Chain({ ...training, kernels }, every);
  const { changedAfter = 0 } = training;
  const isChanged = changedAfter > 0;
  const parts = { network, optimizerState, rate, meter, recorder, evaluator, chain, isChanged };
  const intervened = { step: 0, N: 0, order: indices, first: 0, network, optimizerState };
  const { from, isCheckpointDue, onCheckpoint, endAt, onStep, trace } = control;
  if (from === undefined) {
    intervene(interventions, 'start', intervened);
    chain.endStep(0);
    evaluator.evaluate(0, 0, meter.cost());
  } else applyCheckpoint(parts, from, horizon, sumOf(stepsIn.slice(0, until)));
  if (isChanged && from?.step === changedAfter) {
    intervened.step = changedAfter;
    intervene(interventions, 'changed', intervened);
  }
  trace?.open({ network, optimizerState, rate });
  let step = from?.step ?? 0;
  let { epoch, place } = placeAfter(step, stepsIn);
  let given = -1;
  const giveCheckpoint = () => {
    if (step !== given) onCheckpoint?.(takeCheckpoint(parts, step, horizon));
    given = step;
  };
  const unseen = { step, loss: Number.NaN, learningRate: Number.NaN };
  const seen = {
    ...unseen,
    network,
    optimizerState,
    channels,
    value: recorder.valueOf,
    fingerprint: () => chain.fingerprint(),
  };
  if (onStep !== undefined) {
    recorder.watch();
    onStep(seen);
  }
  if (place > 0) epochOrder(training.order, epoch, indices);

  while (epoch < until && step !== endAt) {
    const size = batchSizes[epoch];
    if (place === 0) epochOrder(training.order, epoch, indices);
    const N = Math.min(size, count - place * size);
    training.train.fill(network.input, network.labels, indices, place * size, N);
    intervened.step = step + 1;
    intervened.N = N;
    intervened.first = place * size;
    intervene(interventions, 'batch', intervened);
    trace?.begin(step + 1, N);
    guard.begin();
    const loss = network.trainingStep(N, step, training.dropout);
    meter.step(N);
    intervene(interventions, 'gradient', intervened);
    trace?.gradients();
    record('loss', loss);

    moment.step = step + 1;
    moment.N = N;
    context.learningRate = 'schedule' in rate ? rate.schedule(step, horizon) : rate.controller.value();
    context.learningRate = changedRate(interventions, context.learningRate, step + 1);
    requireFiniteRate(context.learningRate, step + 1, horizon);
    record('learningRate', context.learningRate);
    trace?.learningRate(context.learningRate);

    const reason = guard.divergence(loss);
    if (reason !== null) {
      ending = { kind: 'diverged', step: step + 1, reason };
      for (const probe of probes) if (probe.readsGradientsOnly) probe.measure(moment, record);
      recorder.endStep(step + 1);
      break;
    }
    const bad = guard.mend(loss);
    if (nonFinite !== 'end') record('nonFinite', bad);

    context.step = step + 1;
    context.loss = loss;
    due.length = 0;
    for (const probe of probes) if (isDue(probe, step + 1)) due.push(probe);
    const skipped = bad > 0 && nonFinite === 'skip';
    const inOnePass = updating.inOnePass && !skipped && !due.some((probe) => probe.readsUpdates);
    if (skipped) {
      updates.fill(0);
    } else {
      objective?.begin(N, step);
      if (!inOnePass) updating.toUpdates(context);
      if (objective !== null) meter.gradients(objective.evaluations(), N);
    }
    if (due.some((probe) => probe.readsLayers)) objective?.restoreLayers();
    for (const probe of due) probe.measure(moment, record);
    if (inOnePass) updating.move(context);
    else updating.addUpdates();
    intervene(interventions, 'updated', intervened);
    trace?.end(step + 1);
    if (!skipped) recordTelemetry();
    step++;
    place++;
    chain.endStep(step);
    if (onStep !== undefined) {
      seen.step = step;
      seen.loss = loss;
      seen.learningRate = context.learningRate;
      onStep(seen);
    }
    recorder.endStep(step);

    const stepsInEpoch = stepsIn[epoch];
    if (evaluator.isDue(place, stepsInEpoch)) {
      const scores = evaluator.evaluate(
        step,
        epoch + place / stepsInEpoch,
        meter.cost(),
        writeEvaluationParams,
      );
      const blownUp = guard.divergedEvaluation(scores.train.loss, step, step === horizon);
      if (blownUp !== null) {
        ending = { kind: 'diverged', step, reason: blownUp };
        break;
      }
      if ('controller' in rate) rate.controller.report(scores.validation[rate.metric]);
    }
    if (place === stepsInEpoch) {
      place = 0;
      epoch++;
    }
    if (isCheckpointDue?.(step)) giveCheckpoint();
  }
  if (ending.kind === 'completed' && step < horizon) giveCheckpoint();
  return {
    ending,
    steps: step,
    ...meter.cost(),
    series: { steps: recorder.finish(), evaluations: evaluator.series() },
    chain: chain.finish(step),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The epoch that follows after `step` steps, and how many batches of it are done. */
function placeAfter(step: number, stepsIn: readonly number[]): { epoch: number; place: number } {
  let epoch = 0;
  let place = step;
  while (epoch < stepsIn.length && place >= stepsIn[epoch]) place -= stepsIn[epoch++];
  return { epoch, place };
}

function requireFiniteRate(learningRate: number, step: number, horizon: number): void {
  if (Number.isFinite(learningRate)) return;
  throw new InvalidInput(
    `invalid learning rate: got ${learningRate} at step ${step} of ${horizon}, expected a finite number; ` +
      'check optimizer.learningRate and the options of the schedule',
  );
}

/** What writes the parameters to evaluate with, or nothing where they are those that are trained. */
function evaluationParamsOf({
  optimizer,
  optimizerState,
  network,
}: Training): ((out: Vec) => void) | undefined {
  const { params, layout } = network;
  if (optimizer.evaluationParams === undefined) return undefined;
  return (out) => optimizer.evaluationParams?.(out, optimizerState, params, layout);
}
