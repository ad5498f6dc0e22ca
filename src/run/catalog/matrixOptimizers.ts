import { z } from 'zod';
import { muonWithAdamw } from '../../optim/muon.ts';
import { psgd } from '../../optim/psgd.ts';
import { momentum as heavyBall } from '../../optim/sgd.ts';
import { shampoo, shampooPytorch } from '../../optim/shampoo.ts';
import { soap } from '../../optim/soap.ts';
import { chain, type Transform } from '../../optim/transform.ts';
import { weightsOnly } from '../../optim/weightDecay.ts';
import { learningRate, notNegative, positive, unit, whole } from '../numbers.ts';
import { row, withDialects } from '../schema.ts';
import { beta, eps, type Method, type MethodContext } from './method.ts';
import { decayedSlots } from './weightDecays.ts';

const decaySlots = (on: 'weights' | 'all') => (on === 'all' ? () => true : weightsOnly);

/** The longest axis that gets a matrix of its own. */
const maxPrecondDim = whole(0).default(512);

/** Methods that precondition a tensor as a matrix, or along its axes. */
export const matrixOptimizers = {
  muon: withDialects(
    row({
      summary:
        'momentum, orthogonalised by Newton-Schulz, for tensors of two axes and more; AdamW for the rest',
      source: "Jordan et al. 2024; the authors' SingleDeviceMuonWithAuxAdam",
      options: {
        learningRate: learningRate.default(0.02),
        momentum: beta(0.95),
        nesterov: z.boolean().default(true),
        steps: whole(1).default(5),
        scale: z.enum(['lastAxes', 'flattened', 'matchRmsAdamw']).default('lastAxes'),
        weightDecay: notNegative.default(0),
        auxLearningRate: learningRate.default(0.0003),
        auxBeta1: beta(0.9),
        auxBeta2: beta(0.95),
        auxEps: eps(1e-10),
        auxWeightDecay: notNegative.default(0),
      },
      create(options, { dialect, newtonSchulz }: MethodContext): Method {
        const { auxLearningRate, auxBeta1, auxBeta2, auxEps, auxWeightDecay, ...matrices } = options;
        return {
          direction: muonWithAdamw({
            ...matrices,
            clampNorm: dialect === 'torch',
            rounded: newtonSchulz,
            rest: {
              // both rates follow one schedule; a schedule of a rate of 0 stays at 0
              learningRateScale: matrices.learningRate === 0 ? 0 : auxLearningRate / matrices.learningRate,
              beta1: auxBeta1,
              beta2: auxBeta2,
              eps: auxEps,
              weightDecay: auxWeightDecay,
            },
          }),
        };
      },
    }),
    {
      torch: {
        differs:
          'PyTorch 2.9 Muon, in float64: the scale of a kernel is that of its matrix [out, rest], the norm is max(norm, 1e-7); the rest is AdamW as in the plain form',
        defaults: { learningRate: 0.001, weightDecay: 0.1, scale: 'flattened' },
      },
    },
  ),
  shampoo: withDialects(
    row({
      summary: 'the gradient multiplied along every axis by an inverse root of its summed Gram matrix',
      source: 'Gupta, Koren and Singer 2018, Algorithms 1 and 2',
      options: {
        learningRate: learningRate.default(0.1),
        epsilon: positive.default(1e-4),
        /** Plain: heavy ball on the direction. pytorch-optimizer: the share of the last update in the gradient. */
        momentum: beta(0),
        updateEvery: whole(1).default(1),
        maxPrecondDim,
      },
      create({ momentum, ...options }, { dialect }: MethodContext): Method {
        if (dialect !== undefined)
          return { direction: shampooPytorch({ momentum, ...options }) as Transform };
        const direction = shampoo(options) as Transform;
        return { direction: momentum === 0 ? direction : chain(direction, heavyBall({ momentum })) };
      },
    }),
    {
      'pytorch-optimizer': {
        differs:
          'the common PyTorch copies: exponent -1/k instead of -1/2k, later axes see what earlier ones have preconditioned, momentum mixes gradient and last update',
      },
    },
  ),
  soap: row({
    summary: "Adam in the eigenbasis of Shampoo's preconditioners; the first step moves nothing",
    source: "Vyas et al. 2024, Algorithm 3; the authors' soap.py (there maxPrecondDim 10000)",
    options: {
      learningRate: learningRate.default(0.003),
      beta1: beta(0.95),
      beta2: beta(0.95),
      /** Null: as beta2. */
      shampooBeta: beta(0.95).nullable().default(null),
      eps: eps(1e-8),
      weightDecay: notNegative.default(0.01),
      decayOn: decayedSlots,
      preconditionFrequency: whole(1).default(10),
      maxPrecondDim,
      mergeDims: z.boolean().default(false),
      precondition1d: z.boolean().default(false),
      normalizeGrads: z.boolean().default(false),
      correctBias: z.boolean().default(true),
    },
    create({ decayOn, shampooBeta, ...options }): Method {
      return {
        direction: soap({
          ...options,
          shampooBeta: shampooBeta ?? options.beta2,
          filter: decaySlots(decayOn),
        }) as Transform,
      };
    },
  }),
  psgd: row({
    summary: 'momentum whitened by learnt triangular Kronecker factors',
    source: 'Li 2018; kron_torch of evanatyourservice (there maxPrecondDim 8192)',
    options: {
      learningRate: learningRate.default(0.001),
      beta1: beta(0.9),
      precondLearningRate: positive.default(0.1),
      initScale: positive.default(1),
      maxPrecondDim,
      minUpdateProbability: unit.default(0.03),
      flatSteps: whole(0).default(500),
      maxUpdateRms: positive.default(1.1),
      weightDecay: notNegative.default(0),
      decayOn: decayedSlots,
    },
    create({ weightDecay, decayOn, ...options }): Method {
      return { direction: psgd(options) as Transform, decay: { rate: weightDecay, on: decayOn } };
    },
  }),
};
