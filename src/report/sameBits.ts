import type { RunRecord } from '../run/record.ts';

/** The runs of a side, read one at a time. */
export interface Runs {
  readonly ids: readonly string[];
  /** With its step series. */
  readonly record: (id: string) => RunRecord;
}

/** Whether runs that two sides have are the same to the last bit. */
export interface Equality {
  /** Runs of one id that both sides have a result of. */
  readonly shared: number;
  readonly same: number;
  /** Those that differ, in the order of the first side. */
  readonly different: readonly Difference[];
}

export interface Difference {
  readonly id: string;
  /** The first evaluation, or else the end of the first bucket of steps, at which any value differs; null if only how the run ended does. */
  readonly step: number | null;
  /** The largest relative difference of a value there. */
  readonly relative: number;
}

/**
 * Runs are the same if their evaluations, their step series, their outcomes and the digests of parameters, buffers and optimizer state after
 * training are. Which engine computed them, where and when, does not count.
 */
export function equalityOf(a: Runs, b: Runs): Equality {
  const others = new Set(b.ids);
  const different: Difference[] = [];
  let shared = 0;
  for (const id of a.ids.filter((one) => others.has(one))) {
    const [record, other] = [a.record(id), b.record(id)];
    if (!haveResults(record, other)) continue;
    shared++;
    const difference = differenceOf(record, other);
    if (difference !== null) different.push({ id, ...difference });
  }
  return { shared, same: shared - different.length, different };
}

function haveResults(...records: readonly RunRecord[]): boolean {
  return records.every(({ outcome }) => outcome.kind === 'completed' || outcome.kind === 'diverged');
}

function differenceOf(a: RunRecord, b: RunRecord): Omit<Difference, 'id'> | null {
  const place =
    firstDifference(evaluationColumns(a), evaluationColumns(b)) ??
    firstDifference(stepColumns(a), stepColumns(b));
  if (place !== null) return place;
  const ending = ({ digest, outcome, steps }: RunRecord) => JSON.stringify([digest, outcome, steps]);
  return ending(a) === ending(b) ? null : { step: null, relative: 0 };
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

function firstDifference(a: Columns, b: Columns): Omit<Difference, 'id'> | null {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const places = Math.max(a.step.length, b.step.length);
  for (let i = 0; i < places; i++) {
    const pairs = names.map((name) => [a[name]?.[i], b[name]?.[i]] as const);
    if (pairs.every(([x, y]) => Object.is(x, y))) continue;
    return {
      step: a.step[i] ?? b.step[i],
      relative: Math.max(...pairs.map(([x, y]) => relativeDifference(x, y))),
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
