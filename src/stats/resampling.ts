import { InvalidInput } from '../core/check.ts';
import { type Rng, stream } from '../core/rng.ts';
import { bcaInterval, percentileInterval, type Statistic } from './bootstrap.ts';
import { requireConfidence, requireSample } from './hypothesis.ts';
import { mean } from './moments.ts';
import { ascending } from './ranks.ts';
import { requireCount, requireSameLength } from './requirements.ts';

export interface BootstrapOptions {
  readonly seed?: number;
  readonly resamples?: number;
  readonly confidence?: number;
  readonly method?: IntervalMethod;
}

export type IntervalMethod = 'percentile' | 'bca';

/** An estimate and its bootstrap interval; an end may be infinite. */
export interface BootstrapInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly resamples: number;
  /** What was done: 'percentile' also where BCa was asked for and is not defined. */
  readonly method: IntervalMethod;
}

/** One sample a stratum (a workload), each resampled on its own. */
export type StratifiedStatistic = (strata: readonly (readonly number[])[]) => number;

const RESAMPLES = 2000;

/**
 * Bootstrap interval of a statistic of one sample (Efron 1979): `resamples` samples of the same size drawn with
 * replacement, and of their statistics
 *
 * - percentile: the (1 - confidence) / 2 and (1 + confidence) / 2 quantiles (type 7);
 * - bca: the quantiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z the normal quantiles of the same two levels, z0
 *   the normal quantile of the share of resamples below the estimate (ties count half), a the skewness of the
 *   jackknife over 6 (Efron 1987; Efron and Tibshirani 1993, section 14.3; ties and a as in SciPy's `bootstrap`).
 *
 * Infinite values stay what they are, so the interval of a median may be [x, Infinity]. BCa is not defined when the
 * jackknife is infinite, all resamples lie on one side or n = 1: the interval is then the percentile one, and
 * `method` says so. With n = 1 the interval is the estimate itself: a bootstrap cannot see a spread that is not in the
 * sample, and below about 10 values it is too short. Throws on an empty sample and on NaN.
 *
 * The resample that a statistic gets is in ascending order, in an array that is used again: it must neither keep nor
 * change it.
 */
export function bootstrap(
  values: readonly number[],
  statistic: Statistic,
  options: BootstrapOptions = {},
): BootstrapInterval {
  return stratifiedBootstrap([values], ([sample]) => statistic(sample), options);
}

/**
 * As {@link bootstrap} of a statistic of several samples, each resampled on its own and to its own size: workloads
 * are fixed, seeds are drawn within them (Agarwal et al. 2021, stratified bootstrap). The a of BCa is that of the
 * jackknives of all strata, sum U^3 / n^3 over 6 (sum U^2 / n^2)^(3/2), as in SciPy.
 */
export function stratifiedBootstrap(
  strata: readonly (readonly number[])[],
  statistic: StratifiedStatistic,
  options: BootstrapOptions = {},
): BootstrapInterval {
  if (strata.length === 0) throw new InvalidInput('invalid strata: got none, expected at least one sample');
  for (const [i, sample] of strata.entries()) requireSample(`sample of stratum ${i}`, sample, 1);
  const samples = strata.map((sample) => new Resampler(sample));
  const resampled = samples.map(({ values }) => values);
  const draw = (rng: Rng) => {
    for (const sample of samples) sample.draw(rng);
    return statistic(resampled);
  };
  const leaveOneOut = () =>
    strata.map((sample, s) =>
      // a stratum of one value has no spread to tell of
      sample.length === 1 ? [] : sample.map((_, i) => statistic(strata.with(s, sample.toSpliced(i, 1)))),
    );
  return interval(statistic(strata), draw, leaveOneOut, options);
}

/**
 * As {@link bootstrap} of a statistic of two paired samples (run i of both arms has the same seed): pairs are drawn,
 * so both arms get the same indices. Throws if the arms differ in length. Of pairs in which both runs diverged,
 * `pairedDifferences` makes 0.
 */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  statistic: (a: readonly number[], b: readonly number[]) => number,
  options: BootstrapOptions = {},
): BootstrapInterval {
  requireSameLength('pairs', a, b);
  requireSample('first arm of the pairs', a, 1);
  requireSample('second arm of the pairs', b, 1);
  const bufferA = a.slice();
  const bufferB = b.slice();
  const draw = (rng: Rng) => {
    for (let i = 0; i < bufferA.length; i++) {
      const j = rng.below(bufferA.length);
      bufferA[i] = a[j];
      bufferB[i] = b[j];
    }
    return statistic(bufferA, bufferB);
  };
  const leaveOneOut = () =>
    a.length === 1 ? [] : [a.map((_, i) => statistic(a.toSpliced(i, 1), b.toSpliced(i, 1)))];
  return interval(statistic(a, b), draw, leaveOneOut, options);
}

/**
 * Pointwise percentile bands of a whole curve: every resample of `values` gives all points at once, so that points
 * belong together. `method` must not be 'bca'.
 */
export function bootstrapCurve(
  values: readonly number[],
  curve: (values: readonly number[]) => readonly number[],
  options: BootstrapOptions = {},
): BootstrapInterval[] {
  requireSample('values', values, 1);
  const { resamples, confidence, method } = settings(options);
  if (method === 'bca')
    throw new InvalidInput('invalid interval of a curve: got bca, expected percentile; leave method out');
  const estimates = curve(values);
  const replicates = estimates.map(() => new Array<number>(resamples));
  const rng = stream(options.seed ?? 0, 'bootstrap').at();
  const sample = new Resampler(values);
  for (let r = 0; r < resamples; r++) {
    sample.draw(rng);
    const points = curve(sample.values);
    for (let i = 0; i < points.length; i++) replicates[i][r] = points[i];
  }
  return estimates.map((estimate, i) => percentile(estimate, replicates[i], confidence));
}

/**
 * Draws from a sample with replacement, in ascending order: to sort what is sorted costs little, and most statistics
 * sort.
 */
class Resampler {
  /** The resample, in the same array every time. */
  readonly values: number[];
  readonly #sorted: readonly number[];
  readonly #counts: Int32Array;

  constructor(sample: readonly number[]) {
    this.#sorted = sample.toSorted(ascending);
    this.values = this.#sorted.slice();
    this.#counts = new Int32Array(sample.length);
  }

  draw(rng: Rng): void {
    const n = this.#sorted.length;
    const counts = this.#counts.fill(0);
    for (let i = 0; i < n; i++) counts[rng.below(n)]++;
    let at = 0;
    for (let i = 0; i < n; i++)
      for (let count = counts[i]; count > 0; count--) this.values[at++] = this.#sorted[i];
  }
}

function settings(options: BootstrapOptions): Required<Omit<BootstrapOptions, 'seed'>> {
  const { resamples = RESAMPLES, confidence = 0.95, method = 'percentile' } = options;
  requireCount('number of resamples', resamples, 1);
  requireConfidence(confidence);
  return { resamples, confidence, method };
}

function interval(
  estimate: number,
  draw: (rng: Rng) => number,
  leaveOneOut: () => readonly (readonly number[])[],
  options: BootstrapOptions,
): BootstrapInterval {
  const { resamples, confidence, method } = settings(options);
  const rng = stream(options.seed ?? 0, 'bootstrap').at();
  const replicates = new Array<number>(resamples);
  for (let r = 0; r < resamples; r++) replicates[r] = draw(rng);
  if (method === 'bca') {
    const jackknife = leaveOneOut().flatMap(centred);
    const [low, high] =
      jackknife.length < 2
        ? [Number.NaN, Number.NaN]
        : bcaInterval({ replicates, estimate, jackknife, confidence });
    if (!Number.isNaN(low) && !Number.isNaN(high))
      return { estimate, low, high, confidence, resamples, method };
  }
  return percentile(estimate, replicates, confidence);
}

function percentile(estimate: number, replicates: readonly number[], confidence: number): BootstrapInterval {
  const [low, high] = percentileInterval(replicates, confidence);
  return { estimate, low, high, confidence, resamples: replicates.length, method: 'percentile' };
}

/** (n - 1) / n (values - their mean): so scaled, the jackknives of all strata make one list. */
function centred(values: readonly number[]): number[] {
  const centre = mean(values);
  return values.map((value) => (value === centre ? 0 : (value - centre) * (1 - 1 / values.length)));
}
