import type { Json } from '../../core/json.ts';
import { largest } from '../../stats/summary.ts';
import { type Axis, LOG_LABEL, linearAxis, logAxis, onLog } from '../axis.ts';
import { axesTitle, chart, type Figure, facet } from '../figure.ts';
import { visible } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import type { Method } from '../methods.ts';
import { light } from '../palette.ts';
import { type Curve, channelsOf, stepCurve } from '../series.ts';
import { AT_BEST_RATE, bestSettings, type Candidate, candidatesOf, seedsEach } from './candidates.ts';
import { compareNaturally } from './gradientNorms.ts';

const pointsOf = (panels: number) => (panels > 12 ? 25 : 50);
/** More lines than this are not told apart, by no colours: those that reach farthest are shown. */
const MOST_LAYERS = light.hues.length;

/** What of every layer a figure shows. */
export interface LayerQuantity {
  readonly id: string;
  /** The channels `<prefix><layer>`. */
  readonly prefix: string;
  readonly title: string;
  readonly what: string;
  readonly axes: string;
  readonly scale: 'share' | 'linear' | 'log';
  /** How the probe is called that measures it. */
  readonly probe: string;
}

export const DEAD_UNITS: LayerQuantity = {
  id: 'dead-units',
  prefix: 'deadUnits/',
  title: 'Dead units',
  what: 'Share of the units of each ReLU layer that are zero for every image of a batch (of a convolution: at every place of every image)',
  axes: 'share of dead units by step',
  scale: 'share',
  probe: 'deadUnits',
};

export const SLOPES: LayerQuantity = {
  id: 'slopes',
  prefix: 'slope/',
  title: 'Learned slopes',
  what: 'Mean of the learned slopes of each PReLU',
  axes: 'mean slope by step',
  scale: 'linear',
  probe: 'slopes',
};

export const BATCH_NORM_DRIFT: LayerQuantity = {
  id: 'batch-norm-drift',
  prefix: 'batchNormDrift/',
  title: 'Batch norm drift',
  what: 'Distance of the batch’s means from the running means that evaluation uses, in standard deviations of the batch, mean over the channels of each batch norm',
  axes: 'drift by step',
  scale: 'log',
  probe: 'batchNormDrift',
};

/** The points of a line in arrays. */
interface Row {
  readonly method: string;
  readonly layer: string;
  readonly x: readonly number[];
  readonly value: readonly (number | null)[];
}

/** A quantity of every layer over the steps, a panel a method at its best setting. Null where no run recorded it. */
export function layerCurves(
  methods: readonly Method[],
  quantity: LayerQuantity,
  shown = AT_BEST_RATE,
): Figure | null {
  const { id, prefix, title, scale } = quantity;
  const candidates = candidatesOf(methods);
  const curves = curvesOf(candidates, prefix);
  const all = [...new Set(curves.map(({ layer }) => layer))];
  const layers = farthest(all, (layer) =>
    largest(curves.flatMap(({ layer: other, curve }) => (other === layer ? finite(curve.median) : []))),
  );
  const measured = curves.filter(
    ({ layer, curve }) => layers.includes(layer) && curve.median.some(Number.isFinite),
  );
  if (measured.length === 0) return null;
  const axis = axisOf(
    scale,
    measured.flatMap(({ curve }) => curve.median),
  );
  const rows = measured.map((curve) => rowOf(curve, (y) => (scale === 'log' ? onLog(axis, y) : y)));
  const drawn = candidates.filter(({ label }) => rows.some(({ method }) => method === label));
  const caption = captionOf(quantity, drawn, layers.length < all.length ? all.length : null, shown);
  const labels = drawn.map(({ label }) => label);
  const layer = layerOf(quantity, axis, rows, layers.map(visible));
  const alone = labels.length === 1;
  const layout = { panels: labels.length, minWidth: 170, maxWidth: alone ? 760 : 480, axis: 44 };
  const spec = chart(`${title}. ${caption}`, layout, {
    title: axesTitle(quantity.axes),
    data: { name: 'layers', values: rows as unknown as Json },
    transform: [{ flatten: ['x', 'value'] }],
    ...(alone ? { width: 620, height: 220, layer } : facet('method', labels, 200, 130, layer)),
  });
  return { id, title, caption, spec };
}

interface LayerCurve {
  readonly method: string;
  readonly layer: string;
  readonly curve: Curve;
}

function curvesOf(candidates: readonly Candidate[], prefix: string): LayerCurve[] {
  return candidates.flatMap(({ label, best }) =>
    channelsOf([best], prefix).map((channel) => ({
      method: label,
      layer: channel.slice(prefix.length),
      curve: stepCurve(best, channel, pointsOf(candidates.length)),
    })),
  );
}

/** The finite points of a curve, each at its place on the axis. */
function rowOf({ method, layer, curve }: LayerCurve, placed: (y: number) => number | null): Row {
  const known = curve.x.flatMap((x, i) =>
    Number.isFinite(curve.median[i]) ? [[x, curve.median[i]] as const] : [],
  );
  return {
    ...{ method, layer: visible(layer), x: known.map(([x]) => x) },
    value: known.map(([, y]) => placed(y)),
  };
}

function finite(values: readonly number[]): number[] {
  return values.filter(Number.isFinite);
}

/** The layers in the order of their names; of too many those with the largest values. */
function farthest(layers: readonly string[], reach: (layer: string) => number): string[] {
  const reaches = new Map(layers.map((layer) => [layer, reach(layer)]));
  const kept = layers.toSorted((a, b) => reaches.get(b)! - reaches.get(a)!).slice(0, MOST_LAYERS);
  return kept.sort(compareNaturally);
}

function captionOf(
  { what, probe }: LayerQuantity,
  candidates: readonly Candidate[],
  all: number | null,
  shown: string,
): string {
  const seeds = seedsEach(bestSettings(candidates));
  return [
    `${what}, ${shown} (probe ${probe}).`,
    `Line: median over the seeds (${seeds}) of the median in a bucket of steps, where it was measured.`,
    ...(all === null ? [] : [`Shown are the ${MOST_LAYERS} of ${all} layers with the largest values.`]),
  ].join(' ');
}

function axisOf(scale: LayerQuantity['scale'], values: readonly number[]): Axis {
  if (scale === 'log') return logAxis(values);
  if (scale === 'linear') return linearAxis(values, false);
  return { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1] };
}

function layerOf(
  { scale }: LayerQuantity,
  { domain, ticks }: Axis,
  rows: readonly Row[],
  layers: readonly string[],
): Json {
  const x = {
    field: 'x',
    type: 'quantitative',
    title: null,
    scale: { domain: [0, largest(rows.flatMap((row) => row.x))], nice: false },
    axis: { grid: false, tickCount: 4, format: '~s' },
  };
  const label = scale === 'log' ? { labelExpr: LOG_LABEL } : { format: scale === 'share' ? '~%' : '~g' };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: { type: scale === 'log' ? 'log' : 'linear', domain, nice: false },
    axis: { values: ticks, labelOverlap: true, ...label },
  };
  const color: JsonObject = {
    field: 'layer',
    type: 'nominal',
    title: null,
    scale: { domain: layers, range: light.hues.slice(0, layers.length) },
    legend: { symbolType: 'stroke', symbolOpacity: 1 },
  };
  return [{ mark: { type: 'line' }, encoding: { x, y, color } }];
}
