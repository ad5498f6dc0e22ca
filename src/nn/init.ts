import { InvalidInput } from '../core/check.ts';
import type { Vec } from '../core/memory.ts';
import type { Rng } from '../core/rng.ts';
import { requireWithin } from './checks.ts';
import type { Initializer, LayerPlan, ParamDeclaration } from './layer.ts';
import type { Network } from './network.ts';

/** How the weights and the biases of a model start. Parameters with a start of their own (gamma, slopes) are not asked. */
export interface InitPreset {
  readonly weight: Initializer;
  readonly bias: Initializer;
  /**
   * What follows the drawing and looks at data (see lsuv.ts): to be called once, after `Network.initialize`, with `N` training
   * images in the network's `input`.
   */
  readonly calibrate?: (network: Network, N: number) => void;
}

/** A preset made of two initialisers. */
export function initPreset(weight: Initializer, bias: Initializer = zeros()): InitPreset {
  return { weight, bias };
}

/** PyTorch's conv and linear layers: weights and biases U(-1/sqrt(fanIn), 1/sqrt(fanIn)) (He uniform with a slope of sqrt 5). */
export function pytorchDefault(): InitPreset {
  const initializer = lecunUniform({ gain: Math.sqrt(1 / 3) });
  return initPreset(initializer, initializer);
}

/** Keras's conv and dense layers: Glorot uniform weights, biases 0. */
export function kerasDefault(): InitPreset {
  return initPreset(glorotUniform(), zeros());
}

export function zeros(): Initializer {
  return constant(0);
}

export function constant(value: number): Initializer {
  return (values) => {
    values.fill(value);
  };
}

/** Normal with the given mean and standard deviation. Not truncated. */
export function normal({ mean = 0, std }: { readonly mean?: number; readonly std: number }): Initializer {
  requireWithin('normal std', std, 0, Number.POSITIVE_INFINITY);
  return (values, _tensor, rng) => fillNormal(values, rng, mean, std);
}

// the loops are functions of the module: the compiled code of a closure is thrown away with it, at the end of each run
function fillNormal(values: Vec, rng: Rng, mean: number, std: number): void {
  for (let i = 0; i < values.length; i++) values[i] = mean + std * rng.normal();
}

function fillUniform(values: Vec, rng: Rng, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * rng.uniform();
}

export interface TruncatedNormalOptions {
  readonly mean?: number;
  readonly std: number;
  /** How many standard deviations from the mean are kept. */
  readonly bound?: number;
}

/**
 * Normal, drawn again where it is further than `bound` standard deviations from the mean; 2 is TensorFlow's and Keras's, whose std
 * it is too: that of the numbers drawn is smaller, 0.8796 of it at 2. (PyTorch's trunc_normal_ takes the bounds as values.)
 */
export function truncatedNormal({ mean = 0, std, bound = 2 }: TruncatedNormalOptions): Initializer {
  requireWithin('truncatedNormal std', std, 0, Number.POSITIVE_INFINITY);
  requireWithin('truncatedNormal bound', bound, 0.1, Number.POSITIVE_INFINITY);
  return (values, _tensor, rng) => {
    for (let i = 0; i < values.length; i++) {
      let z = rng.normal();
      while (Math.abs(z) > bound) z = rng.normal();
      values[i] = mean + std * z;
    }
  };
}

/**
 * A norm whose gamma starts at 0: at the end of a residual branch, the block starts as its shortcut (Goyal et al. 2017, section 5.1).
 * @throws InvalidInput if the layer has no gamma.
 */
export function zeroGamma(plan: LayerPlan): LayerPlan {
  return (inShape) => {
    const layer = plan(inShape);
    if (!layer.params.some(({ role }) => role === 'gamma')) {
      throw new InvalidInput(
        `invalid zeroGamma: ${layer.stem} has no gamma; use it with a norm that has one`,
      );
    }
    const initializer = zeros();
    const params = layer.params.map((param) => (param.role === 'gamma' ? { ...param, initializer } : param));
    return { ...layer, params };
  };
}

/** Uniform on [low, high). */
export function uniform({ low, high }: { readonly low: number; readonly high: number }): Initializer {
  requireWithin('uniform high', high, low, Number.POSITIVE_INFINITY);
  return (values, _tensor, rng) => fillUniform(values, rng, low, high);
}

export interface ScaleOptions {
  /** What the activation that follows takes away, for example {@link reluGain}. */
  readonly gain?: number;
}

/** Glorot and Bengio 2010: std = gain * sqrt(2 / (fanIn + fanOut)). Keras truncates the normal at 2 std; this does not. */
export function glorotNormal({ gain = 1 }: ScaleOptions = {}): Initializer {
  return scaledNormal((tensor) => gain * Math.sqrt(2 / (tensor.fanIn + tensor.fanOut)));
}

/** Glorot and Bengio 2010, equation 16: U(-b, b) with b = gain * sqrt(6 / (fanIn + fanOut)). */
export function glorotUniform({ gain = 1 }: ScaleOptions = {}): Initializer {
  return scaledUniform((tensor) => gain * Math.sqrt(2 / (tensor.fanIn + tensor.fanOut)));
}

export interface HeOptions extends ScaleOptions {
  /** fanIn keeps the variance of the activations, fanOut that of the gradients. */
  readonly mode?: 'fanIn' | 'fanOut';
}

/** He et al. 2015: std = gain / sqrt(fan), the gain that of ReLU unless given. Keras truncates the normal; this does not. */
export function heNormal({ mode = 'fanIn', gain = reluGain }: HeOptions = {}): Initializer {
  return scaledNormal((tensor) => gain / Math.sqrt(tensor[mode]));
}

/** He et al. 2015, uniform: U(-b, b) with b = gain * sqrt(3 / fan). PyTorch's kaiming_uniform_. */
export function heUniform({ mode = 'fanIn', gain = reluGain }: HeOptions = {}): Initializer {
  return scaledUniform((tensor) => gain / Math.sqrt(tensor[mode]));
}

/** LeCun et al. 1998: std = gain / sqrt(fanIn). Keras truncates the normal; this does not. */
export function lecunNormal({ gain = 1 }: ScaleOptions = {}): Initializer {
  return heNormal({ gain });
}

/** LeCun et al. 1998, uniform: U(-b, b) with b = gain * sqrt(3 / fanIn). */
export function lecunUniform({ gain = 1 }: ScaleOptions = {}): Initializer {
  return heUniform({ gain });
}

/** Gains as in PyTorch's calculate_gain: what keeps the variance of the signal through the activation. */
export const linearGain = 1;
export const sigmoidGain = 1;
export const tanhGain = 5 / 3;
export const reluGain: number = Math.sqrt(2);

/** sqrt(2 / (1 + slope^2)), for LeakyReLU and PReLU. */
export function leakyReluGain(negativeSlope: number): number {
  return Math.sqrt(2 / (1 + negativeSlope * negativeSlope));
}

function scaledNormal(std: (tensor: ParamDeclaration) => number): Initializer {
  return (values, tensor, rng) => normal({ std: std(tensor) })(values, tensor, rng);
}

/** Uniform around 0 with the given standard deviation: the bound is sqrt(3) of it. */
function scaledUniform(std: (tensor: ParamDeclaration) => number): Initializer {
  return (values, tensor, rng) => {
    const bound = Math.sqrt(3) * std(tensor);
    uniform({ low: -bound, high: bound })(values, tensor, rng);
  };
}
