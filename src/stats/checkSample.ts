import { InvalidInput } from '../core/check.ts';

/**
 * Refuses a sample that holds NaN or fewer than `atLeast` values. Infinity passes: it is the worst loss there is, the
 * value of a run that diverged.
 */
export function checkSample(what: string, values: ArrayLike<number>, atLeast = 1): void {
  if (values.length < atLeast)
    throw new InvalidInput(
      `invalid ${what}: got ${values.length} values, expected at least ${atLeast}; run more seeds`,
    );
  for (let i = 0; i < values.length; i++)
    if (Number.isNaN(values[i]))
      throw new InvalidInput(
        `invalid ${what}: got NaN at place ${i}, expected numbers or Infinity; give a diverged run the value Infinity`,
      );
}

/** As {@link checkSample}, for what is defined for finite values only. */
export function checkFinite(what: string, values: ArrayLike<number>, atLeast = 1): void {
  checkSample(what, values, atLeast);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new InvalidInput(
        `invalid ${what}: got ${values[i]} at place ${i}, expected finite numbers; work on ranks, or leave diverged runs out and report their number`,
      );
}

export function checkSameLength(what: string, a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length)
    throw new InvalidInput(
      `invalid ${what}: got ${a.length} and ${b.length} values, expected as many in both; pair runs by their seed`,
    );
}

/** A probability that is neither 0 nor 1: a level of confidence or of significance. */
export function checkLevel(what: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new InvalidInput(
      `invalid ${what}: got ${value}, expected a number between 0 and 1; usual: 0.95, 0.05`,
    );
}

export function checkCount(
  what: string,
  value: number,
  atLeast = 1,
  atMost = Number.POSITIVE_INFINITY,
): void {
  if (!(Number.isInteger(value) && value >= atLeast && value <= atMost)) {
    const range =
      atMost < Number.POSITIVE_INFINITY ? `from ${atLeast} to ${atMost}` : `of at least ${atLeast}`;
    throw new InvalidInput(`invalid ${what}: got ${value}, expected a whole number ${range}`);
  }
}

/** Order by value; a - b would be NaN for two infinities. */
export function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
