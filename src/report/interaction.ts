import type { JsonObject } from './labels.ts';

/**
 * What a reader can switch in a figure. The page's script makes controls of it; a file shows the state that the spec
 * declares. It stands in the spec's `usermeta`, where programs that know nothing of it pass it by.
 */
export interface Interaction {
  readonly controls: readonly Control[];
  /** The page shows it as buttons, in place of the legend that is drawn. */
  readonly legend?: Legend;
}

/** A choice among the values of a parameter of the spec; of false and true it is a button, otherwise a list. */
export interface Control {
  /** The parameter that it sets, which is a signal in the compiled spec. */
  readonly signal: string;
  readonly label: string;
  readonly options: readonly Option[];
}

export interface Option {
  readonly value: string | boolean;
  readonly label: string;
  /** The types that scales take with it, by the name of the scale: a type cannot be a parameter. */
  readonly scales?: Readonly<Record<string, 'linear' | 'log'>>;
  /** What is to be said of the figure while it is chosen. */
  readonly note?: string;
}

/** Which parameters hold the hidden methods (a list of names) and the one in focus (a name or null). */
export interface Legend {
  readonly hidden: string;
  readonly focus: string;
  readonly entries: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly label: string;
  /** In the light palette. */
  readonly color: string;
  readonly dash: readonly number[];
}

/** A button: off or on. */
export function toggle(signal: string, label: string, note: string): Control {
  return {
    signal,
    label,
    options: [
      { value: false, label: 'off' },
      { value: true, label: 'on', note },
    ],
  };
}

/** The choice between a linear and a logarithmic scale; the parameter is the name of the type. */
export function scaleChoice(signal: string, label: string, scale: string, note: string): Control {
  return {
    signal,
    label,
    options: [
      { value: 'linear', label: 'linear', scales: { [scale]: 'linear' } },
      { value: 'log', label: 'logarithmic', scales: { [scale]: 'log' }, ...(note === '' ? {} : { note }) },
    ],
  };
}

/** Plain JSON, for the spec. */
export function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
