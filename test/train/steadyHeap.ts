/**
 * Prints how many bytes of heap a step of a warm run leaves behind, first with garbage and then without it: a multilayer perceptron
 * under Adam, no evaluation in between. `garbage` or `leak` as an argument plants a small object a step. Run with --expose-gc, one
 * thread, and a young generation so large that nothing is collected between two readings.
 */
import { stream } from '../../src/core/rng.ts';
import { wasmEngine } from '../../src/kernels/wasm.ts';
import { relu } from '../../src/nn/activation.ts';
import { dense } from '../../src/nn/dense.ts';
import { pytorchDefault } from '../../src/nn/init.ts';
import { openNetwork, planNetwork } from '../../src/nn/network.ts';
import { adam } from '../../src/optim/adam.ts';
import { assembleOptimizer } from '../../src/optim/assemble.ts';
import { decoupledDecay } from '../../src/optim/weightDecay.ts';
import { allocateEvaluation } from '../../src/train/evaluate.ts';
import { train } from '../../src/train/train.ts';

const [WARM, END] = [20_000, 30_000];
const planted = process.argv[2];

const layers = [dense({ units: 12 }), relu(), dense({ units: 3 })];
const plan = planNetwork({ layers, inShape: { H: 1, W: 1, C: 5 }, classes: 3, batchSize: 2 });
const optimizer = assembleOptimizer({ direction: adam(), decoupledDecay: decoupledDecay({ rate: 0.01 }) });
const { network, kernels, extra } = openNetwork(plan, wasmEngine, (layout, allocator) => ({
  optimizerState: optimizer.init(layout, allocator),
  updates: allocator.floats(layout.length),
  lanes: allocator.ints(32),
  evaluationMemory: allocateEvaluation(plan, allocator, false),
}));
network.initialize(pytorchDefault(), stream(0, 'init'));

const data = {
  count: 2 * (END + 1),
  fill(input: Float32Array | Float64Array, labels: Int32Array, indices: Int32Array, from: number, N: number) {
    for (let n = 0; n < N; n++) {
      labels[n] = indices[from + n] % 3;
      for (let i = 0; i < 5; i++) input[n * 5 + i] = ((indices[from + n] * (i + 7)) % 11) / 11;
    }
  },
};
const few = { ...data, count: 2 };
/** Without garbage at the start and the end, and with it at the end. */
const used = new Float64Array(3);
const kept: { step: number }[] = [];
let last = { step: 0 };
function readHeap(collect: boolean): number {
  if (collect) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
train({
  network,
  kernels,
  optimizer,
  ...extra,
  objectiveMemory: null,
  rate: {
    // the one thing that is called in every step
    schedule(step) {
      if (planted === 'garbage') last = { step };
      if (planted === 'leak') kept.push({ step });
      if (step === WARM) used[0] = readHeap(true);
      if (step === END) {
        used[2] = readHeap(false);
        used[1] = readHeap(true);
      }
      return last.step < 0 ? 0 : 0.001;
    },
  },
  train: data,
  evaluations: { perEpoch: 1, train: few, validation: few, test: few, statistics: 'running' },
  interventions: [],
  probes: [],
  batchSizes: [2],
  lossAbove: 1e4,
  nonFinite: 'end',
  order: stream(0, 'order'),
  dropout: stream(0, 'dropout'),
  noise: stream(0, 'optimizer'),
});
const perStep = (to: number) => (used[to] - used[0]) / (END - WARM);
process.stdout.write(JSON.stringify({ withGarbage: perStep(2), kept: perStep(1) }));
