import type { Vec } from '../core/memory.ts';
import { type Conv2dOptions, conv2d } from './conv2d.ts';
import type { Layer, LayerMemory, LayerPlan } from './layer.ts';

/**
 * A convolution whose weights are standardised before use (Qiao et al. 2019, equation 4): for each filter k
 *   what_k = (w_k - mean(w_k)) / sqrt(var(w_k) + eps), the variance biased,
 * over the C/groups*R*S weights of the filter. What is learned is w. The authors put group norm behind it.
 * Flops: those of the convolution, and for n weights a filter 6n + 5 forward and 7n + 2 backward.
 */
export function standardizedConv2d({
  eps = 1e-5,
  ...options
}: Conv2dOptions & { readonly eps?: number }): LayerPlan {
  return (inShape) => {
    const conv = conv2d(options)(inShape);
    const [K, ...fan] = conv.params[0].shape;
    const length = fan.reduce((product, extent) => product * extent, 1);
    /** The memory of the convolution inside, which sees the standardised weights. */
    const inner = ({ params, grads, floats, ...rest }: LayerMemory): LayerMemory => ({
      ...rest,
      floats,
      params: { ...params, weight: floats.standardized },
      grads: { ...grads, weight: floats.dstandardized },
    });
    // computed with a pool behind it, the convolution would not see the standardised weights
    const { withPool: _, ...plain } = conv;
    return {
      ...plain,
      workspaces: [
        ...conv.workspaces,
        { name: 'standardized', type: 'float', length: () => K * length },
        { name: 'dstandardized', type: 'float', length: () => K * length },
        { name: 'invStd', type: 'float', length: () => K },
      ],
      flops: (N) => {
        const { forward, parameters, input } = conv.flops(N);
        const weights = K * length;
        return {
          forward: forward + 6 * weights + 5 * K,
          parameters: parameters + 7 * weights + 2 * K,
          input,
        };
      },
      forward(kernels, out, inp, memory, pass) {
        const { standardized, invStd } = memory.floats;
        standardize(K, length, eps, standardized, invStd, memory.params.weight);
        conv.forward(kernels, out, inp, inner(memory), pass);
      },
      backward(kernels, dinp, dout, inp, memory, pass) {
        conv.backward(kernels, dinp, dout, inp, inner(memory), pass);
        const { standardized, dstandardized, invStd } = memory.floats;
        standardizeBackward(K, length, memory.grads.weight, dstandardized, standardized, invStd);
      },
    } satisfies Layer;
  };
}

function standardize(K: number, length: number, eps: number, out: Vec, invStd: Vec, weight: Vec): void {
  for (let k = 0; k < K; k++) {
    let sum = 0;
    for (let i = k * length; i < (k + 1) * length; i++) sum += weight[i];
    const mean = sum / length;
    let squares = 0;
    for (let i = k * length; i < (k + 1) * length; i++) squares += (weight[i] - mean) * (weight[i] - mean);
    const scale = 1 / Math.sqrt(squares / length + eps);
    invStd[k] = scale;
    for (let i = k * length; i < (k + 1) * length; i++) out[i] = (weight[i] - mean) * scale;
  }
}

/** dw = invStd * (dwhat - mean(dwhat) - what * mean(dwhat * what)), filter by filter. */
function standardizeBackward(
  K: number,
  length: number,
  dweight: Vec,
  dout: Vec,
  out: Vec,
  invStd: Vec,
): void {
  for (let k = 0; k < K; k++) {
    let sum = 0;
    let product = 0;
    for (let i = k * length; i < (k + 1) * length; i++) {
      sum += dout[i];
      product += dout[i] * out[i];
    }
    for (let i = k * length; i < (k + 1) * length; i++) {
      dweight[i] = invStd[k] * (dout[i] - sum / length - (out[i] * product) / length);
    }
  }
}
