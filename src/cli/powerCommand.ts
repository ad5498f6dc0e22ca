import { InvalidInput } from '../core/check.ts';
import { count, formatNumber, formatPercent, formatRate } from '../report/format.ts';
import { seedsFor, seedsForSignificance } from '../stats/power.ts';

export interface PowerOptions {
  readonly difference: number;
  /** Of the differences seed by seed. */
  readonly deviation: number;
  readonly comparisons: number;
  readonly power: number;
  readonly alpha: number;
  readonly json?: boolean;
}

/** How many seeds a comparison needs, and why. */
export interface SeedPlan {
  /** For a paired t test at alpha / comparisons. */
  readonly tTest: number;
  /** Fewer cannot be significant in a signed-rank test, whatever they say. */
  readonly signedRank: number;
  readonly needed: number;
  readonly decides: 'tTest' | 'signedRank';
}

/** `thalweg power`: how many seeds it takes to find a difference. */
export function powerCommand(options: PowerOptions): void {
  const plan = seedPlan(options);
  console.log(options.json === true ? JSON.stringify(plan) : planText(plan, options));
}

/** @throws InvalidInput where more than a million seeds are needed. */
export function seedPlan({ difference, deviation, comparisons, power, alpha }: PowerOptions): SeedPlan {
  const question = { difference, deviation, paired: true, power, alpha: alpha / comparisons };
  const tTest = seedsFor(question);
  if (!Number.isFinite(tTest))
    throw new InvalidInput(
      `invalid difference: got ${difference}, expected one that a million seeds of this deviation find; ask for a larger one`,
    );
  const signedRank = seedsForSignificance(comparisons, alpha);
  const decides = tTest > signedRank ? 'tTest' : 'signedRank';
  return { tTest, signedRank, needed: Math.max(tTest, signedRank), decides };
}

function planText({ tTest, signedRank, needed, decides }: SeedPlan, options: PowerOptions): string {
  const { difference, deviation, comparisons, power, alpha } = options;
  const level = comparisons === 1 ? formatRate(alpha) : `${formatRate(alpha)} / ${comparisons}`;
  const why =
    decides === 'tTest'
      ? 'the power of the t test decides; the signed-rank test of the reports takes about 5% more where differences are normal'
      : 'the signed-rank test decides: fewer could not be significant';
  return [
    `difference ${formatNumber(difference)}, deviation ${formatNumber(deviation)} of the differences seed by seed, ${count(comparisons, 'comparison')}`,
    `paired t test, power ${formatPercent(power)} at ${level}: ${count(tTest, 'seed')}`,
    `signed-rank test, p of ${formatRate(alpha)}${comparisons === 1 ? '' : ' after Holm’s correction'} possible: ${count(signedRank, 'seed')}`,
    `needed: ${count(needed, 'seed')} a method (${why})`,
  ].join('\n');
}
