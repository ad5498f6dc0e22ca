import { canonicalJson } from '../core/json.ts';
import type { RunRecord } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { median, smallest } from '../stats/summary.ts';
import { visible } from './format.ts';
import { drawable, type JsonObject, labelsOf } from './labels.ts';
import { type Metric, metricOf } from './metric.ts';
import { shortNames } from './shortNames.ts';

/** The runs that differ only in their seed, in the order of the seeds. */
export interface Setting {
  readonly learningRate: number | null;
  readonly records: readonly RunRecord[];
}

/** The settings that differ only in the learning rate of the optimizer, in the order of the learning rates. */
export interface Method {
  readonly label: string;
  /** The label in at most 44 characters, for figures. */
  readonly shortLabel: string;
  /** The optimizer's kind, or the name of the user's module. */
  readonly optimizer: string;
  readonly settings: readonly Setting[];
  /** The setting with the lowest median of what chooses, see {@link groupMethods}; null if no run of the method completed. */
  readonly best: Setting | null;
  /** Where the best learning rate lies if there is no rate beyond it, of at least two: the optimum may lie outside. */
  readonly edge: 'lowest' | 'highest' | null;
}

export type Split = 'train' | 'validation' | 'test';
export type Measure = 'loss' | 'error';

/** What chooses among the settings of a method where an experiment declares nothing. */
export const FINAL_LOSS: Metric = { split: 'validation', measure: 'loss', at: 'final' };

/** Two lines above the narrowest panel of a figure. */
const PANEL_NAME = 44;

/**
 * Groups records into methods, in the order in which the methods first occur. The names are made of all that the
 * experiment plans: they do not depend on what has been run yet. The metric chooses the best setting of each.
 */
export function groupMethods(
  records: readonly RunRecord[],
  planned: readonly RunSpec[] = records.map((record) => record.spec),
  metric: Metric = FINAL_LOSS,
): Method[] {
  const labels = methodLabels([...planned, ...records.map((record) => record.spec)]);
  const short = shortNames([...labels.values()], PANEL_NAME);
  const places = new Map([...labels.keys()].map((key, i) => [key, i]));
  return [...groupBy(records, (record) => methodKey(specOf(record)))].map(([key, group]) => {
    const settings = settingsOf(group);
    const best = bestOf(settings, metric);
    return {
      label: labels.get(key)!,
      shortLabel: drawable(short[places.get(key)!]),
      optimizer: optimizerName(specOf(group[0]).optimizer),
      settings,
      best,
      edge: edgeOf(settings, best),
    };
  });
}

/** Methods of which the runs are named one by one: each has one setting. Runs that have no record are left out. */
export function namedMethods(
  groups: readonly { readonly name: string; readonly ids: readonly string[] }[],
  records: readonly RunRecord[],
): Method[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const short = shortNames(
    groups.map(({ name }) => drawable(visible(name))),
    PANEL_NAME,
  );
  return groups.flatMap(({ name, ids }, i): Method[] => {
    const runs = ids.flatMap((id) => byId.get(id) ?? []);
    if (runs.length === 0) return [];
    const setting = { learningRate: learningRateOf(runs[0]), records: runs };
    const optimizer = optimizerName(specOf(runs[0]).optimizer);
    const best = bestOf([setting], FINAL_LOSS);
    return [
      {
        label: drawable(visible(name)),
        shortLabel: drawable(short[i]),
        optimizer,
        settings: [setting],
        best,
        edge: null,
      },
    ];
  });
}

/** The name of every method among the specs, by what the method is; in the order in which they first occur. */
export function methodLabels(specs: readonly RunSpec[]): Map<string, string> {
  const methods = new Map<string, JsonObject>();
  for (const spec of specs) {
    const method = withoutRate(spec as unknown as JsonObject);
    const key = canonicalJson(method);
    if (!methods.has(key)) methods.set(key, method); // a stored spec has its keys in another order: the first one names
  }
  const labels = labelsOf([...methods.values()]);
  return new Map([...methods.keys()].map((key, i) => [key, labels[i]]));
}

/** More methods than this are on no page. They are not told apart by what varies among them: each is called after its optimizer. */
export const MOST_METHODS = 12_000;

/** The methods of specs that pass one at a time. One spec of each is kept, none of too many. */
export class MethodSpecs {
  readonly #specs = new Map<string, RunSpec>();
  readonly #optimizers = new Set<string>();
  #areTooMany = false;

  constructor(specs: Iterable<RunSpec> = []) {
    for (const spec of specs) this.add(spec);
  }

  add(spec: RunSpec): void {
    this.#optimizers.add(optimizerName(spec.optimizer));
    if (this.#areTooMany) return;
    const key = methodKey(spec as unknown as JsonObject);
    if (!this.#specs.has(key)) this.#specs.set(key, spec);
    if (this.#specs.size <= MOST_METHODS) return;
    this.#areTooMany = true;
    this.#specs.clear();
  }

  /** One of each method, in the order in which they first occurred. */
  get specs(): RunSpec[] {
    return [...this.#specs.values()];
  }

  get names(): string[] {
    return this.#areTooMany ? [...this.#optimizers] : [...methodLabels(this.specs).values()];
  }

  /** Names the method of any of the specs, as the report does. */
  naming(): (spec: RunSpec) => string | null {
    if (this.#areTooMany) return ({ optimizer }) => optimizerName(optimizer);
    const labels = methodLabels(this.specs);
    return (spec) => labels.get(methodKey(spec as unknown as JsonObject)) ?? null;
  }
}

function methodKey(spec: JsonObject): string {
  return canonicalJson(withoutRate(spec));
}

export function specOf(record: RunRecord): JsonObject {
  return record.spec as unknown as JsonObject;
}

export function seedOf(record: RunRecord): number {
  return Number(specOf(record).seed);
}

export function learningRateOf(record: RunRecord): number | null {
  const rate = (specOf(record).optimizer as JsonObject | undefined)?.learningRate;
  return typeof rate === 'number' ? rate : null;
}

/** Whether a run minimizes a function and trains no network: its time is the step, its loss the distance from the minimum. */
export function isProblem(record: RunRecord): boolean {
  return (specOf(record).model as JsonObject | undefined)?.kind === 'point';
}

/** The runs of a setting that count where settings or methods are compared: a failed one does, as infinitely bad; a lost one has come to no end. */
export function countedRuns(setting: Setting): RunRecord[] {
  return setting.records.filter(({ outcome }) => outcome.kind !== 'lost');
}

/** The runs of a setting that have a result: all but those that failed or were lost. */
export function resultsOf(setting: Setting): RunRecord[] {
  return setting.records.filter(hasResult);
}

/** Whether a run has come to an end that says something of its method. */
export function hasResult({ outcome }: RunRecord): boolean {
  return outcome.kind === 'completed' || outcome.kind === 'diverged';
}

/** The value of the last evaluation; Infinity if the run diverged or the value is not a number. */
export function finalValue(record: RunRecord, split: Split, measure: Measure): number {
  const value = record.series.evaluations[split][measure].at(-1);
  if (record.outcome.kind !== 'completed' || value === undefined) return Number.POSITIVE_INFINITY;
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}

export function finalValues(setting: Setting, split: Split, measure: Measure): number[] {
  return resultsOf(setting).map((record) => finalValue(record, split, measure));
}

function settingsOf(records: readonly RunRecord[]): Setting[] {
  const groups = groupBy(records, learningRateOf);
  return [...groups.entries()]
    .map(([learningRate, group]) => ({
      learningRate,
      records: group.toSorted((a, b) => seedOf(a) - seedOf(b)),
    }))
    .sort((a, b) => (a.learningRate ?? 0) - (b.learningRate ?? 0));
}

/**
 * The median decides. Where it is infinite everywhere (half of the seeds diverged or failed or more), the share that
 * did decides, then the best value that was reached, then the lower rate.
 */
function bestOf(settings: readonly Setting[], metric: Metric): Setting | null {
  const ranked = settings
    .map((setting) => {
      const values = countedRuns(setting).map((record) => choosingValue(record, metric));
      const infinite = values.filter((value) => value === Number.POSITIVE_INFINITY).length;
      const rank = [median(values), infinite / values.length, smallest(values)];
      return { setting, rank, completed: values.length > infinite };
    })
    .filter(({ completed }) => completed)
    .sort((a, b) => compareInTurn(a.rank, b.rank));
  return ranked[0]?.setting ?? null;
}

function choosingValue(record: RunRecord, metric: Metric): number {
  return metric.at === 'final' ? finalValue(record, metric.split, metric.measure) : metricOf(record, metric);
}

function edgeOf(settings: readonly Setting[], best: Setting | null): Method['edge'] {
  if (best === null || best.learningRate === null) return null;
  // a rate of zero does not train: it is no neighbour of the others, but where it is the best all others are too high
  if (best.learningRate === 0) return settings.length > 1 ? 'lowest' : null;
  const tried = settings.filter((setting) => setting.learningRate !== 0 && resultsOf(setting).length > 0);
  if (tried.length < 2) return null;
  if (best === tried[0]) return 'lowest';
  return best === tried.at(-1) ? 'highest' : null;
}

function compareInTurn(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, j) => value !== b[j]);
  return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}

/** The optimizer's kind, or the name of the user's module. */
function optimizerName(optimizer: unknown): string {
  const { kind, name } = (optimizer ?? {}) as JsonObject;
  return visible(String((kind === 'module' ? name : kind) ?? ''));
}

/** The spec of a run without its seed and its learning rate: what a method is. */
export function withoutRate({ seed: _seed, ...spec }: JsonObject): JsonObject {
  const { learningRate: _rate, ...optimizer } = (spec.optimizer ?? {}) as JsonObject;
  return { ...spec, optimizer };
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
