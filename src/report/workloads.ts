import { canonicalJson, type Json } from '../core/json.ts';
import { medianTime } from '../stats/runtime.ts';
import { type JsonObject, labelsOf } from './labels.ts';
import { countedRuns, type Method, specOf, withoutRate } from './methods.ts';
import { costToTarget } from './metric.ts';
import { shortNames } from './shortNames.ts';
import { shownSetting, type Target } from './timeToTarget.ts';

/** The same methods on several workloads. */
export interface Workloads {
  readonly workloads: readonly string[];
  readonly methods: readonly { readonly label: string; readonly optimizer: string }[];
  /** cells[method][workload] */
  readonly cells: readonly (readonly Method[])[];
  /** Methods of the experiment that were not run on every workload. */
  readonly outside: number;
}

const LONGEST = 44;

/**
 * Workloads are told apart by the data and by the network without its activation, norm and init. A method is then what varies within a
 * workload: an option that the workload decides (the batch size of each) is no part of it. Null where fewer than two methods were run on
 * two workloads each, and where a workload has a method twice.
 */
export function workloadsOf(methods: readonly Method[]): Workloads | null {
  const runs = methods.filter((method) => countedRuns(shownSetting(method)).length > 0);
  const specs = runs.map((method) => withoutRate(specOf(countedRuns(shownSetting(method))[0])));
  const tasks = specs.map(taskOf);
  const places = [...new Set(tasks.map(canonicalJson))];
  if (places.length < 2) return null;
  const own = choicesOf(specs, tasks.map(canonicalJson));
  const keys = [...new Set(own.map(canonicalJson))];
  const table = keys.map((key) =>
    places.map((place) =>
      runs.filter((_, i) => canonicalJson(own[i]) === key && canonicalJson(tasks[i]) === place),
    ),
  );
  if (table.flat().some((cell) => cell.length > 1)) return null;
  const whole = keys.flatMap((_, k) => (table[k].every((cell) => cell.length === 1) ? [k] : []));
  if (whole.length < 2) return null;
  const names = (values: readonly JsonObject[], distinct: readonly string[]) =>
    shortNames(
      labelsOf(distinct.map((key) => values.find((value) => canonicalJson(value) === key)!)),
      LONGEST,
    );
  const labels = names(own, keys);
  return {
    workloads: names(tasks, places),
    methods: whole.map((k) => ({ label: labels[k], optimizer: table[k][0][0].optimizer })),
    cells: whole.map((k) => table[k].map(([method]) => method)),
    outside: runs.length - whole.length * places.length,
  };
}

/** Of a network these make no other workload. */
const OF_METHOD = ['activation', 'norm', 'init', 'dropout'];

function taskOf({ data, model }: JsonObject): JsonObject {
  return { data: data ?? null, model: without(model, OF_METHOD) };
}

/** The parts of each spec that vary within a workload. */
function choicesOf(specs: readonly JsonObject[], tasks: readonly string[]): JsonObject[] {
  const flat = specs.map(({ data: _data, model, ...spec }): JsonObject => {
    const network = model as JsonObject;
    const options = OF_METHOD.filter((key) => Object.hasOwn(network, key));
    return { ...spec, ...Object.fromEntries(options.map((key) => [key, network[key]])) };
  });
  const keys = [...new Set(flat.flatMap((spec) => Object.keys(spec)))];
  const varying = keys.filter((key) => {
    const seen = new Map<string, string>();
    return flat.some((spec, i) => {
      const text = canonicalJson(spec[key] ?? null);
      const before = seen.get(tasks[i]) ?? text;
      seen.set(tasks[i], text);
      return before !== text;
    });
  });
  return flat.map((spec) =>
    Object.fromEntries(varying.flatMap((key) => (Object.hasOwn(spec, key) ? [[key, spec[key]]] : []))),
  );
}

function without(value: Json | undefined, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries((value ?? {}) as JsonObject).filter(([key]) => !keys.includes(key)),
  );
}

/** costs[method][workload]: the steps by which half of the seeds had reached the target of the workload; Infinity where fewer did. */
export function targetCosts({ cells }: Workloads, targets: readonly (Target | null)[]): number[][] {
  return cells.map((row) =>
    row.map((method, w) => {
      const target = targets[w];
      if (target === null) return Number.POSITIVE_INFINITY;
      const runs = countedRuns(shownSetting(method));
      return medianTime(runs.map((run) => costToTarget(run, target.metric, target.value, 'step')));
    }),
  );
}

/** The methods of one workload. */
export function methodsOn({ cells }: Workloads, workload: number): Method[] {
  return cells.map((row) => row[workload]);
}
