import { InvalidInput } from '../core/check.ts';
import type { Json } from '../core/json.ts';
import type { Dataset } from '../data/dataset.ts';
import { kernelBytes } from '../kernels/wasm.ts';
import type { UserOptimizer } from '../run/catalog/method.ts';
import { checkSpec, dataKey, loadData, type Resources } from '../run/execute.ts';
import type { RunSpec } from '../run/spec.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import { Mistakes } from './mistakes.ts';
import type { PlannedStage } from './plan.ts';
import { settingOf } from './setting.ts';
import { importUserFile, inUserCode, shownPath } from './userCode.ts';
import { userOptimizerPath } from './userOptimizer.ts';

export interface ResourceOptions {
  /** Where to look for data sets first. */
  readonly dataDir?: string | undefined;
  /** Data sets by `dataKey` that were loaded before; those that are loaded now are added. */
  readonly loaded?: Record<string, Dataset>;
}

/**
 * Everything that the wanted runs of a stage need beside their specs, loaded before the first one starts: a data set that is missing, a
 * spec that does not fit it or the memory and a user's optimizer that cannot be imported or makes no transform are errors up front.
 * Specs that differ in their seed or their learning rate alone are checked once.
 * @throws InvalidInput with the mistakes of all runs.
 */
export async function loadResources(
  stage: PlannedStage,
  experiment: LoadedExperiment,
  { dataDir, loaded = {} }: ResourceOptions,
  isWanted?: (id: string) => boolean,
): Promise<Resources & { readonly largestRunBytes: number }> {
  kernelBytes(); // kernels that are not built are no mistake of a run
  const datasets: Record<string, Dataset> = {};
  const modules: Record<string, string> = {};
  const found: Record<string, FoundModule> = {};
  /** What is wrong with a setting, undefined where nothing is. */
  const checked = new Map<string, unknown>();
  /** Why a data set cannot be had. */
  const unloaded = new Map<string, InvalidInput>();
  const load = async ({ data }: RunSpec, key: string): Promise<InvalidInput | undefined> => {
    try {
      loaded[key] ??= await loadData(data, dataDir === undefined ? {} : { dataDir });
      return undefined;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return new InvalidInput(`invalid data: ${error.message}`, { cause: error });
    }
  };
  const mistakes = new Mistakes(experiment);
  let largestRunBytes = 0;
  for (const run of stage.runs(isWanted)) {
    const { spec } = run;
    const key = dataKey(spec.data);
    const missing = unloaded.get(key) ?? (await load(spec, key));
    if (missing !== undefined) {
      unloaded.set(key, missing);
      mistakes.add(run.index, missing);
      continue;
    }
    datasets[key] = loaded[key];
    const setting = settingOf(spec);
    if (!checked.has(setting)) {
      const own = await checkModule(spec, datasets[key], modules, found);
      checked.set(
        setting,
        errorOf(() => (largestRunBytes = Math.max(own, largestRunBytes, checkSpec(spec, datasets[key])))),
      );
    }
    const error = checked.get(setting);
    if (error !== undefined) mistakes.add(run.index, error);
  }
  mistakes.throwIfAny(stage.ids.length + stage.duplicates);
  return { datasets, modules, largestRunBytes };
}

function errorOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Imports the user's optimizer of a spec, if it has one, and tries it on the model. Returns the bytes of a run. */
async function checkModule(
  spec: RunSpec,
  dataset: Dataset,
  modules: Record<string, string>,
  found: Record<string, FoundModule>,
): Promise<number> {
  const { optimizer } = spec;
  if (optimizer.kind !== 'module') return 0;
  found[optimizer.sha256] ??= await findModule(optimizer.name, optimizer.sha256);
  const own = found[optimizer.sha256];
  modules[optimizer.sha256] = own.path;
  const transform = await inUserCode(own.path, WHAT, () => own.factory(optimizer.options));
  requireTransform(transform, own.path, optimizer.options);
  return await inUserCode(own.path, WHAT, () =>
    checkSpec(spec, dataset, { [optimizer.sha256]: () => transform }),
  );
}

const WHAT = 'optimizer file';

interface FoundModule {
  readonly path: string;
  readonly factory: UserOptimizer;
}

function requireTransform(value: unknown, path: string, options: Json): void {
  const { init, apply } = (value ?? {}) as { readonly init?: unknown; readonly apply?: unknown };
  if (typeof init === 'function' && typeof apply === 'function') return;
  const got =
    typeof value !== 'object' || value === null
      ? `${value === null ? 'null' : typeof value}`
      : `an object whose init is ${typeof init} and whose apply is ${typeof apply}`;
  throw new InvalidInput(
    `invalid ${WHAT} ${shownPath(path)}: its default export, called with ${JSON.stringify(options)}, returned ${got}, ` +
      'expected an object with the functions init and apply; see "An optimizer of your own" in the README',
  );
}

async function findModule(name: string, digest: string): Promise<FoundModule> {
  const path = userOptimizerPath(digest);
  if (path === undefined) {
    throw new InvalidInput(
      `unknown user optimizer: ${name} (${digest.slice(0, 12)}…), its file was not given; a plan in JSON cannot carry it, run the experiment itself`,
    );
  }
  const factory = (await importUserFile(path, WHAT)).default;
  if (typeof factory !== 'function') {
    throw new InvalidInput(
      `invalid optimizer file ${path}: got ${factory === undefined ? 'no default export' : `a ${typeof factory} as default export`}, expected a function (options) => Transform`,
    );
  }
  return { path, factory: factory as UserOptimizer };
}
