import { InvalidInput } from '../core/check.ts';

const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000 } as const;
/** What a timer takes. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds of `45s`, `10m` or `2h`; of 0 where `least` allows it. @throws InvalidInput on anything else, naming the option. */
export function durationOf(option: string, text: string, least = 0): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  const duration = text === '0' ? 0 : Number(number) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  if (duration >= least && duration <= LONGEST) return duration;
  throw new InvalidInput(
    `invalid ${option}: got ${text}, expected a duration such as 45s, 10m or 2h, ${least > 0 ? 'above 0 and ' : ''}at most 596h`,
  );
}
