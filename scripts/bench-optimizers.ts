/**
 * Bytes a second of one step of each optimizer over a million parameters, as one pass and as the chain of transforms, against a copy
 * of a million float32 in the same memory: `node scripts/bench-optimizers.ts [rounds]`. All are timed in turn, once a round; medians.
 */
import { createLayout } from '../src/core/layout.ts';
import { wasmEngine } from '../src/kernels/wasm.ts';
import { adagrad } from '../src/optim/adagrad.ts';
import { adam } from '../src/optim/adam.ts';
import { assembleOptimizer } from '../src/optim/assemble.ts';
import { fusedOptimizer } from '../src/optim/fused.ts';
import { rmsprop } from '../src/optim/rmsprop.ts';
import { momentum, sgd } from '../src/optim/sgd.ts';
import type { Transform } from '../src/optim/transform.ts';
import { decoupledDecay } from '../src/optim/weightDecay.ts';

const N = 1_000_000;
const ROUNDS = Number(process.argv[2] ?? 60);
const layout = createLayout([{ name: 'weight', shape: [N], role: 'weight' }]);

/** Bytes that a step must move a parameter: p and g in, p out, and each moment in and out. */
const methods: Record<string, { bytes: number; optimizer: Transform }> = {
  sgd: { bytes: 12, optimizer: assembleOptimizer({ direction: sgd() as Transform }) },
  momentum: { bytes: 20, optimizer: assembleOptimizer({ direction: momentum() as Transform }) },
  adam: { bytes: 28, optimizer: assembleOptimizer({ direction: adam() }) },
  adamw: {
    bytes: 28,
    optimizer: assembleOptimizer({ direction: adam(), decoupledDecay: decoupledDecay({ rate: 0.01 }) }),
  },
  rmsprop: { bytes: 20, optimizer: assembleOptimizer({ direction: rmsprop() }) },
  adagrad: { bytes: 20, optimizer: assembleOptimizer({ direction: adagrad() as Transform }) },
};

const { kernels, allocator } = wasmEngine.open(20 * (layout.length * 4 + 64));
const [params, grads, updates] = [0, 1, 2].map(() => allocator.floats(layout.length));
for (let i = 0; i < N; i++) {
  params[i] = Math.sin(i);
  grads[i] = 0.01 * Math.cos(7 * i);
}
const steps = kernels.optimizerSteps;
if (steps === undefined) throw new Error('this engine has no optimizer steps');

const tasks: { name: string; bytes: number; run: () => void }[] = [
  { name: 'copy', bytes: 8 * N, run: () => updates.set(grads) },
];
for (const [name, { bytes, optimizer }] of Object.entries(methods)) {
  const state = optimizer.init(layout, allocator) as unknown[];
  const context = { step: 1, layout, params, learningRate: 1e-6, horizon: ROUNDS };
  const fused = fusedOptimizer(optimizer);
  tasks.push({
    name,
    bytes: bytes * N,
    run: () => fused?.(steps, { params, grads, updates }, true, state, context),
  });
  tasks.push({
    name: `${name}, chain`,
    bytes: bytes * N,
    run: () => {
      updates.set(grads);
      optimizer.apply(updates, state, context);
      kernels.add(layout.length, params, params, updates);
    },
  });
}

const times = tasks.map((): number[] => []);
for (let round = -5; round < ROUNDS; round++) {
  tasks.forEach(({ run }, k) => {
    const start = performance.now();
    run();
    if (round >= 0) times[k].push(performance.now() - start);
  });
}
const at = (k: number, share: number) => times[k].toSorted((a, b) => a - b)[Math.floor(share * (ROUNDS - 1))];
tasks.forEach(({ name, bytes }, k) => {
  const rate = bytes / at(k, 0.5) / 1e6;
  const ratio = rate / (tasks[0].bytes / at(0, 0.5) / 1e6);
  const spread = `${at(k, 0.1).toFixed(2)} to ${at(k, 0.9).toFixed(2)}`;
  console.log(
    `${name.padEnd(16)} ${at(k, 0.5).toFixed(2)} ms (${spread})  ${rate.toFixed(1)} GB/s  ${ratio.toFixed(2)} of a copy`,
  );
});
