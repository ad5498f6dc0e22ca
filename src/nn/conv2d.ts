import { InvalidInput } from '../core/check.ts';
import { requireWhole } from './checks.ts';
import {
  type GroupedGeometry,
  groupedBackwardInput,
  groupedBackwardWeight,
  groupedForward,
} from './groupedConv.ts';
import type { Layer, LayerPlan, ParamDeclaration, PooledLayer } from './layer.ts';
import { type Padding, type Pair, pair, windowGeometry } from './window.ts';

export interface Conv2dOptions {
  /** Channels out. */
  readonly filters: number;
  /** Rows and columns of the window. */
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Padding;
  /** Leave it out before a batch norm, which takes it away again. */
  readonly bias?: boolean;
  /** The distance of neighbouring elements of the window on the image. */
  readonly dilation?: Pair;
  /** Filters k of group i see the channels of group i only; with as many groups as channels, depthwise convolution. */
  readonly groups?: number;
}

/**
 * Two-dimensional convolution (cross-correlation, as in every library for neural networks):
 *   out[n,p,q,k] = bias[k] + sum_{r,s,c} inp[n, p*stride + r - padTop, q*stride + s - padLeft, c] * weight[k,c,r,s]
 * Weights are [filters, C / groups, rows, columns], PyTorch's order (TensorFlow's is rows, columns, C, filters).
 * Fan-in is C/groups*R*S and fan-out filters*R*S, as in PyTorch (which leaves the groups out of the fan-out).
 * With a dilation or with groups it runs as plain loops in both engines.
 * Flops: T = N*P*Q*filters * C/groups*R*S products, 2T each for the output, the gradient of the weights and that of the input;
 * N*P*Q*filters more for the gradient of the bias (the bias itself is where the sum starts).
 * @throws InvalidInput if an option is not a whole number, the window does not fit, or the groups do not divide C and filters.
 */
export function conv2d(options: Conv2dOptions): LayerPlan {
  const { filters, kernel, stride = 1, padding = 'valid', bias = true, dilation = 1, groups = 1 } = options;
  requireWhole('conv2d filters', filters, 1);
  requireWhole('conv2d groups', groups, 1);
  const [dilationH, dilationW] = pair('conv2d dilation', dilation, 1);
  return (inShape) => {
    const g = windowGeometry('conv2d', inShape, { window: kernel, stride, padding, K: filters, dilation });
    if (g.C % groups !== 0 || filters % groups !== 0) {
      throw new InvalidInput(
        `invalid conv2d groups: got ${groups} for ${g.C} channels and ${filters} filters, expected a divisor of both`,
      );
    }
    const channels = g.C / groups;
    const fans = { fanIn: channels * g.R * g.S, fanOut: g.K * g.R * g.S };
    const params: ParamDeclaration[] = [
      { name: 'weight', shape: [g.K, channels, g.R, g.S], role: 'weight', ...fans },
    ];
    if (bias) params.push({ name: 'bias', shape: [g.K], role: 'bias', ...fans });
    const layer = {
      stem: 'conv',
      inShape,
      outShape: { H: g.P, W: g.Q, C: g.K },
      params,
      buffers: [],
      children: [],
      flops: (N: number) => {
        const outputs = N * g.P * g.Q * g.K;
        const products = 2 * outputs * channels * g.R * g.S;
        return { forward: products, parameters: products + (bias ? outputs : 0), input: products };
      },
    };
    if (groups > 1 || dilationH > 1 || dilationW > 1) {
      return groupedLayer(layer, { ...g, groups, dilationH, dilationW });
    }
    const withPool: PooledLayer = {
      forward(kernels, out, argmax, inp, { params, floats }, { N }) {
        kernels.conv2dForward(g, N, out, inp, params.weight, params.bias ?? null, floats.scratch, argmax);
      },
      backward(kernels, dinp, dout, argmax, inp, { params, grads, floats }, { N }) {
        const { scratch } = floats;
        kernels.conv2dBackwardWeight(g, N, grads.weight, grads.bias ?? null, dout, inp, scratch, argmax);
        if (dinp !== null) kernels.conv2dBackwardInput(g, N, dinp, dout, params.weight, scratch, argmax);
      },
    };
    return {
      ...layer,
      withPool,
      workspaces: [
        {
          name: 'scratch',
          type: 'float',
          scratch: true,
          length: (N, planner) => planner.conv2dScratch(g, N),
        },
      ],
      forward(kernels, out, inp, { params, floats }, { N }) {
        kernels.conv2dForward(g, N, out, inp, params.weight, params.bias ?? null, floats.scratch);
      },
      backward(kernels, dinp, dout, inp, { params, grads, floats }, { N }) {
        kernels.conv2dBackwardWeight(g, N, grads.weight, grads.bias ?? null, dout, inp, floats.scratch);
        if (dinp !== null) kernels.conv2dBackwardInput(g, N, dinp, dout, params.weight, floats.scratch);
      },
    } satisfies Layer;
  };
}

function groupedLayer(layer: Omit<Layer, 'workspaces' | 'forward' | 'backward'>, g: GroupedGeometry): Layer {
  return {
    ...layer,
    workspaces: [],
    forward(_kernels, out, inp, { params }, { N }) {
      groupedForward(g, N, out, inp, params.weight, params.bias ?? null);
    },
    backward(_kernels, dinp, dout, inp, { params, grads }, { N }) {
      groupedBackwardWeight(g, N, grads.weight, grads.bias ?? null, dout, inp);
      if (dinp !== null) groupedBackwardInput(g, N, dinp, dout, params.weight);
    },
  };
}
