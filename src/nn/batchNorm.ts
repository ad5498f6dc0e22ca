import { requireWithin } from './checks.ts';
import { constant, zeros } from './init.ts';
import type { Layer, LayerPlan, ParamDeclaration } from './layer.ts';

export interface BatchNormOptions {
  /** Weight of the new batch in the running statistics. */
  readonly momentum?: number;
  readonly eps?: number;
  /** Whether the layer learns a scale gamma and a shift beta for each channel. */
  readonly affine?: boolean;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015, Algorithms 1 and 2), over N values a channel after a dense layer and
 * over N*H*W after a convolution:
 *   out = gamma * (inp - mean) / sqrt(var + eps) + beta
 * Training uses the batch's mean and biased variance, and moves the running statistics:
 *   running = (1 - momentum) * running + momentum * batch, the variance unbiased (divided by the number less 1).
 * Evaluation uses the running statistics, which start at mean 0 and variance 1.
 * Conventions and defaults are PyTorch's. In Keras momentum is the weight of the old value (0.99), eps is 1e-3 and the
 * running variance is biased. A batch of a single value a channel normalises to beta (PyTorch refuses it); its unbiased
 * variance counts as 0.
 * Flops, with M values a channel: forward C*(6M + 12), and 2*C*M for gamma and beta. Of the 12 are the divisions of both sums, three
 * for 1 / sqrt(var + eps), and seven for the running statistics. Backward: both sums 3*C*M, the gradient of the input C*(4M + 3).
 */
export function batchNorm(options: BatchNormOptions = {}): LayerPlan {
  const { momentum = 0.1, eps = 1e-5, affine = true } = options;
  requireWithin('batchNorm momentum', momentum, 0, 1);
  requireWithin('batchNorm eps', eps, 0, Number.POSITIVE_INFINITY);
  return (inShape) => {
    const { C } = inShape;
    const pixels = inShape.H * inShape.W;
    const params: ParamDeclaration[] = [
      { name: 'gamma', shape: [C], role: 'gamma', fanIn: 1, fanOut: 1, initializer: constant(1) },
      { name: 'beta', shape: [C], role: 'beta', fanIn: 1, fanOut: 1, initializer: zeros() },
    ];
    return {
      stem: 'batchNorm',
      inShape,
      outShape: inShape,
      gradientInPlace: true,
      params: affine ? params : [],
      buffers: [
        { name: 'runningMean', length: C, initial: 0 },
        { name: 'runningVar', length: C, initial: 1 },
      ],
      workspaces: [
        { name: 'mean', type: 'float', length: () => C },
        { name: 'invStd', type: 'float', length: () => C },
      ],
      children: [],
      flops: (N) => {
        const values = N * pixels * C;
        const sums = 3 * values;
        return {
          forward: 6 * values + 12 * C + (affine ? 2 * values : 0),
          parameters: affine ? sums : 0,
          input: 4 * values + 3 * C + (affine ? 0 : sums),
        };
      },
      forward(kernels, out, inp, { params, buffers, floats }, { N, training, batchStatistics }) {
        const { gamma = null, beta = null } = params;
        const { runningMean, runningVar } = buffers;
        const { mean, invStd } = floats;
        const rows = N * pixels;
        const weight = batchStatistics ?? (training ? momentum : undefined);
        if (weight !== undefined) {
          kernels.batchNormForward(
            rows,
            C,
            eps,
            weight,
            out,
            inp,
            gamma,
            beta,
            mean,
            invStd,
            runningMean,
            runningVar,
          );
        } else {
          kernels.batchNormEvaluate(
            rows,
            C,
            eps,
            out,
            inp,
            gamma,
            beta,
            mean,
            invStd,
            runningMean,
            runningVar,
          );
        }
      },
      backward(kernels, dinp, dout, inp, { params, grads, floats }, { N, training }) {
        const rows = N * pixels;
        const { gamma: dgamma = null, beta: dbeta = null } = grads;
        const { mean, invStd } = floats;
        const gamma = params.gamma ?? null;
        kernels.batchNormBackward(rows, C, training, dinp, dgamma, dbeta, dout, inp, gamma, mean, invStd);
      },
    } satisfies Layer;
  };
}
