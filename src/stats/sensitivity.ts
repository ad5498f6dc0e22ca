import { InvalidInput } from '../core/check.ts';
import { exp, log } from '../core/math.ts';
import { requireSample } from './hypothesis.ts';
import { requireSameLength } from './requirements.ts';

/** How much the loss suffers from the wrong learning rate. */
export interface Sensitivity {
  readonly sensitivity: number;
  readonly bestLoss: number;
  readonly bestRate: number;
  /** No rate did better than the initial loss: the sensitivity is 0 and means nothing. */
  readonly atChance: boolean;
}

/**
 * Learning-rate sensitivity
 *
 *     S = mean over the grid of min(loss(rate), initialLoss) - min over the grid of the same
 *
 * (Wortsman et al. 2023, "Small-scale proxies for large-scale transformer training instabilities"). A run that
 * diverged counts as the initial loss. S depends on the window of rates (compare windows that are equally wide and
 * centred on the best rate), and is 0 for a network at chance everywhere (`atChance`). Throws on NaN, on rates that
 * are not ascending and above 0, and on an initial loss that is not finite.
 */
export function learningRateSensitivity(
  rates: readonly number[],
  losses: readonly number[],
  initialLoss: number,
): Sensitivity {
  checkGrid(rates, losses);
  if (!Number.isFinite(initialLoss))
    throw new InvalidInput(`invalid initial loss: got ${initialLoss}, expected a finite number`);
  const capped = losses.map((loss) => Math.min(loss, initialLoss));
  const best = indexOfSmallest(capped);
  const sum = capped.reduce((total, loss) => total + (loss - capped[best]), 0);
  return {
    sensitivity: sum / capped.length,
    bestLoss: losses[best],
    bestRate: rates[best],
    atChance: !(losses[best] < initialLoss),
  };
}

/** The learning rates around the best that are nearly as good. */
export interface Basin {
  /** log10(high / low); 0 if every run diverged. */
  readonly decades: number;
  /** Both are NaN if every run diverged. */
  readonly low: number;
  readonly high: number;
  readonly bestRate: number;
  /** The basin reaches the lower or the upper end of the grid: it is at least this wide. */
  readonly atLowEnd: boolean;
  readonly atHighEnd: boolean;
}

/**
 * The interval of learning rates around the best with a loss of at most best + tolerance |best|. Between the last
 * rate inside and the first outside, the loss is taken as linear in the logarithm of the rate; beside a run that
 * diverged the basin ends at the last rate inside. Other rates as good, but across a worse one, do not count. Throws
 * on NaN, on rates that are not ascending and above 0 and on a negative tolerance.
 */
export function basinWidth(rates: readonly number[], losses: readonly number[], tolerance = 0.05): Basin {
  checkGrid(rates, losses);
  if (!(tolerance >= 0))
    throw new InvalidInput(
      `invalid tolerance: got ${tolerance}, expected a number of at least 0, such as 0.05`,
    );
  const best = indexOfSmallest(losses);
  if (losses[best] === Number.POSITIVE_INFINITY)
    return {
      decades: 0,
      low: Number.NaN,
      high: Number.NaN,
      bestRate: Number.NaN,
      atLowEnd: false,
      atHighEnd: false,
    };
  const limit = losses[best] + tolerance * Math.abs(losses[best]);
  const low = basinEnd(rates, losses, limit, best, -1);
  const high = basinEnd(rates, losses, limit, best, 1);
  return {
    decades: (high.logRate - low.logRate) / log(10),
    low: low.rate,
    high: high.rate,
    bestRate: rates[best],
    atLowEnd: low.atEnd,
    atHighEnd: high.atEnd,
  };
}

interface BasinEnd {
  readonly logRate: number;
  readonly rate: number;
  readonly atEnd: boolean;
}

function basinEnd(
  rates: readonly number[],
  losses: readonly number[],
  limit: number,
  best: number,
  direction: 1 | -1,
): BasinEnd {
  let inside = best;
  while (losses[inside + direction] <= limit) inside += direction; // past the end: undefined <= limit is false
  const outside = inside + direction;
  const from = log(rates[inside]);
  if (outside < 0 || outside >= rates.length) return { logRate: from, rate: rates[inside], atEnd: true };
  const part = (limit - losses[inside]) / (losses[outside] - losses[inside]); // 0 beside an infinite loss
  const logRate = from + part * (log(rates[outside]) - from);
  return { logRate, rate: part === 0 ? rates[inside] : exp(logRate), atEnd: false };
}

function checkGrid(rates: readonly number[], losses: readonly number[]): void {
  requireSameLength('learning rates and losses', rates, losses);
  requireSample('losses', losses, 1);
  for (const [i, rate] of rates.entries())
    if (!(rate > (i === 0 ? 0 : rates[i - 1]) && rate < Number.POSITIVE_INFINITY))
      throw new InvalidInput(
        `invalid learning rates: got ${rate} at place ${i}, expected finite numbers above 0 in ascending order; sort the grid`,
      );
}

/** The first of the smallest: of equally good rates the lowest. */
function indexOfSmallest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] < values[best]) best = i;
  return best;
}
