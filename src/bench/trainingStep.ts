import type { Allocator, Vec } from '../core/memory.ts';
import { type Stream, stream } from '../core/rng.ts';
import type { EngineFactory, Kernels } from '../kernels/kernels.ts';
import { type Network, type NetworkPlan, openNetwork, planNetwork } from '../nn/network.ts';
import type { StepContext, Transform } from '../optim/transform.ts';
import { createInit } from '../run/catalog/inits.ts';
import { models } from '../run/catalog/models.ts';
import { createOptimizer } from '../run/optimizer.ts';
import { type BenchTask, CLASSES, type TaskSpec } from './tasks.ts';

/** What moves parameters: the optimizer, its state and where they are. */
export interface Updating {
  readonly kernels: Kernels;
  readonly optimizer: Transform;
  readonly optimizerState: unknown;
  readonly params: Vec;
  readonly grads: Vec;
  readonly updates: Vec;
}

/** params += updates of one step, as the training loop does it (train/train.ts); `measure` looks at the updates before. */
export function moveParameters(updating: Updating, context: StepContext, measure?: () => void): void {
  const { kernels, optimizer, optimizerState, params, grads, updates } = updating;
  updates.set(grads);
  optimizer.apply(updates, optimizerState, context);
  measure?.();
  kernels.add(params.length, params, params, updates);
}

/** A task with its memory, ready to be trained on one batch of random images. */
export interface OpenTask {
  readonly task: BenchTask;
  readonly plan: NetworkPlan;
  readonly network: Network;
  readonly updating: Updating;
  /** Forward, loss and backward. */
  gradient(): void;
  /** The optimizer's step; `measure` is called when the updates are known and the parameters are not yet moved. */
  update(measure?: () => void): void;
  /** The whole of a training step, the data in memory. */
  step(): void;
}

/** Opens a task as execution opens a run (run/execute.ts). */
export function openTask(task: BenchTask, factory: EngineFactory): OpenTask {
  const { spec, inShape, batch } = task;
  const layers = modelLayers(spec);
  const plan = planNetwork({ layers, inShape, classes: CLASSES, batchSize: batch });
  const optimizer = createOptimizer(spec, {});
  const { network, kernels, extra } = openNetwork(plan, factory, (layout, allocator: Allocator) => ({
    optimizerState: optimizer.init(layout, allocator),
    updates: allocator.floats(layout.length),
  }));
  const { params, grads, layout } = network;
  network.initialize(createInit(spec.model.init), stream(0, 'init'));
  fillRandomly(network, stream(0, 'bench'));
  const updating = { kernels, optimizer, ...extra, params, grads };
  const dropout = stream(0, 'dropout');
  const context = {
    step: 0,
    layout,
    params,
    learningRate: spec.optimizer.learningRate,
    horizon: 1e6,
    loss: 0,
  };
  const gradient = () => {
    context.loss = network.trainingStep(batch, context.step, dropout);
  };
  const update = (measure?: () => void) => {
    context.step++;
    moveParameters(updating, context, measure);
  };
  return {
    ...{ task, plan, network, updating, gradient, update },
    step() {
      gradient();
      update();
    },
  };
}

function modelLayers({ model }: TaskSpec) {
  return models[model.kind].create(model as never, CLASSES);
}

/** Standard normal pixels and random labels: what a trained network sees, but for the pictures. */
function fillRandomly({ input, labels }: Network, random: Stream): void {
  const rng = random.at(0);
  for (let i = 0; i < input.length; i++) input[i] = rng.normal();
  for (let n = 0; n < labels.length; n++) labels[n] = rng.below(CLASSES);
}
