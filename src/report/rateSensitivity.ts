import { basinWidth, learningRateSensitivity } from '../stats/sensitivity.ts';
import { median } from '../stats/summary.ts';
import { finalValues, resultsOf, type Setting } from './methods.ts';

/** How much a method suffers from the wrong learning rate. */
export interface RateSensitivity {
  /** Mean over the rates of min(loss, loss before training) less the smallest (Wortsman et al. 2023); NaN where no run was evaluated before its first step. */
  readonly sensitivity: number;
  /** Decades of learning rates within 5 % of the best loss; NaN if half of the runs or more diverged at every rate. */
  readonly decades: number;
  /** The basin reaches an end of the grid: it is at least so wide. */
  readonly isAtEnd: boolean;
}

/** With fewer rates there is no curve to speak of. */
export const FEWEST_RATES = 3;

/** The settings with a rate above zero, which trains, and with results. */
export function triedRates(settings: readonly Setting[]): Setting[] {
  return settings.filter(
    (setting) => setting.learningRate !== null && setting.learningRate > 0 && resultsOf(setting).length > 0,
  );
}

/**
 * Of the median final validation losses by learning rate, a diverged run being Infinity, which counts in the sensitivity as the loss
 * before training. Null with fewer than {@link FEWEST_RATES} rates that were tried.
 */
export function rateSensitivity(settings: readonly Setting[]): RateSensitivity | null {
  const tried = triedRates(settings);
  if (tried.length < FEWEST_RATES) return null;
  const rates = tried.map(({ learningRate }) => learningRate as number);
  const losses = tried.map((setting) => median(finalValues(setting, 'validation', 'loss')));
  const start = lossBeforeTraining(tried);
  const { bestRate, decades, atLowEnd, atHighEnd } = basinWidth(rates, losses);
  return {
    sensitivity: Number.isFinite(start)
      ? learningRateSensitivity(rates, losses, start).sensitivity
      : Number.NaN,
    decades: Number.isNaN(bestRate) ? Number.NaN : decades,
    isAtEnd: atLowEnd || atHighEnd,
  };
}

/** The median over all runs of the validation loss before the first step. */
function lossBeforeTraining(settings: readonly Setting[]): number {
  const starts = settings
    .flatMap(resultsOf)
    .flatMap(({ series: { evaluations } }) =>
      evaluations.step[0] === 0 ? [evaluations.validation.loss[0]] : [],
    );
  return median(starts.filter(Number.isFinite));
}
