/** What the golden trajectories try of a spec beside the tables of the catalogue: a line a key. New keys of a spec belong here. */
export const otherKeys: readonly {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}[] = [
  { name: 'rates', fields: { rates: { slope: 0, conv1: 0.5 } } },
  {
    name: 'batchSize as a schedule',
    fields: { epochs: 2, batchSize: { base: 4, schedule: { kind: 'linear', startFactor: 1, endFactor: 3 } } },
  },
  {
    name: 'momentum as a schedule',
    fields: {
      optimizer: {
        kind: 'momentum',
        learningRate: 0.05,
        momentum: { schedule: { kind: 'linear', endFactor: 0.5 } },
      },
    },
  },
  { name: 'until', fields: { epochs: 3, until: 1, schedule: { kind: 'cosine' } } },
  { name: 'evaluations.batchNorm=batch', fields: { evaluations: { batchNorm: 'batch' } } },
  { name: 'evaluations.batchNorm=recalibrated', fields: { evaluations: { batchNorm: 'recalibrated' } } },
  { name: 'evaluations.perEpoch=4', fields: { evaluations: { perEpoch: 4 } } },
  { name: 'nonFinite=skip', fields: { nonFinite: 'skip', optimizer: { kind: 'sgd', learningRate: 1e20 } } },
  { name: 'nonFinite=zero', fields: { nonFinite: 'zero', optimizer: { kind: 'sgd', learningRate: 1e20 } } },
  {
    name: 'divergence',
    fields: { optimizer: { kind: 'sgd', learningRate: 1e3 }, divergence: { lossAbove: 100 } },
  },
  { name: 'all probes', fields: { probes: undefined } },
  { name: 'labelSmoothing', fields: { loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0.1 } } },
  {
    name: 'changes',
    fields: {
      epochs: 1,
      changes: [
        { after: 4, set: { 'optimizer.learningRate': 0.01, clip: { kind: 'globalNorm', maxNorm: 0.5 } } },
        { after: 8, set: { optimizer: { kind: 'adam', learningRate: 0.01 } } },
      ],
    },
  },
  {
    name: 'changes of what makes the update',
    fields: {
      epochs: 1,
      changes: [
        { after: 3, set: { modifiers: [{ kind: 'cautious' }], rates: { conv1: 0.5 } } },
        { after: 5, set: { averaging: { kind: 'ema', decay: 0.9 }, schedule: { kind: 'cosine' } } },
        { after: 7, set: { weightDecay: { kind: 'decoupled', rate: 0.1 }, clip: null } },
      ],
    },
  },
  {
    name: 'changes of what is measured',
    fields: {
      epochs: 1,
      nonFinite: 'skip',
      faults: [4, 8].map((at) => ({ kind: 'nanGradient', at, element: 0 })),
      changes: [
        { after: 3, set: { 'evaluations.perEpoch': 4, probes: [{ kind: 'gradientNorm', every: 2 }] } },
        { after: 5, set: { nonFinite: 'zero' } },
        { after: 9, set: { 'divergence.lossAbove': 0.001 } },
      ],
    },
  },
  {
    name: 'changes of what is done to the run',
    fields: {
      epochs: 1,
      changes: [
        { after: 3, set: { precision: { weights: { format: 'bfloat16', rounding: 'stochastic' } } } },
        { after: 4, set: { perturbation: { step: 5 }, faults: [{ kind: 'zeroGradient', at: 6, steps: 2 }] } },
        { after: 7, set: { precision: null, perturbation: null, faults: null } },
      ],
    },
  },
  {
    name: 'precision, nearest',
    fields: {
      precision: {
        weights: { format: 'bfloat16' },
        gradients: { format: 'float16', scale: 128 },
        moments: { format: 'float16' },
      },
    },
  },
  {
    name: 'precision, stochastic',
    fields: {
      precision: {
        weights: { format: 'bfloat16', rounding: 'stochastic' },
        gradients: { format: 'bfloat16', rounding: 'stochastic' },
        moments: { format: 'bfloat16', rounding: 'stochastic' },
      },
    },
  },
  {
    name: 'precision of an iteration',
    fields: {
      optimizer: { kind: 'muon', learningRate: 0.02 },
      precision: { newtonSchulz: { format: 'bfloat16', accumulate: true } },
    },
  },
  { name: 'perturbation', fields: { perturbation: { step: 3 } } },
];
