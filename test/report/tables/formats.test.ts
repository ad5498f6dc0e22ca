import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hash.ts';
import { parseCanonicalJson } from '../../../src/core/json.ts';
import { csv, jsonLines } from '../../../src/report/tables/formats.ts';
import { parquet } from '../../../src/report/tables/parquet.ts';
import { runsTable } from '../../../src/report/tables/runsTable.ts';
import { evaluationsTable, stepsTable } from '../../../src/report/tables/seriesTables.ts';
import type { Cell, NamedRun, Table } from '../../../src/report/tables/table.ts';
import type { RunRecord } from '../../../src/run/record.ts';
import type { RunSpec } from '../../../src/run/spec.ts';
import {
  diverged,
  HOSTILE,
  hostileRecords,
  poisonedRecords,
  recordWithLosses,
  syntheticRecord,
} from '../syntheticRecords.ts';

/** RFC 4180, written down once more: what csv-stringify wrote must read back as what went in. */
function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
  }
  const [head, ...body] = rows.slice(0, -1);
  return body.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])));
}

const optimizer = { kind: 'adam', learningRate: 0.001, amsgrad: false, eps: 1e-8 };
const named = (records: readonly RunRecord[]): NamedRun[] =>
  records.map((record) => ({ record, method: record.spec.optimizer.kind }));
const specsOf = (records: readonly RunRecord[]): RunSpec[] => records.map(({ spec }) => spec);
const runsAsCsv = (records: readonly RunRecord[]) =>
  parseCsv([...csv(runsTable(specsOf(records)), named(records))].join(''));
const bytesOf = <Row>(table: Table<Row>, records: readonly RunRecord[]) =>
  Buffer.concat([...parquet(table, named(records))]);

async function rowsIn(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = new Uint8Array(bytes).buffer;
  return await parquetReadObjects({ file, utf8: true });
}

/** A cell as Parquet gives it back. */
function stored(cell: Cell, type: string): unknown {
  return type === 'whole' && cell !== null ? BigInt(cell as number) : cell;
}

describe('csv of runs', () => {
  it('has the spec, the outcome, the exact results and what they cost', () => {
    const record = recordWithLosses([2.3, 0.30000000000000004, 0.4], { optimizer, seed: 3 });
    const [row] = runsAsCsv([record]);
    expect(row).toMatchObject({
      id: record.id,
      method: 'adam',
      stage: '',
      outcome: 'completed',
      step: '',
      reason: '',
      'spec.optimizer.kind': 'adam',
      'spec.optimizer.learningRate': '0.001',
      'spec.optimizer.amsgrad': 'false',
      'spec.optimizer.eps': '1e-8',
      'spec.model.activation.kind': 'relu',
      'spec.probes': '[{"kind":"gradientNorm"},{"kind":"update"}]',
      'spec.seed': '3',
      'spec.engine': 'wasm',
      'final.train.loss': '0.4',
      'final.validation.error': '0.04',
      'final.test.loss': '0.4',
      'best.validation.loss': '0.30000000000000004',
      'best.validation.error': '0.030000000000000006',
      steps: '700',
      samples: '22400',
      gradientEvaluations: '700',
      flops: '700000000',
      parameters: '421642',
      digest: record.digest,
      engineDigest: sha256('engine'),
      data: sha256('data'),
      seconds: '4.25',
    });
  });

  it('has a row a run in the order given, with an empty cell for what a run does not have', () => {
    const records = [
      syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 } }),
      syntheticRecord({ optimizer, environment: null }),
    ];
    const rows = runsAsCsv(records);
    expect(rows.map((row) => row['spec.optimizer.eps'])).toEqual(['', '1e-8']);
    expect(rows.map((row) => row.seconds)).toEqual(['4.25', '']);
    expect(rows.map((row) => row.id)).toEqual(records.map((record) => record.id));
  });

  it('writes NaN and the infinities as such', () => {
    const strange = recordWithLosses([Number.NaN, 1, -0], { optimizer: { ...optimizer, eps: Number.NaN } });
    expect(runsAsCsv([strange])[0]).toMatchObject({
      'spec.optimizer.eps': 'NaN',
      'final.train.loss': '-0',
      'best.validation.error': '-0',
    });
    const lost = recordWithLosses([2, 1], { optimizer, outcome: diverged(150) });
    expect(runsAsCsv([lost])[0]).toMatchObject({
      outcome: 'diverged',
      step: '150',
      reason: 'the training loss is NaN',
      'final.validation.loss': 'Infinity',
      'final.test.error': 'Infinity',
      'best.validation.error': 'Infinity',
    });
  });

  it.each(['failed', 'lost'] as const)('leaves the results of a run that %s empty', (kind) => {
    const record = syntheticRecord({ optimizer, outcome: { kind, message: 'out of memory' } });
    expect(runsAsCsv([record])[0]).toMatchObject({
      outcome: kind,
      reason: 'out of memory',
      'final.train.loss': '',
      'best.validation.error': '',
    });
  });

  it('keeps hostile names whole', () => {
    const rows = runsAsCsv(hostileRecords());
    expect(rows.map((row) => row['spec.optimizer.name'])).toEqual(HOSTILE);
    expect(rows[1].reason).toBe(HOSTILE[1]);
  });

  it('of nothing is a head', () => {
    const text = [...csv(runsTable([]), [])].join('');
    expect(text).toMatch(/^id,method,stage,outcome,step,reason,final\.train\.loss,[^\n]*\n$/);
  });

  it('comes in parts: a thousand runs are more than one', () => {
    const record = syntheticRecord({ optimizer });
    const parts = [...csv(runsTable([record.spec]), Array(1001).fill({ record, method: 'adam' }))];
    expect(parts).toHaveLength(3);
    expect(parseCsv(parts.join(''))).toHaveLength(1001);
  });
});

describe('columns of the options', () => {
  it('are text where some runs have a number and others a list, and keep their type otherwise', () => {
    const scheduled = syntheticRecord({ optimizer, spec: { batchSize: [32, 64], 'a.b': { 'c.d': 1 } } });
    const plain = syntheticRecord({ optimizer, spec: { batchSize: 32 }, seed: 7 });
    const { columns } = runsTable(specsOf([plain, scheduled]));
    const typeOf = (name: string) => columns.find((column) => column.name === name)?.type;
    const cellsOf = (name: string) =>
      [plain, scheduled].map((record) =>
        columns.find((column) => column.name === name)?.value({ run: { record, method: null } }),
      );
    expect(typeOf('spec.batchSize')).toBe('text');
    expect(cellsOf('spec.batchSize')).toEqual(['32', '[32,64]']);
    expect(typeOf('spec.optimizer.amsgrad')).toBe('boolean');
    expect(typeOf('spec.seed')).toBe('whole');
    expect(cellsOf('spec.seed')).toEqual([7, 0]);
    expect(cellsOf('spec.a.b.c.d')).toEqual([null, 1]);
  });
});

describe('parquet', () => {
  const records = [
    ...poisonedRecords(),
    ...hostileRecords(),
    recordWithLosses([3, -0, Number.NaN], { optimizer }),
    syntheticRecord({ optimizer, outcome: { kind: 'lost', message: 'its worker died' }, environment: null }),
  ];
  const tables = [runsTable(specsOf(records)), evaluationsTable, stepsTable] as Table[];

  it.each(tables.map((table) => [table.name, table] as const))(
    'gives the table %s back to the bit',
    async (_name, table) => {
      const rows = await rowsIn(bytesOf(table, records));
      const expected = named(records).flatMap((run) => [...table.rows(run)]);
      expect(rows).toHaveLength(expected.length);
      expect(expected.length).toBeGreaterThan(records.length - 1);
      for (const column of table.columns) {
        const wanted = expected.map((row) => stored(column.value(row as never), column.type));
        // Object.is: NaN is NaN, 0 is not -0
        const wrong = rows.findIndex((row, i) => !Object.is(row[column.name] ?? null, wanted[i]));
        expect(wrong, `${column.name} at ${wrong}`).toBe(-1);
      }
    },
  );

  it('has the numbers that need care in these tables at all', () => {
    const values = named(records).flatMap((run) =>
      [...evaluationsTable.rows(run)].flatMap((row) =>
        evaluationsTable.columns.map((column) => column.value(row)),
      ),
    );
    for (const special of [Number.NaN, Infinity, -Infinity, -0, 0])
      expect(values.some((value) => Object.is(value, special))).toBe(true);
  });

  it('gives the same bytes again', () => {
    for (const table of tables) expect(bytesOf(table, records).equals(bytesOf(table, records))).toBe(true);
  });

  it('is typed, in row groups, and says what its columns mean', () => {
    const many = Array.from({ length: 40 }, (_, seed) => syntheticRecord({ optimizer, seed }));
    const parts = [...parquet(stepsTable, named(many))];
    const bytes = Buffer.concat(parts);
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
    const [, ...columns] = metadata.schema;
    expect(
      columns.map(({ name, type, converted_type, repetition_type }) => [
        name,
        type,
        converted_type,
        repetition_type,
      ]),
    ).toEqual([
      ['id', 'BYTE_ARRAY', 'UTF8', 'OPTIONAL'],
      ['method', 'BYTE_ARRAY', 'UTF8', 'OPTIONAL'],
      ['seed', 'INT64', undefined, 'OPTIONAL'],
      ['channel', 'BYTE_ARRAY', 'UTF8', 'OPTIONAL'],
      ['step', 'INT64', undefined, 'OPTIONAL'],
      ['median', 'DOUBLE', undefined, 'OPTIONAL'],
      ['min', 'DOUBLE', undefined, 'OPTIONAL'],
      ['max', 'DOUBLE', undefined, 'OPTIONAL'],
    ]);
    // 40 runs of 11 channels of 100 buckets; a row group has 25,000 rows
    expect(metadata.row_groups.map((group) => group.num_rows)).toEqual([25_000n, 19_000n]);
    expect(parts).toHaveLength(3);
    expect(metadata.created_by).toBe('thalweg');
    const [{ key, value }] = metadata.key_value_metadata!;
    expect(key).toBe('thalweg');
    expect(JSON.parse(value!).columns[4]).toMatchObject({ name: 'step', unit: 'steps' });
  });

  it('of nothing is a file without rows', async () => {
    expect(await rowsIn(bytesOf(evaluationsTable, []))).toEqual([]);
  });
});

describe('JSON lines of a table', () => {
  it('has an object a row by the names of the columns, special numbers as in records', () => {
    const record = recordWithLosses([3, Number.NaN], { optimizer, seed: 5 });
    const lines = [...jsonLines(evaluationsTable, named([record]))];
    expect(lines.map((line) => parseCanonicalJson(line))).toEqual([
      expect.objectContaining({ seed: 5, step: 0, samples: 0, 'test.loss': 3, 'test.error': 0.3 }),
      {
        id: record.id,
        method: 'adam',
        seed: 5,
        step: 140,
        epoch: 1,
        samples: 4480,
        gradientEvaluations: 140,
        flops: 140e6,
        'train.loss': Number.NaN,
        'train.error': Number.NaN,
        'validation.loss': Number.NaN,
        'validation.error': Number.NaN,
        'test.loss': Number.NaN,
        'test.error': Number.NaN,
      },
    ]);
  });
});
