import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import { exp, log } from '../core/math.ts';

/** Beyond these values a dimension makes no sense: tuning never extends it further. */
export interface Limits {
  readonly least?: number;
  readonly most?: number;
}

/** A range of numbers, plain data. */
export interface Range extends Limits {
  readonly kind: 'uniform' | 'logUniform' | 'int' | 'logInt';
  readonly low: number;
  readonly high: number;
}

/** A list of values without an order. */
export interface Choice<T extends Json = Json> {
  readonly kind: 'choice';
  readonly values: readonly T[];
}

export type Dimension = Range | Choice;

/** Hyper-parameters by name with the values that they may have. */
export type Space = Readonly<Record<string, Dimension>>;

/** One value of each dimension. */
export type Point<S extends Space = Space> = { readonly [K in keyof S]: ValueOf<S[K]> };
type ValueOf<D extends Dimension> = D extends Choice<infer T> ? T : number;

/** Real numbers from `low` to `high`, every decade as likely as any other. */
export function logUniform(low: number, high: number, limits: Limits = {}): Range {
  return { kind: 'logUniform', low, high, ...limits };
}

/** Real numbers from `low` to `high`. */
export function uniform(low: number, high: number, limits: Limits = {}): Range {
  return { kind: 'uniform', low, high, ...limits };
}

/** Whole numbers from `low` to `high`, both included; with `log` smaller ones are more likely, as log((n + 1) / n). */
export function int(
  low: number,
  high: number,
  { log: isLog = false, ...limits }: Limits & { readonly log?: boolean } = {},
): Range {
  return { kind: isLog ? 'logInt' : 'int', low, high, ...limits };
}

/** One of the values. */
export function choice<const T extends Json>(values: readonly T[]): Choice<T> {
  return { kind: 'choice', values };
}

/** Real values are rounded to so many significant digits: specs stay readable, and runs that differ differ visibly. */
const DIGITS = 6;

export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/**
 * The value of a dimension at the place `u` in it, from 0 (low, the first value) to 1 (high, the last value). Same bits on every
 * machine; real numbers have six significant digits unless that would leave the range.
 */
export function valueAt(dimension: Dimension, u: number): Json {
  if (dimension.kind === 'choice') {
    const { values } = dimension;
    return values[Math.min(values.length - 1, Math.floor(u * values.length))];
  }
  const { kind, low, high } = dimension;
  if (kind === 'uniform') return within(dimension, rounded(low + u * (high - low)));
  if (kind === 'logUniform') return within(dimension, rounded(low * exp(u * log(high / low))));
  if (kind === 'int') return within(dimension, Math.floor(low + u * (high - low + 1)));
  return within(dimension, Math.floor(low * exp(u * log((high + 1) / low))));
}

function within({ low, high }: Range, value: number): number {
  return Math.min(high, Math.max(low, value));
}

/** The point of a space at the places that `placeOf` gives for the dimensions, counted from 0. */
export function pointAt<S extends Space>(space: S, placeOf: (dimension: number) => number): Point<S> {
  const entries = Object.entries(space).map(([name, dimension], i) => [name, valueAt(dimension, placeOf(i))]);
  return Object.fromEntries(entries) as Point<S>;
}

/** Whether the dimension is divided by ratios. */
export function isLog({ kind }: Range): boolean {
  return kind === 'logUniform' || kind === 'logInt';
}

/** Whether the values are whole numbers. */
export function isWhole({ kind }: Range): boolean {
  return kind === 'int' || kind === 'logInt';
}

/**
 * The smallest and the largest value that a range may ever be extended to. On a log scale nothing lies below 0, and of whole numbers 1 is
 * the smallest that has a place.
 */
export function limitsOf(range: Range): Required<Limits> {
  const lowest = range.kind === 'logInt' ? 1 : isLog(range) ? 0 : Number.NEGATIVE_INFINITY;
  return {
    least: Math.max(range.least ?? lowest, lowest),
    most: range.most ?? Number.POSITIVE_INFINITY,
  };
}

/** A space as JSON: that is what it is. */
export function plainSpace(space: Space): Json {
  return space as unknown as Json;
}

/** @throws InvalidInput that lists every mistake of the space, each with its path, got and expected. */
export function checkSpace(space: Space, where: string): void {
  const mistakes = Object.entries(space).flatMap(([name, dimension]) =>
    mistakesOf(dimension).map((mistake) => `${where}.${name}${mistake}`),
  );
  if (mistakes.length > 0) throw new InvalidInput(`invalid ${mistakes.join('\n  ')}`);
}

const KINDS: readonly string[] = ['uniform', 'logUniform', 'int', 'logInt', 'choice'];

function mistakesOf(dimension: Dimension): string[] {
  if (!KINDS.includes(dimension?.kind))
    return [`: got ${JSON.stringify(dimension)}, expected one of logUniform, uniform, int, choice`];
  if (dimension.kind === 'choice') {
    const isFull = Array.isArray(dimension.values) && dimension.values.length > 0;
    return isFull ? [] : [`.values: got none, expected at least one value`];
  }
  const { low, high, least = low, most = high } = dimension;
  const isNumber = isWhole(dimension) ? Number.isSafeInteger : Number.isFinite;
  const what = isWhole(dimension) ? 'a whole number' : 'a finite number';
  const given = Object.entries(dimension).filter(([key]) => ['low', 'high', 'least', 'most'].includes(key));
  const unreal = given.filter(([, value]) => !isNumber(value));
  return [
    unreal.map(([end, value]) => `.${end}: got ${value}, expected ${what}`),
    isLog(dimension) && low <= 0 ? `.low: got ${low}, expected a number above 0 on a log scale` : [],
    low >= high ? `.high: got ${high}, expected more than low, ${low}` : [],
    least > low ? `.least: got ${least}, expected at most low, ${low}` : [],
    most < high ? `.most: got ${most}, expected at least high, ${high}` : [],
  ].flat();
}
