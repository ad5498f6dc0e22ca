import { z } from 'zod';
import { adahessian } from '../../optim/adahessian.ts';
import { dadaptAdam } from '../../optim/dadaptAdam.ts';
import { dadaptLion } from '../../optim/dadaptLion.ts';
import { dadaptSgd } from '../../optim/dadaptSgd.ts';
import { dog } from '../../optim/dog.ts';
import { lbfgs } from '../../optim/lbfgs.ts';
import { polyak } from '../../optim/polyak.ts';
import { prodigy } from '../../optim/prodigy.ts';
import { scheduleFreeAdamw, scheduleFreeRadam, scheduleFreeSgd } from '../../optim/scheduleFree.ts';
import { sophiaG, sophiaH } from '../../optim/sophia.ts';
import type { SlotFilter } from '../../optim/transform.ts';
import { weightsOnly } from '../../optim/weightDecay.ts';
import { learningRate, notNegative, number, positive, unit, whole } from '../numbers.ts';
import { row } from '../schema.ts';
import { beta, eps, type Method } from './method.ts';
import { samRow } from './samRow.ts';
import { type Decay, decayedSlots } from './weightDecays.ts';

/** Decay inside a method, where its place is peculiar. */
function filterOf(on: Decay['on']): SlotFilter {
  return on === 'all' ? () => true : weightsOnly;
}

const flag = (value: boolean) => z.boolean().default(value);
const decay = (rate: number) => ({ weightDecay: notNegative.default(rate), decayOn: decayedSlots });
const noLimit = positive.nullable().default(null);
/** Methods that estimate their step size: the learning rate is a factor of the estimate. */
const factor = learningRate.default(1);
const averaged = {
  warmupSteps: whole(0).default(0),
  r: notNegative.default(0),
  weightLrPower: notNegative.default(2),
  ...decay(0),
};
/** beta of schedule-free methods: the average cannot be had from y where it is 0. */
const interpolation = beta(0.9).refine((value) => value > 0, { error: 'expected a number above 0' });

/** Methods that ask for more than a gradient, and methods without a schedule or a learning rate. */
export const objectiveOptimizers = {
  sam: samRow,
  lbfgs: row({
    summary: 'limited-memory BFGS, several iterations a step on one batch; optional line search',
    source: 'Liu and Nocedal 1989; PyTorch LBFGS',
    options: {
      learningRate: learningRate.default(1),
      maxIter: whole(1).default(20),
      maxEval: whole(1).nullable().default(null),
      toleranceGrad: notNegative.default(1e-7),
      toleranceChange: notNegative.default(1e-9),
      historySize: whole(1, 10_000).default(100),
      lineSearch: z.enum(['strongWolfe']).nullable().default(null),
    },
    create: (options): Method => ({ direction: lbfgs(options) }),
  }),
  sophiaG: row({
    summary: 'momentum divided by a curvature from gradients of drawn labels, clipped at 1',
    source: 'Liu et al. 2023, Algorithm 3 with Algorithm 2; Liuhong99/Sophia',
    options: {
      learningRate: learningRate.default(1e-4),
      beta1: beta(0.965),
      beta2: beta(0.99),
      rho: positive.default(0.04),
      hessianEvery: whole(1).default(10),
      /** Images in a batch. */
      batchSize: whole(1).default(32),
      ...decay(0.1),
    },
    create: ({ weightDecay, decayOn, ...options }): Method => ({
      direction: sophiaG(options),
      decay: { rate: weightDecay, on: decayOn },
    }),
  }),
  sophiaH: row({
    summary: "momentum divided by a curvature from Hutchinson's estimate, clipped at 1",
    source: 'Liu et al. 2023, Algorithm 3 with Algorithm 1',
    options: {
      learningRate: learningRate.default(1e-4),
      beta1: beta(0.965),
      beta2: beta(0.99),
      rho: positive.default(0.01),
      hessianEvery: whole(1).default(10),
      ...decay(0.1),
    },
    create: ({ weightDecay, decayOn, ...options }): Method => ({
      direction: sophiaH(options),
      decay: { rate: weightDecay, on: decayOn },
    }),
  }),
  adahessian: row({
    summary: "Adam with Hutchinson's estimate of the Hessian's diagonal in place of the squared gradient",
    source: 'Yao et al. 2021, Algorithm 1; amirgholami/adahessian',
    options: {
      learningRate: learningRate.default(0.15),
      beta1: beta(0.9),
      beta2: beta(0.999),
      eps: eps(1e-4),
      hessianPower: unit.default(1),
      ...decay(0),
    },
    create: ({ weightDecay, decayOn, ...options }): Method => ({
      direction: adahessian(options),
      decay: { rate: weightDecay, on: decayOn },
    }),
  }),
  polyak: row({
    summary: 'stochastic Polyak step size: the loss divided by the squared norm of the gradient',
    source: 'Loizou et al. 2021, SPS_max with smoothing; IssamLaradji/sps',
    options: {
      learningRate: factor,
      c: positive.default(0.5),
      lowerBound: number.default(0),
      maxStep: noLimit,
      growth: positive.nullable().optional(),
      initialStep: positive.default(1),
      eps: eps(1e-8),
    },
    create: ({ growth, ...options }): Method => ({
      direction: polyak({ ...options, ...(growth === undefined ? {} : { growth }) }),
    }),
  }),
  scheduleFreeSgd: row({
    summary: 'SGD at an interpolation of the iterate and its average; the average is evaluated',
    source: 'Defazio et al. 2024, Algorithm 1; facebookresearch/schedule_free SGDScheduleFree',
    options: { learningRate: learningRate.default(1), momentum: interpolation, ...averaged },
    create: ({ momentum, decayOn, ...options }): Method => ({
      direction: scheduleFreeSgd({ ...options, beta: momentum, filter: filterOf(decayOn) }),
    }),
  }),
  scheduleFreeAdamw: row({
    summary: 'AdamW at an interpolation of the iterate and its average; the average is evaluated',
    source: 'Defazio et al. 2024, Algorithm 1; facebookresearch/schedule_free AdamWScheduleFree',
    options: {
      learningRate: learningRate.default(0.0025),
      beta1: interpolation,
      beta2: beta(0.999),
      eps: eps(1e-8),
      innerMomentum: beta(0),
      ...averaged,
    },
    create: ({ beta1, decayOn, ...options }): Method => ({
      direction: scheduleFreeAdamw({ ...options, beta: beta1, filter: filterOf(decayOn) }),
    }),
  }),
  scheduleFreeRadam: row({
    summary: 'schedule-free AdamW with the rectification of RAdam as its warm-up',
    source: 'Defazio et al. 2024, Liu et al. 2020; facebookresearch/schedule_free RAdamScheduleFree',
    options: {
      learningRate: learningRate.default(0.0025),
      beta1: interpolation,
      beta2: beta(0.999),
      eps: eps(1e-8),
      r: notNegative.default(0),
      weightLrPower: notNegative.default(2),
      silentSgdPhase: flag(true),
      ...decay(0),
    },
    create: ({ beta1, decayOn, ...options }): Method => ({
      direction: scheduleFreeRadam({ ...options, beta: beta1, filter: filterOf(decayOn) }),
    }),
  }),
  prodigy: row({
    summary: 'Adam that estimates the distance to the solution and takes it for its step size',
    source: 'Mishchenko and Defazio 2024, Algorithm 3; konstmish/prodigy',
    options: {
      learningRate: factor,
      beta1: beta(0.9),
      beta2: beta(0.999),
      beta3: beta(0).nullable().default(null),
      eps: eps(1e-8),
      d0: positive.default(1e-6),
      dCoef: positive.default(1),
      growthRate: noLimit,
      useBiasCorrection: flag(false),
      safeguardWarmup: flag(false),
      decouple: flag(true),
      ...decay(0),
    },
    create: ({ decayOn, ...options }): Method => ({
      direction: prodigy({ ...options, filter: filterOf(decayOn) }),
    }),
  }),
  dadaptAdam: row({
    summary: 'Adam whose step size is a lower bound of the distance to the solution',
    source: 'Defazio and Mishchenko 2023, Algorithm 5; facebookresearch/dadaptation DAdaptAdam',
    options: {
      learningRate: factor,
      beta1: beta(0.9),
      beta2: beta(0.999),
      eps: eps(1e-8),
      d0: positive.default(1e-6),
      growthRate: noLimit,
      useBiasCorrection: flag(false),
      decouple: flag(false),
      ...decay(0),
    },
    create: ({ decayOn, ...options }): Method => ({
      direction: dadaptAdam({ ...options, filter: filterOf(decayOn) }),
    }),
  }),
  dadaptSgd: row({
    summary: 'SGD whose step size is a lower bound of the distance to the solution',
    source: 'Defazio and Mishchenko 2023, Algorithm 4; facebookresearch/dadaptation DAdaptSGD',
    options: {
      learningRate: factor,
      momentum: beta(0),
      d0: positive.default(1e-6),
      growthRate: noLimit,
      ...decay(0),
    },
    create: ({ decayOn, ...options }): Method => ({
      direction: dadaptSgd({ ...options, filter: filterOf(decayOn) }),
    }),
  }),
  dadaptLion: row({
    summary: 'Lion whose step size is an estimate of the distance to the solution; experimental',
    source: 'facebookresearch/dadaptation DAdaptLion (no paper)',
    options: {
      learningRate: factor,
      beta1: beta(0.9),
      beta2: beta(0.99),
      d0: positive.default(1e-6),
      averageNumerator: flag(true),
      ...decay(0),
    },
    create: ({ decayOn, ...options }): Method => ({
      direction: dadaptLion({ ...options, filter: filterOf(decayOn) }),
    }),
  }),
  dog: row({
    summary: 'SGD with the step size distance from the start over root of summed squared gradients',
    source: 'Ivgi, Hinder and Carmon 2023, equation 1; formll/dog DoG and LDoG (layerWise)',
    options: {
      learningRate: factor,
      relativeDistance: positive.default(1e-6),
      eps: positive.default(1e-8),
      initialStep: noLimit,
      layerWise: flag(false),
    },
    create: (options): Method => ({ direction: dog(options) }),
  }),
};
