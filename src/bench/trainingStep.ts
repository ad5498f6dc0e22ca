import { LANES } from '../core/fingerprint.ts';
import type { Allocator } from '../core/memory.ts';
import { type Stream, stream } from '../core/rng.ts';
import type { EngineFactory } from '../kernels/kernels.ts';
import { type Network, type NetworkPlan, openNetwork, planNetwork } from '../nn/network.ts';
import { createInit } from '../run/catalog/inits.ts';
import { models } from '../run/catalog/models.ts';
import { engineOf } from '../run/execute.ts';
import { createOptimizer } from '../run/optimizer.ts';
import { createUpdating, type Updated } from '../train/updating.ts';
import { type BenchTask, CLASSES, type TaskSpec } from './tasks.ts';

/** A task with its memory, ready to be trained on one batch of random images. */
export interface OpenTask {
  readonly task: BenchTask;
  readonly plan: NetworkPlan;
  readonly network: Network;
  readonly updated: Updated & { readonly lanes: Int32Array };
  /** Forward, loss and backward. */
  gradient(): void;
  /** The optimizer's step; `measure` is called when the updates are known and the parameters are not yet moved. */
  update(measure?: () => void): void;
  /** The whole of a training step, the data in memory. */
  step(): void;
}

/** Opens a task as execution opens a run (run/execute.ts). */
export function openTask(task: BenchTask, factory: EngineFactory = engineOf(task.spec)): OpenTask {
  const { spec, inShape, batch } = task;
  const layers = modelLayers(spec);
  const plan = planNetwork({ layers, inShape, classes: CLASSES, batchSize: batch });
  const optimizer = createOptimizer(spec, {});
  const { network, kernels, extra } = openNetwork(plan, factory, (layout, allocator: Allocator) => ({
    optimizerState: optimizer.init(layout, allocator),
    updates: allocator.floats(layout.length),
    lanes: allocator.ints(LANES),
  }));
  const { params, grads, layout } = network;
  network.initialize(createInit(spec.model.init), stream(0, 'init'));
  fillRandomly(network, stream(0, 'bench'));
  const updated = { kernels, optimizer, ...extra, params, grads };
  const updating = createUpdating(updated);
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
    if (measure === undefined) {
      updating.move(context);
      return;
    }
    updating.toUpdates(context);
    measure();
    updating.addUpdates();
  };
  return {
    ...{ task, plan, network, updated, gradient, update },
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
