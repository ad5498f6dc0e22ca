import { type Column, type ColumnType, identity, type NamedRun, type Table } from './table.ts';

interface EvaluationRow {
  readonly run: NamedRun;
  readonly i: number;
}

type EvaluationColumn = Column<EvaluationRow>;

const SPLITS = {
  train: 'a fixed part of the training data, as large as the validation data',
  validation: 'the validation data',
  test: 'the test data',
} as const;

/** A row a run and evaluation: all splits, and what had been spent up to there. */
export const evaluationsTable: Table<EvaluationRow> = {
  name: 'evaluations',
  meaning: 'a row a run and evaluation, the first one before training',
  columns: [
    ...identity<EvaluationRow>(),
    ...seedColumn<EvaluationRow>(),
    at('step', 'whole', 'steps', 'steps taken up to this evaluation', (evaluations) => evaluations.step),
    at(
      'epoch',
      'number',
      'epochs',
      'passes over the training data up to here',
      (evaluations) => evaluations.epoch,
    ),
    at(
      'samples',
      'whole',
      'images',
      'training images that stood in a batch up to here',
      ({ samples }) => samples,
    ),
    at(
      'gradientEvaluations',
      'whole',
      'gradients',
      'gradients that were evaluated up to here',
      ({ gradientEvaluations }) => gradientEvaluations,
    ),
    at(
      'flops',
      'whole',
      'operations',
      'floating-point operations of these gradients as the layers count them',
      ({ flops }) => flops,
    ),
    ...(['train', 'validation', 'test'] as const).flatMap((split) => [
      at(`${split}.loss`, 'number', '', `loss on ${SPLITS[split]}`, (evaluations) => evaluations[split].loss),
      at(
        `${split}.error`,
        'number',
        'share',
        `error rate on ${SPLITS[split]}`,
        (evaluations) => evaluations[split].error,
      ),
    ]),
  ],
  *rows(run) {
    const { length } = run.record.series.evaluations.step;
    for (let i = 0; i < length; i++) yield { run, i };
  },
};

interface StepRow {
  readonly run: NamedRun;
  readonly channel: string;
  readonly i: number;
}

const STATISTICS = {
  median: 'the median of the steps of the bucket',
  min: 'the smallest value of a single step',
  max: 'the largest value of a single step',
} as const;

/** A row a run, channel and bucket of consecutive steps. */
export const stepsTable: Table<StepRow> = {
  name: 'steps',
  meaning: 'a row a run, channel and bucket of consecutive steps',
  columns: [
    ...identity<StepRow>(),
    ...seedColumn<StepRow>(),
    {
      name: 'channel',
      type: 'text',
      unit: '',
      meaning: 'what was measured: `loss`, `learningRate`, and what the probes measure',
      value: ({ channel }) => channel,
    },
    {
      name: 'step',
      type: 'whole',
      unit: 'steps',
      meaning:
        'the last step of the bucket; it begins after the last step of the one before, the first one at step 1',
      value: ({ run, i }) => run.record.series.steps.step[i],
    },
    ...(['median', 'min', 'max'] as const).map(
      (statistic): Column<StepRow> => ({
        name: statistic,
        type: 'number',
        unit: 'that of the channel',
        meaning: STATISTICS[statistic],
        value: ({ run, channel, i }) => run.record.series.steps.channels[channel][statistic][i] ?? null,
      }),
    ),
  ],
  *rows(run) {
    const { step, channels } = run.record.series.steps;
    for (const channel of Object.keys(channels).sort())
      for (let i = 0; i < step.length; i++) yield { run, channel, i };
  },
};

function seedColumn<Row extends { readonly run: NamedRun }>(): Column<Row>[] {
  const value = ({ run }: Row) => run.record.spec.seed ?? null;
  return [{ name: 'seed', type: 'whole', unit: '', meaning: 'the seed of the run', value }];
}

function at(
  name: string,
  type: ColumnType,
  unit: string,
  meaning: string,
  list: (evaluations: NamedRun['record']['series']['evaluations']) => readonly number[] | undefined,
): EvaluationColumn {
  // records of earlier versions have no costs
  const value = ({ run, i }: EvaluationRow) => list(run.record.series.evaluations)?.[i] ?? null;
  return { name, type, unit, meaning, value };
}
