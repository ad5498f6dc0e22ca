import { createScheduled, type ScheduledSpec } from './catalog/scheduled.ts';
import type { RunSpec } from './spec.ts';

/**
 * The batch size of every epoch. A schedule of it counts epochs, not steps: how many steps a run has depends on its
 * batches, and the batches of an epoch are of one size. Rounded to whole images, at least 1.
 */
export function batchSizesOf(batchSize: ScheduledSpec, epochs: number): number[] {
  const size = createScheduled(batchSize);
  return Array.from({ length: epochs }, (_, epoch) =>
    typeof size === 'number' ? size : Math.max(1, Math.round(size(epoch, epochs))),
  );
}

/** What memory is planned for. */
export function largestBatch({ batchSize, epochs }: Pick<RunSpec, 'batchSize' | 'epochs'>): number {
  if (typeof batchSize === 'number') return batchSize;
  return batchSizesOf(batchSize, Math.max(1, epochs)).reduce((largest, size) => Math.max(largest, size), 1);
}

/** The steps of a run on so many training images, up to its `until`. */
export function stepsOf(
  { batchSize, epochs, until }: Pick<RunSpec, 'batchSize' | 'epochs' | 'until'>,
  images: number,
): number {
  if (typeof batchSize === 'number') return (until ?? epochs) * Math.ceil(images / batchSize);
  const sizes = batchSizesOf(batchSize, epochs).slice(0, until);
  return sizes.reduce((steps, size) => steps + Math.ceil(images / size), 0);
}
