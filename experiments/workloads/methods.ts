import { logUniform, method, type RunSpecInput } from '../../src/index.ts';

/** A spec without what a method decides. */
export type Task = Omit<RunSpecInput, 'optimizer' | 'schedule' | 'weightDecay' | 'seed'>;

const cosine = { kind: 'cosine' } as const;

/** Weight decay that is added to the gradient, and weight decay beside the step, which the learning rate multiplies. */
const COUPLED = logUniform(1e-6, 1e-2);
const DECOUPLED = logUniform(1e-4, 1);
/** One minus a momentum or a beta1: at 1 there is none. */
const FORGETTING = logUniform(0.01, 0.3, { most: 1 });

/**
 * Methods with the spaces in which they are tuned, the same for every task, and the choice that the literature recommends. The learning rate
 * and the weight decay are tuned for all, the momentum where there is one; all follow the same cosine to 0.
 */
export function methodsFor(task: Task) {
  const run = (optimizer: RunSpecInput['optimizer'], coupled: number, seed: number): RunSpecInput => ({
    ...task,
    optimizer,
    schedule: cosine,
    ...(coupled === 0 ? {} : { weightDecay: { kind: 'coupled', rate: coupled } }),
    seed,
  });
  return {
    sgd: method({
      space: { learningRate: logUniform(0.01, 1), weightDecay: COUPLED },
      default: { learningRate: 0.1, weightDecay: 1e-4 },
      spec: ({ learningRate, weightDecay }, seed) => run({ kind: 'sgd', learningRate }, weightDecay, seed),
    }),
    // He et al. 2016
    momentum: method({
      space: { learningRate: logUniform(0.001, 0.3), forgetting: FORGETTING, weightDecay: COUPLED },
      default: { learningRate: 0.1, forgetting: 0.1, weightDecay: 1e-4 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'momentum', learningRate, momentum: 1 - forgetting }, weightDecay, seed),
    }),
    nesterov: method({
      space: { learningRate: logUniform(0.001, 0.3), forgetting: FORGETTING, weightDecay: COUPLED },
      default: { learningRate: 0.1, forgetting: 0.1, weightDecay: 1e-4 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'nesterov', learningRate, momentum: 1 - forgetting }, weightDecay, seed),
    }),
    // PyTorch's defaults, here and below
    adagrad: method({
      space: { learningRate: logUniform(0.001, 0.3), weightDecay: COUPLED },
      default: { learningRate: 0.01, weightDecay: 0 },
      spec: ({ learningRate, weightDecay }, seed) =>
        run({ kind: 'adagrad', learningRate }, weightDecay, seed),
    }),
    rmsprop: method({
      space: { learningRate: logUniform(1e-4, 0.03), weightDecay: COUPLED },
      default: { learningRate: 0.01, weightDecay: 0 },
      spec: ({ learningRate, weightDecay }, seed) =>
        run({ kind: 'rmsprop', learningRate }, weightDecay, seed),
    }),
    adam: method({
      space: { learningRate: logUniform(1e-4, 0.03), forgetting: FORGETTING, weightDecay: COUPLED },
      default: { learningRate: 0.001, forgetting: 0.1, weightDecay: 0 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'adam', learningRate, beta1: 1 - forgetting }, weightDecay, seed),
    }),
    adamw: method({
      space: { learningRate: logUniform(1e-4, 0.03), forgetting: FORGETTING, weightDecay: DECOUPLED },
      default: { learningRate: 0.001, forgetting: 0.1, weightDecay: 0.01 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'adamw', learningRate, beta1: 1 - forgetting, weightDecay }, 0, seed),
    }),
    nadamw: method({
      space: { learningRate: logUniform(1e-4, 0.03), forgetting: FORGETTING, weightDecay: DECOUPLED },
      default: { learningRate: 0.002, forgetting: 0.1, weightDecay: 0.01 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'nadamw', learningRate, beta1: 1 - forgetting, weightDecay }, 0, seed),
    }),
    // Chen et al. 2023: a rate three to ten times below AdamW's
    lion: method({
      space: { learningRate: logUniform(1e-5, 0.003), forgetting: FORGETTING, weightDecay: DECOUPLED },
      default: { learningRate: 1e-4, forgetting: 0.1, weightDecay: 0 },
      spec: ({ learningRate, forgetting, weightDecay }, seed) =>
        run({ kind: 'lion', learningRate, beta1: 1 - forgetting, weightDecay }, 0, seed),
    }),
  };
}
