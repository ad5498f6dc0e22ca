import type { Json } from '../../core/json.ts';
import { clopperPearson } from '../../stats/proportions.ts';
import { LOG_LABEL, logAxis } from '../axis.ts';
import { axesTitle, chart, type Figure, facet } from '../figure.ts';
import { count, formatPercent, formatRate } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import { type Method, resultsOf, type Setting } from '../methods.ts';
import { light } from '../palette.ts';

const CONFIDENCE = 0.95;

/**
 * The share of the runs that diverged at each learning rate, with its exact interval (Clopper and Pearson 1934), a panel a method. Null
 * unless some method has two rates above zero and a diverged run. Methods without a diverged run have no panel.
 */
export function divergedShare(methods: readonly Method[]): Figure | null {
  const shown = methods
    .map(({ label, settings }) => ({ label, settings: settings.filter(hasPlace) }))
    .filter(({ settings }) => settings.length > 1 && settings.some((setting) => divergedOf(setting) > 0));
  if (shown.length === 0) return null;
  const rows = shown.flatMap(({ label, settings }) => settings.map((setting) => rowOf(label, setting)));
  const axis = logAxis(shown.flatMap(({ settings }) => settings.map(({ learningRate }) => learningRate!)));
  const without = methods.length - shown.length;
  const caption = [
    'Dot: the share of the runs at a learning rate that diverged; bar: the exact 95% interval of Clopper and Pearson. Failed and lost runs are not counted.',
    ...(without > 0
      ? [`Not shown: ${count(without, 'method')} without a diverged run or with one rate alone.`]
      : []),
  ].join(' ');
  const labels = shown.map(({ label }) => label);
  const alone = labels.length === 1;
  const layer = layersOf(axis.domain, axis.ticks);
  const layout = { panels: labels.length, minWidth: 170, maxWidth: alone ? 620 : 480, axis: 48 };
  const spec = chart(`Share of diverged runs against the learning rate. ${caption}`, layout, {
    title: axesTitle(`share of diverged runs${alone ? ` of ${labels[0]}` : ''} by learning rate`),
    data: { name: 'shares', values: rows },
    ...(alone ? { width: 520, height: 200, layer } : facet('method', labels, 200, 130, layer)),
  });
  return { id: 'diverged-share', title: 'Diverged runs by learning rate', caption, spec };
}

/** Zero has no place on a logarithmic axis, and does not train. */
function hasPlace(setting: Setting): boolean {
  return setting.learningRate !== null && setting.learningRate > 0 && resultsOf(setting).length > 0;
}

function divergedOf(setting: Setting): number {
  return setting.records.filter(({ outcome }) => outcome.kind === 'diverged').length;
}

function rowOf(method: string, setting: Setting): JsonObject {
  const rate = setting.learningRate!;
  const runs = resultsOf(setting).length;
  const diverged = divergedOf(setting);
  const [low, high] = clopperPearson(diverged, runs, CONFIDENCE);
  const interval = `${formatPercent(low)} to ${formatPercent(high)}`;
  const tooltip = `${method}, learning rate ${formatRate(rate)}: ${diverged} of ${count(runs, 'run')} diverged (${interval})`;
  return { method, rate, share: diverged / runs, low, high, diverged, runs, tooltip };
}

function layersOf(domain: readonly [number, number], ticks: readonly number[]): Json {
  const x = {
    field: 'rate',
    type: 'quantitative',
    title: null,
    scale: { type: 'log', domain, nice: false },
    axis: { values: ticks, grid: false, labelExpr: LOG_LABEL, labelOverlap: true },
  };
  const y = {
    field: 'share',
    type: 'quantitative',
    title: null,
    scale: { domain: [0, 1], nice: false },
    axis: { values: [0, 0.25, 0.5, 0.75, 1], format: '~%' },
  };
  const tooltip = { field: 'tooltip' };
  const color = light.hues[0];
  return [
    {
      mark: { type: 'rule', color, opacity: 0.45, strokeWidth: 3 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, tooltip },
    },
    { mark: { type: 'point', filled: true, color, size: 60, opacity: 1 }, encoding: { x, y, tooltip } },
  ];
}
