import { InvalidInput } from '../core/check.ts';
import { exp, log, pow } from '../core/math.ts';
import { normalQuantile } from './distributions.ts';
import { requireConfidence, requireSample } from './hypothesis.ts';
import { ascending } from './ranks.ts';

/** Times to an event, of which some are only known to be later (right-censored): `observed[i]` tells whether `times[i]` is an event. */
export interface Durations {
  readonly times: readonly number[];
  readonly observed: readonly boolean[];
}

/** The curve just after a time with events. */
export interface SurvivalStep {
  readonly time: number;
  /** Just before the time; those censored at the time itself are still at risk. */
  readonly atRisk: number;
  readonly events: number;
  readonly survival: number;
  /** Greenwood's; NaN where the survival is 0. */
  readonly standardError: number;
  /** The pointwise log-log interval S^exp(-+ z SE / (S log S)), which stays within [0, 1]; NaN where the survival is 0. */
  readonly low: number;
  readonly high: number;
}

/**
 * When a curve counts as having come down to a level: `atMost`, the first time with S <= level (lifelines; the usual
 * definition of a quantile); `below`, S < level (statsmodels); `midpoint`, where S equals the level for a while, the
 * middle of that while (R). A level is met within 1e-12, as S is a product of rounded factors.
 */
export type ReachRule = 'atMost' | 'below' | 'midpoint';

export interface SurvivalCurve {
  readonly n: number;
  readonly steps: readonly SurvivalStep[];
  /** The first time with S <= 1/2; Infinity if fewer than half come to the event while under observation. */
  readonly median: number;
  /** Where the ends of the pointwise interval come down to 1/2 (Brookmeyer and Crowley 1982); Infinity if one does not. */
  readonly medianInterval: readonly [low: number, high: number];
}

/**
 * E. L. Kaplan and P. Meier's estimate (1958) of the share without the event, S(t) = prod (1 - d_i / n_i) over the event times up to
 * t. Events come before censorings of the same time. Without any event there are no steps and the median is Infinity.
 * @throws InvalidInput for no times, lists of different lengths, a NaN, or a confidence outside (0, 1).
 */
export function kaplanMeier(
  times: readonly number[],
  observed: readonly boolean[],
  confidence = 0.95,
): SurvivalCurve {
  requireDurations({ times, observed });
  requireConfidence(confidence);
  const z = -normalQuantile((1 - confidence) / 2);
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  for (const { time, atRisk, events } of eventTable([{ times, observed }])) {
    survival *= (atRisk[0] - events[0]) / atRisk[0];
    greenwood += events[0] / (atRisk[0] * (atRisk[0] - events[0]));
    const ended = survival === 0;
    const standardError = ended ? Number.NaN : survival * Math.sqrt(greenwood);
    const end = (sign: number) =>
      ended ? Number.NaN : pow(survival, exp((sign * z * Math.sqrt(greenwood)) / log(survival)));
    steps.push({
      time,
      atRisk: atRisk[0],
      events: events[0],
      survival,
      standardError,
      low: end(-1),
      high: end(1),
    });
  }
  // where the curve ends at 0 its interval is not known: the low end is down there, the high end need not be
  const low = steps.find((step) => step.low <= 0.5 || step.survival === 0);
  const high = steps.find((step) => step.high <= 0.5);
  return {
    n: times.length,
    steps,
    median: survivalQuantile(steps, 0.5),
    medianInterval: [low?.time ?? Number.POSITIVE_INFINITY, high?.time ?? Number.POSITIVE_INFINITY],
  };
}

/** The time by which a share of p has come to the event; Infinity if the curve does not get there. */
export function survivalQuantile(
  steps: readonly SurvivalStep[],
  p: number,
  rule: ReachRule = 'atMost',
): number {
  const level = 1 - p;
  const below = steps.find((step) => step.survival < level - 1e-12);
  const met = steps.find((step) => Math.abs(step.survival - level) <= 1e-12);
  if (rule === 'below' || met === undefined) return below?.time ?? Number.POSITIVE_INFINITY;
  if (rule === 'atMost' || below === undefined) return met.time;
  return (met.time + below.time) / 2;
}

/**
 * The mean of the time to the event cut off at a horizon: the area under the curve up to it, with its standard error (the root of
 * sum A_i^2 d_i / (n_i (n_i - d_i)), A_i the area from event i on; n_i = d_i adds nothing, A_i being 0).
 * @throws InvalidInput for a horizon that is not above 0 and finite.
 */
export function restrictedMean(
  { steps }: Pick<SurvivalCurve, 'steps'>,
  horizon: number,
): { readonly mean: number; readonly standardError: number } {
  if (!(horizon > 0 && Number.isFinite(horizon)))
    throw new InvalidInput(`invalid horizon: got ${horizon}, expected a finite number above 0`);
  const within = steps.filter((step) => step.time < horizon);
  let area = 0;
  let spread = 0;
  for (let i = within.length - 1; i >= 0; i--) {
    const { time, atRisk, events, survival } = within[i];
    area += ((within[i + 1]?.time ?? horizon) - time) * survival;
    if (area > 0) spread += (area * area * events) / (atRisk * (atRisk - events));
  }
  return { mean: area + (within[0]?.time ?? horizon), standardError: Math.sqrt(spread) };
}

interface EventRow {
  readonly time: number;
  readonly atRisk: readonly number[];
  readonly events: readonly number[];
}

/** Of every time with an event, in ascending order: how many of each group are at risk and have the event. */
export function eventTable(groups: readonly Durations[]): EventRow[] {
  const eventTimes = groups.flatMap(({ times, observed }) => times.filter((_, i) => observed[i]));
  return [...new Set(eventTimes)].sort(ascending).map((time) => ({
    time,
    atRisk: groups.map(({ times }) => times.filter((other) => other >= time).length),
    events: groups.map(
      ({ times, observed }) => times.filter((other, i) => observed[i] && other === time).length,
    ),
  }));
}

/** @throws InvalidInput for no times, a NaN, or lists of different lengths. */
export function requireDurations({ times, observed }: Durations): void {
  requireSample('times', times, 1);
  if (times.length !== observed.length)
    throw new InvalidInput(
      `invalid durations: got ${times.length} times and ${observed.length} marks of observation, expected equally many`,
    );
}
