import { cross, experiment, type RunSpecInput } from '../src/index.ts';

/** Ten methods, each at a rate that trains this network. */
const optimizers: readonly RunSpecInput['optimizer'][] = [
  { kind: 'sgd', learningRate: 0.05 },
  { kind: 'momentum', learningRate: 0.01 },
  { kind: 'nesterov', learningRate: 0.01 },
  { kind: 'rmsprop', learningRate: 0.001 },
  { kind: 'adagrad', learningRate: 0.01 },
  { kind: 'adam', learningRate: 0.001 },
  { kind: 'lion', learningRate: 0.0003 },
  { kind: 'signum', learningRate: 0.0003 },
  { kind: 'lamb', learningRate: 0.005 },
  { kind: 'muon', learningRate: 0.005 },
];

/** For `thalweg sensitivity`: the runs are small, since each is made on the reference engine as well. */
export default experiment({
  title: 'Rounding sensitivity of ten optimizers',
  question: 'How fast do two runs part that differ by rounding alone?',
  *runs() {
    for (const { optimizer, seed } of cross({ optimizer: optimizers, seed: [0, 1, 2] })) {
      yield {
        data: { kind: 'synthGlyphs', train: 640, validation: 200, test: 200 },
        model: { kind: 'plainNet', depth: 3, filters: 16 },
        optimizer,
        batchSize: 32,
        epochs: 10,
        probes: [],
        seed,
      };
    }
  },
});
