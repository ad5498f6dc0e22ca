import { z } from 'zod';
import type { LayerPlan } from '../../nn/layer.ts';
import { softmaxCrossEntropy } from '../../nn/loss.ts';
import {
  type ModelOptions,
  missionCnn,
  mlp,
  plainNet,
  resnet8,
  resnet20,
  threeConvThreeDense,
  twoConvTwoDense,
  vgg,
} from '../../nn/models.ts';
import { meanSquaredError } from '../../nn/squaredError.ts';
import { belowOne, notNegative, whole } from '../numbers.ts';
import { family, row, type SpecOf } from '../schema.ts';
import { activations } from './activations.ts';
import { inits } from './inits.ts';
import { norms } from './norms.ts';

/** The axes that every model has. */
const axes = {
  activation: family('activation', activations).prefault({ kind: 'relu' }),
  norm: family('norm', norms).prefault({ kind: 'none' }),
  init: family('initialiser', inits).prefault({ kind: 'pytorch' }),
};
const batchNormed = { ...axes, norm: family('norm', norms).prefault({ kind: 'batch' }) };
const withDropout = { ...axes, dropout: belowOne.default(0) };
const residualAxes = { ...batchNormed, zeroGamma: z.boolean().default(false) };

type Axes = { activation: SpecOf<typeof activations>; norm: SpecOf<typeof norms> };

function layersOf({ activation, norm }: Axes): Omit<ModelOptions, 'classes' | 'dropout'> {
  return {
    activation: () => activations[activation.kind].create(activation as never),
    ...norms[norm.kind].create(norm as never),
  };
}

export const models = {
  missionCnn: row({
    summary: 'conv 3x3x32, max-pool 2, conv 3x3x64, max-pool 2, dense 128, dense; valid padding',
    options: withDropout,
    create: (options, classes: number): LayerPlan[] =>
      missionCnn({ ...layersOf(options), dropout: options.dropout, classes }),
  }),
  point: row({
    summary: 'no network: the parameters are the point of a problem (thalweg list problems)',
    options: {},
    create: (_options, _classes: number): LayerPlan[] => [],
  }),
  mlp: row({
    summary: 'dense layers of the given widths',
    options: { ...axes, hidden: z.array(whole(1)).default([128]), dropout: belowOne.default(0) },
    create: (options, classes: number): LayerPlan[] =>
      mlp({ ...layersOf(options), hidden: options.hidden, dropout: options.dropout, classes }),
  }),
  twoConvTwoDense: row({
    summary: '2c2d: conv 5x5x32 and 5x5x64, each with max-pool 2, dense 1024, dense; same padding',
    source:
      'Schneider, Balles and Hennig 2019 (DeepOBS); its start is truncatedNormal with std 0.05, bias 0.05',
    options: withDropout,
    create: (options, classes: number): LayerPlan[] =>
      twoConvTwoDense({ ...layersOf(options), dropout: options.dropout, classes }),
  }),
  threeConvThreeDense: row({
    summary: '3c3d: conv 5x5x64, 3x3x96 and 3x3x128, each with max-pool 3 of stride 2, dense 512, 256, dense',
    source:
      'Schneider, Balles and Hennig 2019 (DeepOBS); its start is glorotUniform, its L2 term 0.002 on weights',
    options: withDropout,
    create: (options, classes: number): LayerPlan[] =>
      threeConvThreeDense({ ...layersOf(options), dropout: options.dropout, classes }),
  }),
  vgg: row({
    summary: 'three times two conv 3x3 and a max-pool 2, with width, twice and four times the filters, dense',
    source: 'after Simonyan and Zisserman 2015',
    options: { ...batchNormed, width: whole(1).default(32) },
    create: (options, classes: number): LayerPlan[] =>
      vgg({ ...layersOf(options), width: options.width, classes }),
  }),
  plainNet: row({
    summary:
      'depth times conv 3x3 of the same filters without shortcuts, two halvings, global average pool, dense',
    source: 'He et al. 2016, section 4.1 (plain nets); Xiao et al. 2018',
    options: { ...axes, depth: whole(1, 1000).default(12), filters: whole(1).default(32) },
    create: (options, classes: number): LayerPlan[] =>
      plainNet({ ...layersOf(options), depth: options.depth, filters: options.filters, classes }),
  }),
  resnet8: row({
    summary: 'three residual stages of 16, 32 and 64 channels, global average pool, dense',
    source: 'He et al. 2016, the CIFAR-10 network with n = 1; zeroGamma: Goyal et al. 2017',
    options: residualAxes,
    create: (options, classes: number): LayerPlan[] =>
      resnet8({ ...layersOf(options), zeroGamma: options.zeroGamma, classes }),
  }),
  resnet20: row({
    summary: 'as resnet8 with three blocks a stage',
    source: 'He et al. 2016, the CIFAR-10 network with n = 3; zeroGamma: Goyal et al. 2017',
    options: residualAxes,
    create: (options, classes: number): LayerPlan[] =>
      resnet20({ ...layersOf(options), zeroGamma: options.zeroGamma, classes }),
  }),
};

export const losses = {
  softmaxCrossEntropy: row({
    summary: 'mean cross-entropy of the softmax; the target is (1 - s) * onehot + s / classes',
    source: 'Szegedy et al. 2016 (label smoothing)',
    options: {
      labelSmoothing: notNegative.default(0).refine((s) => s <= 1, { error: 'expected at most 1' }),
    },
    create: ({ labelSmoothing }) => softmaxCrossEntropy({ labelSmoothing }),
  }),
  meanSquaredError: row({
    summary: 'mean over images and classes of (logit - onehot)^2',
    source: 'Hui and Belkin 2021',
    options: {},
    create: () => meanSquaredError(),
  }),
};
