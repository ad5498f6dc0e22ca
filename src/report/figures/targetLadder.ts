import { mean } from '../../stats/moments.ts';
import type { Steps } from '../../stats/performanceProfile.ts';
import { bootstrapCurve } from '../../stats/resampling.ts';
import { runtimeDistribution } from '../../stats/runtime.ts';
import { largest, smallest } from '../../stats/summary.ts';
import { FEWEST_FOR_INTERVAL } from '../estimate.ts';
import type { Figure, FigureTable } from '../figure.ts';
import { formatMetric, formatNumber, formatPercent } from '../format.ts';
import { countedRuns, type Method } from '../methods.ts';
import { type CostAxis, costToTarget, type Metric } from '../metric.ts';
import { budgetOf, costsOf, ladderOf, shownSetting } from '../timeToTarget.ts';
import { AT_BEST_RATE } from './candidates.ts';
import { type StepLine, stepLines } from './stepLines.ts';
import { costView } from './timeToTarget.ts';

/** times[target][run] of a method; Infinity where a run did not get there. */
type Times = readonly (readonly number[])[];

/**
 * The share of all pairs of a run and a target of a ladder that were reached for a cost: what the performance profile of one workload
 * is (COCO's runtime distribution; Hansen et al. 2021). Null where no run became better than at its start.
 */
export function targetLadder(all: readonly Method[], metric: Metric, shown = AT_BEST_RATE): Figure | null {
  const targets = ladderOf(all, metric);
  if (targets.length === 0) return null;
  const methods = all.filter((method) => countedRuns(shownSetting(method)).length > 0);
  const runs = methods.map(shownSetting).map(countedRuns);
  const timesOf = (cost: CostAxis): Times[] =>
    runs.map((own) => targets.map((target) => own.map((run) => costToTarget(run, metric, target, cost))));
  const bandOf = bands();
  const views = costsOf(methods).map((cost) => {
    const end = budgetOf(runs.flat(), cost);
    const lines = timesOf(cost).map((times) => ({
      ...bandOf(times, runtimeDistribution(times)),
      end,
      censored: [],
      text: `score ${formatNumber(ladderScore(times, end))}`,
    }));
    return costView(cost, lines, end);
  });
  return stepLines({
    id: 'target-ladder',
    title: 'Targets reached',
    caption: captionOf(
      targets,
      metric,
      shown,
      runs.map(({ length }) => length),
    ),
    quantity: 'share of runs and targets',
    methods: methods.map(({ shortLabel: label, optimizer }) => ({ label, optimizer })),
    views,
    table: tableOf(methods, timesOf('step'), budgetOf(runs.flat(), 'step')),
  });
}

/** Resamples of the runs for the band: as fine as a line is drawn. */
const RESAMPLES = 1000;

/**
 * The line with its band: the 95% percentile interval of the share at each step by the bootstrap over the runs (from seed 0), all targets
 * of a run together; with fewer than {@link FEWEST_FOR_INTERVAL} runs the range of their shares. None of one run. Costs that grow
 * alike have the same shares: their bands are computed once.
 */
function bands() {
  const known = new Map<string, StepLine['band']>();
  return (times: Times, steps: Steps): Pick<StepLine, 'steps' | 'band'> => {
    const runs = times[0].map((_, r) => times.map((ofTarget) => ofTarget[r]));
    if (runs.length < 2) return { steps };
    const shares = steps.x.map((x) => runs.map((own) => own.filter((time) => time <= x).length / own.length));
    const key = JSON.stringify(shares);
    const band = known.get(key) ?? bandOfShares(shares);
    known.set(key, band);
    return band === undefined ? { steps } : { steps, band };
  };
}

/** shares[step][run] */
function bandOfShares(shares: readonly (readonly number[])[]): StepLine['band'] {
  if (shares.length === 0) return undefined;
  const runs = shares[0].map((_, r) => r);
  if (runs.length < FEWEST_FOR_INTERVAL) return { low: shares.map(smallest), high: shares.map(largest) };
  const curve = (drawn: readonly number[]) => shares.map((own) => mean(drawn.map((r) => own[r])));
  const points = bootstrapCurve(runs, curve, { resamples: RESAMPLES });
  return { low: points.map(({ low }) => low), high: points.map(({ high }) => high) };
}

function bandWords(sizes: readonly number[]): string {
  const [least, most] = [smallest(sizes), largest(sizes)];
  if (most < 2) return ' One run a method: no band.';
  const runs = least === most ? `${most}` : `${least} to ${most}`;
  const range = `the range of the runs${most < FEWEST_FOR_INTERVAL ? '' : ` with fewer than ${FEWEST_FOR_INTERVAL}`}`;
  const interval = '95% pointwise bootstrap interval over the runs, all targets of a run together';
  const what =
    least >= FEWEST_FOR_INTERVAL ? interval : most < FEWEST_FOR_INTERVAL ? range : `${interval}; ${range}`;
  return ` Band: ${what} (${runs} a method).`;
}

function captionOf(
  targets: readonly number[],
  metric: Metric,
  shown: string,
  sizes: readonly number[],
): string {
  const format = (value: number) => formatMetric(value, metric.measure);
  const split = metric.split === 'train' ? 'training' : metric.split;
  const range = `${format(targets[0])} to ${format(smallest(targets))}`;
  return `Share of all pairs of a run and a target that were reached (COCO’s runtime distribution), ${shown}. The ${targets.length} targets are in equal ratios from a ${split} ${metric.measure} of ${range}, the best that any run had: chosen after the results. A run that diverged or failed reached none.${bandWords(sizes)}`;
}

function tableOf(methods: readonly Method[], times: readonly Times[], horizon: number): FigureTable {
  const rows = methods
    .map(({ label }, m) => ({ label, pairs: times[m].flat(), runs: times[m][0].length }))
    .map((row, m) => ({ ...row, score: ladderScore(times[m], horizon) }))
    .toSorted((a, b) => b.score - a.score);
  return {
    label: 'Targets reached',
    heads: [{ text: 'Method' }, 'Score', 'Pairs reached', 'Runs'],
    rows: rows.map(({ label, score, pairs, runs }) => [
      label,
      formatNumber(score),
      formatPercent(pairs.filter(Number.isFinite).length / pairs.length),
      String(runs),
    ]),
    note: 'Score: the area under the line over the steps as a share of the whole, exact, from 0 to 1 (all targets at once). It depends on the targets, which the best run of the page sets: compare within this table only.',
  };
}

/** The area under the runtime distribution over the horizon: the mean over all pairs of max(0, 1 - time / horizon). */
export function ladderScore(times: Times, horizon: number): number {
  const pairs = times.flat();
  return pairs.reduce((sum, time) => sum + Math.max(0, 1 - time / horizon), 0) / pairs.length;
}
