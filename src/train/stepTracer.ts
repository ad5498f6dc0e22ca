import type { Layout, Slot } from '../core/layout.ts';
import type { Vec } from '../core/memory.ts';
import { elementsOf } from '../core/shape.ts';
import type { Numbers } from '../core/ulps.ts';
import { type KernelValue, kernelValues } from '../kernels/kernelOutputs.ts';
import type { EngineFactory } from '../kernels/kernels.ts';
import { observedEngine } from '../kernels/observedKernels.ts';
import type { LayerMemory, PassObserver } from '../nn/layer.ts';
import type { Network, PlacedLayer } from '../nn/network.ts';
import { statesIn } from './plainState.ts';
import type { RateSource } from './train.ts';

/** A copy of numbers that an operation was given or has left. */
export interface TracedValue {
  /** `out`, `dweight`, `mu`, or of a number that a kernel was given `eps`. */
  readonly name: string;
  readonly values: Numbers;
  readonly isArgument?: boolean;
  /** Of a tensor; activations are N,H,W,C. */
  readonly shape?: readonly number[];
  /** Of a flat vector with the layout of the parameters or of the running statistics: where the tensors lie. The rest is padding. */
  readonly tensors?: readonly Tensor[];
}

export type Tensor = Pick<Slot, 'name' | 'offset' | 'length'> & { readonly shape?: readonly number[] };

export type Part = 'batch' | 'forward' | 'loss' | 'backward' | 'clip' | 'optimizer' | 'params' | 'state';

/** One operation of a step. */
export interface TracedOperation {
  readonly part: Part;
  /** The path of a layer, of several that are computed as one (`conv1+relu1+pool1`), or of a tensor; empty where it is of none. */
  readonly layer: string;
  /** A kernel, a link of the optimizer's chain, or what else it is. */
  readonly operation: string;
  /** 1 for the pass that every step makes; methods that look at the objective make more. */
  readonly pass: number;
  readonly values: readonly TracedValue[];
}

/** What a tracer looks at. */
export interface Traced {
  readonly network: Network;
  readonly optimizerState: unknown;
  readonly rate: RateSource;
}

/**
 * Keeps copies of everything that one step of a run computes, in the order in which it is computed: every call of a kernel with the layer
 * that makes it, what layers in plain loops leave, every link of the optimizer, the parameters, the state. The step is computed by what
 * computes it in any other run; looking changes no bit.
 */
export class StepTracer {
  readonly operations: TracedOperation[] = [];
  readonly #step: number;
  #traced: Traced | undefined;
  #paths = new Map<LayerMemory, PlacedLayer>();
  #names = new Map<unknown, string>();
  /** Images in the batch of the step that is under way; 0 in any other. */
  #N = 0;
  #pass = 0;
  #isForward = false;
  /** Calls of kernels whose layer is told later. */
  #calls: { kernel: string; values: KernelValue[] }[] = [];

  /** `step` counts from 1; 0 is the state before the first one. */
  constructor(step: number) {
    this.#step = step;
  }

  /** The engine whose calls are kept. */
  engine(factory: EngineFactory): EngineFactory {
    return observedEngine(factory, (kernel, args, perform) => {
      const result = perform();
      if (this.#N > 0 && kernel !== 'fingerprint' && kernel !== 'sumOfSquares')
        this.#called(kernel, args, kernelValues(kernel, args, result));
      return result;
    });
  }

  open(traced: Traced): void {
    this.#traced = traced;
    for (const placed of traced.network.layers) this.#paths.set(placed.memory, placed);
    for (const { name, value } of statesIn(traced.optimizerState)) this.#names.set(value, name);
    if (this.#step === 0) this.#state();
  }

  /** With the batch in the network's input. */
  begin(step: number, N: number): void {
    if (step !== this.#step || this.#traced === undefined) return;
    this.#N = N;
    const { network } = this.#traced;
    const { H, W, C } = network.plan.inShape;
    const input = network.input.subarray(0, N * H * W * C);
    this.#add('batch', '', 'the batch', [
      copied('input', input, [N, H, W, C]),
      copied('labels', network.labels.subarray(0, N)),
    ]);
    network.watch(this.#observer);
  }

  /** Behind everything that may have changed the gradients since the backward pass. */
  gradients(): void {
    if (this.#N === 0 || this.#traced === undefined) return;
    const { grads, layout } = this.#traced.network;
    this.#add('backward', '', 'the whole gradient', [flat('gradient', grads, layout)]);
    this.#calls = [];
  }

  /** The learning rate of the step, and what a rate that reacts to a metric goes by. */
  learningRate(learningRate: number): void {
    if (this.#N === 0 || this.#traced === undefined) return;
    const { rate } = this.#traced;
    const controller = 'controller' in rate ? Object.entries(rate.controller.save()) : [];
    this.#add('optimizer', '', 'the learning rate', [
      ...controller.map(([name, value]) => number(name, value)),
      number('learningRate', learningRate),
    ]);
  }

  /** What a link of the optimizer's chain left. */
  readonly link = (link: string, updates: Vec, state: unknown): void => {
    if (this.#N === 0 || this.#traced === undefined) return;
    const { layout } = this.#traced.network;
    this.#calls = [];
    this.#add(/clip/i.test(link) ? 'clip' : 'optimizer', '', link, [
      ...statesIn(state).map(({ name, value }) => stateValue(name, value, layout)),
      flat('updates', updates, layout),
    ]);
  };

  /** Behind everything that the step changes. */
  end(step: number): void {
    if (step !== this.#step || this.#N === 0) return;
    this.#state();
    this.#traced?.network.watch(undefined);
    this.#N = 0;
    this.#calls = [];
  }

  #state(): void {
    if (this.#traced === undefined) return;
    const { network, optimizerState } = this.#traced;
    const { params, buffers, layout, plan } = network;
    const add = (operation: string, values: TracedValue[]) => this.#add('state', '', operation, values);
    add('the parameters', [flat('params', params, layout)]);
    if (buffers.length > 0) add('the running statistics', [flat('buffers', buffers, plan.buffers)]);
    const values = statesIn(optimizerState).map(({ name, value }) => stateValue(name, value, layout));
    if (values.length > 0) add('the state of the optimizer', values);
  }

  #add(part: Part, layer: string, operation: string, values: readonly TracedValue[]): void {
    this.operations.push({ part, layer, operation, pass: Math.max(1, this.#pass), values });
  }

  /** A layer's calls wait for the layer; those of the optimizer are known by what they are. */
  #called(kernel: string, args: readonly unknown[], values: KernelValue[]): void {
    const { network } = this.#traced as Traced;
    if (kernel.endsWith('Step')) {
      const [{ offset }, ...others] = args as [{ offset: number }, ...unknown[]];
      const slot = network.layout.slots.find((each) => each.offset === offset) as Slot;
      const moments = others.filter((arg) => ArrayBuffer.isView(arg)).map((v) => this.#names.get(v));
      let moment = 0;
      const named = values.map((value) => {
        const isState = value.isArgument !== true && !['params', 'updates'].includes(value.name);
        const name = isState ? (moments[moment++] ?? value.name) : value.name;
        return {
          ...copied(name, value.values, value.isArgument ? undefined : slot.shape),
          ...argument(value),
        };
      });
      this.#add('optimizer', slot.name, kernel, named);
    } else if (kernel === 'add' && args[1] === network.params) {
      this.#add('params', '', 'params + updates', [flat('params', network.params, network.layout)]);
    } else {
      // later kernels may write over what this one wrote
      this.#calls.push({ kernel, values: values.map((each) => ({ ...each, values: each.values.slice() })) });
    }
  }

  readonly #observer: PassObserver = {
    forward: (memories, out) => {
      const placed = this.#placed(memories);
      const last = placed.at(-1);
      if (last === undefined) return;
      const { H, W, C } = last.layer.outShape;
      const shape = [this.#N, H, W, C];
      if (!this.#isForward) this.#pass++;
      this.#isForward = true;
      this.#flush('forward', placed);
      const kept = Object.entries(last.memory.buffers).map(([name, values]) => copied(name, values));
      this.#add('forward', pathOf(placed), `${last.layer.stem} forward`, [
        copied('out', out.subarray(0, this.#N * elementsOf(last.layer.outShape)), shape),
        ...kept,
      ]);
    },
    backward: (memories, dinp) => {
      const placed = this.#placed(memories);
      const [first] = placed;
      if (first === undefined) return;
      const { H, W, C } = first.layer.inShape;
      this.#flush('backward', placed);
      const grads = placed.flatMap(({ layer, memory }) =>
        layer.params.map(({ name, shape }) => copied(`d${name}`, memory.grads[name], shape)),
      );
      const length = this.#N * elementsOf(first.layer.inShape);
      const input = dinp === null ? [] : [copied('dinp', dinp.subarray(0, length), [this.#N, H, W, C])];
      this.#add('backward', pathOf(placed), `${first.layer.stem} backward`, [...grads, ...input]);
    },
    loss: (mean, losses, dlogits) => {
      this.#isForward = false;
      this.#flush('loss', []);
      const { classes } = (this.#traced as Traced).network.plan;
      this.#add('loss', '', 'the loss', [
        copied('losses', losses),
        number('mean', mean),
        copied('dlogits', dlogits, [this.#N, classes]),
      ]);
    },
  };

  /** The layers of a unit; none for a sequence inside a layer. */
  #placed(memories: readonly LayerMemory[]): PlacedLayer[] {
    return memories.flatMap((memory) => this.#paths.get(memory) ?? []);
  }

  #flush(part: Part, placed: readonly PlacedLayer[]): void {
    for (const { kernel, values } of this.#calls) {
      const shaped = values.map((value) => {
        const shape = value.isArgument ? undefined : shapeOf(value, placed, this.#N);
        return { ...copied(value.name, value.values, shape), ...argument(value) };
      });
      this.#add(part, pathOf(placed), kernel, shaped);
    }
    this.#calls = [];
  }
}

function pathOf(placed: readonly PlacedLayer[]): string {
  return placed.map(({ path }) => path).join('+');
}

const argument = ({ isArgument }: KernelValue) => (isArgument ? { isArgument } : {});

/** The shape of what a layer's kernel wrote, where its length says which of the layer's tensors it is. */
function shapeOf({ name, values }: KernelValue, placed: readonly PlacedLayer[], N: number) {
  const [first] = placed;
  const last = placed.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const images = name.startsWith('dinp') ? first.layer.inShape : last.layer.outShape;
  if (/^(out|dinp|argmax)$/.test(name) && values.length === N * elementsOf(images))
    return [N, images.H, images.W, images.C];
  const param = placed.flatMap(({ layer }) => layer.params).find((each) => `d${each.name}` === name);
  return param?.shape;
}

function copied(name: string, values: Numbers, shape?: readonly number[]): TracedValue {
  return { name, values: values.slice(), ...(shape === undefined ? {} : { shape }) };
}

function number(name: string, value: number): TracedValue {
  return { name, values: Float64Array.of(value) };
}

function flat(name: string, values: Vec, { slots }: { readonly slots: readonly Tensor[] }): TracedValue {
  const tensors = slots.map(({ name, offset, length, shape }) => {
    return { name, offset, length, ...(shape === undefined ? {} : { shape }) };
  });
  return { ...copied(name, values), tensors };
}

function stateValue(name: string, value: Numbers | number, layout: Layout): TracedValue {
  if (typeof value === 'number') return number(name, value);
  const isFlat = value.length === layout.length && !(value instanceof Int32Array);
  return isFlat ? flat(name, value, layout) : copied(name, value);
}
