import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import { elementsOf, type Shape } from '../core/shape.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { flopsInSequence, hasParams } from './flops.ts';
import type { Connection, Layer, LayerMemory, LayerPlan, Pass, WorkspaceDeclaration } from './layer.ts';

/** Layers one after the other. Their names stand in the scope of what is around them. */
export function sequential(plans: readonly LayerPlan[]): LayerPlan {
  return (inShape) => sequentialLayer(plans, inShape, '');
}

/**
 * Memory: every layer has an activation buffer of its own, which backward reads again; gradients need only the last one
 * and alternate between two buffers, or stay where they are (gradientInPlace). An alias layer (flatten) works in the
 * buffer of the layer before it. Of layers that are computed together only the last one's result is kept; the others'
 * are computed again when somebody reads them.
 * @param scope what stands in front of the names of the layers.
 * @throws InvalidInput if there are no layers, or the plan of a layer refuses its input.
 */
export function sequentialLayer(plans: readonly LayerPlan[], inShape: Shape, scope: string): Layer {
  if (plans.length === 0) {
    throw new InvalidInput('invalid layers: got none, expected at least one; identity() does nothing');
  }
  const layers: Layer[] = [];
  for (const plan of plans) layers.push(plan(layers.at(-1)?.outShape ?? inShape));
  const units = unitsOf(layers);
  const last = units.length - 1;
  const gradients = gradientBuffers(units);
  // units before the first one with parameters are left out of backward when nobody wants the input's gradient
  const firstLearned = units.findIndex(({ inside, layer }) => [...inside, layer].some(hasParams));

  return {
    stem: 'sequential',
    scope,
    inShape,
    outShape: units[last].layer.outShape,
    params: [],
    buffers: [],
    workspaces: [...activationWorkspaces(units), ...gradientWorkspaces(units, gradients)],
    children: layers,
    flops: (N) => flopsInSequence(layers, N),
    connect: (out, inp, { floats }) =>
      units.flatMap(({ inside, layer, first, reads, writes }) => {
        const [read, write] = [vectorOf(reads, out, inp, floats), vectorOf(writes, out, inp, floats)];
        const between = floats.passed;
        const passed = inside.map((_, i): Connection => {
          const connection = { out: between, inp: i === 0 ? read : between };
          const computedBy = Array.from({ length: i + 1 }, (_, j) => first + j);
          if (i < inside.length - 1) return { ...connection, computedBy };
          return { ...connection, computedBy, pooled: { out: write, shape: layer.outShape } };
        });
        return [...passed, { out: write, inp: inside.length === 0 ? read : between }];
      }),
    forward(kernels, out, inp, { floats, children }, pass) {
      for (const unit of units) {
        const { forward, reads, writes } = unit;
        const write = vectorOf(writes, out, inp, floats);
        forward(kernels, write, vectorOf(reads, out, inp, floats), children, pass);
        pass.observer?.forward(memoriesOf(unit, children), write);
      }
    },
    backward(kernels, dinp, dout, inp, { floats, children }, pass) {
      const lowest = dinp !== null ? 0 : firstLearned;
      if (lowest < 0) return;
      for (let i = last; i >= lowest; i--) {
        const { backward, reads } = units[i];
        const above = i === last ? dout : floats[gradients[i]];
        const below = i > lowest ? floats[gradients[i - 1]] : i === 0 ? dinp : null;
        backward(kernels, below, above, vectorOf(reads, dout, inp, floats), children, pass);
        pass.observer?.backward(memoriesOf(units[i], children), below);
      }
    },
  };
}

/** What is computed at once: one layer, or several in the same bits. */
interface Unit {
  /** The layers in front of the last one. */
  readonly inside: readonly Layer[];
  /** The last layer. */
  readonly layer: Layer;
  /** The place of the first one among the layers. */
  readonly first: number;
  /** The vectors that forward is called with: `inp` and `out` of the sequence, or a workspace. */
  readonly reads: string;
  readonly writes: string;
  forward(kernels: Kernels, out: Vec, inp: Vec, memories: Memories, pass: Pass): void;
  backward(kernels: Kernels, dinp: Vec | null, dout: Vec, inp: Vec, memories: Memories, pass: Pass): void;
}

type Memories = readonly LayerMemory[];

function memoriesOf({ first, inside }: Unit, memories: Memories): Memories {
  return memories.slice(first, first + inside.length + 1);
}

function unitsOf(layers: readonly Layer[]): Unit[] {
  const units: Unit[] = [];
  let reads = 'inp';
  for (let first = 0; first < layers.length; ) {
    const [length, computation] = computedAt(layers, first);
    const index = first + length - 1;
    const layer = layers[index];
    const writes = index === layers.length - 1 ? 'out' : layer.alias ? reads : `out${index}`;
    units.push({ ...computation, inside: layers.slice(first, index), layer, first, reads, writes });
    reads = writes;
    first = index + 1;
  }
  return units;
}

/** How many layers from `i` on are computed together, and how. */
function computedAt(layers: readonly Layer[], i: number): [number, Pick<Unit, 'forward' | 'backward'>] {
  const [layer, second, third] = layers.slice(i);
  const { withPool } = layer;
  if (withPool !== undefined && second?.stem === 'relu' && third?.poolsPairs) {
    return [
      3,
      {
        forward: (kernels, out, inp, at, pass) =>
          withPool.forward(kernels, out, at[i + 2].ints.argmax, inp, at[i], pass),
        backward: (kernels, dinp, dout, inp, at, pass) =>
          withPool.backward(kernels, dinp, dout, at[i + 2].ints.argmax, inp, at[i], pass),
      },
    ];
  }
  const together = layer.stem === 'relu' ? second?.afterRelu : undefined;
  const { forward, backward } = together ?? layer;
  const place = together === undefined ? i : i + 1;
  return [
    place - i + 1,
    {
      forward: (kernels, out, inp, at, pass) => forward(kernels, out, inp, at[place], pass),
      backward: (kernels, dinp, dout, inp, at, pass) => backward(kernels, dinp, dout, inp, at[place], pass),
    },
  ];
}

function vectorOf(name: string, out: Vec, inp: Vec, floats: Readonly<Record<string, Vec>>): Vec {
  return name === 'out' ? out : name === 'inp' ? inp : floats[name];
}

/** For every unit but the last, which of the two buffers holds the gradient of its output. */
function gradientBuffers(units: readonly Unit[]): ('gradA' | 'gradB')[] {
  const names: ('gradA' | 'gradB')[] = [];
  for (let i = units.length - 2; i >= 0; i--) {
    const above = names[i + 1];
    if (above === undefined) names[i] = 'gradA';
    else if (units[i + 1].layer.alias || units[i + 1].layer.gradientInPlace) names[i] = above;
    else names[i] = above === 'gradA' ? 'gradB' : 'gradA';
  }
  return names;
}

function activationWorkspaces(units: readonly Unit[]): WorkspaceDeclaration[] {
  const own = units.filter(({ writes, layer }) => writes !== 'out' && !layer.alias);
  const passed = units.flatMap(({ inside }) => inside.map(({ outShape }) => elementsOf(outShape)));
  return [
    ...own.map(({ writes, layer }): WorkspaceDeclaration => {
      return { name: writes, type: 'float', length: (N) => N * elementsOf(layer.outShape) };
    }),
    { name: 'passed', type: 'float', length: (N) => N * Math.max(0, ...passed) },
  ];
}

function gradientWorkspaces(
  units: readonly Unit[],
  gradients: readonly ('gradA' | 'gradB')[],
): WorkspaceDeclaration[] {
  return (['gradA', 'gradB'] as const).map((name) => {
    const sizes = gradients.map((used, i) => (used === name ? elementsOf(units[i].layer.outShape) : 0));
    return { name, type: 'float', length: (N) => N * Math.max(0, ...sizes) };
  });
}
