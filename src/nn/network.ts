import { InvalidInput } from '../core/check.ts';
import { countElements, createLayout, type Layout } from '../core/layout.ts';
import { type Allocator, measureMemory, type Vec } from '../core/memory.ts';
import type { Rng, Stream } from '../core/rng.ts';
import { elementsOf, formatShape, type Shape } from '../core/shape.ts';
import type { EngineFactory, Kernels } from '../kernels/kernels.ts';
import { requireWhole } from './checks.ts';
import type { InitPreset } from './init.ts';
import type { Layer, LayerMemory, LayerPlan, ParamDeclaration, PassObserver, Pooled } from './layer.ts';
import { type Evaluation, type Loss, softmaxCrossEntropy } from './loss.ts';
import { type NamedLayer, nameLayers, walk } from './names.ts';
import {
  allocateNetwork,
  type BufferLayout,
  bufferLayout,
  type NetworkMemory,
  view,
} from './networkMemory.ts';
import { sequential } from './sequential.ts';

export interface NetworkOptions {
  readonly layers: readonly LayerPlan[];
  readonly inShape: Shape;
  readonly classes: number;
  /** The most images of one pass. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /** Softmax cross-entropy without label smoothing unless given. */
  readonly loss?: Loss;
}

/** A network before it has memory: everything that follows from its layers and sizes. */
export interface NetworkPlan extends Required<Omit<NetworkOptions, 'layers'>> {
  readonly root: NamedLayer;
  /** Every learnable tensor under its full name (`conv1.weight`), in the order of the layout. */
  readonly params: readonly ParamDeclaration[];
  /** Of the parameters; gradients, updates and the moments of an optimizer have the same. */
  readonly layout: Layout;
  readonly buffers: BufferLayout;
  readonly parameterCount: number;
  /**
   * Floating-point operations of one gradient of N images: forward, loss and backward (see flops.ts). What an optimizer makes of
   * the gradient is not in it.
   */
  trainingFlops(N: number): number;
  /** Takes all memory of the network. Repeatable; see {@link openNetwork} for how it is measured and used. */
  allocate(allocator: Allocator, planner: EngineFactory['planner']): NetworkMemory;
}

/** A layer with its path (`residual1.conv2`) and its memory, for those who look inside. They must not write. */
export interface PlacedLayer {
  readonly path: string;
  readonly layer: Layer;
  /** Its output of the last pass, in N,H,W,C order. To be read at once: it may be computed on asking, into memory that others use. */
  readonly out: Vec;
  /** Of a ReLU whose output is computed on asking: what is kept, the output of the max-pool behind it. */
  readonly pooled?: Pooled;
  readonly memory: LayerMemory;
}

/** A network that can be trained. Fill `input` and `labels`, then call. */
export interface Network {
  readonly plan: NetworkPlan;
  readonly batchSize: number;
  readonly layout: Layout;
  readonly params: Vec;
  readonly grads: Vec;
  readonly buffers: Vec;
  /** batchSize * H * W * C, in N,H,W,C order. */
  readonly input: Vec;
  /** batchSize whole numbers from 0 to classes - 1. */
  readonly labels: Int32Array;
  /** batchSize * classes: the output of the last pass. */
  readonly logits: Vec;
  /** In the order in which they compute; a residual block stands behind the layers inside it. */
  readonly layers: readonly PlacedLayer[];
  /**
   * Draws the parameters and resets the buffers. Every parameter has a generator of its own, keyed by its name, so that
   * a layer more or less (a batch norm, a dropout) leaves the others as they are.
   */
  initialize(preset: InitPreset, init: Stream): void;
  /**
   * Forward, loss and backward for the first N images, in training mode. Writes `grads` and returns the mean loss.
   * `step` keys the dropout masks.
   */
  trainingStep(N: number, step: number, dropout: Stream): number;
  /** Forward and loss in evaluation mode; batch norm uses the running statistics or, if asked, those of the batch. */
  evaluate(N: number, statistics?: 'running' | 'batch'): Evaluation;
  /** Forward without dropout that takes the batch's statistics into the running ones with this weight. */
  recalibrate(N: number, weight: number): void;
  /** Has everything that passes compute told to an observer, or to none again. */
  watch(observer: PassObserver | undefined): void;
}

/**
 * Plans a network of the given layers under softmax cross-entropy.
 * @throws InvalidInput if a layer refuses its input or the last one does not give one logit a class.
 */
export function planNetwork(options: NetworkOptions): NetworkPlan {
  const { layers, inShape, classes, batchSize, loss = softmaxCrossEntropy() } = options;
  requireWhole('classes', classes, 1);
  requireWhole('batchSize', batchSize, 1);
  for (const extent of [inShape.H, inShape.W, inShape.C]) requireWhole('input shape', extent, 1);
  const root = nameLayers(sequential(layers)(inShape));
  checkOutput(root.layer.outShape, classes);
  const named = walk(root);
  const params = named.flatMap(({ path, layer }) => under(path, layer.params));
  const layout = createLayout(params);
  const buffers = bufferLayout(named);
  return {
    inShape,
    classes,
    batchSize,
    loss,
    root,
    params,
    layout,
    buffers,
    parameterCount: countElements(layout),
    trainingFlops(N) {
      const { forward, parameters } = root.layer.flops(N);
      return forward + loss.flops(N, classes) + parameters;
    },
    allocate: (allocator, planner) =>
      allocateNetwork({ root, layout, buffers, inShape, classes, batchSize }, allocator, planner),
  };
}

/** A network with all its memory, and what else was to have memory beside it. */
export interface OpenedNetwork<Extra> {
  readonly network: Network;
  readonly kernels: Kernels;
  readonly extra: Extra;
  /** See `Engine.close`. */
  close(): void;
}

/**
 * Measures what the network and `allocateExtra` (the state of an optimizer) ask for, opens an engine with exactly that
 * much memory and hands it out.
 */
export function openNetwork<Extra = null>(
  plan: NetworkPlan,
  factory: EngineFactory,
  allocateExtra: (layout: Layout, allocator: Allocator) => Extra = () => null as Extra,
): OpenedNetwork<Extra> {
  const build = (allocator: Allocator) => ({
    memory: plan.allocate(allocator, factory.planner),
    extra: allocateExtra(plan.layout, allocator),
  });
  const { kernels, allocator, close } = factory.open(measureMemory(factory.bytesPerFloat, build));
  try {
    const { memory, extra } = build(allocator);
    return { network: createNetwork(plan, kernels, memory), kernels, extra, close };
  } catch (error) {
    close();
    throw error;
  }
}

function createNetwork(plan: NetworkPlan, kernels: Kernels, memory: NetworkMemory): Network {
  const { root, layout, classes, loss } = plan;
  const { params, grads, buffers, input, labels, logits, dlogits } = memory;
  const pass = {
    N: 0,
    training: false,
    batchStatistics: undefined as number | undefined,
    step: 0,
    masks: null as Stream | null,
    dropout,
    observer: undefined as PassObserver | undefined,
  };

  function dropout(layer: number): Rng {
    if (pass.masks === null) throw new Error('invalid pass: dropout masks are drawn in training steps only');
    return pass.masks.at(pass.step, layer);
  }

  function forward(N: number, training: boolean, batchStatistics?: number): void {
    requireWithinBatch(N, plan.batchSize);
    pass.N = N;
    pass.training = training;
    pass.batchStatistics = batchStatistics;
    root.layer.forward(kernels, logits, input, memory.root, pass);
  }

  return {
    plan,
    batchSize: plan.batchSize,
    layout,
    params,
    grads,
    buffers,
    input,
    labels,
    logits,
    layers: placeLayers(root, logits, input, memory.root, (layer, out, inp, memory) =>
      layer.forward(kernels, out, inp, memory, pass),
    ),
    initialize(preset, init) {
      layout.slots.forEach((slot, i) => {
        const tensor = plan.params[i];
        const initializer = tensor.initializer ?? (slot.role === 'bias' ? preset.bias : preset.weight);
        initializer(view(params, slot), tensor, init.at(...codesOf(slot.name)));
      });
      for (const slot of plan.buffers.slots) view(buffers, slot).fill(slot.initial);
    },
    trainingStep(N, step, masks) {
      pass.step = step;
      pass.masks = masks;
      forward(N, true);
      const mean = loss.train(kernels, N, classes, memory);
      pass.observer?.loss(mean, memory.losses.subarray(0, N), dlogits.subarray(0, N * classes));
      root.layer.backward(kernels, null, dlogits, input, memory.root, pass);
      return mean;
    },
    evaluate(N, statistics = 'running') {
      forward(N, false, statistics === 'batch' ? 0 : undefined);
      return loss.evaluate(kernels, N, classes, memory);
    },
    recalibrate(N, weight) {
      forward(N, false, weight);
    },
    watch(observer) {
      pass.observer = observer;
    },
  };
}

function checkOutput(shape: Shape, classes: number): void {
  if (elementsOf(shape) === classes && shape.C === classes) return;
  throw new InvalidInput(
    `invalid network: got an output of ${formatShape(shape)}, expected 1x1x${classes}, one logit a class; ` +
      `end it with dense({ units: ${classes} })`,
  );
}

function requireWithinBatch(N: number, batchSize: number): void {
  if (Number.isInteger(N) && N >= 1 && N <= batchSize) return;
  throw new InvalidInput(
    `invalid batch: got ${N} images, expected 1 to ${batchSize}, the batch size of the plan`,
  );
}

/** Declarations with the path of their layer in front of their names. */
function under(path: string, declarations: readonly ParamDeclaration[]): ParamDeclaration[] {
  return declarations.map((declaration) => ({ ...declaration, name: `${path}.${declaration.name}` }));
}

/** The name as numbers, to key a generator with. */
function codesOf(name: string): number[] {
  return Array.from(name, (character) => character.charCodeAt(0));
}

type Forward = (layer: Layer, out: Vec, inp: Vec, memory: LayerMemory) => void;

/** The layers inside `named`, and itself behind them, with their outputs; sequences are left out. */
function placeLayers(
  { path, layer, children }: NamedLayer,
  out: Vec,
  inp: Vec,
  memory: LayerMemory,
  forward: Forward,
  passed?: { readonly compute: () => void; readonly pooled: Pooled | undefined },
): PlacedLayer[] {
  const connections = layer.connect?.(out, inp, memory) ?? [];
  const inside = children.flatMap((child, i) => {
    const { out, inp, computedBy, pooled } = connections[i];
    const compute = () => {
      for (const j of computedBy ?? []) {
        forward(layer.children[j], connections[j].out, connections[j].inp, memory.children[j]);
      }
    };
    return placeLayers(child, out, inp, memory.children[i], forward, computedBy && { compute, pooled });
  });
  if (layer.scope !== undefined) return inside;
  const placed = { path, layer, memory };
  if (passed === undefined) return [...inside, { ...placed, out }];
  const computed = {
    ...placed,
    ...(passed.pooled && { pooled: passed.pooled }),
    get out() {
      passed.compute();
      return out;
    },
  };
  return [...inside, computed];
}
