import { availableMemory } from 'node:process';
import type { Dataset } from '../data/dataset.ts';
import { count } from '../report/format.ts';

/** Megabytes of the process without any run, and of a worker beside what its run plans for: measured, see "What a plan says" in docs/experiments.md. */
const COORDINATOR = 130;
const WORKER = 35;

/** What a sweep takes at the most: data sets once, the largest run for every worker. A second line if that is more than there is. */
export function describeMemory(
  {
    datasets,
    largestRunBytes,
  }: { readonly datasets: Readonly<Record<string, Dataset>>; readonly largestRunBytes: number },
  threads: number,
): string[] {
  const data = Object.values(datasets).reduce((sum, dataset) => sum + bytesOf(dataset), 0) / 1e6;
  const run = largestRunBytes / 1e6;
  const total = COORDINATOR + data + (threads === 0 ? run : threads * (run + WORKER));
  const parts = `data ${show(data)} once, the largest run ${show(run)}`;
  const line = `memory: about ${show(total)} with ${count(threads, 'worker')} (${parts})`;
  const there = availableMemory() / 1e6;
  if (total <= there) return [line];
  return [
    line,
    `warning: ${show(there)} are available; take fewer --workers, a smaller batch or a smaller model`,
  ];
}

function bytesOf({ train, validation, test }: Dataset): number {
  return [train, validation, test].reduce(
    (sum, { images, labels }) => sum + images.byteLength + labels.byteLength,
    0,
  );
}

function show(megabytes: number): string {
  return megabytes >= 1000
    ? `${(megabytes / 1000).toFixed(1)} GB`
    : `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}
