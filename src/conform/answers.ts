import type { Alternative } from '../stats/hypothesis.ts';
import { Skip } from './vectors.ts';

/** What a statistic comes to, in the shape in which vector files expect it. `NaN` answers a `null`. */
export type Answer = number | boolean | OneOf | readonly Answer[] | AnswerTable | AnswerLookup;
export interface AnswerTable {
  readonly [key: string]: Answer;
}
/** Answers to keys that hold a parameter (`trimmed_mean_25`); undefined for a key that is not known. */
export type AnswerLookup = (key: string) => Answer | undefined;

/** Numbers of which the one that is nearest to what is expected counts: a source's known approximation beside the exact value. */
export class OneOf {
  readonly values: readonly number[];
  constructor(...values: readonly number[]) {
    this.values = values;
  }
  nearestTo(expected: number): number {
    return this.values.toSorted((a, b) => Math.abs(a - expected) - Math.abs(b - expected))[0];
  }
}

/** The inputs and options of a case, unchecked: each row knows the types of its own. */
export type Given = Readonly<Record<string, never>>;

/** How a case of one name is answered; where a name has several kinds of cases they are told apart by their inputs. */
export interface StatisticsVectors {
  readonly inputs: readonly string[];
  /** Inputs that may be left out. */
  readonly optional?: readonly string[];
  readonly options?: readonly string[];
  readonly answer: (inputs: Given, hyper: Given) => AnswerTable | AnswerLookup;
  /** Set where the answers have the unit of the data: what counts as rounding about 0 is then a share of the data. */
  readonly inDataUnits?: true;
}

/**
 * Answers by patterns of whole keys, the first that fits; what its groups caught is handed to the answer. A pattern without
 * groups is a plain key.
 */
export function lookup(
  rows: Readonly<Record<string, (...caught: readonly string[]) => Answer | undefined>>,
): AnswerLookup {
  return (key) => {
    for (const [pattern, answer] of Object.entries(rows)) {
      const match = new RegExp(`^(?:${pattern})$`).exec(key);
      if (match !== null) return answer(...match.slice(1));
    }
    return undefined;
  };
}

/** What an option's value stands for. @throws Skip for a value that is not in the table. */
export function meaning<T>(what: string, value: unknown, table: Readonly<Record<string, T>>): T {
  if (typeof value === 'string' && Object.hasOwn(table, value)) return table[value];
  throw new Skip(`unknown ${what}: ${value}, known: ${Object.keys(table).join(', ')}`);
}

export function alternativeOf(value: unknown = 'two-sided'): Alternative {
  return meaning('alternative', value, {
    'two-sided': 'two-sided',
    less: 'less',
    greater: 'greater',
  } as const);
}

/** A confidence as keys have it, in percent: `95` or `99.9`. */
export const fromPercent = (percent: string) => Number(percent) / 100;
