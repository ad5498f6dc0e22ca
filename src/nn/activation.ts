import { elementsOf } from '../core/shape.ts';
import { requireWithin } from './checks.ts';
import { aliasLayer, copy } from './flatten.ts';
import { constant } from './init.ts';
import type { LayerPlan } from './layer.ts';
import { elementwise } from './pointwise.ts';

/** out = max(inp, 0). The derivative at 0 is 0, as in PyTorch. */
export function relu(): LayerPlan {
  return (shape) => {
    const elements = elementsOf(shape);
    return {
      ...elementwise('relu', shape),
      gradientInPlace: true,
      forward(kernels, out, inp, _memory, { N }) {
        kernels.reluForward(N * elements, out, inp);
      },
      backward(kernels, dinp, dout, inp, _memory, { N }) {
        if (dinp !== null) kernels.reluBackward(N * elements, dinp, dout, inp);
      },
    };
  };
}

/**
 * out = inp where inp > 0, else negativeSlope * inp (Maas, Hannun and Ng 2013). The default slope of 0.01 is PyTorch's;
 * Keras has 0.3, TensorFlow.js 0.2.
 */
export function leakyRelu({ negativeSlope = 0.01 }: { readonly negativeSlope?: number } = {}): LayerPlan {
  requireWithin('leakyRelu negativeSlope', negativeSlope, 0, Number.POSITIVE_INFINITY);
  return (shape) => {
    const elements = elementsOf(shape);
    return {
      ...elementwise('leakyRelu', shape),
      gradientInPlace: true,
      forward(kernels, out, inp, _memory, { N }) {
        kernels.leakyReluForward(N * elements, negativeSlope, out, inp);
      },
      backward(kernels, dinp, dout, inp, _memory, { N }) {
        if (dinp !== null) kernels.leakyReluBackward(N * elements, negativeSlope, dinp, dout, inp);
      },
    };
  };
}

export interface PreluOptions {
  /** One slope for all channels instead of one for each. */
  readonly shared?: boolean;
  /** Where the slopes start: 0.25, the paper's and PyTorch's (Keras: 0). */
  readonly initial?: number;
}

/**
 * LeakyReLU that learns its slopes (He et al. 2015): dslope = sum of dout * inp where inp <= 0. Flops: those of an activation, and
 * two an element for the gradient of the slopes.
 */
export function prelu({ shared = false, initial = 0.25 }: PreluOptions = {}): LayerPlan {
  return (shape) => {
    const { C } = shape;
    const pixels = shape.H * shape.W;
    const elements = pixels * C;
    const slopes = shared ? 1 : C;
    const slope = { name: 'slope', shape: [slopes], role: 'slope', fanIn: 1, fanOut: 1 } as const;
    return {
      ...elementwise('prelu', shape),
      gradientInPlace: true,
      params: [{ ...slope, initializer: constant(initial) }],
      flops: (N) => ({ forward: N * elements, parameters: 2 * N * elements, input: 2 * N * elements }),
      workspaces: [
        // the kernel gives both gradients at once: where the input's is not wanted it goes here
        { name: 'unusedDinp', type: 'float', scratch: true, length: (N) => N * elements },
      ],
      forward(kernels, out, inp, { params }, { N }) {
        kernels.preluForward(N * pixels, C, shared, out, inp, params.slope);
      },
      backward(kernels, dinp, dout, inp, { params, grads, floats }, { N }) {
        const target = dinp ?? floats.unusedDinp;
        kernels.preluBackward(N * pixels, C, shared, target, grads.slope, dout, inp, params.slope);
      },
    };
  };
}

/** out = tanh(inp); dinp = dout * (1 - out^2). */
export function tanh(): LayerPlan {
  return saturating('tanh');
}

/** out = 1 / (1 + e^-inp); dinp = dout * out * (1 - out). */
export function sigmoid(): LayerPlan {
  return saturating('sigmoid');
}

/** out = inp: no activation, for a linear network. */
export function identity(): LayerPlan {
  return (shape) => aliasLayer('identity', shape, shape);
}

/** An activation whose derivative is a function of its output, which is kept for it. */
function saturating(stem: 'tanh' | 'sigmoid'): LayerPlan {
  return (shape) => {
    const elements = elementsOf(shape);
    return {
      ...elementwise(stem, shape),
      workspaces: [{ name: 'y', type: 'float', length: (N) => N * elements }],
      forward(kernels, out, inp, { floats: { y } }, { N }) {
        kernels[`${stem}Forward`](N * elements, y, inp);
        copy(N * elements, out, y);
      },
      backward(kernels, dinp, dout, _inp, { floats: { y } }, { N }) {
        if (dinp !== null) kernels[`${stem}Backward`](N * elements, dinp, dout, y);
      },
    };
  };
}
