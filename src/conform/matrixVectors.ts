import { adamw } from '../optim/adamw.ts';
import { assembleOptimizer } from '../optim/assemble.ts';
import { scaleLearningRate } from '../optim/groups.ts';
import { isMatrix, muon } from '../optim/muon.ts';
import type { RoundedIteration } from '../optim/newtonSchulzRounded.ts';
import { partition } from '../optim/partition.ts';
import { shampoo, shampooPytorch } from '../optim/shampoo.ts';
import { soap } from '../optim/soap.ts';
import { chain, scaleByLearningRate, type Transform } from '../optim/transform.ts';
import { decoupledDecay } from '../optim/weightDecay.ts';
import type { Hyper, OptimizerVectors } from './optimizerCases.ts';

const everywhere = () => true;
/** The sources precondition every axis. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

interface MuonHyper {
  readonly muon: {
    readonly lr: number;
    readonly momentum: number;
    readonly weight_decay: number;
    readonly ns_steps: number;
    readonly nesterov: boolean;
  };
  readonly aux_adam: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
  };
}

/** Two groups with a learning rate each: the rate of the case is 1. */
function buildMuon(hyper: Hyper, rounded?: RoundedIteration): Transform {
  const { muon: matrices, aux_adam: rest } = hyper as unknown as MuonHyper;
  const { momentum, nesterov, ns_steps: steps } = matrices;
  const muonShare = chain(
    muon({ momentum, nesterov, steps, rounded }) as Transform,
    scaleByLearningRate() as Transform,
    decoupledDecay({ rate: matrices.weight_decay, filter: everywhere }) as Transform,
  );
  const [beta1, beta2] = rest.betas;
  const adamwShare = adamw({
    beta1,
    beta2,
    eps: rest.eps,
    weightDecay: rest.weight_decay,
    filter: everywhere,
  });
  return assembleOptimizer({
    direction: partition(
      { applies: isMatrix, transform: scaleLearningRate(muonShare as Transform, matrices.lr) },
      { applies: everywhere, transform: scaleLearningRate(adamwShare, rest.lr) },
    ),
  });
}

/** With the iteration in float64, or rounded. */
export const muonVectors = (rounded?: RoundedIteration): OptimizerVectors => ({
  options: ['muon', 'aux_adam'],
  build: (hyper) => buildMuon(hyper, rounded),
  learningRate: () => 1,
});

/** Methods that precondition a tensor along its axes. */
export const matrixVectors: Readonly<Record<string, OptimizerVectors>> = {
  muon: muonVectors(),
  'muon-bf16': muonVectors(),
  'shampoo-paper': {
    options: ['lr', 'epsilon'],
    build: ({ epsilon }) =>
      assembleOptimizer({
        direction: shampoo({ epsilon: epsilon as number, maxPrecondDim: UNLIMITED }) as Transform,
      }),
  },
  shampoo: {
    options: ['lr', 'momentum', 'weight_decay', 'epsilon', 'update_freq'],
    build(hyper) {
      const {
        momentum,
        weight_decay: weightDecay,
        epsilon,
        update_freq: updateEvery,
      } = hyper as Record<string, number>;
      const direction = shampooPytorch({
        momentum,
        weightDecay,
        epsilon,
        updateEvery,
        filter: everywhere,
        maxPrecondDim: UNLIMITED,
      });
      return assembleOptimizer({ direction: direction as Transform });
    },
  },
  soap: {
    options: [
      'lr',
      'betas',
      'shampoo_beta',
      'eps',
      'weight_decay',
      'precondition_frequency',
      'max_precond_dim',
      'merge_dims',
      'precondition_1d',
      'normalize_grads',
      'correct_bias',
    ],
    build(hyper) {
      const [beta1, beta2] = hyper.betas as [number, number];
      const shampooBeta = hyper.shampoo_beta as number;
      const direction = soap({
        beta1,
        beta2,
        // the source writes "as beta2" as a negative number
        shampooBeta: shampooBeta < 0 ? beta2 : shampooBeta,
        eps: hyper.eps as number,
        weightDecay: hyper.weight_decay as number,
        filter: everywhere,
        preconditionFrequency: hyper.precondition_frequency as number,
        maxPrecondDim: hyper.max_precond_dim as number,
        mergeDims: hyper.merge_dims as boolean,
        precondition1d: hyper.precondition_1d as boolean,
        normalizeGrads: hyper.normalize_grads as boolean,
        correctBias: hyper.correct_bias as boolean,
      });
      return assembleOptimizer({ direction: direction as Transform });
    },
  },
};
