import { InvalidInput } from '../core/check.ts';
import { formatShape } from '../core/shape.ts';
import { requireWhole } from './checks.ts';
import type { Layer, LayerPlan, ParamDeclaration } from './layer.ts';

export interface DenseOptions {
  readonly units: number;
  /** Leave it out before a batch norm, which takes it away again. */
  readonly bias?: boolean;
}

/**
 * Fully connected layer: out[n,o] = bias[o] + sum_i inp[n,i] * weight[o,i].
 * Weights are [units, inputs], PyTorch's order (Keras stores the transpose).
 * Flops: 2*N*inputs*units each for the output, the gradient of the weights and that of the input, N*units for that of the bias.
 * @throws InvalidInput if the input is an image: flatten it first.
 */
export function dense({ units, bias = true }: DenseOptions): LayerPlan {
  requireWhole('dense units', units, 1);
  return (inShape) => {
    if (inShape.H !== 1 || inShape.W !== 1) {
      throw new InvalidInput(
        `invalid input of dense: got ${formatShape(inShape)}, expected 1x1xC; put flatten() or globalAvgPool() before it`,
      );
    }
    const I = inShape.C;
    const fans = { fanIn: I, fanOut: units };
    const params: ParamDeclaration[] = [{ name: 'weight', shape: [units, I], role: 'weight', ...fans }];
    if (bias) params.push({ name: 'bias', shape: [units], role: 'bias', ...fans });
    return {
      stem: 'dense',
      inShape,
      outShape: { H: 1, W: 1, C: units },
      params,
      buffers: [],
      workspaces: [
        {
          name: 'scratch',
          type: 'float',
          scratch: true,
          length: (N, planner) => planner.denseScratch(N, I, units),
        },
      ],
      children: [],
      flops: (N) => {
        const products = 2 * N * I * units;
        return { forward: products, parameters: products + (bias ? N * units : 0), input: products };
      },
      forward(kernels, out, inp, { params, floats }, { N }) {
        kernels.denseForward(N, I, units, out, inp, params.weight, params.bias ?? null, floats.scratch);
      },
      backward(kernels, dinp, dout, inp, { params, grads, floats }, { N }) {
        const { weight, bias = null } = grads;
        kernels.denseBackwardWeight(N, I, units, weight, bias, dout, inp, floats.scratch);
        if (dinp !== null) kernels.denseBackwardInput(N, I, units, dinp, dout, params.weight, floats.scratch);
      },
    } satisfies Layer;
  };
}
