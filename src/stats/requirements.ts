import { InvalidInput } from '../core/check.ts';
import { requireSample } from './hypothesis.ts';

/**
 * @throws InvalidInput as {@link requireSample}, and if a value is infinite: for what is defined for finite values
 * only.
 */
export function requireFinite(what: string, values: readonly number[], least: number): void {
  requireSample(what, values, least);
  const infinite = values.findIndex((value) => !Number.isFinite(value));
  if (infinite >= 0)
    throw new InvalidInput(
      `invalid ${what}: got ${values[infinite]} at place ${infinite}, expected finite numbers; work on ranks, or leave diverged runs out and report their number`,
    );
}

/** @throws InvalidInput for a number that is not whole or not from `least` to `most`. */
export function requireCount(
  what: string,
  value: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most < Number.POSITIVE_INFINITY ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new InvalidInput(`invalid ${what}: got ${value}, expected a whole number ${range}`);
}

/** @throws InvalidInput for a level of significance or a power that is not strictly between 0 and 1. */
export function requireLevel(what: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new InvalidInput(`invalid ${what}: got ${value}, expected a number between 0 and 1`);
}

/** @throws InvalidInput for a number that is not finite or not above 0. */
export function requirePositive(what: string, value: number, wayOut = ''): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidInput(`invalid ${what}: got ${value}, expected a finite number above 0${wayOut}`);
}

/** @throws InvalidInput if two lists that belong together differ in length. */
export function requireSameLength(what: string, a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length !== b.length)
    throw new InvalidInput(`invalid ${what}: got ${a.length} and ${b.length} values, expected equally many`);
}
