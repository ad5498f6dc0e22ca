import { groupMethods, type Method } from '../../../src/report/methods.ts';
import type { RunRecord } from '../../../src/run/record.ts';
import { type Synthetic, syntheticRecord } from '../syntheticRecords.ts';

// biome-ignore lint/suspicious/noExplicitAny: a spec is plain JSON; the tests say what is expected where
export type Any = any;

/** A run with these channels and no others, buckets of a step each; `min` and `max` are those of the values. */
export function runWith(
  channels: Readonly<Record<string, readonly number[]>>,
  synthetic: Partial<Synthetic> = {},
): RunRecord {
  const record = syntheticRecord({ optimizer: { kind: 'sgd', learningRate: 0.1 }, ...synthetic });
  const [first] = Object.values(channels);
  const bucketed = Object.entries(channels).map(([name, values]) => [
    name,
    { median: values, min: values, max: values },
  ]);
  const steps = { step: first.map((_, i) => i + 1), channels: Object.fromEntries(bucketed) };
  return { ...record, steps: first.length, series: { ...record.series, steps } };
}

export function methodsOf(...records: RunRecord[]): Method[] {
  return groupMethods(records);
}
