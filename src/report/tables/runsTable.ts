import type { RunSpec } from '../../run/spec.ts';
import { finalValue, hasResult } from '../methods.ts';
import { metricOf } from '../metric.ts';
import { specColumns } from './specColumns.ts';
import { type Column, type ColumnType, identity, type NamedRun, type Table } from './table.ts';

type Row = { readonly run: NamedRun };

/** A row a run: what it was, how it ended, what it reached and what that cost. The columns of the options are those of the planned specs. */
export function runsTable(planned: Iterable<RunSpec>): Table<Row> {
  return {
    name: 'runs',
    meaning: 'a row a run',
    columns: [...identity<Row>(), ...ENDING, ...specColumns(planned), ...RESULTS],
    rows: (run) => [{ run }],
  };
}

const ENDING: readonly Column<Row>[] = [
  {
    name: 'stage',
    type: 'text',
    unit: '',
    meaning: 'the stage of the experiment that it belongs to first, empty where there is only one',
    value: ({ run }) => run.stage ?? null,
  },
  column('outcome', 'text', '', '`completed`, `diverged`, `failed` or `lost`', ({ outcome }) => outcome.kind),
  column('step', 'whole', 'steps', 'the step at which it diverged', ({ outcome }) =>
    outcome.kind === 'diverged' ? outcome.step : null,
  ),
  column('reason', 'text', '', 'why it diverged, failed or was lost', ({ outcome }) =>
    outcome.kind === 'completed' ? null : outcome.kind === 'diverged' ? outcome.reason : outcome.message,
  ),
];

const MEASURES = { loss: 'loss', error: 'error rate' } as const;
const UNITS = { loss: '', error: 'share' } as const;

const FINALS = (['train', 'validation', 'test'] as const).flatMap((split) =>
  (['loss', 'error'] as const).map((measure) =>
    column(
      `final.${split}.${measure}`,
      'number',
      UNITS[measure],
      `${MEASURES[measure]} on the ${split === 'train' ? 'training' : split} data at the last evaluation; Infinity if the run diverged or it is NaN`,
      (record) => (hasResult(record) ? finalValue(record, split, measure) : null),
    ),
  ),
);

const BESTS = (['loss', 'error'] as const).map((measure) =>
  column(
    `best.validation.${measure}`,
    'number',
    UNITS[measure],
    `smallest ${MEASURES[measure]} on the validation data at an evaluation after the first step; Infinity if the run diverged`,
    (record) => (hasResult(record) ? metricOf(record, { split: 'validation', measure, at: 'best' }) : null),
  ),
);

/** Columns that every table of runs has; the options of the specs stand before them. */
const RESULTS: readonly Column<Row>[] = [
  ...FINALS,
  ...BESTS,
  column('steps', 'whole', 'steps', 'steps taken', ({ steps }) => steps),
  column(
    'samples',
    'whole',
    'images',
    'training images that stood in a batch',
    ({ samples }) => samples ?? null,
  ),
  column(
    'gradientEvaluations',
    'whole',
    'gradients',
    'gradients that were evaluated: one a step, and those that the method asked for beside it',
    // records of earlier versions have none
    ({ gradientEvaluations }) => gradientEvaluations ?? null,
  ),
  column(
    'flops',
    'whole',
    'operations',
    'floating-point operations of these gradients as the layers count them',
    ({ flops }) => flops ?? null,
  ),
  column('parameters', 'whole', 'numbers', 'parameters that were trained', ({ parameters }) => parameters),
  column(
    'digest',
    'text',
    '',
    'SHA-256 of the final parameters, buffers and optimizer state',
    ({ digest }) => digest,
  ),
  column(
    'engineDigest',
    'text',
    '',
    'the digest of the engine that computed it (`engine` in a record; `spec.engine` is `wasm` or `reference`)',
    ({ engine }) => engine,
  ),
  column('data', 'text', '', 'SHA-256 of the data that it was trained and tested on', ({ data }) => data),
  column(
    'seconds',
    'number',
    's',
    'wall-clock time, for information: it depends on the machine; empty with `--no-environment`',
    ({ environment }) => environment?.seconds ?? null,
  ),
];

function column(
  name: string,
  type: ColumnType,
  unit: string,
  meaning: string,
  value: (record: NamedRun['record']) => ReturnType<Column<Row>['value']>,
): Column<Row> {
  return { name, type, unit, meaning, value: ({ run }) => value(run.record) };
}
