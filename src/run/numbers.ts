import { z } from 'zod';
import { describeValue } from './schema.ts';

/** The number types of specs, with messages that say what was expected. `-0` becomes 0: it is the same setting. */
const finite = z.number({ error: (issue) => `expected a finite number, got ${describeValue(issue.input)}` });
const plain = (value: number) => (value === 0 ? 0 : value);

export const number = finite.transform(plain);
export const positive = finite
  .refine((value) => value > 0, { error: (issue) => `expected a number above 0, got ${issue.input}` })
  .transform(plain);
export const notNegative = finite
  .refine((value) => value >= 0, { error: (issue) => `expected a number of at least 0, got ${issue.input}` })
  .transform(plain);
/** A decay rate of an average, or a probability that may be 0 but not 1. */
export const belowOne = finite
  .refine((value) => value >= 0 && value < 1, {
    error: (issue) => `expected a number from 0 up to, but not including, 1, got ${issue.input}`,
  })
  .transform(plain);
export const unit = finite
  .refine((value) => value >= 0 && value <= 1, {
    error: (issue) => `expected a number from 0 to 1, got ${issue.input}`,
  })
  .transform(plain);

/** A whole number of at least `least`; at most `most` where there is an array of so many before memory is measured. */
export function whole(least: number, most?: number) {
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return finite
    .refine((value) => Number.isSafeInteger(value) && value >= least && value <= (most ?? value), {
      error: (issue) => `expected a whole number ${range}, got ${issue.input}`,
    })
    .transform(plain);
}

export const learningRate = notNegative;
