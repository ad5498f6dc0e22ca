import type { Json } from '../../core/json.ts';
import { exp, log } from '../../core/math.ts';
import { largest } from '../../stats/summary.ts';
import { type Axis, linearAxis, linearTicks, logAxis } from '../axis.ts';
import type { JsonObject } from '../labels.ts';
import type { Split } from '../methods.ts';
import { type Curve, type Spacing, TIMES, type Time } from '../series.ts';
import { spreadOut } from './endLabels.ts';

/** A curve with what had been spent at its points, and the values of every seed there. */
export interface Series {
  readonly method: string;
  readonly split: Split;
  /** Whose buckets are made for which axis; null where the points are the same on both. */
  readonly spacing: Spacing | null;
  readonly curve: Curve;
  readonly places: Readonly<Record<Time, readonly number[]>>;
  readonly seeds: readonly { readonly seed: number; readonly values: readonly number[] }[];
  /** What the values are held against at each place, drawn dotted: a threshold. NaN where there is none. */
  readonly limit?: readonly number[];
}

/** Height of a line of text between labels at the ends of lines. */
const LABEL_GAP = 13;

/** The times that tell something: one that is zero throughout does not, nor gradient evaluations that are steps. */
export function timesOf(series: readonly Series[], allowed: readonly Time[] = TIMES): Time[] {
  const all = (time: Time) => series.flatMap(({ places }) => places[time]);
  const steps = all('step');
  return allowed.filter((time) => {
    const values = all(time);
    if (time === 'step') return true;
    if (time === 'gradientEvaluations' && values.every((value, i) => value === steps[i])) return false;
    return largest(values) > 0;
  });
}

/** The points of a curve in arrays: a tenth of the size of one row a point. A seed has a column of its own. */
export function rowsOf(series: readonly Series[], times: readonly Time[]): JsonObject[] {
  const hasLimits = series.some(({ limit }) => limit !== undefined);
  return series.map(({ method, split, spacing, curve, places, seeds, limit = [] }) => ({
    method,
    split,
    ...(spacing === null ? {} : { spacing }),
    ...Object.fromEntries(times.map((time) => [time, places[time].map(finite)])),
    median: curve.median.map(finite),
    low: curve.low.map(finite),
    high: curve.high.map(finite),
    ...(hasLimits ? { limit: limit.map(finite) } : {}),
    ...Object.fromEntries(seeds.map(({ seed, values }) => [seedColumn(seed), values.map(finite)])),
  }));
}

/** The columns that the rows hold of single seeds. A row without one of them gets an empty one. */
export function seedColumns(series: readonly Series[]): string[] {
  const seeds = new Set(series.flatMap((one) => one.seeds.map(({ seed }) => seed)));
  return [...seeds].sort((a, b) => a - b).map(seedColumn);
}

function seedColumn(seed: number): string {
  return `seed ${seed}`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Domain and ticks of both kinds of axis. */
export type Axes = Readonly<Record<Spacing, Axis>>;

/** The vertical axes over all that can be drawn. */
export function valueAxes(series: readonly Series[]): Axes {
  const values = series.flatMap(({ curve: { median, low, high }, limit = [] }) => [
    ...median,
    ...low,
    ...high,
    ...limit,
  ]);
  return { linear: linearAxis(values, true), log: logAxis(values) };
}

/** The horizontal axes of each time. A linear one begins at zero, a logarithmic one at the first place above it. */
export function timeAxes(series: readonly Series[], times: readonly Time[]): Record<string, Axes> {
  return Object.fromEntries(
    times.map((time) => {
      const places = series.flatMap((one) => one.places[time]);
      const last = largest(places) > 0 ? largest(places) : 1;
      const positive = places.filter((place) => place > 0);
      const first = positive.reduce((least, place) => Math.min(least, place), last);
      const low = first < last ? first : last / 10;
      return [
        time,
        {
          linear: { domain: [0, last], ticks: linearTicks(0, last) },
          log: {
            domain: [low, last],
            ticks: logAxis([low, last]).ticks.filter((t) => t >= low && t <= last),
          },
        },
      ];
    }),
  );
}

export function axesJson(axes: Axes): Json {
  return { linear: { ...axes.linear }, log: { ...axes.log } } as unknown as Json;
}

/**
 * Where the label at the end of each curve stands: the step of its last finite median, and the values at which the
 * label is drawn on either axis, moved apart where lines end close to each other.
 */
export function labelPlaces(series: readonly Series[], axes: Axes, height: number): JsonObject[] {
  const places: JsonObject[] = series.map(() => ({ end: null, linearLabel: null, logLabel: null }));
  const panels = new Set(series.map(({ split, spacing }) => `${split} ${spacing}`));
  for (const panel of panels) {
    const shown = series.flatMap((one, i) => {
      const last = one.curve.median.findLastIndex(Number.isFinite);
      return `${one.split} ${one.spacing}` === panel && last >= 0 ? [{ one, i, last }] : [];
    });
    const ends = shown.map(({ one, last }) => one.curve.median[last]);
    const linear = spreadOnAxis(ends, axes.linear, height, false);
    const logarithmic = spreadOnAxis(ends, axes.log, height, true);
    shown.forEach(({ one, i, last }, k) => {
      places[i] = {
        end: finite(one.places.step[last]),
        linearLabel: finite(linear[k]),
        logLabel: finite(logarithmic[k]),
      };
    });
  }
  return places;
}

function spreadOnAxis(values: readonly number[], { domain }: Axis, height: number, isLog: boolean): number[] {
  const on = (value: number) => (isLog ? log(Math.max(value, domain[0])) : value);
  const [low, high] = [on(domain[0]), on(domain[1])];
  const pixels = values.map((value) => (height * (high - on(value))) / (high - low));
  return spreadOut(pixels, LABEL_GAP, height).map((pixel) => {
    const place = high - (pixel / height) * (high - low);
    return isLog ? exp(place) : place;
  });
}
