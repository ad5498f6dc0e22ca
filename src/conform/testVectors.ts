import * as correlation from '../stats/correlation.ts';
import { bartlettTest, leveneTest } from '../stats/equalVariances.ts';
import { friedmanTest } from '../stats/friedman.ts';
import { pairedDifferences } from '../stats/hypothesis.ts';
import { cliffsDelta, probabilityOfImprovement } from '../stats/improvement.ts';
import { kendall } from '../stats/kendall.ts';
import { kolmogorovSmirnov } from '../stats/kolmogorovSmirnov.ts';
import { kruskalWallisTest } from '../stats/kruskalWallis.ts';
import * as corrections from '../stats/multipleTesting.ts';
import { shapiroWilk } from '../stats/normality.ts';
import { rankSumTest } from '../stats/rankSum.ts';
import { midRanks } from '../stats/ranks.ts';
import { signedRankTest } from '../stats/signedRank.ts';
import { criticalDifference, studentizedRangeQuantile } from '../stats/studentizedRange.ts';
import * as tTest from '../stats/tTest.ts';
import type { AnswerLookup, Given, StatisticsVectors } from './answers.ts';
import { alternativeOf, fromPercent, lookup, meaning } from './answers.ts';
import { studentInterval } from './cdflibStudent.ts';
import { survivalAnswers } from './survivalAnswers.ts';

/** Tests of hypotheses, by the name of their vector files. */
export const testVectors: Readonly<Record<string, readonly StatisticsVectors[]>> = {
  wilcoxon: [
    {
      inputs: ['x', 'y'],
      options: ['method', 'zero_method', 'correction', 'alternative'],
      answer: ({ x, y }, hyper) => signedRankAnswers(pairedDifferences(x, y), hyper),
    },
    {
      inputs: ['d'],
      options: ['method', 'zero_method', 'correction', 'alternative'],
      answer: ({ d }, hyper) => signedRankAnswers(d, hyper),
    },
  ],
  'mann-whitney': [
    {
      inputs: ['x', 'y'],
      options: ['method', 'use_continuity', 'alternative'],
      answer: rankSumAnswers,
    },
  ],
  friedman: [
    { inputs: ['rows_are_blocks'], answer: friedmanAnswers },
    { inputs: ['groups'], options: ['test'], answer: kruskalAnswers },
    { inputs: ['k', 'alpha'], answer: nemenyiAnswers },
  ],
  'multiple-testing': [{ inputs: ['p'], answer: correctionAnswers }],
  't-tests': [{ inputs: ['x', 'y'], answer: tTestAnswers }],
  correlation: [{ inputs: ['x', 'y'], answer: correlationAnswers }],
  assumptions: [{ inputs: ['x', 'y'], answer: assumptionAnswers }],
  survival: [{ inputs: ['time', 'event', 'group'], answer: survivalAnswers }],
};

type Options = Readonly<Partial<Record<string, unknown>>>;

function signedRankAnswers(
  differences: readonly number[],
  { method, zero_method = 'wilcox', correction, alternative }: Options,
): AnswerLookup {
  const kept = zero_method === 'wilcox' ? differences.filter((d) => d !== 0) : differences;
  // SciPy's rule: exact up to 50 differences, unless there are zeros
  const auto = kept.length <= 50 && !differences.includes(0) ? 'exact' : 'normal';
  const result = signedRankTest(differences, {
    method: meaning('method', method ?? 'auto', {
      exact: 'exact',
      'exact-conditional': 'exact',
      approx: 'normal',
      asymptotic: 'normal',
      auto,
    } as const),
    zeros: meaning('zero_method', zero_method, {
      wilcox: 'wilcox',
      pratt: 'pratt',
      zsplit: 'zsplit',
    } as const),
    correction: correction === true,
    alternative: alternativeOf(alternative),
  });
  return lookup({
    statistic: () => result.statistic,
    p: () => result.p,
    z: () => result.z,
    w_plus: () => result.wPlus,
    w_minus: () => result.wMinus,
    n: () => result.n,
  });
}

function rankSumAnswers({ x, y }: Given, { method, use_continuity, alternative }: Given): AnswerLookup {
  const [a, b]: (readonly number[])[] = [x, y];
  // SciPy's rule: exact for a sample of at most 8, unless there are ties
  const auto =
    Math.min(a.length, b.length) <= 8 && midRanks([...a, ...b]).ties.length === 0 ? 'exact' : 'normal';
  const result = rankSumTest(a, b, {
    method: meaning('method', method ?? 'auto', {
      exact: 'exact',
      'exact-conditional': 'exact',
      asymptotic: 'normal',
      approx: 'normal',
      auto,
    } as const),
    correction: use_continuity !== false,
    alternative: alternativeOf(alternative),
  });
  return lookup({
    u: () => result.statistic,
    p: () => result.p,
    vargha_delaney_a12: () => probabilityOfImprovement(b, a), // larger is better there
    cliffs_delta: () => cliffsDelta(b, a),
  });
}

function friedmanAnswers({ rows_are_blocks }: Given): AnswerLookup {
  const { statistic, p, meanRanks, imanDavenport } = friedmanTest(rows_are_blocks);
  return lookup({
    chi2: () => statistic,
    p: () => p,
    mean_ranks: () => meanRanks,
    iman_davenport_f: () => imanDavenport.f,
    iman_davenport_p: () => imanDavenport.p,
  });
}

function kruskalAnswers({ groups }: Given, { test = 'kruskal-wallis' }: Options): AnswerLookup {
  const result = meaning('test', String(test).split(',')[0], { 'kruskal-wallis': kruskalWallisTest })(groups);
  return lookup({ h: () => result.statistic, p: () => result.p });
}

function nemenyiAnswers({ k }: Given): AnswerLookup {
  const counts = [k].flat() as readonly number[];
  return lookup({
    'q_over_sqrt2_alpha_([\\d.]+)': (alpha) =>
      counts.map((count) => studentizedRangeQuantile(Number(alpha), count) / Math.SQRT2),
    'critical_difference_alpha_([\\d.]+)_n(\\d+)': (alpha, n) =>
      counts.map((count) => criticalDifference(Number(alpha), count, Number(n))),
  });
}

const CORRECTIONS: Readonly<Record<string, (pValues: readonly number[]) => number[]>> = {
  bonferroni: corrections.bonferroni,
  sidak: corrections.sidak,
  holm: corrections.holm,
  holm_sidak: corrections.holmSidak,
  simes_hochberg: corrections.hochberg,
  hochberg: corrections.hochberg,
  hommel: corrections.hommel,
  fdr_bh: corrections.benjaminiHochberg,
  fdr_by: corrections.benjaminiYekutieli,
};

function correctionAnswers({ p }: Given): AnswerLookup {
  return (method) => {
    if (!Object.hasOwn(CORRECTIONS, method)) return undefined;
    const adjusted = CORRECTIONS[method](p);
    return lookup({
      adjusted: () => adjusted,
      'reject_at_([\\d.]+)': (alpha) => adjusted.map((value) => value <= Number(alpha)),
    });
  };
}

function intervalOf(test: (options: tTest.TTestOptions) => tTest.TTestResult, percent: string) {
  const confidence = fromPercent(percent);
  return studentInterval(test({ confidence }), confidence);
}

function tTestAnswers({ x, y }: Given): AnswerLookup {
  const samples: Readonly<Record<string, readonly number[]>> = { x, y };
  const two = { student: tTest.studentTTest, welch: tTest.welchTTest } as const;
  const n = Math.min(samples.x.length, samples.y.length);
  const first = [samples.x.slice(0, n), samples.y.slice(0, n)] as const;
  const numbers = ({ t, p, df }: tTest.TTestResult) => ({ t, p, df });
  return lookup({
    '(student|welch)': (kind) => {
      const test = two[kind as keyof typeof two];
      return lookup({
        '(t|p|df)': (key) => test(x, y)[key as 't' | 'p' | 'df'],
        'ci([\\d.]+)_of_mean_difference': (percent) => intervalOf((options) => test(x, y, options), percent),
      });
    },
    '(student|welch)_(less|greater)_p': (kind, alternative) =>
      two[kind as keyof typeof two](x, y, { alternative: alternativeOf(alternative) }).p,
    'one_sample_mu_(-?[\\d.]+)': (mu) => numbers(tTest.oneSampleTTest(x, Number(mu))),
    'ci([\\d.]+)_of_mean_(x|y)': (percent, sample) =>
      intervalOf((options) => tTest.oneSampleTTest(samples[sample], 0, options), percent),
    paired_first_n: () => ({ n, ...numbers(tTest.pairedTTest(...first)) }),
    'paired_(less|greater)_p': (alternative) =>
      tTest.pairedTTest(...first, { alternative: alternativeOf(alternative) }).p,
    cohens_d: () => tTest.cohensD(x, y),
    hedges_g: () => tTest.hedgesG(x, y),
  });
}

function correlationAnswers({ x, y }: Given): AnswerLookup {
  const n = (x as readonly number[]).length;
  return lookup({
    spearman: () =>
      lookup({
        rho: () => correlation.spearman(x, y).coefficient,
        'p(?:_t_approximation)?': () => correlation.spearman(x, y).p,
        'p_(less|greater)': (side) => correlation.spearman(x, y, alternativeOf(side)).p,
      }),
    pearson: () =>
      lookup({
        r: () => correlation.pearson(x, y).coefficient,
        p: () => correlation.pearson(x, y).p,
        'p_(less|greater)': (side) => correlation.pearson(x, y, alternativeOf(side)).p,
        'fisher_ci([\\d.]+)': (percent) =>
          correlation.fisherInterval(correlation.pearson(x, y).coefficient, n, fromPercent(percent)),
      }),
    kendall_tau_b: () =>
      lookup({
        tau: () => kendall(x, y).tauB,
        p_asymptotic: () => kendall(x, y).p,
        p_exact: () => kendall(x, y, { method: 'exact' }).p,
      }),
    kendall_tau_c: () => ({ tau: kendall(x, y).tauC }),
  });
}

function assumptionAnswers({ x, y }: Given): AnswerLookup {
  const samples: Readonly<Record<string, readonly number[]>> = { x, y };
  const equalVariances = (centre: 'mean' | 'median') => {
    const { f, p } = leveneTest([x, y], centre);
    return { w: f, p };
  };
  return lookup({
    'shapiro_(x|y)': (sample) => ({ ...shapiroWilk(samples[sample]) }),
    brown_forsythe: () => equalVariances('median'),
    'levene(?:_mean)?': () => equalVariances('mean'),
    bartlett: () => ({ ...bartlettTest([x, y]) }),
    ks_two_sample_exact: () => ({ ...kolmogorovSmirnov(x, y) }),
    'ks_two_sample_exact_(less|greater)': (side) => ({ ...kolmogorovSmirnov(x, y, alternativeOf(side)) }),
    anova: () => {
      const { f, p } = tTest.oneWayAnova([x, y]);
      return { f, p };
    },
  });
}
