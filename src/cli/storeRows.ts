import { InvalidInput, unknownName } from '../core/check.ts';
import type { RecordRow } from '../store/records.ts';
import { isEqual, parseSelection } from '../sweep/selectRuns.ts';

/** Which rows of a store a command is about. */
export interface RowSelection {
  /** `key=value,...` as in `thalweg run --only`; the keys are columns of the listing. */
  readonly only?: string;
  /** Endings with commas between. */
  readonly outcome?: string;
  /** A digest or its beginning, or `other`: every engine but this one. */
  readonly engine?: string;
}

const KEYS = [
  'id',
  'engine',
  'outcome',
  'optimizer',
  'model',
  'data',
  'seed',
  'learningRate',
  'steps',
  'thalweg',
] as const satisfies (keyof RecordRow)[];

const OUTCOMES = ['completed', 'diverged', 'failed', 'lost'] as const satisfies RecordRow['outcome'][];

/** @throws InvalidInput on a key, an outcome or an engine that cannot be. */
export function rowFilter(selection: RowSelection, engine: string): (row: RecordRow) => boolean {
  const filters = [
    onlyFilter(selection.only),
    outcomeFilter(selection.outcome),
    engineFilter(selection.engine, engine),
  ].filter((filter) => filter !== undefined);
  return (row) => filters.every((filter) => filter(row));
}

type Filter = ((row: RecordRow) => boolean) | undefined;

/** Values of one key are alternatives, different keys must all hold; ids and engines may be shortened. */
function onlyFilter(only: string | undefined): Filter {
  if (only === undefined) return undefined;
  const wanted = new Map<(typeof KEYS)[number], string[]>();
  for (const [name, value] of parseSelection(only)) {
    const key = KEYS.find((known) => known === name);
    if (key === undefined) throw unknownName('key of a stored run', name, KEYS);
    wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  const matches = (row: RecordRow, key: (typeof KEYS)[number], value: string) =>
    key === 'id' || key === 'engine' ? row[key].startsWith(value) : isEqual(row[key], value);
  return (row) => [...wanted].every(([key, values]) => values.some((value) => matches(row, key, value)));
}

function outcomeFilter(list: string | undefined): Filter {
  if (list === undefined) return undefined;
  const wanted = list.split(',').map((outcome) => outcome.trim());
  const unknown = wanted.find((outcome) => !OUTCOMES.some((known) => known === outcome));
  if (unknown !== undefined) throw unknownName('outcome', unknown, OUTCOMES);
  return ({ outcome }) => wanted.includes(outcome);
}

function engineFilter(wanted: string | undefined, here: string): Filter {
  if (wanted === undefined) return undefined;
  if (wanted === 'other') return ({ engine }) => engine !== here;
  if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
    throw new InvalidInput(
      `invalid engine: got ${wanted}, expected other, or the first four or more hexadecimal digits of a digest as thalweg store list shows them`,
    );
  }
  return ({ engine }) => engine.startsWith(wanted);
}

/** Counts rows by engine and ending. */
export class Tallies {
  readonly #engines = new Map<string, { endings: Map<string, number>; size: number; latest: string }>();
  count = 0;

  add({ engine, outcome, size, startedAt }: RecordRow): void {
    const tally = this.#engines.get(engine) ?? { endings: new Map(), size: 0, latest: '' };
    this.#engines.set(engine, tally);
    tally.endings.set(outcome, (tally.endings.get(outcome) ?? 0) + 1);
    tally.size += size;
    if (startedAt !== null && startedAt > tally.latest) tally.latest = startedAt;
    this.count++;
  }

  /** `engine 0123abcd4567 (this one): 40 completed, 2 diverged, 1.2 MB, last started 2026-01-31 12:00` */
  describe(here: string): string[] {
    return [...this.#engines].map(([engine, { endings, size, latest }]) => {
      const counts = [...endings].map(([ending, n]) => `${n} ${ending}`);
      const last = latest === '' ? [] : [`last started ${minute(latest)}`];
      const name = `${engine.slice(0, 12)}${engine === here ? ' (this one)' : ''}`;
      return `engine ${name}: ${[...counts, describeBytes(size), ...last].join(', ')}`;
    });
  }
}

/** `2026-01-31 12:00` */
export function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** `12.3 MB`, `4.5 kB` */
export function describeBytes(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
