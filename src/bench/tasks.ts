import type { Shape } from '../core/shape.ts';
import { parseSpec, type RunSpec, type RunSpecInput } from '../run/spec.ts';

export const CLASSES = 10;

/** A spec of a network: the model `point` has no layers and no initialiser. */
export type TaskSpec = RunSpec & { readonly model: Exclude<RunSpec['model'], { kind: 'point' }> };

/** A training step that is timed: the same network, batch and optimizer on every side of a comparison. */
export interface BenchTask {
  /** Also the name that peers know it by (scripts/peers). */
  readonly name: 'mission' | 'vgg' | 'resnet8';
  readonly batch: number;
  readonly inShape: Shape;
  readonly spec: TaskSpec;
}

const networks = {
  mission: {
    inShape: { H: 28, W: 28, C: 1 },
    model: { kind: 'missionCnn' },
    optimizer: { kind: 'adam', learningRate: 0.001 },
  },
  vgg: {
    inShape: { H: 32, W: 32, C: 3 },
    model: { kind: 'vgg', norm: { kind: 'batch' }, activation: { kind: 'prelu' } },
    optimizer: { kind: 'momentum', learningRate: 0.01 },
  },
  resnet8: {
    inShape: { H: 32, W: 32, C: 3 },
    model: { kind: 'resnet8', norm: { kind: 'batch' } },
    optimizer: { kind: 'momentum', learningRate: 0.01 },
  },
} as const;

export function benchTask(name: BenchTask['name'], batch: number): BenchTask {
  const { inShape, model, optimizer } = networks[name];
  // the data is random; a spec must name some
  const input: RunSpecInput = {
    data: { kind: 'synthGlyphs' },
    model,
    optimizer,
    batchSize: batch,
    epochs: 1,
    seed: 0,
  };
  return { name, batch, inShape, spec: parseSpec(input) as TaskSpec };
}

/** The tasks of the engine suite, the most important first. */
export const engineTasks = (): BenchTask[] => [
  ...[32, 128, 1, 8].map((batch) => benchTask('mission', batch)),
  benchTask('vgg', 64),
  benchTask('resnet8', 64),
];
