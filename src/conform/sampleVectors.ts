import * as bootstrap from '../stats/bootstrap.ts';
import * as distributions from '../stats/distributions.ts';
import * as moments from '../stats/moments.ts';
import * as proportions from '../stats/proportions.ts';
import * as quantiles from '../stats/quantiles.ts';
import { median } from '../stats/summary.ts';
import type { Answer, AnswerLookup, Given, StatisticsVectors } from './answers.ts';
import { fromPercent, lookup, meaning } from './answers.ts';
import { studentQuantiles } from './cdflibStudent.ts';

/** Statistics of one sample, and distributions, by the name of their vector files. */
export const sampleVectors: Readonly<Record<string, readonly StatisticsVectors[]>> = {
  distributions: [
    { inputs: ['z'], optional: ['p'], answer: normalAnswers },
    { inputs: ['t', 'df'], optional: ['p'], answer: studentAnswers },
    { inputs: ['x', 'df'], optional: ['p'], answer: chiSquareAnswers },
    { inputs: ['x', 'dfn', 'dfd'], optional: ['p'], answer: fAnswers },
    { inputs: ['x', 'a', 'b'], optional: ['p'], answer: betaAnswers },
    { inputs: ['k', 'n', 'p'], answer: binomialAnswers },
  ],
  quantiles: [{ inputs: ['x'], optional: ['q'], answer: quantileAnswers, inDataUnits: true }],
  bootstrap: [
    {
      inputs: ['x', 'resample_indices'],
      options: ['statistic', 'confidence'],
      answer: bootstrapAnswers,
      inDataUnits: true,
    },
  ],
  proportions: [
    { inputs: ['successes', 'n'], answer: intervalAnswers },
    { inputs: ['successes', 'n', 'p0'], answer: binomialTestAnswers },
    { inputs: ['b', 'c'], answer: mcnemarAnswers },
  ],
};

/** One answer, or one for every element of a list. */
function each(given: number | readonly number[], f: (value: number) => number): Answer {
  return typeof given === 'number' ? f(given) : given.map(f);
}

function normalAnswers({ z, p }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(z, distributions.normalCdf),
    sf: () => each(z, distributions.normalSf),
    ppf: () => each(p, distributions.normalQuantile),
    isf: () => each(p, (q) => -distributions.normalQuantile(q)),
  });
}

function studentAnswers({ t, p, df }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(t, (value) => distributions.studentCdf(value, df)),
    sf: () => each(t, (value) => distributions.studentSf(value, df)),
    ppf: () => [p].flat().map((value) => studentQuantiles(value, df)),
  });
}

function chiSquareAnswers({ x, p, df }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(x, (value) => distributions.chiSquareCdf(value, df)),
    sf: () => each(x, (value) => distributions.chiSquareSf(value, df)),
    ppf: () => each(p, (value) => distributions.chiSquareQuantile(value, df)),
  });
}

function fAnswers({ x, p, dfn, dfd }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(x, (value) => distributions.fCdf(value, dfn, dfd)),
    sf: () => each(x, (value) => distributions.fSf(value, dfn, dfd)),
    ppf: () => each(p, (value) => distributions.fQuantile(value, dfn, dfd)),
  });
}

function betaAnswers({ x, p, a, b }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(x, (value) => distributions.betaCdf(value, a, b)),
    sf: () => each(x, (value) => distributions.betaCdf(1 - value, b, a)),
    ppf: () => each(p, (value) => distributions.betaQuantile(value, a, b)),
  });
}

function binomialAnswers({ k, n, p }: Given): AnswerLookup {
  return lookup({
    cdf: () => each(k, (value) => distributions.binomialCdf(value, n, p)),
    sf: () => each(k, (value) => distributions.binomialCdf(n - value - 1, n, 1 - p)),
  });
}

function quantileAnswers({ x, q }: Given): AnswerLookup {
  const values = x as readonly number[];
  const shifted = (shift: string) => values.map((value) => Math.abs(value) + Number(shift));
  return lookup({
    'type([1-9])(?:_\\w+)?': (type) =>
      each(q, (p) => quantiles.quantile(values, p, Number(type) as quantiles.QuantileType)),
    mean: () => moments.mean(values),
    'sd_ddof(\\d+)': (ddof) => moments.standardDeviation(values, Number(ddof)),
    'var(?:iance)?_ddof(\\d+)': (ddof) => moments.variance(values, Number(ddof)),
    median: () => median(values),
    mad_raw: () => quantiles.medianAbsoluteDeviation(values),
    'iqr_type([1-9])': (type) => quantiles.interquartileRange(values, Number(type) as quantiles.QuantileType),
    'trimmed_mean_([\\d.]+)': (percent) => quantiles.trimmedMean(values, fromPercent(percent)),
    iqm: () => quantiles.interquartileMean(values),
    'geometric_mean_of_abs_plus_([\\d.]+)': (shift) => moments.geometricMean(shifted(shift)),
    geometric_mean: () => moments.geometricMean(values),
    skew_biased: () => moments.skewness(values),
    kurtosis_excess_biased: () => moments.excessKurtosis(values),
  });
}

function bootstrapAnswers({ x, resample_indices }: Given, hyper: Given): AnswerLookup {
  const { statistic: name, confidence = 0.95 }: { statistic?: string; confidence?: number } = hyper;
  const statistic = statisticOf(name);
  const estimate = statistic(x);
  const replicates = bootstrap.replicatesOf(x, resample_indices, statistic);
  const given = { replicates, estimate, confidence };
  return lookup({
    theta_hat: () => estimate,
    standard_error: () => moments.standardDeviation(replicates),
    percentile: () => bootstrap.percentileInterval(replicates, confidence),
    basic: () => bootstrap.basicInterval(replicates, estimate, confidence),
    'bca(_efron)?': (efron) =>
      bootstrap.bcaInterval({
        ...given,
        jackknife: bootstrap.jackknife(x, statistic),
        ties: efron === undefined ? 'half' : 'none',
      }),
  });
}

/** By the first word: the rest is an explanation. */
function statisticOf(name: string | undefined): bootstrap.Statistic {
  return meaning('statistic', name?.split(/[ ,(]/)[0], {
    mean: moments.mean,
    median,
    iqm: quantiles.interquartileMean,
    std: (values) => moments.standardDeviation(values),
    sd: (values) => moments.standardDeviation(values),
    min: (values) => values.reduce((least, value) => Math.min(least, value)),
    max: (values) => values.reduce((most, value) => Math.max(most, value)),
  } satisfies Record<string, bootstrap.Statistic>);
}

const INTERVALS = {
  wilson: proportions.wilson,
  clopper_pearson: proportions.clopperPearson,
  agresti_coull: proportions.agrestiCoull,
  wald: proportions.wald,
  normal: proportions.wald,
  jeffreys: proportions.jeffreys,
} as const;

function intervalAnswers({ successes, n }: Given): AnswerLookup {
  return lookup({
    '([a-z_]+?)_?(\\d\\d(?:\\.\\d+)?)': (method, percent) =>
      Object.hasOwn(INTERVALS, method)
        ? INTERVALS[method as keyof typeof INTERVALS](successes, n, fromPercent(percent))
        : undefined,
  });
}

function binomialTestAnswers({ successes, n, p0 }: Given): AnswerLookup {
  return lookup({
    'two-sided': () => proportions.binomialTest(successes, n, p0, 'two-sided'),
    less: () => proportions.binomialTest(successes, n, p0, 'less'),
    greater: () => proportions.binomialTest(successes, n, p0, 'greater'),
  });
}

function mcnemarAnswers({ b, c }: Given): AnswerLookup {
  return lookup({
    exact_p: () => proportions.mcnemarTest(b, c).p,
    'chi2_(corrected|plain)': (kind) => ({
      ...proportions.mcnemarTest(b, c, kind === 'plain' ? 'chi-square' : 'corrected'),
    }),
  });
}
