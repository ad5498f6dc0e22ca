import { LANES } from '../core/fingerprint.ts';
import { sha256OfNumbers } from '../core/hash.ts';
import { stream } from '../core/rng.ts';
import { createBatcher } from '../data/batches.ts';
import { synthGlyphs } from '../data/synthGlyphs.ts';
import { wasmEngines } from '../kernels/wasm.ts';
import { relu } from '../nn/activation.ts';
import { globalAvgPool } from '../nn/avgPool.ts';
import { conv2d } from '../nn/conv2d.ts';
import { dense } from '../nn/dense.ts';
import { pytorchDefault } from '../nn/init.ts';
import { softmaxCrossEntropy } from '../nn/loss.ts';
import { openNetwork, planNetwork } from '../nn/network.ts';
import { assembleOptimizer } from '../optim/assemble.ts';
import { constant } from '../optim/schedules.ts';
import { momentum } from '../optim/sgd.ts';
import type { RunControl } from '../train/checkpoint.ts';
import { allocateEvaluation } from '../train/evaluate.ts';
import { train } from '../train/train.ts';
import type { RunStates } from './runStates.ts';

/** Ten steps of a network with grouped, depthwise and dilated convolutions, which no model of the catalogue has. */
export function groupedRun(control: RunControl): Pick<RunStates, 'outcome' | 'steps' | 'chain' | 'digest'> {
  const dataset = synthGlyphs({ level: 'easy', train: 20, validation: 10, test: 10 });
  const layers = [
    ...[conv2d({ filters: 8, kernel: 3, stride: 2, padding: 1 }), relu()],
    ...[conv2d({ filters: 8, kernel: 3, padding: 1, groups: 4 }), relu()],
    ...[conv2d({ filters: 8, kernel: 3, padding: 2, dilation: 2, groups: 8 }), relu()],
    ...[globalAvgPool(), dense({ units: 10 })],
  ];
  const sizes = { inShape: dataset.shape, classes: dataset.classes, batchSize: 4 };
  const plan = planNetwork({ ...sizes, layers, loss: softmaxCrossEntropy() });
  const optimizer = assembleOptimizer({ direction: momentum() });
  const { network, kernels, extra, close } = openNetwork(plan, wasmEngines.winograd, (layout, allocator) => ({
    optimizerState: optimizer.init(layout, allocator),
    updates: allocator.floats(layout.length),
    evaluationMemory: allocateEvaluation(plan, allocator, false),
    lanes: allocator.ints(LANES),
  }));
  try {
    network.initialize(pytorchDefault(), stream(1, 'init'));
    const batcher = (split: typeof dataset.train) => createBatcher(split, dataset);
    const { ending, steps, chain } = train(
      {
        ...{ network, kernels, optimizer, ...extra, objectiveMemory: null },
        rate: { schedule: constant({ base: 0.1 }) },
        train: batcher(dataset.train),
        evaluations: {
          perEpoch: 1,
          train: batcher(dataset.validation),
          validation: batcher(dataset.validation),
          test: batcher(dataset.test),
          statistics: 'running',
        },
        ...{ probes: [], interventions: [], batchSizes: [4, 4], lossAbove: 1e4, nonFinite: 'end' },
        ...{ order: stream(1, 'order'), dropout: stream(1, 'dropout'), noise: stream(1, 'optimizer') },
      },
      control,
    );
    return { outcome: ending, steps, chain, digest: sha256OfNumbers(network.params) };
  } finally {
    close();
  }
}
