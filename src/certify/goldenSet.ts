import type { z } from 'zod';
import type { Json } from '../core/json.ts';
import { activations } from '../run/catalog/activations.ts';
import { averagings } from '../run/catalog/averagings.ts';
import { clips } from '../run/catalog/clips.ts';
import { datasets } from '../run/catalog/datasets.ts';
import { faults } from '../run/catalog/faults.ts';
import { inits } from '../run/catalog/inits.ts';
import { losses, models } from '../run/catalog/models.ts';
import { modifiers } from '../run/catalog/modifiers.ts';
import { norms } from '../run/catalog/norms.ts';
import { optimizers } from '../run/catalog/optimizers.ts';
import { probes } from '../run/catalog/probes.ts';
import { problems } from '../run/catalog/problems.ts';
import { schedules } from '../run/catalog/schedules.ts';
import { weightDecays } from '../run/catalog/weightDecays.ts';
import type { Options, Table } from '../run/schema.ts';
import type { RunSpecInput } from '../run/spec.ts';
import { otherKeys } from './goldenKeys.ts';

/** A run whose trajectory is kept, under a name that stays. */
export interface NamedRun {
  readonly name: string;
  readonly spec: RunSpecInput;
}

type Part = { readonly kind: string } & Readonly<Record<string, Json>>;
type Fields = Readonly<Record<string, unknown>>;

/** Values of options that have no default, and of those whose default would show nothing within twelve steps. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  'averagings swa': { start: 3 },
  'averagings lawa': { every: 2, checkpoints: 3 },
  'schedules cosineRestarts': { steps: 4 },
  'schedules exponential': { gamma: 0.9 },
  'schedules stepDecay': { stepSize: 4 },
  'schedules milestones': { milestones: [3, 8] },
  'schedules piecewise': {
    pieces: [
      { from: 0, factor: 1 },
      { from: 5, factor: 0.3 },
    ],
  },
  'schedules inverseTime': { rate: 0.5 },
  'schedules inverseSqrt': { warmup: 3 },
  'schedules cyclic': { peak: 0.1, stepsUp: 3 },
  'schedules warmup': { steps: 4, next: { kind: 'cosine' } },
  'schedules join': {
    parts: [{ steps: 5, schedule: { kind: 'linear' } }, { schedule: { kind: 'constant' } }],
  },
  'schedules multiply': { of: { kind: 'cosine' }, by: { kind: 'linear' } },
  'schedules clamp': { of: { kind: 'cosine' }, min: 0.01, max: 0.04 },
  'schedules plateau': { patience: 0, threshold: 0.5, factor: 0.5 },
  'clips value': { clipValue: 0.05 },
  'clips globalNorm': { maxNorm: 0.5 },
  'clips layerNorm': { maxNorm: 0.1 },
  'clips blockRms': { threshold: 0.05 },
  'clips zClip': { warmupSteps: 4, zThreshold: 0.5 },
  'modifiers grokfastMa': { windowSize: 5 },
  'weightDecays coupled': { rate: 0.01 },
  'weightDecays decoupled': { rate: 0.01 },
  'weightDecays corrected': { rate: 0.01 },
  'inits constant': { value: 0.1 },
  'norms group': { groups: 2 },
  'norms weightStandardisation': { groups: 2 },
  'models vgg': { width: 16 },
  'models plainNet': { depth: 4, filters: 16 },
  'models mlp': { hidden: [12, 8], dropout: 0.25 },
  'models missionCnn': { dropout: 0.25 },
  'faults nanGradient': { at: 6, part: 'conv1', element: 3 },
  'faults infiniteGradient': { at: 6 },
  'faults zeroGradient': { at: 4, steps: 2 },
  'faults explodingLayer': { at: 5, layer: 'conv2' },
  'faults deadUnits': { at: 5 },
  'faults duplicateBatch': { at: 5 },
  'faults rateSpike': { at: 5, factor: 3 },
  'faults labelNoise': { share: 0.5 },
  'datasets fashion5k': { validation: 100 },
  'datasets synthGlyphs': { train: 48, validation: 10, test: 10 },
};

/** Rows that take a file which is not there everywhere: a download, or a user's own code. */
export const LEFT_OUT: readonly string[] = [
  'datasets mnist',
  'datasets fashionMnist',
  'datasets cifar10',
  'optimizers module',
];

const engines = [
  ['wasm', { engine: 'wasm', convolution: 'winograd' }],
  ['reference', { engine: 'reference' }],
] as const;
/** Where a network has convolutions that the two algorithms round in two ways. */
const convolutions = [['direct', { engine: 'wasm', convolution: 'direct' }], ...engines] as const;

const data = { kind: 'synthGlyphs', level: 'easy', size: 16, train: 48, validation: 10, test: 10 };
const small = { kind: 'plainNet', depth: 2, filters: 4 };
/** Twelve steps with tensors of every role: weights of two and of four dimensions, biases, gammas, betas, slopes. */
const base: Fields = {
  data,
  model: { ...small, activation: { kind: 'prelu' }, norm: { kind: 'batch' } },
  optimizer: { kind: 'momentum', learningRate: 0.05 },
  batchSize: 4,
  epochs: 1,
  probes: [],
  seed: 1,
};

/**
 * Short runs that cover every row and every dialect of every table of the catalogue, and every other value of their options of few values
 * (true and false, names), on both engines, and the models with both convolutions. It follows from the tables: a new row is in it by
 * itself, or lacks a value in the table above, which a test finds. What a spec has beside tables is in goldenKeys.ts.
 */
export function catalogueRuns(): NamedRun[] {
  return [
    ...over('optimizers', optimizers, engines, (optimizer) => ({ optimizer: rated(optimizer) })),
    ...over('modifiers', modifiers, engines, (modifier) => ({ modifiers: [modifier] })),
    ...over('averagings', averagings, engines, (averaging) => ({ averaging })),
    ...over('schedules', schedules, engines, (schedule) => ({
      schedule,
      ...(schedule.kind === 'plateau' ? { evaluations: { perEpoch: 6 } } : {}),
    })),
    ...over('clips', clips, engines, (clip) => ({ clip })),
    ...over('weightDecays', weightDecays, engines, (weightDecay) => ({ weightDecay })),
    ...over('norms', norms, engines, (norm) => ({ model: { ...small, norm } })),
    ...over('activations', activations, engines, (activation) => ({ model: { ...small, activation } })),
    ...over('inits', inits, engines, (init) => ({ model: { ...small, init } })),
    ...over('models', models, convolutions, modelRun),
    ...over('losses', losses, engines, (loss) => ({ loss })),
    ...over('datasets', datasets, engines, (dataset) => ({
      data: dataset,
      model: { kind: 'mlp', hidden: [8] },
      batchSize: dataset.kind === 'fashion5k' ? 500 : 4,
    })),
    ...over('problems', problems, engines, (problem) => ({
      data: problem,
      model: { kind: 'point' },
      optimizer: { kind: 'adam', learningRate: 0.05 },
    })),
    ...over('probes', probes, engines, (probe) => ({
      probes: [{ ...probe, every: 2 }],
      model: {
        ...small,
        norm: { kind: 'batch' },
        activation: { kind: probe.kind === 'slopes' ? 'prelu' : 'relu' },
      },
    })),
    ...over('faults', faults, engines, (fault) => ({
      faults: [fault],
      model: { ...small, norm: { kind: 'batch' } },
    })),
    ...otherKeys.flatMap(({ name, fields }) =>
      engines.map(([engine, chosen]) => named(`spec ${name}, ${engine}`, { ...fields, ...chosen })),
    ),
  ];
}

function named(name: string, fields: Fields): NamedRun {
  return { name, spec: { ...base, ...fields } as unknown as RunSpecInput };
}

function over(
  family: string,
  table: Table,
  chosen: readonly (readonly [string, Fields])[],
  fieldsOf: (part: Part) => Fields,
): NamedRun[] {
  return Object.entries(table).flatMap(([kind, { options, dialects = {} }]) => {
    if (LEFT_OUT.includes(`${family} ${kind}`)) return [];
    const given = { ...GIVEN[`${family} ${kind}`] };
    const kinds = [kind, ...Object.keys(dialects).map((dialect) => `${kind}@${dialect}`)];
    const parts: [string, Part][] = [
      ...kinds.map((each): [string, Part] => [each, { kind: each, ...given }]),
      ...variantsOf(options).map(([option, value]): [string, Part] => [
        `${kind} ${option}=${value}`,
        { kind, ...given, [option]: value },
      ]),
    ];
    return parts.flatMap(([name, part]) =>
      chosen.map(([engine, fields]) =>
        named(`${family} ${name}, ${engine}`, { ...fieldsOf(part), ...fields }),
      ),
    );
  });
}

/** Every value but the default of the options that have few. */
function variantsOf(options: Options): [option: string, value: string | number | boolean][] {
  return Object.entries(options).flatMap(([option, schema]) => {
    const plain = schema.safeParse(undefined).data;
    return valuesOf(schema)
      .filter((value) => value !== plain)
      .map((value): [string, string | number | boolean] => [option, value]);
  });
}

function valuesOf(schema: z.ZodType): readonly (string | number | boolean)[] {
  const { innerType } = schema.def as { readonly innerType?: z.ZodType };
  if (innerType !== undefined) return valuesOf(innerType);
  if (schema.type === 'boolean') return [false, true];
  if (schema.type === 'enum') return (schema as z.ZodEnum).options;
  // one literal is the content of a data set, of which there is no other
  const values = schema.type === 'literal' ? [...(schema as z.ZodLiteral).values] : [];
  return values.length > 1 ? (values as (string | number)[]) : [];
}

/** Methods without a rate of their own get one; the others start with theirs. */
function rated(optimizer: Part): Part {
  const schema = optimizers[optimizer.kind.split('@')[0] as keyof typeof optimizers].options.learningRate;
  return schema.safeParse(undefined).success ? optimizer : { ...optimizer, learningRate: 0.05 };
}

/** Fewer steps, and fewer images, where a step is large. */
function modelRun(model: Part): Fields {
  if (model.kind === 'point') return { model, data: { kind: 'quadratic' } };
  return { model, data: { ...data, train: 12 } };
}
