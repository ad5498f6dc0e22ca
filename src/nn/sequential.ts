import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import { elementsOf, type Shape } from '../core/shape.ts';
import type { Layer, LayerPlan, WorkspaceDeclaration } from './layer.ts';

/** Layers one after the other. Their names stand in the scope of what is around them. */
export function sequential(plans: readonly LayerPlan[]): LayerPlan {
  return (inShape) => sequentialLayer(plans, inShape, '');
}

/**
 * Memory: every layer has an activation buffer of its own, which backward reads again; gradients need only the last one
 * and alternate between two buffers, or stay where they are (gradientInPlace). An alias layer (flatten) works in the
 * buffer of the layer before it. A ReLU is computed by the layer behind it where that one can (max-pooling), and only the
 * result of both is kept.
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
  const firstLearned = units.findIndex(({ layer }) => hasParams(layer));

  return {
    stem: 'sequential',
    scope,
    inShape,
    outShape: units[last].layer.outShape,
    params: [],
    buffers: [],
    workspaces: [...activationWorkspaces(units), ...gradientWorkspaces(units, gradients)],
    children: layers,
    connect: (out, inp, { floats }) =>
      units.flatMap((unit) => {
        const [read, write] = [
          vectorOf(unit.reads, out, inp, floats),
          vectorOf(unit.writes, out, inp, floats),
        ];
        if (unit.relu === null) return [{ out: write, inp: read }];
        const between = floats.passed;
        return [
          { out: between, inp: read, passed: true },
          { out: write, inp: between },
        ];
      }),
    forward(kernels, out, inp, { floats, children }, pass) {
      for (const { computes, index, reads, writes } of units) {
        const read = vectorOf(reads, out, inp, floats);
        computes.forward(kernels, vectorOf(writes, out, inp, floats), read, children[index], pass);
      }
    },
    backward(kernels, dinp, dout, inp, { floats, children }, pass) {
      const lowest = dinp !== null ? 0 : firstLearned;
      if (lowest < 0) return;
      for (let i = last; i >= lowest; i--) {
        const { computes, index, reads } = units[i];
        const above = i === last ? dout : floats[gradients[i]];
        const below = i > lowest ? floats[gradients[i - 1]] : i === 0 ? dinp : null;
        computes.backward(kernels, below, above, vectorOf(reads, dout, inp, floats), children[index], pass);
      }
    },
  };
}

/** What is computed at once: a layer, or a ReLU and the layer behind it. */
interface Unit {
  /** The layer, the second of the two. */
  readonly layer: Layer;
  /** Its place among the layers. */
  readonly index: number;
  readonly computes: Pick<Layer, 'forward' | 'backward'>;
  readonly relu: Layer | null;
  /** The vectors that forward is called with: `inp` and `out` of the sequence, or a workspace. */
  readonly reads: string;
  readonly writes: string;
}

function unitsOf(layers: readonly Layer[]): Unit[] {
  const units: Unit[] = [];
  let reads = 'inp';
  for (let first = 0; first < layers.length; ) {
    const next = layers[first + 1];
    const together = layers[first].stem === 'relu' && next?.afterRelu !== undefined;
    const index = together ? first + 1 : first;
    const layer = layers[index];
    const writes = index === layers.length - 1 ? 'out' : layer.alias ? reads : `out${index}`;
    const computes = together ? next.afterRelu! : layer;
    units.push({ layer, index, computes, relu: together ? layers[first] : null, reads, writes });
    reads = writes;
    first = index + 1;
  }
  return units;
}

function vectorOf(name: string, out: Vec, inp: Vec, floats: Readonly<Record<string, Vec>>): Vec {
  return name === 'out' ? out : name === 'inp' ? inp : floats[name];
}

function hasParams(layer: Layer): boolean {
  return layer.params.length > 0 || layer.children.some(hasParams);
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
  const own = units.filter(({ writes, index }) => writes === `out${index}`);
  const passed = units.map(({ relu }) => (relu === null ? 0 : elementsOf(relu.outShape)));
  return [
    ...own.map(({ writes, layer }): WorkspaceDeclaration => {
      return { name: writes, type: 'float', length: (N) => N * elementsOf(layer.outShape) };
    }),
    { name: 'passed', type: 'float', scratch: true, length: (N) => N * Math.max(...passed) },
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
