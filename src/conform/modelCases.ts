import type { Vec } from '../core/memory.ts';
import { stream } from '../core/rng.ts';
import type { Shape } from '../core/shape.ts';
import { referenceEngine } from '../kernels/reference.ts';
import { wasmEngines } from '../kernels/wasm.ts';
import { softmaxCrossEntropy } from '../nn/loss.ts';
import { walk } from '../nn/names.ts';
import { type Network, openNetwork, planNetwork } from '../nn/network.ts';
import { view } from '../nn/networkMemory.ts';
import { clipByGlobalNorm } from '../optim/clip.ts';
import { partition } from '../optim/partition.ts';
import type { Schedule } from '../optim/schedule.ts';
import { constant, cosine } from '../optim/schedules.ts';
import { chain, type Transform } from '../optim/transform.ts';
import { type Architecture, architectures, type Widths } from './modelVectors.ts';
import type { Hyper, OptimizerVectors } from './optimizerCases.ts';
import { optimizerVectors } from './optimizerVectors.ts';
import type { Problem } from './problems.ts';
import { channelsFirst, channelsLast, denseColumnsLast, largestOf } from './tensors.ts';
import {
  type CaseResult,
  Comparison,
  Skip,
  type VectorCase,
  type VectorFile,
  type VectorTensor,
} from './vectors.ts';

interface Batch {
  /** One hexadecimal digit a pixel, in the order image, channel, row, column. */
  readonly pixels: string;
  readonly labels: readonly number[];
}

interface Summary {
  readonly sum: number;
  readonly sum_abs: number;
  readonly sum_sq: number;
  /** The first 12 values. */
  readonly first: readonly number[];
}

interface Model {
  readonly widths: Widths;
  readonly input: {
    readonly batch: number;
    readonly channels: number;
    readonly height: number;
    readonly width: number;
  };
  readonly batches: readonly Batch[];
  readonly eval_batch: Batch;
  readonly initial_params: Readonly<Record<string, VectorTensor>>;
}

export interface ModelCase extends VectorCase {
  readonly optimizer: string;
  readonly train: {
    readonly steps: number;
    readonly clip_norm?: number;
    readonly label_smoothing?: number;
    readonly schedule?: string;
    readonly eta_min?: number;
    readonly warmup?: number;
    readonly no_decay_1d?: boolean;
  };
  readonly tol: number;
  readonly tol_final: number;
  /** Steps after which the recording itself is no longer certain to the tolerance. */
  readonly steps_comparable: number;
  readonly expected: {
    readonly loss: readonly number[];
    readonly lr: readonly number[];
    readonly grad_norm: readonly number[];
    readonly grad_norms: Readonly<Record<string, readonly number[]>>;
    readonly logits_step0: readonly (readonly number[])[];
    readonly final_params: Readonly<Record<string, Summary>>;
    readonly final_running_stats?: Readonly<Record<string, readonly number[]>>;
    readonly eval_logits: readonly (readonly number[])[];
    readonly eval_loss: number;
  };
}

const TRAIN_OPTIONS = [
  ...['steps', 'batch_of_step', 'loss', 'clip_norm', 'label_smoothing'],
  ...['schedule', 'schedule_formula', 'eta_min', 'warmup', 'no_decay_1d'],
];
const LOSS = 'cross-entropy, mean over the batch';
const BATCHES = 'batches[t mod 5], t from 0';

/** A trace while it is run: the network, and how its tensors are named in the vector. */
interface Trace {
  readonly testCase: ModelCase;
  readonly network: Network;
  readonly architecture: Architecture;
  /** The image before the flatten. */
  readonly image: Shape | undefined;
  close(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, tol: number, scale?: number): void;
}

/**
 * Trains the model of a trace for the recorded steps and compares losses, rates, gradient norms, final parameters, running
 * statistics and the evaluation: float64 on the reference engine, float32 on the WASM engine.
 * @throws Skip if the architecture, the optimizer or an option of the training is not known.
 */
export function runModelCase(testCase: VectorCase, file: VectorFile): CaseResult {
  const modelCase = testCase as ModelCase;
  const model = file.model as Model;
  const row = checkKnown(modelCase, file.name);
  const classes = modelCase.expected.logits_step0[0].length;
  const architecture = architectures[kindOf(file.name)](model.widths, classes);
  const { batch: batchSize, channels: C, height: H, width: W } = model.input;
  const { train, dtype } = modelCase;
  const loss = softmaxCrossEntropy({ labelSmoothing: train.label_smoothing ?? 0 });
  const plan = planNetwork({ layers: architecture.layers, inShape: { H, W, C }, classes, batchSize, loss });
  const optimizer = optimizerOf(modelCase, row, {
    id: file.name,
    params: Object.fromEntries(plan.layout.slots.map(({ name, shape }) => [name, { shape, init: [] }])),
  });
  const factory = dtype === 'float32' ? wasmEngines.winograd : referenceEngine;
  const { network, kernels, extra } = openNetwork(plan, factory, (layout, allocator) => ({
    updates: allocator.floats(layout.length),
    state: optimizer.init(layout, allocator),
  }));
  const comparison = new Comparison();
  const trace: Trace = {
    testCase: modelCase,
    network,
    architecture,
    image: walk(plan.root).find(({ path }) => path === 'flatten1')?.layer.inShape,
    close(what, got, expected, tol, scale = largestOf(expected)) {
      for (let i = 0; i < Math.max(got.length, expected.length); i++) {
        comparison.compare(() => `${what}[${i}]`, got[i], expected[i] ?? Number.NaN, tol * scale, scale);
      }
    },
  };
  setParameters(trace, model.initial_params);
  runSteps(trace, model, optimizer, kernels, extra);
  if (modelCase.steps_comparable >= train.steps) compareEnd(trace, model);
  return comparison.result(testCase.id);
}

/** `cnn-plain` of `cnn-plain-a`. */
function kindOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}

function checkKnown({ kind, optimizer, hyper, train }: ModelCase, name: string): OptimizerVectors {
  const refuse = (what: string, got: unknown, known: readonly string[]): never => {
    throw new Skip(`unknown ${what}: ${got}, known: ${known.join(', ')}`);
  };
  if (kind !== 'model-trace') refuse('kind', kind, ['model-trace']);
  if (!Object.hasOwn(architectures, kindOf(name))) refuse('architecture', name, Object.keys(architectures));
  if (!Object.hasOwn(optimizerVectors, optimizer))
    refuse('optimizer', optimizer, Object.keys(optimizerVectors));
  const row = optimizerVectors[optimizer];
  const { options } = row;
  const surplus = Object.keys(hyper).filter((option) => options !== 'all' && !options.includes(option));
  if (surplus.length > 0) refuse(`option of ${optimizer}`, surplus.join(', '), [...options]);
  const unknown = Object.keys(train).filter((option) => !TRAIN_OPTIONS.includes(option));
  if (unknown.length > 0) refuse('training option', unknown.join(', '), TRAIN_OPTIONS);
  const { loss = LOSS, batch_of_step = BATCHES } = train as Record<string, unknown>;
  if (loss !== LOSS) refuse('loss', loss, [LOSS]);
  if (batch_of_step !== BATCHES) refuse('order of batches', batch_of_step, [BATCHES]);
  if (hyper.maximize === true) refuse('option', 'maximize', ['maximize: false']);
  return row;
}

/** Clip, then the method; without decay of what has one axis, the method is run twice, on its share of the tensors each. */
function optimizerOf({ hyper, train }: ModelCase, row: OptimizerVectors, problem: Problem): Transform {
  const build = (options: Hyper) => row.build(options, { inputs: { problem: problem.id }, problem });
  const method =
    train.no_decay_1d === true
      ? partition(
          { applies: ({ shape }) => shape.length > 1, transform: build(hyper) },
          { applies: () => true, transform: build({ ...hyper, weight_decay: 0 }) },
        )
      : build(hyper);
  if (train.clip_norm === undefined) return method;
  return chain(clipByGlobalNorm({ maxNorm: train.clip_norm }) as Transform, method) as Transform;
}

/** The rate of each step, counted from 0. */
function scheduleOf(
  base: number,
  { schedule, warmup = 0, eta_min: final = 0, steps }: ModelCase['train'],
): Schedule {
  if (schedule === undefined) return constant({ base });
  if (schedule !== 'cosine' && schedule !== 'warmup-cosine') {
    throw new Skip(`unknown schedule: ${schedule}, known: cosine, warmup-cosine`);
  }
  const after = cosine({ base, final, steps: steps - warmup });
  return (step, horizon) => (step < warmup ? (base * (step + 1)) / warmup : after(step - warmup, horizon));
}

function runSteps(
  { testCase, network, architecture, close }: Trace,
  model: Model,
  optimizer: Transform,
  kernels: ReturnType<typeof openNetwork>['kernels'],
  { updates, state }: { readonly updates: Vec; readonly state: unknown },
): void {
  const { train, expected, tol, hyper, optimizer: name } = testCase;
  const { layout, params, grads, batchSize } = network;
  const base = optimizerVectors[name].learningRate?.(hyper) ?? (hyper.lr as number);
  const schedule = scheduleOf(base, train);
  const losses: number[] = [];
  const rates: number[] = [];
  const norms: Record<string, number[]> = { all: [] };
  for (let t = 0; t < Math.min(train.steps, testCase.steps_comparable); t++) {
    setBatch(network, model.batches[t % model.batches.length]);
    const loss = network.trainingStep(batchSize, t, stream(0, 'dropout'));
    if (t === 0) close('logits_step0', network.logits, expected.logits_step0.flat(), tol);
    const squares = layout.slots.map(({ offset, length }) => kernels.sumOfSquares(grads, offset, length));
    layout.slots.forEach((slot, i) => {
      norms[slot.name] ??= [];
      norms[slot.name].push(Math.sqrt(squares[i]));
    });
    norms.all.push(Math.sqrt(squares.reduce((sum, square) => sum + square, 0)));
    const learningRate = schedule(t, train.steps);
    losses.push(loss);
    rates.push(learningRate);
    updates.set(grads);
    optimizer.apply(updates, state, {
      step: t + 1,
      layout,
      params,
      learningRate,
      loss,
      horizon: train.steps,
    });
    kernels.add(layout.length, params, params, updates);
  }
  const first = <T>(values: readonly T[]) => values.slice(0, losses.length);
  const series = (what: string, got: readonly number[], wanted: readonly number[]) =>
    close(what, got, first(wanted), tol, largestOf(wanted));
  series('loss', losses, expected.loss);
  series('lr', rates, expected.lr);
  series('grad_norm', norms.all, expected.grad_norm);
  for (const [theirs, norm] of Object.entries(expected.grad_norms)) {
    series(`grad_norms ${theirs}`, norms[architecture.names[theirs]] ?? [], norm);
  }
}

function setBatch({ input, labels, plan }: Network, batch: Batch): void {
  const { H, W, C } = plan.inShape;
  const data = Array.from(batch.pixels, (digit) => Number.parseInt(digit, 16) / 16);
  input.set(channelsLast({ shape: [plan.batchSize, C, H, W], data }));
  labels.set(batch.labels);
}

function tensorOf({ network, architecture }: Trace, theirs: string): Vec {
  const name = architecture.names[theirs];
  const all = [
    ...network.layout.slots.map((slot) => ({ slot, flat: network.params })),
    ...network.plan.buffers.slots.map((slot) => ({ slot, flat: network.buffers })),
  ];
  const found = all.find(({ slot }) => slot.name === name);
  if (found === undefined) throw new Skip(`unknown tensor: ${theirs}`);
  return view(found.flat, found.slot);
}

function setParameters(trace: Trace, initial: Readonly<Record<string, VectorTensor>>): void {
  const { network, architecture, image } = trace;
  if (Object.keys(initial).length !== network.layout.slots.length) {
    throw new Skip(
      `unknown architecture: ${Object.keys(initial).length} tensors, known: ${network.layout.slots.length}`,
    );
  }
  for (const [theirs, tensor] of Object.entries(initial)) {
    const permuted = theirs === architecture.flattened && image !== undefined;
    tensorOf(trace, theirs).set(permuted ? denseColumnsLast(tensor, image) : tensor.data);
  }
  for (const slot of network.plan.buffers.slots) view(network.buffers, slot).fill(slot.initial);
}

/** What the recording keeps of the end: summaries of the tensors, running statistics, one batch in evaluation mode. */
function compareEnd(trace: Trace, model: Model): void {
  const { network, close } = trace;
  const { expected, tol_final: tol } = trace.testCase;
  for (const [theirs, summary] of Object.entries(expected.final_params))
    compareSummary(trace, theirs, summary);
  for (const [theirs, values] of Object.entries(expected.final_running_stats ?? {})) {
    close(`final ${theirs}`, tensorOf(trace, theirs), values, tol);
  }
  setBatch(network, model.eval_batch);
  const { lossSum } = network.evaluate(network.batchSize);
  close('eval_logits', network.logits, expected.eval_logits.flat(), tol);
  close('eval_loss', [lossSum / network.batchSize], [expected.eval_loss], tol);
}

/**
 * The tolerance of a tensor is relative to its largest element, of a sum to the largest that the sum of so many such
 * elements could be off by: the sum of their sizes.
 */
function compareSummary(trace: Trace, theirs: string, summary: Summary): void {
  const { architecture, image, close } = trace;
  const { tol_final: tol } = trace.testCase;
  const ours = Array.from(tensorOf(trace, theirs));
  const permuted = theirs === architecture.flattened && image !== undefined;
  const values = permuted ? channelsFirst(ours, ours.length / (image.H * image.W * image.C), image) : ours;
  const scale = largestOf(values);
  close(`final ${theirs}`, values.slice(0, summary.first.length), summary.first, tol, scale);
  const sum = (f: (x: number) => number) => values.reduce((total, x) => total + f(x), 0);
  const sums = [sum((x) => x), sum(Math.abs)];
  close(`final sums of ${theirs}`, sums, [summary.sum, summary.sum_abs], tol, scale * values.length);
  const squares = scale * summary.sum_abs;
  close(`final squares of ${theirs}`, [sum((x) => x * x)], [summary.sum_sq], 2 * tol, squares);
}
