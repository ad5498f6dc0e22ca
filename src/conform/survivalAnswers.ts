import { type LogRankWeights, logRankTest } from '../stats/logRank.ts';
import { type Durations, kaplanMeier, restrictedMean, survivalQuantile } from '../stats/survival.ts';
import type { AnswerLookup, Given } from './answers.ts';
import { lookup } from './answers.ts';

/** Kaplan-Meier curves by group and the tests that compare them. */
export function survivalAnswers({ time, event, group }: Given): AnswerLookup {
  const labels = group as readonly number[];
  const byLabel = new Map<string, { times: number[]; observed: boolean[] }>();
  for (const [i, label] of labels.entries()) {
    const durations = byLabel.get(String(label)) ?? { times: [], observed: [] };
    durations.times.push(time[i]);
    durations.observed.push(event[i] === 1);
    byLabel.set(String(label), durations);
  }
  const test = (weights?: LogRankWeights) => {
    const { statistic, p, df } = logRankTest([...byLabel.values()], weights);
    return { chi2: statistic, p, df };
  };
  return lookup({
    kaplan_meier: () =>
      lookup({
        'group(.+)': (label) => {
          const durations = byLabel.get(label);
          return durations === undefined ? undefined : curveAnswers(durations);
        },
      }),
    log_rank: () => test(),
    gehan_breslow: () => test('gehan-breslow'),
    tarone_ware: () => test('tarone-ware'),
    'fleming_harrington_([\\d.]+)': (rho) => test({ rho: Number(rho) }),
  });
}

function curveAnswers({ times, observed }: Durations): AnswerLookup {
  const curve = kaplanMeier(times, observed);
  const median = survivalQuantile(curve.steps, 0.5, 'below'); // statsmodels' rule
  return lookup({
    times: () => curve.steps.map((step) => step.time),
    survival: () => curve.steps.map((step) => step.survival),
    greenwood_se: () => curve.steps.map((step) => step.standardError),
    n_risk: () => curve.steps.map((step) => step.atRisk),
    n_events: () => curve.steps.map((step) => step.events),
    median: () => (median === Number.POSITIVE_INFINITY ? Number.NaN : median), // NaN: not reached
    'rmst_to_([\\d.]+)': (horizon) => restrictedMean(curve, Number(horizon)).mean,
  });
}
