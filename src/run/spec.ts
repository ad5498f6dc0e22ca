import { z } from 'zod';
import { InvalidInput } from '../core/check.ts';
import type { Convolution } from '../kernels/wasm.ts';
import { averagings } from './catalog/averagings.ts';
import { clips } from './catalog/clips.ts';
import { allData } from './catalog/datasets.ts';
import { losses, models } from './catalog/models.ts';
import { modifiers } from './catalog/modifiers.ts';
import { optimizerSchema } from './catalog/optimizers.ts';
import { probes } from './catalog/probes.ts';
import { scheduled } from './catalog/scheduled.ts';
import { schedules } from './catalog/schedules.ts';
import { weightDecays } from './catalog/weightDecays.ts';
import { notNegative, positive, whole } from './numbers.ts';
import { describeValue, family, strict } from './schema.ts';

const optimizer = optimizerSchema;

const options = strict({
  data: family('data set', allData),
  model: family('model', models),
  loss: family('loss', losses).prefault({ kind: 'softmaxCrossEntropy' }),
  optimizer,
  /** What changes the method's direction, applied in their order. */
  modifiers: z.array(family('modifier', modifiers)).default([]),
  /** With which parameters evaluations are made, where not with those that are trained. */
  averaging: family('averaging', averagings).prefault({ kind: 'none' }),
  /** Factors of the learning rate by role (`slope`), layer (`conv1`) or tensor (`conv1.weight`); see optim/groups.ts. */
  rates: z.record(z.string(), notNegative).default({}),
  schedule: family('schedule', schedules).prefault({ kind: 'constant' }),
  clip: family('clip', clips).prefault({ kind: 'none' }),
  weightDecay: family('weight decay', weightDecays).prefault({ kind: 'none' }),
  /** Images a step; a schedule of it counts epochs. */
  batchSize: scheduled(whole(1)).default(32),
  /** Passes over the training data: the horizon of the run. 0 evaluates the initial network and stops. */
  epochs: whole(0),
  /**
   * Epochs after which the run stops although its horizon, which schedules see, is longer: it is the beginning of the whole run. Left
   * out where it is the horizon.
   */
  until: whole(0).optional(),
  /** Evaluations in every epoch; one more is made before the first step. */
  evaluations: strict({
    perEpoch: whole(1).default(1),
    /**
     * The statistics that batch norm evaluates with (see train/evaluate.ts). `auto`: recalibrated where the optimizer evaluates other
     * parameters than it trains, else running.
     */
    batchNorm: z.enum(['auto', 'running', 'batch', 'recalibrated']).default('auto'),
  }).prefault({}),
  probes: z
    .array(family('probe', probes))
    .superRefine((chosen, context) => {
      const twice = chosen.find(({ kind }, i) => chosen.findIndex((other) => other.kind === kind) < i);
      if (twice === undefined) return;
      const message = `got two probes of the kind ${twice.kind}, expected each kind once: both would write the same channels`;
      context.addIssue({ code: 'custom', message });
    })
    .prefault([
      { kind: 'gradientNorm' },
      { kind: 'update' },
      { kind: 'deadUnits' },
      { kind: 'slopes' },
      { kind: 'batchNormDrift' },
    ]),
  /** The training loss above which a run counts as diverged. */
  divergence: strict({ lossAbove: positive.default(1e4) }).prefault({}),
  /** What happens at a loss or a gradient that is not finite (see train/guard.ts). */
  nonFinite: z.enum(['end', 'skip', 'zero']).default('end'),
  engine: z.enum(['wasm', 'reference']).default('wasm'),
  /**
   * `winograd`, the default of the WASM engine: 3x3 convolutions with stride 1 or 2 in fewer multiplications where that pays (see
   * kernels/assembly/winograd.ts). `direct`: every product of the definition, which is all that the reference engine has. The roundings
   * differ, so these are different runs.
   */
  convolution: z.enum(['winograd', 'direct']).optional(),
  seed: whole(0),
});

/** A run as an experiment writes it: what has a default may be left out. */
export type RunSpecInput = z.input<typeof options>;

/** A run in full: plain JSON, every option present, nothing that has no effect. The run is a pure function of it. */
export type RunSpec = Omit<z.output<typeof options>, 'convolution'> & { readonly convolution: Convolution };

const schema: z.ZodType<RunSpec> = options.transform(({ convolution, until, ...spec }, context) => {
  if (until !== undefined && until > spec.epochs) {
    const message = `got ${until}, expected at most the ${spec.epochs} epochs of the run: leave it out, or make epochs larger`;
    context.addIssue({ code: 'custom', path: ['until'], message });
  }
  if (spec.engine === 'reference' && convolution === 'winograd') {
    const message =
      'got "winograd" with the engine reference, expected "direct": leave it out, or take the engine wasm';
    context.addIssue({ code: 'custom', path: ['convolution'], message });
  }
  const stops = until === undefined || until === spec.epochs ? {} : { until };
  return { ...spec, ...stops, convolution: convolution ?? (spec.engine === 'wasm' ? 'winograd' : 'direct') };
});

/**
 * Checks a spec and fills in the defaults.
 * @throws InvalidInput that lists every mistake, each with its path.
 */
export function parseSpec(input: unknown, where = 'spec'): RunSpec {
  return parse(schema, input, where);
}

/** Checks the optimizer of a spec alone. @throws InvalidInput as {@link parseSpec}. */
export function parseOptimizer(input: unknown): RunSpec['optimizer'] {
  return parse(optimizer, input, 'optimizer');
}

function parse<T>(schemaOf: z.ZodType<T>, input: unknown, where: string): T {
  const parsed = schemaOf.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => {
    const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${where}${path}: ${messageOf(issue, input)}`;
  });
  throw new InvalidInput(`invalid ${mistakes.join('\n  ')}`);
}

/** zod's own wording for a missing or mistyped value, in the form got, expected. */
function messageOf(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return issue.message;
  if (!issue.message.startsWith('Invalid')) return issue.message;
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  const expected =
    issue.code === 'invalid_type'
      ? issue.expected
      : `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
  return `expected ${expected}, got ${describeValue(value)}`;
}
