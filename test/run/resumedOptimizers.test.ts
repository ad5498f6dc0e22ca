import { expect, it } from 'vitest';
import { catalog } from '../../src/run/catalog.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';
import { expectSameBytes, tiny } from './resumedRuns.ts';

const kinds = Object.entries(catalog.optimizers)
  .filter(([kind]) => kind !== 'module')
  .flatMap(([kind, { dialects }]) => [kind, ...Object.keys(dialects).map((dialect) => `${kind}@${dialect}`)]);

it.each(kinds)('%s goes on after an interruption with the same bits', async (kind) => {
  const optimizer = { kind, learningRate: 0.01 } as RunSpecInput['optimizer'];
  // the first step; within an epoch and a bucket; at the end of an epoch; at the end of a bucket
  const { outcome, steps } = await expectSameBytes({ ...tiny, optimizer }, [1, 13, 16, 50]);
  expect([outcome.kind, steps]).toEqual(['completed', 104]);
});
