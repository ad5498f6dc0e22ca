import type { RunSpecInput } from '../run/spec.ts';

/** A run of the set by its name in tables and messages. */
export interface SetRun {
  readonly name: string;
  readonly spec: RunSpecInput;
}

/** Ten steps of four images: a run takes some hundredths of a second. */
const data = { kind: 'synthGlyphs', level: 'easy', train: 20, validation: 10, test: 10 } as const;

/**
 * Small runs that together have every model, layer, activation, norm, loss, clip, schedule, modifier, averaging, weight decay and
 * initialiser of the catalogue, both engines and both convolutions, and more than twenty optimizers; test/certify/environmentSet.test.ts
 * compares them with the catalogue's tables. Their chains are committed (test/goldens/chains.json) and must be the same in
 * every environment (docs/environments.md).
 *
 * Each activation and each optimizer is in one run; a few parts that only act after some steps (a plateau, an average) are set so that they do.
 */
export const environmentSet: readonly SetRun[] = [
  run('relu', {
    model: { kind: 'missionCnn', activation: { kind: 'relu' }, dropout: 0.25 },
    optimizer: { kind: 'momentum', learningRate: 0.05 },
    clip: { kind: 'globalNorm', maxNorm: 0.5 },
    weightDecay: { kind: 'coupled', rate: 1e-3 },
  }),
  run('leakyRelu', {
    model: { kind: 'vgg', width: 8, activation: { kind: 'leakyRelu' }, init: { kind: 'heNormal' } },
    optimizer: { kind: 'adam', learningRate: 0.003 },
    clip: { kind: 'value', clipValue: 0.01 },
    schedule: { kind: 'warmup', steps: 3, next: { kind: 'cosine' } },
    convolution: 'direct',
  }),
  run('prelu', {
    model: { kind: 'plainNet', depth: 3, filters: 8, activation: { kind: 'prelu' }, norm: { kind: 'batch' } },
    optimizer: { kind: 'adamw', learningRate: 0.003, weightDecay: 0.1 },
    clip: { kind: 'adaptive', clipFactor: 0.02 },
    schedule: { kind: 'polynomial', power: 1.7 },
    rates: { slope: 0.5 },
    averaging: { kind: 'ema', decay: 0.7 },
  }),
  run('prelu shared', {
    model: {
      kind: 'resnet8',
      activation: { kind: 'prelu', shared: true },
      init: { kind: 'heUniform', mode: 'fanOut' },
      zeroGamma: true,
    },
    optimizer: { kind: 'nesterov', learningRate: 0.02 },
    clip: { kind: 'layerNorm', maxNorm: 0.1 },
    schedule: { kind: 'exponential', gamma: 0.93 },
    weightDecay: { kind: 'decoupled', rate: 1e-2 },
  }),
  run('tanh', {
    model: {
      kind: 'mlp',
      hidden: [24, 12],
      activation: { kind: 'tanh' },
      norm: { kind: 'layer' },
      init: { kind: 'glorotNormal' },
    },
    optimizer: { kind: 'rmsprop', learningRate: 0.003 },
    clip: { kind: 'zClip', warmupSteps: 3, zThreshold: 0.1, alpha: 0.5 },
    schedule: { kind: 'inverseSqrt', warmup: 3 },
    averaging: { kind: 'swa', start: 4 },
  }),
  run('sigmoid', {
    model: { kind: 'twoConvTwoDense', activation: { kind: 'sigmoid' }, init: { kind: 'truncatedNormal' } },
    optimizer: { kind: 'adagrad', learningRate: 0.01 },
    clip: { kind: 'normalize', per: 'layer' },
    schedule: { kind: 'stepDecay', stepSize: 4, gamma: 0.3 },
    epochs: 1,
  }),
  run('elu', {
    model: {
      kind: 'plainNet',
      depth: 3,
      filters: 8,
      activation: { kind: 'elu' },
      norm: { kind: 'group', groups: 4 },
      init: { kind: 'lecunNormal' },
    },
    optimizer: { kind: 'adadelta', learningRate: 1 },
    clip: { kind: 'blockRms', threshold: 0.01 },
    schedule: { kind: 'milestones', milestones: [3, 7] },
    modifiers: [{ kind: 'centralize' }],
  }),
  run('selu', {
    model: { kind: 'mlp', hidden: [24], activation: { kind: 'selu' }, init: { kind: 'lecunUniform' } },
    optimizer: { kind: 'lamb', learningRate: 0.01 },
    clip: { kind: 'autoClip', percentile: 50 },
    schedule: { kind: 'oneCycle' },
    loss: { kind: 'meanSquaredError' },
    averaging: { kind: 'lawa', every: 2, checkpoints: 3 },
  }),
  run('celu', {
    model: {
      kind: 'vgg',
      width: 8,
      activation: { kind: 'celu', alpha: 1.3 },
      norm: { kind: 'instance' },
      init: { kind: 'orthogonal' },
    },
    optimizer: { kind: 'muon', learningRate: 0.02 },
    schedule: { kind: 'wsd', warmupSteps: 2, cooldown: 0.5 },
    weightDecay: { kind: 'corrected', rate: 1e-2 },
  }),
  run('gelu', {
    model: {
      kind: 'missionCnn',
      activation: { kind: 'gelu' },
      norm: { kind: 'rms' },
      init: { kind: 'deltaOrthogonal' },
    },
    optimizer: { kind: 'lion', learningRate: 0.001 },
    clip: { kind: 'globalNorm', maxNorm: 3, place: 'update', normType: 1 },
    schedule: { kind: 'rex' },
    modifiers: [{ kind: 'cautious' }],
  }),
  run('gelu by tanh', {
    model: {
      kind: 'plainNet',
      depth: 3,
      filters: 4,
      activation: { kind: 'gelu', approximate: 'tanh' },
      norm: { kind: 'weightStandardisation', groups: 2 },
    },
    optimizer: { kind: 'nadam', learningRate: 0.003 },
    clip: { kind: 'value', clipValue: 0.5, place: 'update' },
    schedule: { kind: 'cosineRestarts', steps: 3, periodFactor: 1.5, restartFactor: 0.7 },
    engine: 'reference',
  }),
  run('silu', {
    model: { kind: 'resnet20', activation: { kind: 'silu' }, init: { kind: 'lsuv' } },
    optimizer: { kind: 'lars', learningRate: 0.1 },
    clip: { kind: 'globalNorm', maxNorm: 1, normType: 'inf' },
    schedule: { kind: 'linear', endFactor: 0.1 },
    epochs: 1,
  }),
  run('mish', {
    model: { kind: 'mlp', hidden: [24], activation: { kind: 'mish' }, init: { kind: 'keras' } },
    optimizer: { kind: 'adamax', learningRate: 0.01 },
    clip: { kind: 'layerNorm', maxNorm: 0.5, place: 'update', normType: 1 },
    schedule: { kind: 'inverseTime', rate: 0.3 },
    modifiers: [{ kind: 'grokfastEma' }],
    averaging: { kind: 'lookahead', steps: 3 },
  }),
  run('softplus', {
    model: {
      kind: 'threeConvThreeDense',
      activation: { kind: 'softplus', beta: 1.5 },
      init: { kind: 'glorotUniform' },
    },
    optimizer: { kind: 'radam', learningRate: 0.003 },
    clip: { kind: 'autoClip', percentile: 30, place: 'update' },
    schedule: { kind: 'cyclic', peak: 0.01, stepsUp: 2 },
    epochs: 1,
  }),
  run('logSigmoid', {
    model: { kind: 'mlp', hidden: [24], activation: { kind: 'logSigmoid' }, norm: { kind: 'batch' } },
    optimizer: { kind: 'adafactor', learningRate: 0.01 },
    loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0.1 },
    schedule: {
      kind: 'join',
      parts: [{ steps: 4, schedule: { kind: 'constant' } }, { schedule: { kind: 'cosine' } }],
    },
  }),
  run('hardSwish', {
    model: { kind: 'resnet8', activation: { kind: 'hardSwish' }, norm: { kind: 'layer' } },
    optimizer: { kind: 'soap', learningRate: 0.003, preconditionFrequency: 3, maxPrecondDim: 32 },
    clip: { kind: 'zClip', warmupSteps: 2, zThreshold: 0.1, alpha: 0.5, place: 'update' },
    schedule: {
      kind: 'piecewise',
      pieces: [
        { from: 0, factor: 1 },
        { from: 5, factor: 0.2 },
      ],
    },
    epochs: 1,
  }),
  run('hardSigmoid', {
    model: { kind: 'mlp', hidden: [12], activation: { kind: 'hardSigmoid' } },
    optimizer: { kind: 'sophiaG', learningRate: 0.01, hessianEvery: 3, batchSize: 4 },
    schedule: {
      kind: 'multiply',
      of: { kind: 'cosine' },
      by: { kind: 'linear', startFactor: 0.5, endFactor: 1 },
    },
    modifiers: [{ kind: 'grokfastMa', windowSize: 3, lamb: 0.5 }],
  }),
  run('hardTanh', {
    model: { kind: 'mlp', hidden: [12], activation: { kind: 'hardTanh' }, norm: { kind: 'rms' } },
    optimizer: { kind: 'shampoo', learningRate: 0.1, maxPrecondDim: 32 },
    clip: { kind: 'normalize' },
    schedule: { kind: 'clamp', of: { kind: 'cosine' }, min: 0.02 },
  }),
  run('relu6', {
    model: { kind: 'missionCnn', activation: { kind: 'relu6' }, norm: { kind: 'weightStandardisation' } },
    optimizer: { kind: 'scheduleFreeAdamw', learningRate: 0.01, warmupSteps: 3 },
    clip: { kind: 'adaptive', place: 'update' },
    epochs: 1,
  }),
  run('reluSquared', {
    model: {
      kind: 'plainNet',
      depth: 2,
      filters: 8,
      activation: { kind: 'reluSquared' },
      init: { kind: 'dirac' },
    },
    optimizer: { kind: 'prodigy', learningRate: 1 },
    clip: { kind: 'blockRms', place: 'update' },
    evaluations: { batchNorm: 'batch' },
  }),
  run('softsign', {
    model: {
      kind: 'mlp',
      hidden: [24],
      activation: { kind: 'softsign' },
      init: { kind: 'constant', value: 0.01 },
    },
    optimizer: { kind: 'psgd', learningRate: 0.003 },
  }),
  run('identity', {
    data: { kind: 'fashion5k' },
    model: { kind: 'mlp', hidden: [8], activation: { kind: 'identity' }, init: { kind: 'zeros' } },
    optimizer: { kind: 'sgd', learningRate: 0.1 },
    schedule: { kind: 'plateau', patience: 0, threshold: 0.5, factor: 0.5 },
    batchSize: 500,
    evaluations: { perEpoch: 3 },
  }),
  run('rosenbrock', {
    data: { kind: 'rosenbrock', dimension: 4 },
    model: { kind: 'point' },
    optimizer: { kind: 'lbfgs', learningRate: 1, lineSearch: 'strongWolfe' },
    engine: 'reference',
    batchSize: 1,
  }),
  run('logisticRegression', {
    data: { kind: 'logisticRegression' },
    model: { kind: 'point' },
    optimizer: { kind: 'adahessian', learningRate: 0.1 },
    clip: { kind: 'globalNorm', maxNorm: { base: 1, schedule: { kind: 'linear', endFactor: 0.1 } } },
    batchSize: 1,
  }),
];

type Differences = Pick<RunSpecInput, 'model' | 'optimizer'> & Partial<RunSpecInput>;

function run(name: string, differences: Differences): SetRun {
  return { name, spec: { data, batchSize: 4, epochs: 2, seed: 1, ...differences } };
}
