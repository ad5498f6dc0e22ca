import { exp, log } from '../core/math.ts';
import type { LayerPlan } from './layer.ts';
import { elementwise } from './pointwise.ts';

/**
 * The softmax over the channels of each pixel: out_c = e^inp_c / sum_k e^inp_k, the largest input subtracted first;
 * dinp_c = out_c * (dout_c - sum_k dout_k * out_k). With `log` its logarithm: dinp_c = dout_c - softmax_c * sum_k dout_k.
 * For the end of a classifier use the loss, which has its own. Plain loops in both engines.
 * Flops an element: maximum, difference, exp, sum and quotient (or difference, and one logarithm a pixel) 5, backward 4.
 */
export function softmax({ log: logarithm = false }: { readonly log?: boolean } = {}): LayerPlan {
  return (shape) => {
    const { C } = shape;
    const pixels = shape.H * shape.W;
    return {
      ...elementwise(logarithm ? 'logSoftmax' : 'softmax', shape),
      flops: (N) => {
        const elements = N * pixels * C;
        return { forward: 5 * elements + (logarithm ? N * pixels : 0), parameters: 0, input: 4 * elements };
      },
      forward(_kernels, out, inp, _memory, { N }) {
        for (let first = 0; first < N * pixels * C; first += C) {
          let largest = Number.NEGATIVE_INFINITY;
          for (let i = first; i < first + C; i++) largest = Math.max(largest, inp[i]);
          let sum = 0;
          for (let i = first; i < first + C; i++) sum += exp(inp[i] - largest);
          const logSum = log(sum);
          for (let i = first; i < first + C; i++) {
            out[i] = logarithm ? inp[i] - largest - logSum : exp(inp[i] - largest) / sum;
          }
        }
      },
      backward(_kernels, dinp, dout, inp, _memory, { N }) {
        if (dinp === null) return;
        for (let first = 0; first < N * pixels * C; first += C) {
          let largest = Number.NEGATIVE_INFINITY;
          for (let i = first; i < first + C; i++) largest = Math.max(largest, inp[i]);
          let sum = 0;
          let weighted = 0;
          let plain = 0;
          for (let i = first; i < first + C; i++) {
            const e = exp(inp[i] - largest);
            sum += e;
            weighted += dout[i] * e;
            plain += dout[i];
          }
          for (let i = first; i < first + C; i++) {
            const share = exp(inp[i] - largest) / sum;
            dinp[i] = logarithm ? dout[i] - share * plain : share * (dout[i] - weighted / sum);
          }
        }
      },
    };
  };
}
