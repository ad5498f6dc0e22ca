import { runsTable } from './runsTable.ts';
import { evaluationsTable, stepsTable } from './seriesTables.ts';
import type { Column, Table } from './table.ts';

/** Every field of a record: its path, its type, and what it means. */
export const RECORD_FIELDS: readonly (readonly [path: string, type: string, meaning: string])[] = [
  ['schema', '`3`', 'the version of this schema'],
  ['id', 'text', '`r` and the SHA-256 of the canonical spec'],
  ['spec', 'object', 'the complete spec, every default filled in; `thalweg list` describes its options'],
  ['engine', 'text', 'the digest of the engine that computed the run; `engineDigest` in the tables'],
  ['outcome.kind', 'text', '`completed`, `diverged`, `failed` or `lost`'],
  ['outcome.step', 'whole number', 'of a diverged run the step'],
  ['outcome.reason', 'text', 'of a diverged run why it did'],
  ['outcome.message', 'text', 'of a failed or lost run what went wrong'],
  ['series.steps.step', 'list', 'the last step of each bucket of consecutive steps, at most 100'],
  [
    'series.steps.channels.CHANNEL.median, .min, .max',
    'lists',
    'of every channel the median, the smallest and the largest value in each bucket; NaN where nothing was measured',
  ],
  [
    'series.evaluations.step',
    'list',
    'the steps taken before each evaluation; the first one is before training',
  ],
  ['series.evaluations.epoch', 'list', 'passes over the training data up to there'],
  ['series.evaluations.samples', 'list', 'training images that stood in a batch up to there'],
  ['series.evaluations.gradientEvaluations', 'list', 'gradients that were evaluated up to there'],
  [
    'series.evaluations.flops',
    'list',
    'floating-point operations of these gradients as the layers count them',
  ],
  [
    'series.evaluations.SPLIT.loss, .error',
    'lists',
    'of `train`, `validation` and `test` the loss and the error rate',
  ],
  ['data', 'text', 'SHA-256 of the data that the run was trained and tested on'],
  ['steps', 'whole number', 'steps taken'],
  ['samples', 'whole number', 'training images that stood in a batch'],
  ['gradientEvaluations', 'whole number', 'gradients that were evaluated'],
  ['flops', 'whole number', 'floating-point operations of these gradients'],
  ['parameters', 'whole number', 'parameters that were trained'],
  ['digest', 'text', 'SHA-256 of the final parameters, buffers and optimizer state'],
  [
    'chain.every',
    'whole number',
    'steps between two links; `chain` is null of a run without a result, and missing before schema 3',
  ],
  [
    'chain.digests',
    'text',
    'eight hexadecimal digits a state: before the first step, and after each `every`-th step the parameters, the buffers, the optimizer state and the state of the learning rate',
  ],
  ['chain.last', 'text', 'SHA-256 over the whole fingerprints of these states and of the last one, chained'],
  ['environment.startedAt', 'text', 'when the run was started, ISO 8601'],
  ['environment.seconds', 'number', 'wall-clock time'],
  ['environment.node, .platform, .cpu, .thalweg', 'text', 'where it was computed, and with which versions'],
];

/** docs/records.md: the schema of records and of the tables that `thalweg export` writes. */
export function recordsMarkdown(): string {
  return `# Records and exported tables

Written by \`npm run records\` from the declarations that the formats themselves use.

\`thalweg export EXPERIMENT --format FORMAT\` writes what is stored of an experiment, sorted by id: equal results give equal bytes.
\`--no-environment\` leaves out where and when a run was computed, so that the bytes are the same on every machine. \`--only\` takes a part,
\`--accept-engine\` takes records that another version of the engine computed as well.

| format | what |
|---|---|
| \`jsonl\` | complete records, one a line; with \`--table\` an object a row |
| \`csv\` | RFC 4180; a number is the shortest text that reads back as the same double; \`NaN\`, \`Infinity\`, \`-Infinity\` and \`-0\` as such; an empty cell is a value that is not there |
| \`parquet\` | text is UTF8, boolean BOOLEAN, whole number INT64, number DOUBLE with NaN, the infinities and -0 exact; every column may be null; units and meanings are in the metadata under \`thalweg\` |

JSON has no NaN, no infinities and no -0: in \`jsonl\` such a number is the object \`{"$number":"NaN"}\`.

## A record

| field | type | meaning |
|---|---|---|
${RECORD_FIELDS.map(([path, type, meaning]) => `| \`${path}\` | ${type} | ${meaning} |`).join('\n')}

Everything but \`environment\` is the same bytes on every execution of the same spec by the same engine.

${[runsTable([]), evaluationsTable, stepsTable].map((table) => tableMarkdown(table as Table)).join('\n')}`;
}

function tableMarkdown({ name, meaning, columns }: Table): string {
  const rows = columns.map(rowOf);
  const options =
    '| `spec.…` | number, boolean or text | | every option of the spec by its path, such as `spec.optimizer.learningRate`; lists as JSON; a column of text where some runs have a number and others something else. `spec.seed`, `spec.epochs` and `spec.until` are whole numbers |';
  if (name === 'runs') rows.splice(columns.findIndex((column) => column.name === 'reason') + 1, 0, options);
  return `## \`--table ${name}\`

${meaning[0].toUpperCase()}${meaning.slice(1)}.

| column | type | unit | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

const TYPES = { text: 'text', boolean: 'boolean', whole: 'whole number', number: 'number' } as const;

function rowOf({ name, type, unit, meaning }: Column<never>): string {
  return `| \`${name}\` | ${TYPES[type]} | ${unit} | ${meaning} |`;
}
