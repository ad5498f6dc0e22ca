import type { RunRecord } from '../run/record.ts';

/**
 * At most `most` of the runs (at least 2), to be drawn as dots: all of them as they come, or those at evenly spaced ranks of their values,
 * the smallest and the largest among them: quantiles that were measured. Infinity is a value like others.
 */
export function spacedRuns(
  runs: readonly RunRecord[],
  valueIn: (run: RunRecord) => number,
  most: number,
): readonly RunRecord[] {
  if (runs.length <= most) return runs;
  const sorted = runs
    .map((run) => ({ run, value: valueIn(run) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)) // stable: of equal ones the first in order
    .map(({ run }) => run);
  const last = sorted.length - 1;
  return Array.from({ length: most }, (_, i) => sorted[Math.round((i * last) / (most - 1))]);
}

/** How many dots each of `groups` groups may have where a figure has room for about `room` of them. */
export function dotsEach(groups: number, room: number): number {
  return Math.max(5, Math.floor(room / Math.max(1, groups)));
}

/** What a caption says where not every run has a dot; empty where each has. */
export function spacedSentence(sizes: readonly number[], most: number): string {
  if (sizes.every((size) => size <= most)) return '';
  return ` Of more than ${most} seeds ${most} have a dot: those at evenly spaced ranks, the lowest and the highest among them.`;
}
