import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import { elementsOf, type Shape } from '../core/shape.ts';
import type { Connection, Layer, LayerMemory, LayerPlan, WorkspaceDeclaration } from './layer.ts';

/** Layers one after the other. Their names stand in the scope of what is around them. */
export function sequential(plans: readonly LayerPlan[]): LayerPlan {
  return (inShape) => sequentialLayer(plans, inShape, '');
}

/**
 * Memory: every layer has an activation buffer of its own, which backward reads again; gradients need only the last one
 * and alternate between two buffers. An alias layer (flatten) works in the buffer of the layer before it.
 * @param scope what stands in front of the names of the layers.
 * @throws InvalidInput if there are no layers, or the plan of a layer refuses its input.
 */
export function sequentialLayer(plans: readonly LayerPlan[], inShape: Shape, scope: string): Layer {
  if (plans.length === 0) {
    throw new InvalidInput('invalid layers: got none, expected at least one; identity() does nothing');
  }
  const layers: Layer[] = [];
  for (const plan of plans) layers.push(plan(layers.at(-1)?.outShape ?? inShape));
  const last = layers.length - 1;
  const gradients = gradientBuffers(layers);
  // layers before the first one with parameters are left out of backward when nobody wants the input's gradient
  const firstLearned = layers.findIndex(hasParams);

  const connect = (out: Vec, inp: Vec, { floats }: LayerMemory): Connection[] => {
    const connections: Connection[] = [];
    let read = inp;
    layers.forEach((layer, i) => {
      const write = i === last ? out : layer.alias ? read : floats[`out${i}`];
      connections.push({ out: write, inp: read });
      read = write;
    });
    return connections;
  };
  /** They are the same in every pass of a network; a new array a pass would be garbage. */
  const known = new WeakMap<LayerMemory, Connection[]>();
  const connectionsOf = (inp: Vec, memory: LayerMemory): Connection[] => {
    let connections = known.get(memory);
    if (connections?.[0].inp !== inp) {
      // the output of the last layer is given to every pass, so any vector may stand for it
      connections = connect(inp, inp, memory);
      known.set(memory, connections);
    }
    return connections;
  };

  return {
    stem: 'sequential',
    scope,
    inShape,
    outShape: layers[last].outShape,
    params: [],
    buffers: [],
    workspaces: [...activationWorkspaces(layers), ...gradientWorkspaces(layers, gradients)],
    children: layers,
    connect,
    forward(kernels, out, inp, memory, pass) {
      const connections = connectionsOf(inp, memory);
      for (let i = 0; i <= last; i++) {
        const write = i === last ? out : connections[i].out;
        layers[i].forward(kernels, write, connections[i].inp, memory.children[i], pass);
      }
    },
    backward(kernels, dinp, dout, inp, memory, pass) {
      const connections = connectionsOf(inp, memory);
      const lowest = dinp !== null ? 0 : firstLearned;
      if (lowest < 0) return;
      for (let i = last; i >= lowest; i--) {
        const above = i === last ? dout : memory.floats[gradients[i]];
        const below = i > lowest ? memory.floats[gradients[i - 1]] : i === 0 ? dinp : null;
        layers[i].backward(kernels, below, above, connections[i].inp, memory.children[i], pass);
      }
    },
  };
}

function hasParams(layer: Layer): boolean {
  return layer.params.length > 0 || layer.children.some(hasParams);
}

/** For every layer but the last, which of the two buffers holds the gradient of its output. */
function gradientBuffers(layers: readonly Layer[]): ('gradA' | 'gradB')[] {
  const names: ('gradA' | 'gradB')[] = [];
  for (let i = layers.length - 2; i >= 0; i--) {
    const above = names[i + 1];
    if (above === undefined) names[i] = 'gradA';
    else if (layers[i + 1].alias) names[i] = above;
    else names[i] = above === 'gradA' ? 'gradB' : 'gradA';
  }
  return names;
}

function activationWorkspaces(layers: readonly Layer[]): WorkspaceDeclaration[] {
  return layers.slice(0, -1).flatMap((layer, i) => {
    if (layer.alias) return [];
    return [{ name: `out${i}`, type: 'float', length: (N) => N * elementsOf(layer.outShape) }];
  });
}

function gradientWorkspaces(
  layers: readonly Layer[],
  gradients: readonly ('gradA' | 'gradB')[],
): WorkspaceDeclaration[] {
  return (['gradA', 'gradB'] as const).map((name) => {
    const sizes = gradients.map((used, i) => (used === name ? elementsOf(layers[i].outShape) : 0));
    return { name, type: 'float', length: (N) => N * Math.max(0, ...sizes) };
  });
}
