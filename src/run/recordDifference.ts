import type { RunRecord } from './record.ts';

export interface RecordDifference {
  /** The first evaluation, or else the end of the first bucket of steps, at which any value differs; null if only how the run ended does. */
  readonly step: number | null;
  /** The largest relative difference of a value there. */
  readonly relative: number;
  /** The first series that differs there, and its values in the two records; empty and without a value if no series does. */
  readonly name: string;
  readonly values: readonly [number | undefined, number | undefined];
}

/**
 * Where two records of one run differ first, by their evaluations, their step series, their outcomes and the digests of parameters, buffers
 * and optimizer state after training; null if nowhere. Which engine computed them, where and when, does not count.
 */
export function recordDifference(a: RunRecord, b: RunRecord): RecordDifference | null {
  const place =
    firstDifference(evaluationColumns(a), evaluationColumns(b)) ??
    firstDifference(stepColumns(a), stepColumns(b));
  if (place !== null) return place;
  const ending = ({ digest, outcome, steps }: RunRecord) => JSON.stringify([digest, outcome, steps]);
  return ending(a) === ending(b)
    ? null
    : { step: null, relative: 0, name: '', values: [undefined, undefined] };
}

/** Numbers over time: the steps first. */
type Columns = Readonly<Record<string, readonly number[]>>;

function evaluationColumns({ series: { evaluations } }: RunRecord): Columns {
  const { step, train, validation, test } = evaluations;
  const splits = Object.entries({ train, validation, test });
  return {
    step,
    ...Object.fromEntries(
      splits.flatMap(([name, { loss, error }]) => [
        [`${name}.loss`, loss],
        [`${name}.error`, error],
      ]),
    ),
  };
}

function stepColumns({ series: { steps } }: RunRecord): Columns {
  const channels = Object.entries(steps.channels);
  return {
    step: steps.step,
    ...Object.fromEntries(
      channels.flatMap(([name, { median, min, max }]) => [
        [`${name} median`, median],
        [`${name} min`, min],
        [`${name} max`, max],
      ]),
    ),
  };
}

function firstDifference(a: Columns, b: Columns): RecordDifference | null {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const places = Math.max(a.step.length, b.step.length);
  for (let i = 0; i < places; i++) {
    const pairs = names.map((name) => [a[name]?.[i], b[name]?.[i]] as const);
    const other = pairs.findIndex(([x, y]) => !Object.is(x, y));
    if (other < 0) continue;
    return {
      step: a.step[i] ?? b.step[i],
      relative: Math.max(...pairs.map(([x, y]) => relativeDifference(x, y))),
      name: names[other],
      values: pairs[other],
    };
  }
  return null;
}

/** Infinite where one of the two is missing or not finite and the other is another. */
function relativeDifference(x: number | undefined, y: number | undefined): number {
  if (Object.is(x, y) || x === y) return 0;
  const difference = Math.abs(Number(x) - Number(y)) / Math.max(Math.abs(Number(x)), Math.abs(Number(y)));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
