import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import { formatShape, type Shape } from '../core/shape.ts';
import { requireWhole, requireWithin } from './checks.ts';
import type { Flops } from './flops.ts';
import { constant, zeros } from './init.ts';
import type { Layer, LayerPlan, ParamDeclaration } from './layer.ts';

/**
 * Norms whose statistics are those of one image, so that training and evaluation are the same and no image depends on
 * the batch. Plain loops over either engine's vectors, sums in float64.
 */

export interface ImageNormOptions {
  readonly eps?: number;
  /** Whether the layer learns a scale gamma and a shift beta. */
  readonly affine?: boolean;
}

/**
 * Group norm (Wu and He 2018): out = gamma * (inp - mean) / sqrt(var + eps) + beta, the mean and the biased variance over all
 * pixels of one image and the channels of one group; gamma and beta one a channel. PyTorch's GroupNorm.
 * @throws InvalidInput unless the number of groups divides the number of channels.
 */
export function groupNorm({ groups, ...options }: ImageNormOptions & { readonly groups: number }): LayerPlan {
  requireWhole('groupNorm groups', groups, 1);
  return (inShape) =>
    normLayer('groupNorm', inShape, { groups, centred: true, perElement: false, ...options });
}

/**
 * Layer norm (Ba, Kiros and Hinton 2016): group norm of one group, over all of an image's activations. Gamma and beta are one
 * an element (PyTorch's LayerNorm of the shape C,H,W), unless `perChannel`.
 */
export function layerNorm({
  perChannel = false,
  ...options
}: ImageNormOptions & { readonly perChannel?: boolean } = {}): LayerPlan {
  return (inShape) =>
    normLayer('layerNorm', inShape, { groups: 1, centred: true, perElement: !perChannel, ...options });
}

/**
 * Instance norm (Ulyanov, Vedaldi and Lempitsky 2016): group norm of one channel a group. PyTorch's InstanceNorm2d has no affine
 * part by default.
 * @throws InvalidInput for a single pixel, which it would turn into beta.
 */
export function instanceNorm(options: ImageNormOptions = {}): LayerPlan {
  return (inShape) => {
    if (inShape.H * inShape.W === 1) {
      throw new InvalidInput(
        `invalid input of instanceNorm: got ${formatShape(inShape)}, expected more than one pixel, of which it takes the mean and the variance`,
      );
    }
    return normLayer('instanceNorm', inShape, {
      groups: inShape.C,
      centred: true,
      perElement: false,
      ...options,
    });
  };
}

/**
 * RMS norm (Zhang and Sennrich 2019, equation 4): out = gamma * inp / sqrt(mean of inp^2 + eps) over all of an image's activations,
 * gamma one a channel, no shift. PyTorch's RMSNorm has the type's smallest eps by default, most models 1e-5 or 1e-6.
 */
export function rmsNorm(options: ImageNormOptions = {}): LayerPlan {
  return (inShape) =>
    normLayer('rmsNorm', inShape, { groups: 1, centred: false, perElement: false, ...options });
}

interface NormOptions extends ImageNormOptions {
  readonly groups: number;
  /** Whether the mean is taken away; without it there is no beta. */
  readonly centred: boolean;
  /** Gamma and beta for every element instead of every channel. */
  readonly perElement: boolean;
}

interface Norm {
  readonly affine: boolean;
  readonly pixels: number;
  readonly C: number;
  readonly groups: number;
  readonly eps: number;
  readonly centred: boolean;
  readonly perElement: boolean;
}

function normLayer(stem: string, inShape: Shape, options: NormOptions): Layer {
  const { groups, centred, perElement, eps = 1e-5, affine = true } = options;
  requireWithin(`${stem} eps`, eps, 0, Number.POSITIVE_INFINITY);
  const { H, W, C } = inShape;
  if (C % groups !== 0) {
    throw new InvalidInput(
      `invalid ${stem} groups: got ${groups} for ${C} channels, expected a divisor of their number`,
    );
  }
  const shape = perElement ? [H, W, C] : [C];
  const fans = { shape, fanIn: 1, fanOut: 1 };
  const gamma: ParamDeclaration = { name: 'gamma', role: 'gamma', ...fans, initializer: constant(1) };
  const beta: ParamDeclaration = { name: 'beta', role: 'beta', ...fans, initializer: zeros() };
  const norm = { pixels: H * W, C, groups, eps, centred, perElement, affine };
  return {
    stem,
    inShape,
    outShape: inShape,
    params: affine ? (centred ? [gamma, beta] : [gamma]) : [],
    buffers: [],
    workspaces: [
      { name: 'mean', type: 'float', length: (N) => N * groups },
      { name: 'invStd', type: 'float', length: (N) => N * groups },
    ],
    children: [],
    flops: (N) => flopsOf(norm, N),
    forward(_kernels, out, inp, { params, floats }, { N }) {
      const { gamma = null, beta = null } = params;
      for (let part = 0; part < N * groups; part++) {
        measure(norm, part, floats.mean, floats.invStd, inp);
        normalize(norm, part, out, inp, gamma, beta, floats.mean[part], floats.invStd[part]);
      }
    },
    backward(_kernels, dinp, dout, inp, { params, grads, floats }, { N }) {
      const { mean, invStd } = floats;
      if (affine) affineGradients(norm, N, grads.gamma, grads.beta ?? null, dout, inp, mean, invStd);
      if (dinp === null) return;
      const gamma = params.gamma ?? null;
      for (let part = 0; part < N * groups; part++) {
        inputGradient(norm, part, dinp, dout, inp, gamma, mean[part], invStd[part]);
      }
    },
  };
}

/**
 * With n values in a part (one group of one image), and gamma and beta in brackets:
 *   centred: forward 6n + 5 (+ 2n), the gradients of gamma and beta (3n), that of the input 7n + 2 (+ n);
 *   RMS norm: forward 3n + 4 (+ n), the gradient of gamma (2n), that of the input 5n + 1 (+ n).
 */
function flopsOf({ pixels, C, groups, centred, affine }: Norm, N: number): Flops {
  const values = N * pixels * C;
  const parts = N * groups;
  const a = affine ? values : 0;
  return centred
    ? { forward: 6 * values + 5 * parts + 2 * a, parameters: 3 * a, input: 7 * values + 2 * parts + a }
    : { forward: 3 * values + 4 * parts + a, parameters: 2 * a, input: 5 * values + parts + a };
}

/** The first element of a part (one group of one image) and its number of channels. */
function placeOf({ pixels, C, groups }: Norm, part: number): { first: number; channels: number } {
  const channels = C / groups;
  const image = Math.floor(part / groups);
  return { first: image * pixels * C + (part % groups) * channels, channels };
}

function measure(norm: Norm, part: number, mean: Vec, invStd: Vec, inp: Vec): void {
  const { pixels, C, centred, eps } = norm;
  const { first, channels } = placeOf(norm, part);
  const n = pixels * channels;
  let sum = 0;
  for (let p = 0; p < pixels; p++) {
    for (let i = first + p * C; i < first + p * C + channels; i++) sum += inp[i];
  }
  mean[part] = centred ? sum / n : 0;
  const mu = mean[part];
  let squares = 0;
  for (let p = 0; p < pixels; p++) {
    for (let i = first + p * C; i < first + p * C + channels; i++) squares += (inp[i] - mu) * (inp[i] - mu);
  }
  invStd[part] = 1 / Math.sqrt(squares / n + eps);
}

function normalize(
  norm: Norm,
  part: number,
  out: Vec,
  inp: Vec,
  gamma: Vec | null,
  beta: Vec | null,
  mean: number,
  invStd: number,
): void {
  const { pixels, C, groups, perElement } = norm;
  const { first, channels } = placeOf(norm, part);
  const channel = (part % groups) * channels;
  for (let p = 0; p < pixels; p++) {
    const i = first + p * C;
    const a = (perElement ? p * C : 0) + channel;
    for (let c = 0; c < channels; c++) {
      const xhat = (inp[i + c] - mean) * invStd;
      out[i + c] = (gamma === null ? 1 : gamma[a + c]) * xhat + (beta === null ? 0 : beta[a + c]);
    }
  }
}

/** dinp = invStd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)), dxhat = dout * gamma; the first mean only if centred. */
function inputGradient(
  norm: Norm,
  part: number,
  dinp: Vec,
  dout: Vec,
  inp: Vec,
  gamma: Vec | null,
  mean: number,
  invStd: number,
): void {
  const { pixels, C, groups, perElement, centred } = norm;
  const { first, channels } = placeOf(norm, part);
  const channel = (part % groups) * channels;
  let sum = 0;
  let sumXhat = 0;
  for (let p = 0; p < pixels; p++) {
    const i = first + p * C;
    const a = (perElement ? p * C : 0) + channel;
    for (let c = 0; c < channels; c++) {
      const dxhat = dout[i + c] * (gamma === null ? 1 : gamma[a + c]);
      sum += dxhat;
      sumXhat += dxhat * (inp[i + c] - mean) * invStd;
    }
  }
  const n = pixels * channels;
  const meanDxhat = centred ? sum / n : 0;
  for (let p = 0; p < pixels; p++) {
    const i = first + p * C;
    const a = (perElement ? p * C : 0) + channel;
    for (let c = 0; c < channels; c++) {
      const dxhat = dout[i + c] * (gamma === null ? 1 : gamma[a + c]);
      const xhat = (inp[i + c] - mean) * invStd;
      dinp[i + c] = invStd * (dxhat - meanDxhat - (xhat * sumXhat) / n);
    }
  }
}

/** dgamma = sum of dout * xhat and dbeta = sum of dout: over the images, and over the pixels unless there is one an element. */
function affineGradients(
  norm: Norm,
  N: number,
  dgamma: Vec,
  dbeta: Vec | null,
  dout: Vec,
  inp: Vec,
  mean: Vec,
  invStd: Vec,
): void {
  const { pixels, C, groups, perElement } = norm;
  const channels = C / groups;
  const places = perElement ? pixels : 1;
  for (let place = 0; place < places; place++) {
    for (let c = 0; c < C; c++) {
      const group = Math.floor(c / channels);
      let sum = 0;
      let sumXhat = 0;
      for (let n = 0; n < N; n++) {
        const part = n * groups + group;
        for (let p = place; p < pixels; p += places) {
          const i = (n * pixels + p) * C + c;
          sum += dout[i];
          sumXhat += dout[i] * (inp[i] - mean[part]) * invStd[part];
        }
      }
      dgamma[place * C + c] = sumXhat;
      if (dbeta !== null) dbeta[place * C + c] = sum;
    }
  }
}
