import type { Json } from '../../core/json.ts';
import { largest } from '../../stats/summary.ts';
import { LOG_LABEL, logAxis } from '../axis.ts';
import { axesTitle, chart, type Figure, facet } from '../figure.ts';
import { visible } from '../format.ts';
import type { JsonObject } from '../labels.ts';
import type { Method } from '../methods.ts';
import { light } from '../palette.ts';
import { type Curve, channelsOf, stepCurve } from '../series.ts';
import { AT_BEST_RATE, bestSettings, type Candidate, candidatesOf, seedsEach } from './candidates.ts';

const PREFIX = 'gradNorm/';
/** Columns of a heat map: about five pixels each in the smallest panel; of many panels half as many. */
const columnsOf = (panels: number) => (panels > 12 ? 20 : 40);
/** In pixels: a label of the most letters. */
const MOST_LABEL_WIDTH = 210;
/** A longer name of a tensor loses its middle: its beginning says which block, its end which layer. */
const MOST_LETTERS = 30;
/** With more tensors than this only the weights are shown; their biases tell the same story. */
const MOST_ROWS = 16;
/** The largest norm to the smallest with a colour of its own; what is smaller still takes that colour. */
const RANGE_SHOWN = 1e8;

/** The gradient norm of every tensor over the steps as a heat map, a panel a method at its best setting. */
export function gradientNorms(methods: readonly Method[], shown = AT_BEST_RATE): Figure | null {
  const candidates = candidatesOf(methods);
  const channels = channelsOf(bestSettings(candidates), PREFIX);
  const tensors = tensorsOf(channels);
  const rows = candidates.flatMap(({ label, best }) =>
    tensors.flatMap((tensor) =>
      rowsOf(label, visible(tensor), stepCurve(best, `${PREFIX}${tensor}`, columnsOf(candidates.length))),
    ),
  );
  if (rows.length === 0) return null;
  const labelWidth = Math.min(
    MOST_LABEL_WIDTH,
    14 + 6.5 * Math.max(...tensors.map((tensor) => tensor.length)),
  );
  const layout = { panels: candidates.length, minWidth: 170, maxWidth: 480, axis: labelWidth };
  const caption = captionOf(candidates, tensors.length < channels.length, shown);
  const layers = layersOf(placeChannels(rows, tensors.map(visible)), normChannel(rows));
  const labels = candidates.map(({ label }) => label);
  const spec = chart(`Gradient norm by layer over the steps. ${caption}`, layout, {
    title: axesTitle('gradient norm of each tensor by step'),
    data: { name: 'cells', values: rows as unknown as Json },
    transform: [{ flatten: ['start', 'end', 'norm'] }],
    ...panels(labels, Math.max(60, 14 * tensors.length), layers),
  });
  return { id: 'gradient-norms', title: 'Gradient norm by layer', caption, spec };
}

function captionOf(candidates: readonly Candidate[], weightsOnly: boolean, shown: string): string {
  const seeds = seedsEach(bestSettings(candidates));
  return [
    `Norm of the gradient of each ${weightsOnly ? 'weight tensor' : 'tensor'} before clipping, ${shown}.`,
    `Colour: median over the seeds (${seeds}) of the median in a bucket of steps, on a logarithmic scale that all panels share.`,
    'Grey: exactly zero. Blank: not measured, or the run had diverged.',
  ].join(' ');
}

function panels(labels: readonly string[], height: number, layer: Json): JsonObject {
  return labels.length === 1 ? { width: 560, height, layer } : facet('method', labels, 200, height, layer);
}

/** The cells of one tensor, in arrays. */
interface Row {
  readonly method: string;
  readonly tensor: string;
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly norm: readonly (number | null)[];
}

function rowsOf(method: string, tensor: string, { x, median }: Curve): Row[] {
  if (x.length === 0) return [];
  const norm = median.map((value) => (Number.isFinite(value) ? value : null));
  return [{ method, tensor, start: [0, ...x.slice(0, -1)], end: x, norm }];
}

const SHORT_LABEL = `length(datum.label) > ${MOST_LETTERS} ? slice(datum.label, 0, 14) + '…' + slice(datum.label, -15) : datum.label`;

function placeChannels(rows: readonly Row[], tensors: readonly string[]): JsonObject {
  const lastStep = largest(rows.flatMap((row) => row.end));
  return {
    x: {
      field: 'start',
      type: 'quantitative',
      title: null,
      scale: { domain: [0, lastStep], nice: false },
      axis: { tickCount: 4, grid: false, format: '~s' },
    },
    x2: { field: 'end' },
    y: {
      field: 'tensor',
      type: 'nominal',
      title: null,
      scale: { domain: tensors, padding: 0 },
      axis: {
        labelLimit: MOST_LABEL_WIDTH - 8,
        labelExpr: SHORT_LABEL,
        ticks: false,
        domain: false,
        grid: false,
      },
    },
  };
}

function normChannel(rows: readonly Row[]): JsonObject {
  const [low, high] = logAxis(rows.flatMap((row) => row.norm.filter((norm) => norm !== null))).domain;
  const domain = [Math.max(low, high / RANGE_SHOWN), high] as const;
  return {
    field: 'norm',
    type: 'quantitative',
    title: null,
    scale: { type: 'log', domain, scheme: 'viridis', clamp: true, nice: false },
    legend: {
      gradientLength: 120,
      gradientThickness: 10,
      labelExpr: LOG_LABEL,
      values: decadesOf(logAxis(domain).ticks),
    },
  };
}

function layersOf(place: JsonObject, color: JsonObject): Json {
  const tooltip = [
    { field: 'tensor', title: 'tensor' },
    { field: 'norm', type: 'quantitative', title: 'median norm', format: '.3~g' },
    { field: 'end', type: 'quantitative', title: 'up to step' },
  ];
  return [
    {
      transform: [{ filter: 'isValid(datum.norm) && datum.norm > 0' }],
      mark: { type: 'rect' },
      encoding: { ...place, color, tooltip },
    },
    {
      transform: [{ filter: 'isValid(datum.norm) && datum.norm === 0' }],
      mark: { type: 'rect', color: light.zero },
      encoding: { ...place, tooltip },
    },
  ];
}

/** The powers of ten among the ticks, or all ticks where there are fewer than two. */
function decadesOf(ticks: readonly number[]): readonly number[] {
  const decades = ticks.filter((tick) => /^1(e|0*$)|^0\.0*1$/.test(String(tick)));
  return decades.length > 1 ? decades : ticks;
}

/** The tensors that are shown: all, or the weights alone, numbers in names in the order of their value. */
function tensorsOf(channels: readonly string[]): string[] {
  const tensors = channels.map((channel) => channel.slice(PREFIX.length)).sort(compareNaturally);
  const weights = tensors.filter((tensor) => tensor.endsWith('.weight'));
  return tensors.length > MOST_ROWS && weights.length > 0 ? weights : tensors;
}

/** `conv2` before `conv10`. Stored records have their keys in the order of code units: the network's order is lost. */
export function compareNaturally(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split(/(\d+)/));
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = i % 2 === 1 ? Number(x[i]) - Number(y[i]) : 0;
    if (difference !== 0) return difference;
    if (x[i] !== y[i]) return x[i] < y[i] ? -1 : 1;
  }
  return x.length - y.length;
}
