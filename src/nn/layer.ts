import type { Role, TensorDeclaration } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import type { Rng } from '../core/rng.ts';
import type { Shape } from '../core/shape.ts';
import type { EngineFactory, Kernels } from '../kernels/kernels.ts';
import type { Flops } from './flops.ts';

/** Fills a freshly allocated parameter. Draws from `rng` in the order of the elements. */
export type Initializer = (values: Vec, tensor: ParamDeclaration, rng: Rng) => void;

/** A learnable tensor. */
export interface ParamDeclaration extends TensorDeclaration {
  readonly role: Role;
  /** Number of inputs of one output unit and of outputs of one input unit, windows included: what initialisers scale by. */
  readonly fanIn: number;
  readonly fanOut: number;
  /** Overrides the model's initialiser, for parameters whose start is part of the layer (gamma 1, a PReLU slope of 0.25). */
  readonly initializer?: Initializer;
}

/** State that is not learned (running statistics): in the record and the checkpoint, never seen by an optimizer. */
export interface BufferDeclaration {
  readonly name: string;
  readonly length: number;
  readonly initial: number;
}

/** Memory that a layer needs for a batch of N images: kept from forward to backward, or for working in. */
export interface WorkspaceDeclaration {
  readonly name: string;
  readonly type: 'float' | 'int';
  /** Elements for a batch of `N`. */
  readonly length: (N: number, planner: EngineFactory['planner']) => number;
  /** Floats that hold nothing from one call to the next: all layers of a network work in one shared piece of memory. */
  readonly scratch?: boolean;
}

/** What a layer is given to work in; it owns nothing itself. */
export interface LayerMemory {
  readonly params: Readonly<Record<string, Vec>>;
  readonly grads: Readonly<Record<string, Vec>>;
  readonly buffers: Readonly<Record<string, Vec>>;
  readonly floats: Readonly<Record<string, Vec>>;
  readonly ints: Readonly<Record<string, Int32Array>>;
  /** The memory of the layers inside this one, in their order. */
  readonly children: readonly LayerMemory[];
  /**
   * How many layers with the same stem stand before this one in the whole network. Dropout masks are keyed by it, so
   * that adding a layer of another kind leaves them as they are.
   */
  readonly index: number;
}

/** The output of a max-pool. */
export interface Pooled {
  readonly out: Vec;
  readonly shape: Shape;
}

/** Where a layer inside a container writes and reads. */
export interface Connection {
  readonly out: Vec;
  readonly inp: Vec;
  /**
   * Set where the layer is computed together with later ones, which leaves `out` as it is: who reads it first calls forward of these
   * children, in this order.
   */
  readonly computedBy?: readonly number[];
  /** What is kept of a ReLU that is computed with a max-pool: the pool's output. */
  readonly pooled?: Pooled;
}

/** One trip through the network. */
export interface Pass {
  /** Images in this batch, at most the planned batch size. */
  readonly N: number;
  /** Training mode: batch norm uses the batch's statistics, dropout drops. */
  readonly training: boolean;
  /**
   * Batch norm uses the batch's statistics whatever the mode, and takes them into the running ones with this weight;
   * 0 leaves those as they are. Absent: what the mode says.
   */
  readonly batchStatistics?: number | undefined;
  /** The generator of dropout masks for this step and the given layer (its `index` in {@link LayerMemory}). */
  readonly dropout: (layer: number) => Rng;
  readonly observer?: PassObserver | undefined;
}

/**
 * Who is told what a pass computes, right after it was computed: a layer, or several computed as one, by their memories. It must not
 * write.
 */
export interface PassObserver {
  forward(memories: readonly LayerMemory[], out: Vec): void;
  /** The gradients of the parameters are in the memories. */
  backward(memories: readonly LayerMemory[], dinp: Vec | null): void;
  /** The mean loss, those of the rows, and the gradient of the logits. */
  loss(mean: number, losses: Vec, dlogits: Vec): void;
}

/**
 * A layer: a plain object made by a factory for one input shape. It declares what memory it needs and computes
 * in the memory it is given. Names of params, buffers and workspaces are the layer's own (`weight`); the network
 * puts the layer's path in front (`conv1.weight`).
 */
export interface Layer {
  /** The stem of the layer's name in the network, for example `conv`; the network appends a number. */
  readonly stem: string;
  readonly inShape: Shape;
  readonly outShape: Shape;
  readonly params: readonly ParamDeclaration[];
  readonly buffers: readonly BufferDeclaration[];
  readonly workspaces: readonly WorkspaceDeclaration[];
  readonly children: readonly Layer[];
  /**
   * Containers only: what stands in front of the names of the layers inside, instead of stem and number. '' adds
   * nothing, so that they are numbered together with the layers around the container.
   */
  readonly scope?: string;
  /** The output is the input under another shape: `out` may be `inp` and `dinp` may be `dout`, and then nothing is moved. */
  readonly alias?: boolean;
  /** In backward `dinp` may be `dout`: nothing of it is read after it was overwritten. One vector less to move. */
  readonly gradientInPlace?: boolean;
  /** What a pass over N images in training mode costs, the layers inside included. */
  readonly flops: (N: number) => Flops;
  /**
   * The layer and a ReLU in front of it as one: `inp` is the ReLU's input, `dinp` its gradient. The bits are those of the two one
   * after the other.
   */
  readonly afterRelu?: Pick<Layer, 'forward' | 'backward'>;
  /** A max-pool of 2x2 windows side by side, with `argmax` among its ints: what {@link withPool} can take in. */
  readonly poolsPairs?: boolean;
  /** The layer, a ReLU and such a pool behind it as one, image by image, so that what lies between stays in the cache. */
  readonly withPool?: PooledLayer;
  /** Containers only: where each layer inside reads and writes when forward is called with these. */
  readonly connect?: (out: Vec, inp: Vec, memory: LayerMemory) => readonly Connection[];
  forward(kernels: Kernels, out: Vec, inp: Vec, memory: LayerMemory, pass: Pass): void;
  /** Writes the gradients of the parameters, and of the input unless `dinp` is null. `inp` is what forward was given. */
  backward(kernels: Kernels, dinp: Vec | null, dout: Vec, inp: Vec, memory: LayerMemory, pass: Pass): void;
}

/** {@link Layer} with a pool behind it: `out` and `dout` are the pool's, `argmax` its winners. The bits are those of the three layers. */
export interface PooledLayer {
  forward(kernels: Kernels, out: Vec, argmax: Int32Array, inp: Vec, memory: LayerMemory, pass: Pass): void;
  backward(
    kernels: Kernels,
    dinp: Vec | null,
    dout: Vec,
    argmax: Int32Array,
    inp: Vec,
    memory: LayerMemory,
    pass: Pass,
  ): void;
}

/**
 * A layer before its input shape is known: what a model is a list of.
 * @throws InvalidInput if the shape does not fit (a window larger than the image).
 */
export type LayerPlan = (input: Shape) => Layer;
