import { pow } from '../core/math.ts';
import type { Vec } from '../core/memory.ts';
import { withFused } from './fused.ts';
import type { Transform } from './transform.ts';

export interface AdamOptions {
  /** Share of the first moment that is kept. Default 0.9. */
  readonly beta1?: number;
  /** Share of the second moment that is kept. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root. Default 1e-8. */
  readonly eps?: number;
  /** Divides by the largest second moment so far (Reddi, Kale and Kumar 2018, Algorithm 2). Default false. */
  readonly amsgrad?: boolean;
  /** Makes up for moments that start at 0. Default true. */
  readonly biasCorrection?: boolean;
  /** eps stands beside the root of v instead of vHat: the paper's second form, Keras's and Hugging Face's. Default false. */
  readonly epsHat?: boolean;
  /** AMSGrad's maximum is that of vHat, as in optax, instead of v. Default false. */
  readonly maxOfCorrected?: boolean;
}

export interface AdamState {
  readonly mu: Vec;
  readonly nu: Vec;
}

export interface AmsgradState extends AdamState {
  readonly nuMax: Vec;
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1).
 *
 *     m_t = beta1 * m_{t-1} + (1 - beta1) * g_t,     mHat_t = m_t / (1 - beta1^t)
 *     v_t = beta2 * v_{t-1} + (1 - beta2) * g_t^2,   vHat_t = v_t / (1 - beta2^t)
 *     direction mHat_t / (sqrt(vHat_t) + eps)
 *     with epsHat: sqrt(1 - beta2^t) / (1 - beta1^t) * m_t / (sqrt(v_t) + eps)
 *
 * With `amsgrad`, the maximum of v_1 .. v_t takes the place of v_t; as in PyTorch, the maximum is taken before the
 * bias correction (optax: after it). Keras has epsHat with 1e-7, which acts 1 / sqrt(1 - beta2^t) times stronger,
 * TensorFlow.js has PyTorch's form with 1e-7. After a zero gradient the parameters coast on mHat, and one that never had
 * another gradient stays where it is.
 */
export function adam(options: AdamOptions = {}): Transform {
  const { amsgrad = false } = options;
  return amsgrad ? scaleByAmsgrad(options) : scaleByAdam(options);
}

function scaleByAdam(options: AdamOptions): Transform<AdamState> {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
  const direction: Transform<AdamState> = {
    init: (layout, allocator) => ({
      mu: allocator.floats(layout.length),
      nu: allocator.floats(layout.length),
    }),
    apply(updates, { mu, nu }, { step }) {
      const ofM = scaleOfM(options, step);
      const ofV = scaleOfV(options, step);
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const m = beta1 * mu[i] + (1 - beta1) * g;
        const v = beta2 * nu[i] + (1 - beta2) * g * g;
        mu[i] = m;
        nu[i] = v;
        updates[i] = (m * ofM) / (Math.sqrt(v * ofV) + eps);
      }
    },
  };
  return withFused(direction, (steps, range, { mu, nu }, { step }) => {
    steps.adam(range, mu, nu, beta1, beta2, scaleOfM(options, step), scaleOfV(options, step), eps);
  });
}

function scaleByAmsgrad(options: AdamOptions): Transform<AmsgradState> {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, maxOfCorrected = false } = options;
  return {
    init: (layout, allocator) => ({
      mu: allocator.floats(layout.length),
      nu: allocator.floats(layout.length),
      nuMax: allocator.floats(layout.length),
    }),
    apply(updates, { mu, nu, nuMax }, { step }) {
      const ofM = scaleOfM(options, step);
      const ofV = maxOfCorrected ? scaleOfV(options, step) : 1;
      const ofMax = maxOfCorrected ? 1 : scaleOfV(options, step);
      for (let i = 0; i < updates.length; i++) {
        const g = updates[i];
        const m = beta1 * mu[i] + (1 - beta1) * g;
        const v = beta2 * nu[i] + (1 - beta2) * g * g;
        const vMax = Math.max(nuMax[i], v * ofV);
        mu[i] = m;
        nu[i] = v;
        nuMax[i] = vMax;
        updates[i] = (m * ofM) / (Math.sqrt(vMax * ofMax) + eps);
      }
    },
  };
}

/** What m is multiplied by; with epsHat the correction of v too, which then stands outside the divisor. */
function scaleOfM({ beta1 = 0.9, beta2 = 0.999, biasCorrection = true, epsHat }: AdamOptions, step: number) {
  if (!biasCorrection) return 1;
  return (epsHat ? Math.sqrt(1 - pow(beta2, step)) : 1) / (1 - pow(beta1, step));
}

/** What v is multiplied by under the root. */
function scaleOfV({ beta2 = 0.999, biasCorrection = true, epsHat }: AdamOptions, step: number) {
  return biasCorrection && !epsHat ? 1 / (1 - pow(beta2, step)) : 1;
}
