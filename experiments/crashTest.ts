import { cross, experiment, type RunSpecInput } from '../src/index.ts';

/** Each at a rate at which it trains this network well without faults. */
const optimizers = [
  { kind: 'sgd', learningRate: 0.3 },
  { kind: 'momentum', learningRate: 0.05 },
  { kind: 'rmsprop', learningRate: 0.003 },
  { kind: 'adam', learningRate: 0.005 },
  { kind: 'adamw', learningRate: 0.005 },
  { kind: 'lion', learningRate: 0.0015 },
  { kind: 'muon', learningRate: 0.02 },
] as const;

/** What is to save a run: a limit of the gradient, or a policy for what is not finite. */
const guards = [
  { clip: { kind: 'none' }, nonFinite: 'end' },
  { clip: { kind: 'globalNorm', maxNorm: 1 }, nonFinite: 'end' },
  { clip: { kind: 'none' }, nonFinite: 'skip' },
  { clip: { kind: 'none' }, nonFinite: 'zero' },
  { clip: { kind: 'zClip' }, nonFinite: 'skip' },
] as const;

const AT = 100;

const faults: RunSpecInput['faults'][] = [
  [],
  [{ kind: 'nanGradient', at: AT, element: 0 }],
  [{ kind: 'infiniteGradient', at: AT }],
  [{ kind: 'zeroGradient', at: AT, steps: 10 }],
  [{ kind: 'explodingLayer', at: AT, layer: 'conv2', factor: 1000 }],
  [{ kind: 'explodingLayer', at: AT, layer: 'dense1', factor: 10, of: 'weights' }],
  [{ kind: 'deadUnits', at: AT }],
  [{ kind: 'duplicateBatch', at: AT, steps: 10 }],
  [{ kind: 'rateSpike', at: AT, steps: 5, factor: 30 }],
  [{ kind: 'labelNoise', at: AT, steps: 20, share: 0.8 }],
];

/** Seven optimizers, five guards and nine faults, one at a time in the middle of a short training: who comes back, and when? */
export default experiment({
  title: 'Crash test of optimizers and guards',
  question:
    'After a fault in the middle of training: which optimizer comes back, how fast, and does a guard save it?',
  *runs() {
    for (const { optimizer, guard, fault, seed } of cross({
      optimizer: optimizers,
      guard: guards,
      fault: faults,
      seed: [0, 1, 2],
    })) {
      yield {
        data: { kind: 'synthGlyphs', size: 16, level: 'medium', train: 1600, validation: 200, test: 200 },
        model: { kind: 'vgg', width: 6, norm: { kind: 'batch' } },
        optimizer,
        ...guard,
        faults: fault ?? [],
        batchSize: 32,
        epochs: 4,
        probes: [],
        seed,
      };
    }
  },
});
