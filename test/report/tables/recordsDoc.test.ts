import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { RECORD_FIELDS, recordsMarkdown } from '../../../src/report/tables/recordsDoc.ts';
import { diverged, syntheticRecord } from '../syntheticRecords.ts';

it('docs/records.md is what npm run records writes', () => {
  const path = fileURLToPath(new URL('../../../docs/records.md', import.meta.url));
  expect(readFileSync(path, 'utf8')).toBe(recordsMarkdown());
});

/** The paths of a record's values, with a word for what has many names. */
function* pathsOf(value: Json, path = ''): Generator<string> {
  const isLeaf = value === null || typeof value !== 'object' || Array.isArray(value);
  if (isLeaf || path === 'spec') yield path;
  else
    for (const [key, item] of Object.entries(value)) {
      const name =
        path === 'series.steps.channels'
          ? 'CHANNEL'
          : ['train', 'validation', 'test'].includes(key)
            ? 'SPLIT'
            : key;
      yield* pathsOf(item as Json, path === '' ? name : `${path}.${name}`);
    }
}

it('documents every field of a record and no other', () => {
  const optimizer = { kind: 'sgd', learningRate: 1 };
  const records = [
    syntheticRecord({ optimizer, outcome: diverged(3) }),
    syntheticRecord({ optimizer, outcome: { kind: 'lost', message: '' } }),
  ];
  const found = new Set(records.flatMap((record) => [...pathsOf(record as unknown as Json)]));
  const documented = RECORD_FIELDS.flatMap(([paths]) => {
    const [first, ...others] = paths.split(', ');
    const parent = first.slice(0, first.lastIndexOf('.'));
    return [first, ...others.map((name) => `${parent}${name}`)];
  });
  expect([...documented].sort()).toEqual([...found].sort());
});
