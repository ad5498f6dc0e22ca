import { z } from 'zod';
import type { Convolution } from '../kernels/wasm.ts';
import { averagings } from './catalog/averagings.ts';
import { clips } from './catalog/clips.ts';
import { allData } from './catalog/datasets.ts';
import { faults } from './catalog/faults.ts';
import { losses, models } from './catalog/models.ts';
import { modifiers } from './catalog/modifiers.ts';
import { optimizerSchema } from './catalog/optimizers.ts';
import { probes } from './catalog/probes.ts';
import { scheduled } from './catalog/scheduled.ts';
import { schedules } from './catalog/schedules.ts';
import { weightDecays } from './catalog/weightDecays.ts';
import { changesSchema, normalizeChanges } from './changes.ts';
import { notNegative, positive, whole } from './numbers.ts';
import { parse } from './parse.ts';
import { perturbationSchema, precisionSchema } from './precision.ts';
import { family, splitKind, strict } from './schema.ts';

const optimizer = optimizerSchema;

/** A run has an array of its epochs, and a schedule of the batch size is asked for all of them before it starts. */
const MOST_EPOCHS = 1_000_000;

const options = strict({
  data: family('data set', allData).describe(
    'what is learnt: images (thalweg list datasets) or a function to minimise (list problems)',
  ),
  model: family('model', models).describe('the network (list models), or `point` for a function'),
  loss: family('loss', losses)
    .prefault({ kind: 'softmaxCrossEntropy' })
    .describe('what is minimised (list losses)'),
  optimizer: optimizer.describe('the method and its learning rate (list optimizers)'),
  modifiers: z
    .array(family('modifier', modifiers))
    .default([])
    .describe("what changes the method's direction, applied in their order (list modifiers)"),
  averaging: family('averaging', averagings)
    .prefault({ kind: 'none' })
    .describe(
      'with which parameters evaluations are made, where not with the trained ones (list averagings)',
    ),
  // see optim/groups.ts
  rates: z
    .record(z.string(), notNegative)
    .default({})
    .describe('factors of the learning rate by role (`slope`), layer (`conv1`) or tensor (`conv1.weight`)'),
  schedule: family('schedule', schedules)
    .prefault({ kind: 'constant' })
    .describe('how the learning rate changes (list schedules)'),
  clip: family('clip', clips).prefault({ kind: 'none' }).describe('what limits the gradient (list clips)'),
  weightDecay: family('weight decay', weightDecays)
    .prefault({ kind: 'none' })
    .describe('how weights decay (list weightDecays)'),
  batchSize: scheduled(whole(1)).default(32).describe('images a step; a schedule of it counts epochs'),
  epochs: whole(0, MOST_EPOCHS).describe(
    'passes over the training data, the horizon of the run; 0 evaluates the initial network and stops',
  ),
  until: whole(0)
    .optional()
    .describe(
      'epochs after which the run stops although its horizon, which schedules see, is longer; left out where it is the horizon',
    ),
  evaluations: strict({
    perEpoch: whole(1)
      .default(1)
      .describe('evaluations in every epoch; one more is made before the first step'),
    // see train/evaluate.ts
    batchNorm: z
      .enum(['auto', 'running', 'batch', 'recalibrated'])
      .default('auto')
      .describe(
        'the statistics that batch norm evaluates with; `auto`: recalibrated where the optimizer evaluates other parameters than it trains, else running',
      ),
  })
    .prefault({})
    .describe('when and how the network is evaluated'),
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
    ])
    .describe('what is measured during training, without changing a bit (list probes)'),
  divergence: strict({
    lossAbove: positive.default(1e4).describe('the training loss above which a run counts as diverged'),
  })
    .prefault({})
    .describe('what counts as diverged'),
  // see train/guard.ts
  nonFinite: z
    .enum(['end', 'skip', 'zero'])
    .default('end')
    .describe(
      'what happens at a loss or a gradient that is not finite: the run ends as diverged, the step is skipped, or such numbers become 0',
    ),
  faults: z
    .array(family('fault', faults))
    .optional()
    .describe('what goes wrong on purpose, and at which step (list faults)'),
  engine: z
    .enum(['wasm', 'reference'])
    .default('wasm')
    .describe('`wasm`: float32 in WebAssembly SIMD; `reference`: float64 in plain loops'),
  // see kernels/assembly/winograd.ts
  convolution: z
    .enum(['winograd', 'direct'])
    .optional()
    .describe(
      '`winograd`, the default of the WASM engine: 3x3 convolutions in fewer multiplications; `direct`: every product of the definition, ' +
        'which is all that the reference engine has. The roundings differ, so these are different runs',
    ),
  // see precision.ts
  precision: precisionSchema
    .optional()
    .describe('what is stored, or computed, in fewer bits than the engine has; see docs/precision.md'),
  perturbation: perturbationSchema
    .optional()
    .describe('one parameter moved by units in the last place; see docs/sensitivity.md'),
  // see changes.ts and docs/forks.md
  changes: changesSchema
    .optional()
    .describe(
      'what changes on the way: `[{ after: 100, set: { clip: { kind: "value", clipValue: 1 }, precision: null } }]`, null ends; left out where nothing does',
    ),
  seed: whole(0).describe(
    'the world of the run: the initial parameters and the order of the data, the same for every method',
  ),
});

/** The keys of a spec with their schemas. */
export const specShape: Readonly<Record<string, z.ZodType>> = options.shape;

/** A run as an experiment writes it: what has a default may be left out. */
export type RunSpecInput = z.input<typeof options>;

/** A run in full: plain JSON, every option present, nothing that has no effect. The run is a pure function of it. */
export type RunSpec = Omit<z.output<typeof options>, 'convolution'> & { readonly convolution: Convolution };

const schema: z.ZodType<RunSpec> = options.transform(
  ({ convolution, until, faults, changes = [], ...spec }, context) => {
    if (until !== undefined && until > spec.epochs) {
      const message = `got ${until}, expected at most the ${spec.epochs} epochs of the run: leave it out, or make epochs larger`;
      context.addIssue({ code: 'custom', path: ['until'], message });
    }
    if (spec.engine === 'reference' && convolution === 'winograd') {
      const message =
        'got "winograd" with the engine reference, expected "direct": leave it out, or take the engine wasm';
      context.addIssue({ code: 'custom', path: ['convolution'], message });
    }
    if (spec.precision?.newtonSchulz !== undefined && splitKind(spec.optimizer.kind).name !== 'muon') {
      const whole = Object.keys(spec.precision).length === 1;
      const message =
        `got it with the optimizer ${spec.optimizer.kind}, expected muon: no other has an iteration to round; leave it out, or in a ` +
        `change set ${whole ? 'precision' : 'precision.newtonSchulz'} to null as well`;
      context.addIssue({ code: 'custom', path: ['precision', 'newtonSchulz'], message });
    }
    const stops = until === undefined || until === spec.epochs ? {} : { until };
    const wrong = faults === undefined || faults.length === 0 ? {} : { faults };
    const chosen = convolution ?? (spec.engine === 'wasm' ? 'winograd' : 'direct');
    const base: RunSpec = { ...spec, ...stops, ...wrong, convolution: chosen };
    if (changes.length === 0) return base;
    const normalized = normalizeChanges(base, changes, (input) => parseSpec(input, ''));
    for (const { path, message } of normalized.mistakes)
      context.addIssue({ code: 'custom', path: ['changes', ...path], message });
    return normalized.changes.length === 0 ? base : { ...base, changes: [...normalized.changes] };
  },
);

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
