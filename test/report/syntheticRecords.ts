import { sha256 } from '../../src/core/hash.ts';
import type { Json } from '../../src/core/json.ts';
import { exp, log } from '../../src/core/math.ts';
import { stream } from '../../src/core/rng.ts';
import { type Outcome, type RunRecord, runId } from '../../src/run/record.ts';

/** A made-up run. What is left out is ordinary. */
export interface Synthetic {
  readonly optimizer: {
    readonly kind: string;
    readonly learningRate: number;
    readonly [option: string]: Json;
  };
  readonly seed?: number;
  /** Other parts of the spec. */
  readonly spec?: Readonly<Record<string, Json>>;
  readonly outcome?: Outcome;
  readonly epochs?: number;
  /** How good the run is: the loss that it would reach. */
  readonly floor?: number;
  /** How fast it gets there, in epochs. */
  readonly time?: number;
  readonly slots?: readonly string[];
  readonly environment?: RunRecord['environment'];
}

export const SLOTS = ['conv1', 'conv2', 'dense1', 'dense2'].flatMap((layer) => [
  `${layer}.bias`,
  `${layer}.weight`,
]);
const STEPS_PER_EPOCH = 140;
const BUCKETS = 100;

/** A record with curves that look like those of a small network: the loss falls from ln 10 to its floor. */
export function syntheticRecord(synthetic: Synthetic): RunRecord {
  const { optimizer, seed = 0, epochs = 5, floor = 0.4, time = 0.8, slots = SLOTS } = synthetic;
  const { outcome = { kind: 'completed' } } = synthetic;
  const spec = {
    data: { kind: 'fashion5k', validation: 500 },
    model: {
      kind: 'missionCnn',
      activation: { kind: 'relu' },
      norm: { kind: 'none' },
      init: { kind: 'pytorch' },
    },
    loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0 },
    optimizer,
    schedule: { kind: 'constant' },
    clip: { kind: 'none' },
    weightDecay: { kind: 'none' },
    batchSize: 32,
    epochs,
    evaluations: { perEpoch: 4 },
    probes: [{ kind: 'gradientNorm' }, { kind: 'update' }],
    divergence: { lossAbove: 1e4 },
    engine: 'wasm',
    seed,
    ...synthetic.spec,
  } as unknown as RunRecord['spec'];
  const id = runId(spec);
  const noise = stream(seed, `synthetic/${optimizer.kind}/${optimizer.learningRate}`).at(0);
  const level = floor * (1 + 0.04 * noise.normal());
  const lossAt = (epoch: number) => level + (log(10) - level) * exp(-epoch / time);
  const horizon = epochs * STEPS_PER_EPOCH;
  const last = outcome.kind === 'completed' ? horizon : outcome.kind === 'diverged' ? outcome.step : 0;
  const failed = outcome.kind === 'failed';

  const width = Math.max(1, Math.ceil(horizon / BUCKETS));
  const step: number[] = [];
  for (let end = width; !failed && end - width < last; end += width) step.push(Math.min(end, last));
  const channel = (center: (s: number) => number, relative: number) => {
    const median = step.map((s) => center(s) * exp(relative * noise.normal()));
    return {
      median,
      min: median.map((value) => value * exp(-relative * 2 * noise.uniform())),
      max: median.map((value) => value * exp(relative * 2 * noise.uniform())),
    };
  };
  const channels = Object.fromEntries([
    ['loss', channel((s) => lossAt(s / STEPS_PER_EPOCH), 0.12)],
    ['gradNorm', channel((s) => 1.5 * exp(-s / horizon), 0.3)],
    ...slots.map((slot, i) => [
      `gradNorm/${slot}`,
      channel((s) => (slot.endsWith('bias') ? 0.1 : 1) * exp(-s / horizon - 0.5 * i), 0.2),
    ]),
    ['updateNorm', channel(() => 0.01, 0.2)],
  ]);
  if (outcome.kind === 'diverged') {
    // as the training loop records it: the loss is not finite in the last bucket, nothing else was measured
    const end = step.length - 1;
    channels.loss.max[end] = Number.NaN;
    for (const name of ['gradNorm', ...slots.map((slot) => `gradNorm/${slot}`)])
      channels[name].max[end] = Infinity;
  }

  const evaluationSteps: number[] = [];
  for (let i = 0; !failed && (i * STEPS_PER_EPOCH) / 4 <= Math.min(last, horizon); i++) {
    if (outcome.kind !== 'diverged' || (i * STEPS_PER_EPOCH) / 4 < last)
      evaluationSteps.push((i * STEPS_PER_EPOCH) / 4);
  }
  const split = (gap: number) => {
    const loss = evaluationSteps.map((s) => lossAt(s / STEPS_PER_EPOCH) + (gap * s) / Math.max(1, horizon));
    return { loss, error: loss.map((value) => Math.min(0.9, Math.round(value * 0.39 * 1000) / 1000)) };
  };
  return {
    schema: 3,
    chain: { every: 1, digests: '', last: '' },
    id,
    spec,
    engine: sha256('engine'),
    data: sha256('data'),
    outcome,
    series: {
      steps: { step, channels },
      evaluations: {
        step: evaluationSteps,
        epoch: evaluationSteps.map((s) => s / STEPS_PER_EPOCH),
        samples: evaluationSteps.map((s) => 32 * s),
        gradientEvaluations: evaluationSteps,
        flops: evaluationSteps.map((s) => 1e6 * s),
        train: split(0),
        validation: split(0.08),
        test: split(0.1),
      },
    },
    steps: failed ? 0 : outcome.kind === 'diverged' ? last - 1 : last,
    samples: failed ? 0 : 32 * last,
    gradientEvaluations: failed ? 0 : last,
    flops: failed ? 0 : 1e6 * last,
    parameters: failed ? 0 : 421642,
    digest: failed ? '' : sha256(id),
    environment:
      synthetic.environment === undefined
        ? {
            startedAt: '2026-01-02T03:04:05.000Z',
            seconds: 4.25,
            node: '24.21.0',
            platform: 'linux x64',
            cpu: 'Imaginary CPU @ 3.00GHz',
            thalweg: '0.1.0',
          }
        : synthetic.environment,
  };
}

/** Everything at one learning rate and seed, of every optimizer of the first experiment: rates, seeds, divergence. */
export function quickstartLike(seeds = 2): RunRecord[] {
  const grids: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['sgd', [0.01, 0.1, 1], [0.9, 0.48, 0.55]],
    ['momentum', [0.001, 0.01, 0.1], [0.85, 0.44, 0.46]],
    ['rmsprop', [0.0001, 0.001, 0.01], [0.6, 0.41, 1.2]],
    ['adagrad', [0.001, 0.01, 0.1], [0.95, 0.47, 0.6]],
    ['adadelta', [0.1, 1, 10], [0.8, 0.5, 0.45]],
    ['adam', [0.0001, 0.001, 0.01], [0.55, 0.38, 0.7]],
    ['adamax', [0.0002, 0.002, 0.02], [0.62, 0.4, 0.8]],
  ];
  return grids.flatMap(([kind, rates, floors]) =>
    rates.flatMap((learningRate, i) =>
      Array.from({ length: seeds }, (_, seed) => {
        const diverges = (kind === 'sgd' && i === 2) || (kind === 'rmsprop' && i === 2 && seed === 1);
        return syntheticRecord({
          optimizer: { kind, learningRate, eps: 1e-8 },
          seed,
          floor: floors[i],
          time: 0.4 + floors[i],
          ...(diverges
            ? {
                outcome: {
                  kind: 'diverged',
                  step: 37 + 41 * seed,
                  reason: 'the training loss is NaN',
                } as const,
              }
            : {}),
        });
      }),
    ),
  );
}

/** Names that break pages, scripts, tables, regular expressions and terminals that do not take care. */
export const HOSTILE = [
  `</script><script>alert(1)</script>`,
  `<img src=x onerror="alert('2')">`,
  `quote " and ' and \` and & and \\`,
  'two\nlines, and a comma',
  '\u202Eright to left',
  '__proto__',
  "datum.mark === 'x' || true",
  '#1f2328',
  'x'.repeat(300),
];

export function hostileRecords(): RunRecord[] {
  return HOSTILE.map((name, i) =>
    syntheticRecord({
      optimizer: { kind: 'module', learningRate: 0.1, name, sha256: sha256(name), options: { [name]: name } },
      slots: ['conv1.weight', `${name}.weight`],
      ...(i === 1 ? { outcome: { kind: 'failed', message: name } as const } : {}),
      ...(i === 2 ? { outcome: { kind: 'diverged', step: 9, reason: name } as const } : {}),
    }),
  );
}

/** NaN, infinities, zeros and negative numbers in every series. */
export function poisonedRecords(): RunRecord[] {
  const strange = [Number.NaN, Infinity, -Infinity, 0, -1, 1e300, 1e-300];
  return [0, 1].flatMap((seed) =>
    [0.01, 0.1].map((learningRate) => {
      const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate }, seed, epochs: 2 });
      for (const name of ['loss', 'gradNorm', 'gradNorm/conv1.weight']) {
        const channel = record.series.steps.channels[name];
        for (const statistic of [channel.median, channel.min, channel.max]) {
          (statistic as number[]).splice(3, strange.length, ...strange);
        }
      }
      for (const split of ['train', 'validation', 'test'] as const) {
        const { loss, error } = record.series.evaluations[split];
        (loss as number[]).splice(1, 5, Number.NaN, Infinity, -Infinity, 0, -1);
        (error as number[]).splice(1, 3, Number.NaN, Infinity, 0);
      }
      return record;
    }),
  );
}

/** A record whose evaluations are exactly the given numbers: losses on all splits, errors a tenth of them. */
export function recordWithLosses(losses: readonly number[], synthetic: Synthetic): RunRecord {
  const record = syntheticRecord(synthetic);
  const split = { loss: losses, error: losses.map((loss) => loss / 10) };
  return {
    ...record,
    series: {
      ...record.series,
      evaluations: {
        step: losses.map((_, i) => i * STEPS_PER_EPOCH),
        epoch: losses.map((_, i) => i),
        samples: losses.map((_, i) => 32 * i * STEPS_PER_EPOCH),
        gradientEvaluations: losses.map((_, i) => i * STEPS_PER_EPOCH),
        flops: losses.map((_, i) => 1e6 * i * STEPS_PER_EPOCH),
        train: split,
        validation: split,
        test: split,
      },
    },
  };
}

export function diverged(step: number): Outcome {
  return { kind: 'diverged', step, reason: 'the training loss is NaN' };
}
