import { InvalidInput } from '../core/check.ts';
import { elementsOf, formatShape, type Shape } from '../core/shape.ts';
import { NO_FLOPS } from './flops.ts';
import type { Layer, LayerPlan, WorkspaceDeclaration } from './layer.ts';
import { sequentialLayer } from './sequential.ts';

export interface ResidualOptions {
  readonly branch: readonly LayerPlan[];
  /** What brings the input to the shape of the branch's output, for example a 1x1 convolution; empty: the input itself. */
  readonly shortcut?: readonly LayerPlan[];
}

/**
 * out = branch(inp) + shortcut(inp) (He et al. 2016). The activation after the sum is a layer of its own.
 * The layers of the branch are named `residual1.conv1`, those of the shortcut `residual1.shortcut.conv1`.
 * Flops: those of both, one for each element of the sum and one for each of the gradient of the input.
 * @throws InvalidInput if branch and shortcut end in different shapes.
 */
export function residual({ branch, shortcut = [] }: ResidualOptions): LayerPlan {
  return (inShape) => {
    const main = sequentialLayer(branch, inShape, '');
    const side = shortcut.length === 0 ? null : sequentialLayer(shortcut, inShape, 'shortcut');
    checkShapes(main.outShape, side?.outShape ?? inShape);
    const inElements = elementsOf(inShape);
    const outElements = elementsOf(main.outShape);
    const outputs: WorkspaceDeclaration[] = [
      { name: 'branch', type: 'float', length: (N) => N * outElements },
    ];
    if (side !== null) {
      outputs.push({ name: 'shortcut', type: 'float', length: (N) => N * outElements });
      outputs.push({ name: 'dshortcut', type: 'float', length: (N) => N * inElements });
    }
    return {
      stem: 'residual',
      inShape,
      outShape: main.outShape,
      params: [],
      buffers: [],
      workspaces: outputs,
      children: side === null ? [main] : [main, side],
      flops: (N) => {
        const [a, b] = [main.flops(N), side?.flops(N) ?? NO_FLOPS];
        return {
          forward: a.forward + b.forward + N * outElements,
          parameters: a.parameters + b.parameters,
          input: a.input + b.input + N * inElements,
        };
      },
      connect: (_out, inp, { floats }) => {
        const branch = { out: floats.branch, inp };
        return side === null ? [branch] : [branch, { out: floats.shortcut, inp }];
      },
      forward(kernels, out, inp, { floats, children }, pass) {
        main.forward(kernels, floats.branch, inp, children[0], pass);
        side?.forward(kernels, floats.shortcut, inp, children[1], pass);
        kernels.add(pass.N * outElements, out, floats.branch, side === null ? inp : floats.shortcut);
      },
      backward(kernels, dinp, dout, inp, { floats, children }, pass) {
        main.backward(kernels, dinp, dout, inp, children[0], pass);
        side?.backward(kernels, dinp === null ? null : floats.dshortcut, dout, inp, children[1], pass);
        if (dinp === null) return;
        kernels.add(pass.N * inElements, dinp, dinp, side === null ? dout : floats.dshortcut);
      },
    } satisfies Layer;
  };
}

function checkShapes(branch: Shape, shortcut: Shape): void {
  const [got, expected] = [formatShape(branch), formatShape(shortcut)];
  if (got === expected) return;
  throw new InvalidInput(
    `invalid residual: got a branch that ends in ${got} and a shortcut that ends in ${expected}, expected equal shapes; ` +
      'pad the convolutions of the branch, or put a 1x1 convolution with the same stride and filters in the shortcut',
  );
}
