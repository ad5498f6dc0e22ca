import { median, smallest } from '../../stats/summary.ts';
import { type Axis, beyond, logAxis, onLog } from '../axis.ts';
import { metricName } from '../conclusion.ts';
import { axesTitle, chart, type Figure, facet } from '../figure.ts';
import { count, formatNumber, formatRate } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import {
  FINAL_LOSS,
  finalValue,
  finalValues,
  type Method,
  resultsOf,
  type Setting,
  seedOf,
} from '../methods.ts';
import type { Metric } from '../metric.ts';
import { dotsEach, spacedRuns, spacedSentence } from '../spacedRuns.ts';
import { styleSentence } from '../styles.ts';
import { MOST_IN_ONE_PANEL, seedsEach } from './candidates.ts';
import { type LossAxis, type RateAxis, sensitivityLayers } from './sensitivityLayers.ts';

/** About so many dots: more only weigh. */
const MOST_DOTS = 1000;

/**
 * Final validation loss against the learning rate, a dot for every seed; what diverged stands in a row of its own
 * above the axis. Null if no method has two rates: then there is nothing to be sensitive to.
 */
export function sensitivity(methods: readonly Method[], chosenBy = FINAL_LOSS): Figure | null {
  const shown = methods
    .map((method) => ({ ...method, settings: method.settings.filter(hasPlace) }))
    .filter((method) => method.settings.length > 0);
  if (!shown.some((method) => method.settings.length > 1)) return null;
  const rates = ratesOf(shown);
  const crowded = shown.length > MOST_IN_ONE_PANEL;
  const axis = lossAxis(shown.flatMap((method) => method.settings.flatMap(lossesOf)));
  const layer = sensitivityLayers(shown, rates, axis, crowded ? mediansOf(shown, axis) : null);
  const [width, height] = crowded ? [200, 140] : [620, 300];
  const labels = shown.map((method) => method.label);
  const layout = {
    panels: crowded ? labels.length : 1,
    minWidth: crowded ? 170 : 260,
    maxWidth: crowded ? 480 : 760,
    axis: 58,
  };
  const settings = shown.flatMap((method) => method.settings);
  const most = dotsEach(settings.length, MOST_DOTS);
  const spaced = spacedSentence(
    settings.map((setting) => lossesOf(setting).filter(Number.isFinite).length),
    most,
  );
  const caption = captionOf(shown, crowded, chosenBy) + spaced;
  const spec = chart(`Final validation loss against the learning rate. ${caption}`, layout, {
    title: axesTitle('final validation loss by learning rate'),
    data: { name: 'runs', values: shown.flatMap((method) => rowsOf(method, rates, axis, most)) },
    ...(crowded ? facet('method', labels, width, height, layer) : { width, height, layer }),
  });
  return { id: 'learning-rate', title: 'Learning rate', caption, spec };
}

/** Whether a setting can be drawn: a failed run has no result. */
function hasPlace(setting: Setting): boolean {
  return setting.learningRate !== null && resultsOf(setting).length > 0;
}

function lossesOf(setting: Setting): number[] {
  return finalValues(setting, 'validation', 'loss');
}

/** With a place for the rate zero, which a logarithmic axis has not, at the left of all others. */
function ratesOf(methods: readonly Method[]): RateAxis {
  const rates = methods.flatMap((method) => method.settings.map((setting) => setting.learningRate as number));
  const axis = logAxis(rates);
  if (!rates.includes(0)) return { ...axis, zero: null };
  const [low, high] = axis.domain;
  return { ...axis, domain: [beyond(low, high, -0.22), high], zero: beyond(low, high, -0.17) };
}

/** With room below for the flags of rates at the edge, which stand under their rings, and above for what diverged. */
function lossAxis(losses: readonly number[]): LossAxis {
  const { domain, ticks } = logAxis(losses);
  const [low, high] = domain;
  const axis: Axis = { domain: [beyond(low, high, -0.18), high], ticks };
  const anyDiverged = losses.includes(Number.POSITIVE_INFINITY);
  return {
    ...axis,
    diverged: beyond(...axis.domain, 1.12),
    top: anyDiverged ? beyond(...axis.domain, 1.16) : high,
  };
}

/** What a panel draws, told apart by `mark`: `run`, `diverged`, `median` and `best`. */
function rowsOf(method: Method, rates: RateAxis, axis: LossAxis, most: number): JsonObject[] {
  return method.settings.flatMap((setting) => settingRows(method, setting, rates, axis, most));
}

function settingRows(
  { label: method, best, edge }: Method,
  setting: Setting,
  rates: RateAxis,
  axis: LossAxis,
  most: number,
): JsonObject[] {
  const runs = resultsOf(setting);
  const losses = lossesOf(setting);
  const middle = median(losses);
  const diverged = losses.filter((loss) => loss === Number.POSITIVE_INFINITY).length;
  const isZero = setting.learningRate === 0;
  const common = { method, rate: isZero ? rates.zero : setting.learningRate };
  const where = `${method}, learning rate ${formatRate(setting.learningRate)}`;
  const text = `${diverged}/${runs.length}`;
  const finite = runs.filter((run) => Number.isFinite(finalValue(run, 'validation', 'loss')));
  const dots = spacedRuns(finite, (run) => finalValue(run, 'validation', 'loss'), most);
  const rows: JsonObject[] = dots.map((run) => {
    const loss = finalValue(run, 'validation', 'loss');
    const tooltip = `${where}, seed ${seedOf(run)}: loss ${formatNumber(loss)}`;
    return { ...common, mark: 'run', y: onLog(axis, loss), loss, seed: seedOf(run), tooltip };
  });
  if (diverged > 0) {
    const tooltip = `${where}: ${text} diverged`;
    rows.push({ ...common, mark: 'diverged', y: axis.diverged, diverged, runs: runs.length, text, tooltip });
  }
  if (!isZero) {
    rows.push({
      ...common,
      mark: 'median',
      y: onLog(axis, middle),
      median: Number.isFinite(middle) ? middle : null,
    });
  }
  if (setting.learningRate === best?.learningRate) {
    rows.push({
      ...common,
      mark: 'best',
      y: onLog(axis, Number.isFinite(middle) ? middle : smallest(losses)),
      edge,
    });
  }
  return rows;
}

/** The medians of all methods. They have no field that the panels are made by, so that every panel shows them all. */
function mediansOf(methods: readonly Method[], axis: Axis): JsonObject[] {
  return methods.flatMap(({ label: other, settings }) =>
    settings.filter(isAboveZero).map((setting) => ({
      other,
      rate: setting.learningRate,
      y: onLog(axis, median(lossesOf(setting))),
    })),
  );
}

function isAboveZero(setting: Setting): boolean {
  return setting.learningRate !== 0;
}

function captionOf(methods: readonly Method[], crowded: boolean, chosenBy: Metric): string {
  const settings = methods.flatMap((method) => method.settings);
  const diverged = settings.flatMap(lossesOf).filter((loss) => loss === Number.POSITIVE_INFINITY).length;
  const anyFailed = settings.some(({ records }) => records.some(({ outcome }) => outcome.kind === 'failed'));
  const rule = anyFailed ? ', where a failed run, which has no dot, counts as infinite, too' : '';
  const by =
    metricName(chosenBy) === metricName(FINAL_LOSS) ? 'that median' : `the median ${metricName(chosenBy)}`;
  const sentences = [
    `Loss on the validation data at the end of training. Dot: one seed (${seedsEach(settings)}); line: median over the seeds, a diverged run counts as infinite; ring: the best learning rate by ${by}${rule}.`,
  ];
  if (diverged > 0) {
    const what = crowded ? 'how many of the runs at a learning rate' : 'runs that';
    sentences.push(`Cross in the row “diverged”: ${what} diverged (${count(diverged, 'run')} in all).`);
  }
  if (methods.some((method) => method.edge !== null)) {
    sentences.push(
      'A red ring: the lowest or the highest rate that was tried, so that the optimum may lie beyond the grid.',
    );
  }
  if (settings.some((setting) => setting.learningRate === 0)) {
    sentences.push('At the left, apart from the axis and without a line: a learning rate of zero.');
  }
  if (crowded) sentences.push('Grey: the medians of the other methods.');
  return sentences.join(' ') + styleSentence(methods.map(({ optimizer }) => optimizer));
}
