/**
 * The mission's training step in TensorFlow.js, backend cpu (the one that trains convolutions without native code), by
 * the protocol of torch.py. The folder that it is installed in is the first argument.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const tf = createRequire(join(process.argv[2], 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');

function openTask(task, batch) {
  if (task !== 'mission') throw new Error(`unknown task: ${task}, known: mission`);
  const { conv2d, maxPooling2d, flatten, dense } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: 10 }),
    ],
  });
  const x = tf.randomNormal([batch, 28, 28, 1]);
  const y = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32'), 10);
  const optimizer = tf.train.adam(0.001);
  return () => {
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true })),
      true,
    );
    loss.dataSync();
    loss.dispose();
  };
}

function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

answer({ peer: 'TensorFlow.js', version: tf.version.tfjs, variants: ['cpu'] });
const opened = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const { task, batch, steps } = JSON.parse(line);
    const key = `${task} ${batch}`;
    if (!opened.has(key)) opened.set(key, openTask(task, batch));
    answer({ milliseconds: Array.from({ length: steps }, () => timed(opened.get(key))) });
  } catch (error) {
    answer({ error: String(error) });
  }
}
